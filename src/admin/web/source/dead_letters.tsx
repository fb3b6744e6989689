import { useEffect, useRef, useState } from "preact/hooks";
import { errorText } from "./api";
import * as format from "./format";
import { blurOnEscape, useDebounced, useKeys, useMonitor, useOperates, useRouteState } from "./hooks";
import { confirmForAll, confirmForLetters } from "./dead_letter_actions";
import { DeadLetterDetail } from "./dead_letter_detail";
import { find, nameOf, type DeadLetterFilter, type Found } from "./dead_letters_api";
import { userOf } from "./person";
import { replaceRoute, type Route } from "./route";
import type { DeadLetter } from "./types";

// Dead letters, grouped by their message.

const enough = 1000; // dead letters that are read at a time
const listed = 100; // dead letters of a group that are shown at a time

function group(letters: DeadLetter[]): [string, DeadLetter[]][] {
  const groups = new Map<string, DeadLetter[]>();
  for (const letter of letters) {
    const all = groups.get(letter.message);
    if (all) all.push(letter);
    else groups.set(letter.message, [letter]);
  }
  return [...groups].sort(([, a], [, b]) => b.length - a.length);
}

function Filters({ filter, change }: { filter: DeadLetterFilter; change: (filter: DeadLetterFilter) => void }) {
  const destinations = useMonitor().status?.destinations.map((each) => each.name) ?? [];
  const set = (key: keyof DeadLetterFilter, value: string) => change({ ...filter, [key]: value });
  const text = (key: "user" | "message_id" | "reason", label: string) => (
    <label>
      <span>{label}</span>
      <input
        type="search"
        id={`letters-${key}`}
        value={filter[key]}
        autocomplete="off"
        spellcheck={false}
        onKeyDown={blurOnEscape}
        onInput={(event) => set(key, event.currentTarget.value)}
      />
    </label>
  );
  const time = (key: "since" | "until", label: string) => (
    <label>
      <span>{label}</span>
      <input
        type="datetime-local"
        value={localOf(filter[key])}
        onKeyDown={blurOnEscape}
        onInput={(event) => set(key, isoOf(event.currentTarget.value))}
      />
    </label>
  );
  return (
    <div class="filters" role="search" aria-label="Filter dead letters">
      {text("user", "User")}
      {text("message_id", "Message id")}
      {text("reason", "Reason contains")}
      {time("since", "Dead-lettered from")}
      {time("until", "to")}
      {destinations.length > 1 && (
        <label>
          <span>Destination</span>
          <select value={filter.destination} onChange={(event) => set("destination", event.currentTarget.value)}>
            <option value="">all</option>
            {destinations.map((each) => (
              <option key={each}>{each}</option>
            ))}
          </select>
        </label>
      )}
    </div>
  );
}

// Convert between the API's time and the time of an input, which is local and has no zone.
function isoOf(local: string): string {
  return local ? new Date(local).toISOString() : "";
}

function localOf(iso: string): string {
  if (!iso) return "";
  const time = new Date(iso);
  return new Date(time.getTime() - time.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

interface GroupProps {
  letters: DeadLetter[];
  opened: DeadLetter | null;
  open: (letter: DeadLetter) => void;
  changed: () => void;
}

function Group({ letters, opened, open, changed }: GroupProps) {
  const [shown, setShown] = useState(listed);
  const operates = useOperates();
  return (
    <details class="group">
      <summary>
        <b class="number">{format.count(letters.length)}</b>
        <span class="reason" title={letters[0].reason}>
          {letters[0].message}
        </span>
      </summary>
      {operates && (
        <div class="actions">
          <button type="button" onClick={() => confirmForLetters("replay", letters, changed)}>
            Replay these {format.count(letters.length)}…
          </button>
          <button type="button" class="danger" onClick={() => confirmForLetters("purge", letters, changed)}>
            Purge these {format.count(letters.length)}…
          </button>
        </div>
      )}
      <ul class="list letters">
        {letters.slice(0, shown).map((letter) => (
          <li key={nameOf(letter)}>
            <button type="button" aria-pressed={opened === letter} onClick={() => open(letter)}>
              <time>{format.moment(letter.dead_lettered_at)}</time>
              <span class="type">{typeOf(letter)}</span>
              <span class="user">{userOf(letter.event)}</span>
              <span class="muted">{nameOf(letter)}</span>
            </button>
          </li>
        ))}
      </ul>
      {letters.length > shown && (
        <button type="button" class="quiet" onClick={() => setShown(shown + listed)}>
          Show more
        </button>
      )}
    </details>
  );
}

function typeOf({ event }: DeadLetter): string {
  const parts = event as { type?: unknown; event?: unknown } | null;
  return String(parts?.event ?? parts?.type ?? format.none);
}

interface Search {
  found: Found | null;
  error: string;
  refresh: () => void;
  more: () => void;
}

function useDeadLetters(filter: DeadLetterFilter): Search {
  const settled = useDebounced(filter, 250);
  const [found, setFound] = useState<Found | null>(null);
  const [error, setError] = useState("");
  const latest = useRef(0); // only the latest search is shown
  const read = async (from?: Found) => {
    const mine = ++latest.current;
    try {
      const next = await find(settled, (from?.letters.length ?? 0) + enough, from);
      if (mine !== latest.current) return;
      setFound(next);
      setError("");
    } catch (failure) {
      if (mine === latest.current) setError(errorText(failure));
    }
  };
  const isConnected = useMonitor().connection === "connected";
  useEffect(() => {
    replaceRoute("dead-letters", { ...settled });
    if (isConnected) read();
  }, [settled, isConnected]);
  return { found, error, refresh: () => read(), more: () => read(found ?? undefined) };
}

function Summary({ found, search }: { found: Found; search: Search }) {
  const { filter, letters, next } = found;
  const many = (next ? "More than " : "") + format.counted(letters.length, "dead letter");
  const isAll = Object.values(filter).every((each) => each === "");
  const operates = useOperates();
  return (
    <div class="found">
      <p class="muted" role="status">
        {letters.length === 0 ? (isAll ? "No dead letters." : "No dead letter matches.") : many}
        {letters.length > 0 && `, up to ${format.moment(found.until)}`}
      </p>
      <div class="actions">
        {next && (
          <button type="button" onClick={search.more}>
            Load more
          </button>
        )}
        <button type="button" class="quiet" onClick={search.refresh}>
          Refresh
        </button>
        {letters.length > 0 && operates && (
          <>
            <button type="button" onClick={() => confirmForAll("replay", found, search.refresh)}>
              Replay all{isAll ? "" : " that match"}…
            </button>
            <button type="button" class="danger" onClick={() => confirmForAll("purge", found, search.refresh)}>
              Purge all{isAll ? "" : " that match"}…
            </button>
          </>
        )}
      </div>
    </div>
  );
}

function filterOf({ query }: Route): DeadLetterFilter {
  const of = (key: string) => query.get(key) ?? "";
  return {
    destination: of("destination"),
    user: of("user"),
    message_id: of("message_id"),
    reason: of("reason"),
    since: of("since"),
    until: of("until"),
  };
}

export function DeadLetters({ route }: { route: Route }) {
  const [filter, setFilter] = useRouteState(route, filterOf);
  const search = useDeadLetters(filter);
  const { found, error } = search;
  const [chosen, setOpened] = useState<DeadLetter | null>(null);
  // Closed once it is no longer found. Computed while rendering: an effect could close one that was opened since.
  const opened = (chosen && found?.letters.find((each) => nameOf(each) === nameOf(chosen))) ?? null;
  useKeys({
    "/": () => document.getElementById("letters-user")?.focus(),
    ...(opened && { Escape: () => setOpened(null) }),
  });
  return (
    <div class={opened ? "split open" : "split"}>
      <div class="bar">
        <Filters filter={filter} change={setFilter} />
        {error && <p class="notice bad">{error}</p>}
        {found && <Summary found={found} search={search} />}
      </div>
      <div class="list groups">
        {found &&
          group(found.letters).map(([message, letters]) => (
            <Group
              key={message}
              letters={letters}
              opened={opened}
              open={setOpened}
              changed={search.refresh}
            />
          ))}
      </div>
      {opened && (
        <DeadLetterDetail key={nameOf(opened)} letter={opened} close={() => setOpened(null)} changed={search.refresh} />
      )}
    </div>
  );
}
