import { useEffect, useState } from "preact/hooks";
import { callExact, told } from "./api";
import { write } from "./exact_json";
import * as format from "./format";
import { leaveOnEscape, useKeys, useMonitor, useSettled } from "./hooks";
import { AnswerPane, EventPane, Panes, RequestPane } from "./panes";
import { usePreview } from "./preview";
import { link, note, type Route } from "./route";
import type { Waiting } from "./types";

// Pending events, the oldest first.

interface Page {
  events: Waiting[];
  next?: string;
}

const enough = 200; // events read at a time

interface Query {
  destination: string;
  user: string;
}

// From `page` on until there are enough more; a step of the walk may find none.
async function read(query: Query, page: Page): Promise<Page> {
  const events = [...page.events];
  let next = page.next;
  do {
    const step = await callExact<Page>("GET", "api/backlog", { ...query, after: next, limit: String(enough) });
    events.push(...step.events);
    next = step.next;
  } while (next && events.length < page.events.length + enough);
  return { events, next };
}

function useBacklog(query: Query) {
  const settled = useSettled(query, 250);
  const [page, setPage] = useState<Page | null>(null);
  const [trouble, setTrouble] = useState("");
  const [round, setRound] = useState(0);
  const { reach } = useMonitor();
  const take = (from: Page, left: () => boolean) =>
    read(settled, from).then(
      (found) => left() || (setPage(found), setTrouble("")),
      (error) => left() || setTrouble(told(error)),
    );
  useEffect(() => {
    let left = false;
    note("backlog", { ...settled });
    if (reach === "reached") take({ events: [] }, () => left);
    return () => void (left = true);
  }, [settled, round, reach === "reached"]);
  return { page, trouble, again: () => setRound(round + 1), more: () => page && take(page, () => false) };
}

function Detail({ event, close }: { event: Waiting; close: () => void }) {
  const redacted = useMonitor().status?.redact ?? false;
  const text = typeof event.event === "string" ? event.event : write(event.event);
  const { request, error } = usePreview(redacted ? "" : text, event.destination);
  return (
    <section class="detail" aria-label={`Pending event ${event.position}`}>
      <header>
        <h2>{event.name || event.type || "Event"}</h2>
        <p class="muted">
          {event.user && <a href={link("events", { user: event.user })}>{event.user}</a>} from {event.source}, received{" "}
          {format.moment(event.received_at)}
        </p>
        <button type="button" class="quiet" onClick={close} aria-keyshortcuts="Escape">
          Close
        </button>
      </header>
      <Panes>
        <EventPane event={event.event} />
        <RequestPane
          request={request}
          title="Request, as it would be sent"
          none={redacted ? "admin.redact is on: it cannot be shown." : error}
        />
        <AnswerPane none="None yet." />
      </Panes>
    </section>
  );
}

export function Backlog({ route }: { route: Route }) {
  const names = useMonitor().status?.destinations.map((each) => each.name) ?? [];
  const [chosen, setChosen] = useState(route.query.get("destination") ?? "");
  const [user, setUser] = useState(route.query.get("user") ?? "");
  const destination = chosen || names[0] || "";
  const { page, trouble, again, more } = useBacklog({ destination, user });
  const [opened, setOpened] = useState<Waiting | null>(null);
  useKeys({
    "/": () => document.getElementById("backlog-user")?.focus(),
    ...(opened && { Escape: () => setOpened(null) }),
  });
  return (
    <div class={opened ? "split open" : "split"}>
      <div class="bar">
        <div class="filters" role="search" aria-label="Search in the backlog">
          <label>
            <span>User</span>
            <input
              type="search"
              id="backlog-user"
              value={user}
              autocomplete="off"
              spellcheck={false}
              onKeyDown={leaveOnEscape}
              onInput={(event) => setUser(event.currentTarget.value)}
            />
          </label>
          {names.length > 1 && (
            <label>
              <span>Destination</span>
              <select value={destination} onChange={(event) => setChosen(event.currentTarget.value)}>
                {names.map((each) => (
                  <option key={each}>{each}</option>
                ))}
              </select>
            </label>
          )}
        </div>
        {trouble && <p class="notice bad">{trouble}</p>}
        {page && (
          <p class="muted" role="status">
            {(page.next ? "The oldest " : "") + format.counted(page.events.length, "pending event")}
          </p>
        )}
        <div class="actions">
          <button type="button" class="quiet" onClick={again}>
            Refresh
          </button>
          {page?.next && (
            <button type="button" onClick={more}>
              Read more
            </button>
          )}
        </div>
      </div>
      <ul class="list letters">
        {page?.events.map((event) => (
          <li key={event.position}>
            <button type="button" aria-pressed={opened === event} onClick={() => setOpened(event)}>
              <time>{format.moment(event.received_at)}</time>
              <span class="type">{event.type}</span>
              <span class="name">{event.name}</span>
              <span class="user">{event.user}</span>
            </button>
          </li>
        ))}
        {page?.events.length === 0 && <li class="empty">The backlog is empty.</li>}
      </ul>
      {opened && <Detail key={opened.position} event={opened} close={() => setOpened(null)} />}
    </div>
  );
}
