import { useEffect, useRef, useState } from "preact/hooks";
import { told } from "./api";
import * as format from "./format";
import { leaveOnEscape, useKeys, useMonitor, useOfRoute, useSettled } from "./hooks";
import { LetterDetail } from "./letter_detail";
import { askAboutAll, askAboutLetters } from "./letter_actions";
import { find, nameOf, type Found, type LetterFilter } from "./letters_api";
import { userOf } from "./person";
import { note, type Route } from "./route";
import type { Letter } from "./types";

// Dead letters, grouped by their message.

const enough = 1000; // letters read at a time
const listed = 100; // letters of a group that are shown at a time

function group(letters: Letter[]): [string, Letter[]][] {
  const groups = new Map<string, Letter[]>();
  for (const letter of letters) {
    const all = groups.get(letter.message);
    if (all) all.push(letter);
    else groups.set(letter.message, [letter]);
  }
  return [...groups].sort(([, a], [, b]) => b.length - a.length);
}

function LetterFilters({ filter, change }: { filter: LetterFilter; change: (filter: LetterFilter) => void }) {
  const destinations = useMonitor().status?.destinations.map((each) => each.name) ?? [];
  const set = (key: keyof LetterFilter, value: string) => change({ ...filter, [key]: value });
  const text = (key: "user" | "reason", label: string) => (
    <label>
      <span>{label}</span>
      <input
        type="search"
        id={`letters-${key}`}
        value={filter[key]}
        autocomplete="off"
        spellcheck={false}
        onKeyDown={leaveOnEscape}
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
        onKeyDown={leaveOnEscape}
        onInput={(event) => set(key, isoOf(event.currentTarget.value))}
      />
    </label>
  );
  return (
    <div class="filters" role="search" aria-label="Search in the dead letters">
      {text("user", "User")}
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

// Between the API's time and that of an input, which is local and without a zone.
function isoOf(local: string): string {
  return local ? new Date(local).toISOString() : "";
}

function localOf(iso: string): string {
  if (!iso) return "";
  const time = new Date(iso);
  return new Date(time.getTime() - time.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

interface GroupProps {
  letters: Letter[];
  opened: Letter | null;
  open: (letter: Letter) => void;
  changed: () => void;
}

function Group({ letters, opened, open, changed }: GroupProps) {
  const [shown, setShown] = useState(listed);
  return (
    <details class="group">
      <summary>
        <b class="number">{format.count(letters.length)}</b>
        <span class="reason" title={letters[0].reason}>
          {letters[0].message}
        </span>
      </summary>
      <div class="actions">
        <button type="button" onClick={() => askAboutLetters("replay", letters, changed)}>
          Replay these {format.count(letters.length)}…
        </button>
        <button type="button" class="danger" onClick={() => askAboutLetters("purge", letters, changed)}>
          Purge these {format.count(letters.length)}…
        </button>
      </div>
      <ul class="list letters">
        {letters.slice(0, shown).map((letter) => (
          <li key={nameOf(letter)}>
            <button type="button" aria-pressed={opened === letter} onClick={() => open(letter)}>
              <time>{format.moment(letter.died_at)}</time>
              <span class="type">{typeOf(letter)}</span>
              <span class="user">{userOf(letter.event)}</span>
              <span class="muted">{nameOf(letter)}</span>
            </button>
          </li>
        ))}
      </ul>
      {letters.length > shown && (
        <button type="button" class="quiet" onClick={() => setShown(shown + listed)}>
          Show more of them
        </button>
      )}
    </details>
  );
}

function typeOf({ event }: Letter): string {
  const parts = event as { type?: unknown; event?: unknown } | null;
  return String(parts?.event ?? parts?.type ?? format.none);
}

interface Search {
  found: Found | null;
  trouble: string;
  again: () => void;
  more: () => void;
}

function useLetters(filter: LetterFilter): Search {
  const settled = useSettled(filter, 250);
  const [found, setFound] = useState<Found | null>(null);
  const [trouble, setTrouble] = useState("");
  const round = useRef(0);
  const read = async (from?: Found) => {
    const mine = ++round.current;
    try {
      const next = await find(settled, (from?.letters.length ?? 0) + enough, from);
      if (mine !== round.current) return;
      setFound(next);
      setTrouble("");
    } catch (error) {
      if (mine === round.current) setTrouble(told(error));
    }
  };
  const { reach } = useMonitor();
  useEffect(() => {
    note("letters", { ...settled });
    if (reach === "reached") read();
  }, [settled, reach === "reached"]);
  return { found, trouble, again: () => read(), more: () => read(found ?? undefined) };
}

function Summary({ found, filter, search }: { found: Found; filter: LetterFilter; search: Search }) {
  const { letters, next } = found;
  const many = (next ? "More than " : "") + format.counted(letters.length, "dead letter");
  const isAll = Object.values(filter).every((each) => each === "");
  return (
    <div class="found">
      <p class="muted" role="status">
        {letters.length === 0 ? (isAll ? "No dead letters." : "No dead letter fits.") : many}
        {letters.length > 0 && `, up to ${format.moment(found.until)}`}
      </p>
      <div class="actions">
        {next && (
          <button type="button" onClick={search.more}>
            Read more
          </button>
        )}
        <button type="button" class="quiet" onClick={search.again}>
          Refresh
        </button>
        {letters.length > 0 && (
          <>
            <button type="button" onClick={() => askAboutAll("replay", filter, found, search.again)}>
              Replay all{isAll ? "" : " that fit"}…
            </button>
            <button type="button" class="danger" onClick={() => askAboutAll("purge", filter, found, search.again)}>
              Purge all{isAll ? "" : " that fit"}…
            </button>
          </>
        )}
      </div>
    </div>
  );
}

function filterOf({ query }: Route): LetterFilter {
  const of = (key: string) => query.get(key) ?? "";
  return { destination: of("destination"), user: of("user"), reason: of("reason"), since: of("since"), until: of("until") };
}

export function Letters({ route }: { route: Route }) {
  const [filter, setFilter] = useOfRoute(route, filterOf);
  const search = useLetters(filter);
  const { found, trouble } = search;
  const [opened, setOpened] = useState<Letter | null>(null);
  useEffect(() => {
    if (opened && found && !found.letters.some((each) => nameOf(each) === nameOf(opened))) setOpened(null);
  }, [found]);
  useKeys({
    "/": () => document.getElementById("letters-user")?.focus(),
    ...(opened && { Escape: () => setOpened(null) }),
  });
  return (
    <div class={opened ? "split open" : "split"}>
      <div class="bar">
        <LetterFilters filter={filter} change={setFilter} />
        {trouble && <p class="notice bad">{trouble}</p>}
        {found && <Summary found={found} filter={filter} search={search} />}
      </div>
      <div class="list groups">
        {found &&
          group(found.letters).map(([message, letters]) => (
            <Group
              key={message}
              letters={letters}
              opened={opened}
              open={setOpened}
              changed={search.again}
            />
          ))}
      </div>
      {opened && (
        <LetterDetail key={nameOf(opened)} letter={opened} close={() => setOpened(null)} changed={search.again} />
      )}
    </div>
  );
}
