import { memo } from "./memo";
import { useEffect, useRef, useState } from "preact/hooks";
import { EventDetail } from "./event_detail";
import { EventRow } from "./event_row";
import { EventStream, keyOf, noFilter, type Filter } from "./event_stream";
import * as format from "./format";
import { blurOnEscape, useDebounced, useKeys, useMonitor, useRedraw, useRouteState } from "./hooks";
import { replaceRoute, type Route } from "./route";
import { eventTypes, outcomes, type Event } from "./types";

// The event stream.

const Row = memo(EventRow);

function FilterBar({ filter, change }: { filter: Filter; change: (filter: Filter) => void }) {
  const destinations = useMonitor().status?.destinations.map((each) => each.name) ?? [];
  const choice = (key: "type" | "outcome" | "destination", label: string, values: readonly string[]) => (
    <label>
      <span>{label}</span>
      <select value={filter[key]} onChange={(event) => change({ ...filter, [key]: event.currentTarget.value })}>
        <option value="">all</option>
        {values.map((each) => (
          <option key={each} value={each}>
            {each.replace("_", " ")}
          </option>
        ))}
      </select>
    </label>
  );
  const text = (key: "user" | "message_id" | "event", label: string) => (
    <label>
      <span>{label}</span>
      <input
        type="search"
        id={`filter-${key}`}
        value={filter[key]}
        autocomplete="off"
        spellcheck={false}
        onKeyDown={blurOnEscape}
        onInput={(event) => change({ ...filter, [key]: event.currentTarget.value })}
      />
    </label>
  );
  return (
    <div class="filters" role="search" aria-label="Filter events">
      {text("user", "User")}
      {text("message_id", "Message id")}
      {text("event", "Event name")}
      {choice("type", "Type", eventTypes)}
      {choice("outcome", "Outcome", outcomes)}
      {destinations.length > 1 && choice("destination", "Destination", destinations)}
    </div>
  );
}

function StreamState({ stream }: { stream: EventStream }) {
  let text = stream.isConnected ? "Connected" : stream.error ? `Disconnected: ${stream.error}. Retrying.` : "Connecting";
  if (stream.paused) text = `Paused, ${format.count(stream.unshown.length + stream.missed)} new`;
  return (
    <p class="muted" role="status">
      <i class={`dot ${stream.paused ? "busy" : stream.isConnected ? "good" : "bad"}`} /> {text}
      {stream.skipped > 0 && `, ${format.count(stream.skipped)} skipped`}
    </p>
  );
}

function filterOf({ query }: Route): Filter {
  const entries = Object.keys(noFilter).map((key) => [key, query.get(key) ?? ""]);
  return Object.fromEntries(entries) as Filter;
}

function useEventStream(filter: Filter): EventStream {
  const redraw = useRedraw();
  const stream = useRef<EventStream>();
  stream.current ??= new EventStream(redraw);
  const settled = useDebounced(filter, 250);
  const locked = useMonitor().connection === "locked";
  useEffect(() => {
    if (locked) return;
    replaceRoute("events", { ...settled });
    const current = stream.current!;
    const follow = () => (document.hidden ? current.stop() : current.resume());
    current.start(settled);
    document.addEventListener("visibilitychange", follow);
    return () => {
      document.removeEventListener("visibilitychange", follow);
      current.stop();
    };
  }, [settled, locked]);
  return stream.current;
}

export function Events({ route }: { route: Route }) {
  const [filter, setFilter] = useRouteState(route, filterOf);
  const stream = useEventStream(filter);
  const [selected, setSelected] = useState<Event | null>(null);
  const [opened, setOpened] = useState(false);
  const list = useRef<HTMLUListElement>(null);
  const pause = () => stream.pause(!stream.paused);
  // The list is paused while one of its events is open.
  const [pausedByOpen, setPausedByOpen] = useState(false);
  const open = (event: Event) => {
    setSelected(event);
    setOpened(true);
    reveal(event);
    if (stream.paused) return;
    setPausedByOpen(true);
    stream.pause(true);
  };
  const close = () => {
    setOpened(false);
    list.current?.focus();
    if (pausedByOpen && stream.paused) stream.pause(false);
    setPausedByOpen(false);
  };
  useKeys({
    "/": () => document.getElementById("filter-user")?.focus(),
    p: pause,
    ...(opened && { Escape: close }),
  });

  const move = (by: number) => {
    const at = selected ? stream.shown.findIndex((each) => keyOf(each) === keyOf(selected)) : -1;
    const next = stream.shown[Math.max(0, Math.min(stream.shown.length - 1, at + by))];
    if (!next) return;
    setSelected(next);
    reveal(next);
  };
  const press = (event: KeyboardEvent) => {
    const steps: Record<string, number> = { ArrowDown: 1, ArrowUp: -1, Home: -Infinity, End: Infinity };
    if (event.key === "Enter" && selected) open(selected);
    else if (event.key in steps) move(steps[event.key]);
    else return;
    event.preventDefault();
  };

  return (
    <div class={opened ? "split open" : "split"}>
      <div class="bar">
        <FilterBar filter={filter} change={setFilter} />
        <div class="actions">
          <button type="button" onClick={pause} aria-pressed={stream.paused} aria-keyshortcuts="p">
            {stream.paused ? "Resume" : "Pause"}
          </button>
          <button type="button" class="quiet" onClick={() => stream.clear()}>
            Clear
          </button>
        </div>
        <StreamState stream={stream} />
      </div>
      <ul
        ref={list}
        class="list events"
        role="listbox"
        aria-label="Events, newest first"
        tabIndex={0}
        aria-activedescendant={selected ? idOf(selected) : undefined}
        onKeyDown={press}
      >
        {stream.shown.map((event) => (
          <Row
            key={keyOf(event)}
            id={idOf(event)}
            event={event}
            selected={selected !== null && keyOf(event) === keyOf(selected)}
            open={open}
          />
        ))}
        {stream.shown.length === 0 && <li class="empty">No events yet. They appear here as they happen.</li>}
      </ul>
      {opened && selected && <EventDetail key={selected.id} event={selected} close={close} />}
    </div>
  );
}

// After the list has its final height.
function reveal(event: Event): void {
  setTimeout(() => document.getElementById(idOf(event))?.scrollIntoView({ block: "nearest" }));
}

function idOf(event: Event): string {
  return `event-${event.seq}-${Date.parse(event.time)}`;
}
