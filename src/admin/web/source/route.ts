import { useEffect, useState } from "preact/hooks";

// The view and its filters stand behind the # of the address: they can be linked to, and "back" works.

export const views = ["overview", "events", "letters", "try", "settings"] as const; // those of the tabs
export type View = (typeof views)[number] | "backlog";

export interface Route {
  view: View;
  query: URLSearchParams;
}

function read(): Route {
  const [name, query] = location.hash.slice(1).split("?");
  const view = ([...views, "backlog"] as const).find((each) => each === name) ?? "overview";
  return { view, query: new URLSearchParams(query) };
}

export function link(view: View, query: Record<string, string> = {}): string {
  const parameters = new URLSearchParams(Object.entries(query).filter(([, value]) => value !== ""));
  return `#${view}${parameters.size > 0 ? `?${parameters}` : ""}`;
}

export function go(view: View, query: Record<string, string> = {}): void {
  location.hash = link(view, query);
}

// Notes the filters of a view without a step for "back".
export function note(view: View, query: Record<string, string>): void {
  history.replaceState(null, "", link(view, query));
}

export function useRoute(): Route {
  const [route, setRoute] = useState(read);
  useEffect(() => {
    const change = () => setRoute(read());
    addEventListener("hashchange", change);
    return () => removeEventListener("hashchange", change);
  }, []);
  return route;
}
