import { call, callExact } from "./api";
import type { Letter, Status } from "./types";

// Walks through the dead letters. Every answer is bounded; `next` says where it goes on.

export interface LetterFilter {
  destination: string;
  user: string;
  reason: string;
  since: string; // ISO 8601, as the API takes it
  until: string;
}

export interface Found {
  letters: Letter[];
  next: string; // empty: these are all
  until: string; // what died later is not among them
}

export interface Outcome {
  done: number;
  kept: { letter: string; reason: string; message: string }[];
  stopped: boolean;
}

export type Verb = "replay" | "purge";

interface Page {
  dead_letters: Letter[];
  next?: string;
}

interface Step {
  replayed?: number;
  purged?: number;
  kept?: Outcome["kept"];
  next?: string;
}

const chunk = 100; // letters that a request names

export function nameOf(letter: Letter): string {
  return `${letter.destination}/${letter.id}`;
}

// Letters from `found` on until there are `enough`. Without `found` it begins, and what dies from now on is left out, so
// that what is counted is what is acted on.
export async function find(filter: LetterFilter, enough: number, found?: Found): Promise<Found> {
  let until = found?.until ?? filter.until;
  if (!until) until = (await call<Status>("GET", "api/status")).now;
  const letters = [...(found?.letters ?? [])];
  let next = found?.next ?? "";
  do {
    const page = await callExact<Page>("GET", "api/dead-letters", { ...filter, until, after: next, limit: "500" });
    letters.push(...page.dead_letters);
    next = page.next ?? "";
  } while (next && letters.length < enough);
  return { letters, next, until };
}

// How many there are in all.
export async function countAll(filter: LetterFilter, found: Found, progress: (n: number) => void, signal: AbortSignal) {
  let [n, next] = [found.letters.length, found.next];
  while (next) {
    if (signal.aborted) throw new Error("Stopped; nothing was changed.");
    const page = await callExact<Page>("GET", "api/dead-letters", { ...filter, until: found.until, after: next, limit: "1000" });
    n += page.dead_letters.length;
    next = page.next ?? "";
    progress(n);
  }
  return n;
}

async function step(verb: Verb, query: Record<string, string | string[]>): Promise<Step> {
  return verb === "replay"
    ? call<Step>("POST", "api/dead-letters/replay", query)
    : call<Step>("DELETE", "api/dead-letters", query);
}

type Progress = (done: number) => void;

async function walk(
  verb: Verb, query: Record<string, string | string[]>, outcome: Outcome, progress: Progress, signal: AbortSignal,
): Promise<void> {
  let after = "";
  do {
    if (signal.aborted) return void (outcome.stopped = true);
    const answer = await step(verb, { ...query, after });
    outcome.done += (answer.replayed ?? 0) + (answer.purged ?? 0);
    outcome.kept.push(...(answer.kept ?? []));
    progress(outcome.done + outcome.kept.length);
    after = answer.next ?? "";
  } while (after);
}

// Exactly these.
export async function actOnLetters(verb: Verb, letters: Letter[], progress: Progress, signal: AbortSignal) {
  const outcome: Outcome = { done: 0, kept: [], stopped: false };
  for (let i = 0; i < letters.length && !outcome.stopped; i += chunk) {
    const names = letters.slice(i, i + chunk).map(nameOf);
    await walk(verb, { letter: names }, outcome, progress, signal);
  }
  return outcome;
}

// All that fit, those that were not read yet too.
export async function actOnAll(
  verb: Verb, filter: LetterFilter, until: string, progress: Progress, signal: AbortSignal,
) {
  const outcome: Outcome = { done: 0, kept: [], stopped: false };
  await walk(verb, { ...filter, until }, outcome, progress, signal);
  return outcome;
}
