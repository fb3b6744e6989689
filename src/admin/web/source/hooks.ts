import { useEffect, useMemo, useReducer, useRef, useState } from "preact/hooks";
import { monitor } from "./monitor";
import type { Route } from "./route";

// Renders the component again after each poll of the daemon.
export function useMonitor() {
  const redraw = useRedraw();
  useEffect(() => monitor.watch(redraw), []);
  return monitor;
}

// Whether the token may change something. The daemon denies it all the same.
export function useOperates(): boolean {
  return useMonitor().status?.role === "operate";
}

export function useRedraw(): () => void {
  return useReducer((n: number) => n + 1, 0)[1] as () => void;
}

// `value`, which is plain data, once it has not changed for `ms`.
export function useDebounced<T>(value: T, ms: number): T {
  const text = JSON.stringify(value);
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), ms);
    return () => clearTimeout(timer);
  }, [text, ms]);
  return useMemo(() => JSON.parse(settled), [settled]);
}

// State that belongs to `owner`: another owner starts with its own initial value. It is computed while rendering,
// because an effect that resets it would run after the first paint and undo a choice that was made before it.
export function useStateOf<Owner, T>(owner: Owner, initial: (owner: Owner) => T): [T, (value: T) => void] {
  const [chosen, setChosen] = useState<{ owner: Owner; value: T }>();
  const value = chosen !== undefined && chosen.owner === owner ? chosen.value : initial(owner);
  return [value, (next) => setChosen({ owner, value: next })];
}

// The filter that a route contains, until the user changes it.
export function useRouteState<T>(route: Route, read: (route: Route) => T): [T, (value: T) => void] {
  return useStateOf(route, read);
}

type Keys = Record<string, (event: KeyboardEvent) => void>;

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.matches("input, textarea, select");
}

// Keyboard shortcuts of the whole page. They are off while somebody types, while a dialog is open, and for keys that
// belong to the browser.
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

export function blurOnEscape(event: KeyboardEvent): void {
  if (event.key === "Escape") (event.target as HTMLElement).blur();
}
