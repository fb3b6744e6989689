// Light or dark: the system's theme, unless the user chose one here.

export type Theme = "auto" | "light" | "dark";

const key = "pintle-theme";
const order: Theme[] = ["auto", "light", "dark"];
export const themeChanged = new EventTarget();

export function theme(): Theme {
  return order.find((each) => each === localStorage.getItem(key)) ?? "auto";
}

function apply(): void {
  document.documentElement.dataset.theme = theme();
  themeChanged.dispatchEvent(new Event("change"));
}

export function startTheme(): void {
  apply();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", apply);
}

export function nextTheme(): Theme {
  const next = order[(order.indexOf(theme()) + 1) % order.length];
  localStorage.setItem(key, next);
  apply();
  return next;
}

// The current value of a colour of the style sheet.
export function colour(name: string): string {
  const probe = document.createElement("span");
  probe.style.color = `var(--${name})`;
  document.body.append(probe);
  const value = getComputedStyle(probe).color;
  probe.remove();
  return value;
}
