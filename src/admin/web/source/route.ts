import { useEffect, useState } from "preact/hooks";

// The view and its filters are in the address behind the #, so that they can be linked to and "back" works.

export const views = ["overview", "events", "dead-letters", "try", "settings"] as const; // those with a tab
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

// Read once a navigation, and not by a component: an effect would miss a navigation before the first paint.
let current = read();
const watchers = new Set<() => void>();
addEventListener("hashchange", () => {
  current = read();
  for (const watcher of watchers) watcher();
});

export function link(view: View, query: Record<string, string> = {}): string {
  const parameters = new URLSearchParams(Object.entries(query).filter(([, value]) => value !== ""));
  return `#${view}${parameters.size > 0 ? `?${parameters}` : ""}`;
}

export function navigate(view: View, query: Record<string, string> = {}): void {
  location.hash = link(view, query);
}

// Writes the filters of a view to the address, without a step for "back".
export function replaceRoute(view: View, query: Record<string, string>): void {
  history.replaceState(null, "", link(view, query));
}

export function useRoute(): Route {
  const [route, setRoute] = useState(current);
  useEffect(() => {
    const change = () => setRoute(current);
    watchers.add(change);
    change();
    return () => void watchers.delete(change);
  }, []);
  return route;
}
