import { address, callExact, type ApiError } from "./api";
import { parse } from "./exact_json";
import { follow } from "./sse_client";
import type { Event } from "./types";

// The recent events of the event stream, newest first, and new ones as they arrive.

export interface Filter {
  type: string;
  user: string;
  message_id: string;
  event: string;
  outcome: string;
  destination: string;
}

export const noFilter: Filter = { type: "", user: "", message_id: "", event: "", outcome: "", destination: "" };

const capacity = 300; // events
const updateInterval = 200; // ms between two changes of the list

export function keyOf(event: Event): string {
  return `${event.time} ${event.seq}`;
}

export class EventStream {
  shown: Event[] = [];
  unshown: Event[] = []; // arrived while the list was paused
  missed = 0; // arrived while it was paused, and are no longer in `unshown`
  skipped = 0; // left out of the stream by the daemon
  paused = false;
  isConnected = false;
  error = "";

  private filter: Filter = noFilter;
  private connection: AbortController | null = null;
  private received: Event[] = [];
  private timer = 0;

  constructor(private readonly changed: () => void) {}

  // Starts again with another filter.
  start(filter: Filter): void {
    this.filter = filter;
    this.skipped = 0;
    this.clear();
    this.resume();
  }

  // Connects, and fetches what happened since `stop`.
  resume(): void {
    this.stop();
    this.connection = new AbortController();
    follow(address("/api/events/stream", { query: { ...this.filter } }), this, this.connection.signal);
    this.changed();
  }

  stop(): void {
    this.connection?.abort();
    this.connection = null;
    this.isConnected = false;
    clearTimeout(this.timer);
    this.timer = 0;
    this.received = [];
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
    this.isConnected = true;
    this.error = "";
    this.changed();
    this.fetchRecent();
  }

  lost(error: ApiError): void {
    this.isConnected = false;
    this.error = error.message;
    this.changed();
  }

  message({ event, data }: { event: string; data: string }): void {
    if (event === "skipped") this.skipped += parse<{ skipped: number }>(data).skipped;
    if (event === "event") this.received.push(parse<Event>(data));
    this.timer ||= window.setTimeout(() => this.update(), updateInterval);
  }

  // The events from before the stream connected, or from while it was interrupted.
  private async fetchRecent(): Promise<void> {
    const { connection, filter } = this;
    try {
      const { events } = await callExact("get", "/api/events", { query: { ...filter, limit: String(capacity) } });
      if (connection !== this.connection) return; // another filter was set
      this.received.push(...events.reverse());
      this.update();
    } catch {
      // the stream reports the error
    }
  }

  private update(): void {
    this.timer = 0;
    const received = this.received.reverse();
    this.received = [];
    if (this.paused && this.shown.length > 0) {
      const all = merged(received, this.unshown, this.shown);
      this.missed += Math.max(0, all.length - capacity);
      this.unshown = all.slice(0, capacity);
    } else {
      this.shown = merged(received, this.shown);
    }
    this.changed();
  }
}

// Newest first, without duplicates and without `known`.
function merged(newer: Event[], older: Event[], known: Event[] = []): Event[] {
  const seen = new Set(known.map(keyOf));
  const all: Event[] = [];
  for (const event of [...newer, ...older]) {
    const key = keyOf(event);
    if (seen.has(key)) continue;
    seen.add(key);
    all.push(event);
  }
  all.sort((a, b) => (a.time < b.time ? 1 : a.time > b.time ? -1 : b.seq - a.seq));
  return known.length > 0 ? all : all.slice(0, capacity);
}
