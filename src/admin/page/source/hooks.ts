import { useEffect, useMemo, useReducer, useRef, useState } from "preact/hooks";
import { monitor } from "./monitor";

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
