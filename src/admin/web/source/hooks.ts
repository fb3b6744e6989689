import { useEffect, useMemo, useReducer, useRef, useState } from "preact/hooks";
import { monitor } from "./monitor";
import type { Route } from "./route";

// Draws the component again after each look at the daemon.
export function useMonitor() {
  const redraw = useRedraw();
  useEffect(() => monitor.watch(redraw), []);
  return monitor;
}

export function useRedraw(): () => void {
  return useReducer((n: number) => n + 1, 0)[1] as () => void;
}

// `value`, plain data, once it has not changed for `ms`.
export function useSettled<T>(value: T, ms: number): T {
  const text = JSON.stringify(value);
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), ms);
    return () => clearTimeout(timer);
  }, [text, ms]);
  return useMemo(() => JSON.parse(settled), [settled]);
}

// What a route brings, until another value is chosen; the next route brings its own. It is read while drawing: an effect
// runs after the first paint, and would undo what was chosen before it.
export function useOfRoute<T>(route: Route, read: (route: Route) => T): [T, (value: T) => void] {
  const [chosen, setChosen] = useState<{ route: Route; value: T }>();
  const value = chosen?.route === route ? chosen.value : read(route);
  return [value, (next) => setChosen({ route, value: next })];
}

type Keys = Record<string, (event: KeyboardEvent) => void>;

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.matches("input, textarea, select");
}

// Keys of the whole page; not while somebody types, a dialog is open or a key of the browser's is meant.
export function useKeys(keys: Keys): void {
  const latest = useRef(keys);
  latest.current = keys;
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented) return;
      if (isTyping(event.target) || document.querySelector("dialog[open]")) return;
      const act = latest.current[event.key];
      if (!act) return;
      event.preventDefault();
      act(event);
    };
    document.addEventListener("keydown", press);
    return () => document.removeEventListener("keydown", press);
  }, []);
}

export function leaveOnEscape(event: KeyboardEvent): void {
  if (event.key === "Escape") (event.target as HTMLElement).blur();
}
