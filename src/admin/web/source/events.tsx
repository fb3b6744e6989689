import { memo } from "./memo";
import { useEffect, useRef, useState } from "preact/hooks";
import { EventDetail } from "./event_detail";
import { Feed, keyOf, noFilter, type Filter } from "./feed";
import * as format from "./format";
import { leaveOnEscape, useKeys, useMonitor, useOfRoute, useRedraw, useSettled } from "./hooks";
import { note, type Route } from "./route";
import { outcomes, types, type Event } from "./types";

// The latest events as they happen.

const tones: Record<string, string> = {
  accepted: "", delivered: "good", retried: "busy", dead_letter: "bad", dropped: "", rejected: "bad",
};

export function OutcomeTag({ outcome }: { outcome: string }) {
  return <span class={`tag ${tones[outcome] ?? ""}`}>{outcome.replace("_", " ")}</span>;
}

interface RowProps {
  event: Event;
  id: string;
  selected: boolean;
  open: (event: Event) => void;
}

const Row = memo(function Row({ event, id, selected, open }: RowProps) {
  return (
    <li id={id} role="option" aria-selected={selected} onClick={() => open(event)}>
      <time dateTime={event.time}>{format.clock(event.time)}</time>
      <OutcomeTag outcome={event.outcome} />
      <span class="type">{event.type || format.none}</span>
      <span class="name">{event.name}</span>
      <span class="user">{event.user}</span>
      <span class={event.reason ? "reason" : "reason place"} title={event.reason}>
        {event.message || event.destination}
      </span>
    </li>
  );
});

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
  const text = (key: "user" | "event", label: string) => (
    <label>
      <span>{label}</span>
      <input
        type="search"
        id={`filter-${key}`}
        value={filter[key]}
        autocomplete="off"
        spellcheck={false}
        onKeyDown={leaveOnEscape}
        onInput={(event) => change({ ...filter, [key]: event.currentTarget.value })}
      />
    </label>
  );
  return (
    <div class="filters" role="search" aria-label="Filter of the events">
      {text("user", "User")}
      {text("event", "Event name")}
      {choice("type", "Type", types)}
      {choice("outcome", "Outcome", outcomes)}
      {destinations.length > 1 && choice("destination", "Destination", destinations)}
    </div>
  );
}

function FeedState({ feed }: { feed: Feed }) {
  let text = feed.live ? "Live" : feed.trouble ? `Not live: ${feed.trouble}. Trying again.` : "Connecting";
  if (feed.paused) text = `Paused, ${format.count(feed.unshown.length + feed.missed)} new`;
  return (
    <p class="muted" role="status">
      <i class={`dot ${feed.paused ? "busy" : feed.live ? "good" : "bad"}`} /> {text}
      {feed.skipped > 0 && `, ${format.count(feed.skipped)} left out of the stream`}
    </p>
  );
}

function filterOf({ query }: Route): Filter {
  const entries = Object.keys(noFilter).map((key) => [key, query.get(key) ?? ""]);
  return Object.fromEntries(entries) as Filter;
}

function useFeed(filter: Filter): Feed {
  const redraw = useRedraw();
  const feed = useRef<Feed>();
  feed.current ??= new Feed(redraw);
  const settled = useSettled(filter, 250);
  const { reach } = useMonitor();
  const locked = reach === "locked";
  useEffect(() => {
    if (locked) return;
    note("events", { ...settled });
    const current = feed.current!;
    const look = () => (document.hidden ? current.stop() : current.resume());
    current.start(settled);
    document.addEventListener("visibilitychange", look);
    return () => {
      document.removeEventListener("visibilitychange", look);
      current.stop();
    };
  }, [settled, locked]);
  return feed.current;
}

export function Events({ route }: { route: Route }) {
  const [filter, setFilter] = useOfRoute(route, filterOf);
  const feed = useFeed(filter);
  const [selected, setSelected] = useState<Event | null>(null);
  const [opened, setOpened] = useState(false);
  const list = useRef<HTMLUListElement>(null);
  const pause = () => feed.pause(!feed.paused);
  // The list stands still while one of it is looked at.
  const [stilled, setStilled] = useState(false);
  const open = (event: Event) => {
    setSelected(event);
    setOpened(true);
    reveal(event);
    if (feed.paused) return;
    setStilled(true);
    feed.pause(true);
  };
  const close = () => {
    setOpened(false);
    list.current?.focus();
    if (stilled && feed.paused) feed.pause(false);
    setStilled(false);
  };
  useKeys({
    "/": () => document.getElementById("filter-user")?.focus(),
    p: pause,
    ...(opened && { Escape: close }),
  });

  const move = (by: number) => {
    const at = selected ? feed.shown.findIndex((each) => keyOf(each) === keyOf(selected)) : -1;
    const next = feed.shown[Math.max(0, Math.min(feed.shown.length - 1, at + by))];
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
          <button type="button" onClick={pause} aria-pressed={feed.paused} aria-keyshortcuts="p">
            {feed.paused ? "Resume" : "Pause"}
          </button>
          <button type="button" class="quiet" onClick={() => feed.clear()}>
            Clear
          </button>
        </div>
        <FeedState feed={feed} />
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
        {feed.shown.map((event) => (
          <Row
            key={keyOf(event)}
            id={idOf(event)}
            event={event}
            selected={selected !== null && keyOf(event) === keyOf(selected)}
            open={open}
          />
        ))}
        {feed.shown.length === 0 && <li class="empty">No events yet. They appear here as they happen.</li>}
      </ul>
      {opened && selected && <EventDetail key={selected.id} event={selected} close={close} />}
    </div>
  );
}

// Once the list has the height that it will have.
function reveal(event: Event): void {
  setTimeout(() => document.getElementById(idOf(event))?.scrollIntoView({ block: "nearest" }));
}

function idOf(event: Event): string {
  return `event-${event.seq}-${Date.parse(event.time)}`;
}
