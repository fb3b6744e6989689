import { useEffect, useRef, useState } from "preact/hooks";
import { callExact, errorText } from "./api";
import { write } from "./exact_json";
import * as format from "./format";
import { blurOnEscape, useDebounced, useKeys, useMonitor, useRouteState } from "./hooks";
import { EventPane, Panes, RequestPane, ResponsePane } from "./panes";
import { usePreview } from "./preview";
import { link, replaceRoute, type Route } from "./route";
import type { PendingEvent, Reply } from "./types";

// Pending events, the oldest first.

type Page = Reply<"/api/backlog", "get">;

const enough = 200; // events read at a time

interface Query {
  destination: string;
  user: string;
  message_id: string;
}

// Reads on after `page` until there are enough more. A response may have none and still continue.
async function read(query: Query, page: Page): Promise<Page> {
  const events = [...page.events];
  let next = page.next;
  do {
    const step = await callExact("get", "/api/backlog", { query: { ...query, after: next, limit: String(enough) } });
    events.push(...step.events);
    next = step.next;
  } while (next && events.length < page.events.length + enough);
  return { events, next };
}

function useBacklog(query: Query) {
  const settled = useDebounced(query, 250);
  const [page, setPage] = useState<Page | null>(null);
  const [error, setError] = useState("");
  const { connection } = useMonitor();
  const isConnected = connection === "connected";
  const latest = useRef(0); // only the latest search is shown
  const search = async (from: Page) => {
    const mine = ++latest.current;
    try {
      const found = await read(settled, from);
      if (mine !== latest.current) return;
      setPage(found);
      setError("");
    } catch (failure) {
      if (mine === latest.current) setError(errorText(failure));
    }
  };
  const refresh = () => search({ events: [] });
  useEffect(() => {
    replaceRoute("backlog", { ...settled });
    if (isConnected) refresh();
    return () => void ++latest.current;
  }, [settled, isConnected]);
  return { page, error, refresh, more: () => page && search(page) };
}

function Detail({ event, close }: { event: PendingEvent; close: () => void }) {
  const redacted = useMonitor().status?.redact ?? false;
  const text = typeof event.event === "string" ? event.event : write(event.event);
  const { request, error } = usePreview(redacted ? "" : text, event.destination);
  return (
    <section class="detail" aria-label={`Pending event ${event.offset}`}>
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
          none={redacted ? "Hidden, because admin.redact is on." : error}
        />
        <ResponsePane none="None yet." />
      </Panes>
    </section>
  );
}

function queryOf({ query }: Route): Query {
  const of = (key: string) => query.get(key) ?? "";
  return { destination: of("destination"), user: of("user"), message_id: of("message_id") };
}

export function Backlog({ route }: { route: Route }) {
  const names = useMonitor().status?.destinations.map((each) => each.name) ?? [];
  const [filter, setFilter] = useRouteState(route, queryOf);
  const destination = filter.destination || names[0] || "";
  const { page, error, refresh, more } = useBacklog({ ...filter, destination });
  const [opened, setOpened] = useState<PendingEvent | null>(null);
  useKeys({
    "/": () => document.getElementById("backlog-user")?.focus(),
    ...(opened && { Escape: () => setOpened(null) }),
  });
  const text = (key: "user" | "message_id", label: string) => (
    <label>
      <span>{label}</span>
      <input
        type="search"
        id={`backlog-${key}`}
        value={filter[key]}
        autocomplete="off"
        spellcheck={false}
        onKeyDown={blurOnEscape}
        onInput={(event) => setFilter({ ...filter, [key]: event.currentTarget.value })}
      />
    </label>
  );
  return (
    <div class={opened ? "split open" : "split"}>
      <div class="bar">
        <div class="filters" role="search" aria-label="Filter the backlog">
          {text("user", "User")}
          {text("message_id", "Message id")}
          {names.length > 1 && (
            <label>
              <span>Destination</span>
              <select
                value={destination}
                onChange={(event) => setFilter({ ...filter, destination: event.currentTarget.value })}
              >
                {names.map((each) => (
                  <option key={each}>{each}</option>
                ))}
              </select>
            </label>
          )}
        </div>
        {error && <p class="notice bad">{error}</p>}
        {page && (
          <p class="muted" role="status">
            {(page.next ? "The oldest " : "") + format.counted(page.events.length, "pending event")}
          </p>
        )}
        <div class="actions">
          <button type="button" class="quiet" onClick={refresh}>
            Refresh
          </button>
          {page?.next && (
            <button type="button" onClick={more}>
              Load more
            </button>
          )}
        </div>
      </div>
      <ul class="list letters">
        {page?.events.map((event) => (
          <li key={event.offset}>
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
      {opened && <Detail key={opened.offset} event={opened} close={() => setOpened(null)} />}
    </div>
  );
}
