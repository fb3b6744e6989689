import { address, callExact, type ApiError } from "./api";
import { parse } from "./exact_json";
import { follow } from "./stream";
import type { Event } from "./types";

// The last events, newest first, and those that come.

export interface Filter {
  type: string;
  user: string;
  event: string;
  outcome: string;
  destination: string;
}

export const noFilter: Filter = { type: "", user: "", event: "", outcome: "", destination: "" };

const kept = 300;
const pulse = 200; // ms between two changes of what is shown

export function keyOf(event: Event): string {
  return `${event.time} ${event.seq}`;
}

export class Feed {
  shown: Event[] = [];
  unshown: Event[] = []; // what came while it was paused
  missed = 0; // what came while it was paused and is not in `unshown` any more
  skipped = 0; // what the daemon left out of the stream
  paused = false;
  live = false;
  trouble = "";

  private filter: Filter = noFilter;
  private end: AbortController | null = null;
  private coming: Event[] = [];
  private timer = 0;

  constructor(private readonly changed: () => void) {}

  // Anew, with another filter.
  start(filter: Filter): void {
    this.filter = filter;
    this.skipped = 0;
    this.clear();
    this.resume();
  }

  // What happened since `stop` is fetched.
  resume(): void {
    this.stop();
    this.end = new AbortController();
    follow(address("api/events/stream", { ...this.filter }), this, this.end.signal);
    this.changed();
  }

  stop(): void {
    this.end?.abort();
    this.end = null;
    this.live = false;
    clearTimeout(this.timer);
    this.timer = 0;
    this.coming = [];
  }

  pause(paused: boolean): void {
    this.paused = paused;
    if (!paused) {
      this.shown = merged(this.unshown, this.shown);
      this.unshown = [];
      this.missed = 0;
    }
    this.changed();
  }

  clear(): void {
    this.shown = [];
    this.unshown = [];
    this.missed = 0;
    this.changed();
  }

  connected(): void {
    this.live = true;
    this.trouble = "";
    this.changed();
    this.recall();
  }

  lost(error: ApiError): void {
    this.live = false;
    this.trouble = error.message;
    this.changed();
  }

  message({ event, data }: { event: string; data: string }): void {
    if (event === "skipped") this.skipped += parse<{ skipped: number }>(data).skipped;
    if (event === "event") this.coming.push(parse<Event>(data));
    this.timer ||= window.setTimeout(() => this.take(), pulse);
  }

  // What was there before the stream began, or happened while it was broken.
  private async recall(): Promise<void> {
    const { end, filter } = this;
    try {
      const { events } = await callExact<{ events: Event[] }>("GET", "api/events", { ...filter, limit: String(kept) });
      if (end !== this.end) return; // another filter was set meanwhile
      this.coming.push(...events.reverse());
      this.take();
    } catch {
      // the stream tells what is wrong
    }
  }

  private take(): void {
    this.timer = 0;
    const coming = this.coming.reverse();
    this.coming = [];
    if (this.paused && this.shown.length > 0) {
      const all = merged(coming, this.unshown, this.shown);
      this.missed += Math.max(0, all.length - kept);
      this.unshown = all.slice(0, kept);
    } else {
      this.shown = merged(coming, this.shown);
    }
    this.changed();
  }
}

// Newest first, each once, `known` left out.
function merged(news: Event[], olds: Event[], known: Event[] = []): Event[] {
  const seen = new Set(known.map(keyOf));
  const all: Event[] = [];
  for (const event of [...news, ...olds]) {
    const key = keyOf(event);
    if (seen.has(key)) continue;
    seen.add(key);
    all.push(event);
  }
  all.sort((a, b) => (a.time < b.time ? 1 : a.time > b.time ? -1 : b.seq - a.seq));
  return known.length > 0 ? all : all.slice(0, kept);
}
