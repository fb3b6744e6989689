import { call, callExact, type Query } from "./api";
import type { DeadLetter, Reply } from "./types";

// Searches the dead letters page by page, and replays or purges them. Each response is bounded; its `next` continues it.

export interface DeadLetterFilter {
  destination: string;
  user: string;
  message_id: string;
  reason: string;
  since: string; // ISO 8601, as the API takes it
  until: string;
}

export interface Found {
  filter: DeadLetterFilter; // that they match
  letters: DeadLetter[];
  next: string; // empty: these are all
  until: string; // later dead letters are not among them
}

type Replayed = Reply<"/api/dead-letters/replay", "post">;

export interface Outcome {
  done: number;
  kept: Replayed["kept"];
  stopped: boolean;
}

export type Verb = "replay" | "purge";

const chunk = 100; // dead letters that a request names

export function nameOf(letter: DeadLetter): string {
  return `${letter.destination}/${letter.id}`;
}

// Reads until there are `enough`, starting after `found` if it is given. Dead letters that are added after the first
// request are left out, so that the count that is shown is the count that is replayed or purged.
export async function find(filter: DeadLetterFilter, enough: number, found?: Found): Promise<Found> {
  let until = found?.until ?? filter.until;
  if (!until) until = (await call("get", "/api/status")).now;
  const letters = [...(found?.letters ?? [])];
  let next = found?.next ?? "";
  do {
    const page = await callExact("get", "/api/dead-letters", { query: { ...filter, until, after: next, limit: "500" } });
    letters.push(...page.dead_letters);
    next = page.next ?? "";
  } while (next && letters.length < enough);
  return { filter, letters, next, until };
}

// The total number.
export async function countAll(found: Found, progress: Progress, signal: AbortSignal): Promise<number> {
  let [n, next] = [found.letters.length, found.next];
  while (next) {
    if (signal.aborted) throw new Error("Stopped; nothing was changed.");
    const query = { ...found.filter, until: found.until, after: next, limit: "1000" };
    const page = await callExact("get", "/api/dead-letters", { query });
    n += page.dead_letters.length;
    next = page.next ?? "";
    progress(n);
  }
  return n;
}

interface Step {
  done: number;
  kept: Outcome["kept"];
  next?: string;
}

async function step(verb: Verb, query: Query): Promise<Step> {
  if (verb === "purge") {
    const { purged, next } = await call("delete", "/api/dead-letters", { query });
    return { done: purged, kept: [], next };
  }
  const { replayed, kept, next } = await call("post", "/api/dead-letters/replay", { query });
  return { done: replayed, kept, next };
}

type Progress = (done: number) => void;

async function actOn(verb: Verb, query: Query, outcome: Outcome, progress: Progress, signal: AbortSignal): Promise<void> {
  let after = "";
  do {
    if (signal.aborted) return void (outcome.stopped = true);
    const { done, kept, next } = await step(verb, { ...query, after });
    outcome.done += done;
    outcome.kept.push(...kept);
    progress(outcome.done + outcome.kept.length);
    after = next ?? "";
  } while (after);
}

// Exactly these.
export async function actOnLetters(verb: Verb, letters: DeadLetter[], progress: Progress, signal: AbortSignal) {
  const outcome: Outcome = { done: 0, kept: [], stopped: false };
  for (let i = 0; i < letters.length && !outcome.stopped; i += chunk) {
    const names = letters.slice(i, i + chunk).map(nameOf);
    await actOn(verb, { letter: names }, outcome, progress, signal);
  }
  return outcome;
}

// All that match, including those that were not read yet.
export async function actOnAll(verb: Verb, found: Found, progress: Progress, signal: AbortSignal) {
  const outcome: Outcome = { done: 0, kept: [], stopped: false };
  await actOn(verb, { ...found.filter, until: found.until }, outcome, progress, signal);
  return outcome;
}
