// What the admin API answers, as far as the page looks at it.

export interface Histogram {
  bounds: number[]; // seconds
  counts: number[]; // a bucket each, one more than bounds
  sum: number;
}

export interface Pause {
  reason: "operator" | "credentials" | "region_unknown";
  since: string;
  message: string;
}

export interface Destination {
  name: string;
  host: string;
  api_version: string;
  rate: number; // requests/s that are allowed
  backlog_events: number;
  backlog_bytes: number | null;
  backlog_oldest_age_seconds: number | null;
  time_to_drain_seconds: number | null;
  in_flight: number; // requests
  connections: number;
  accepted: number;
  delivered: number;
  dead_lettered: number; // since the start
  retries: number;
  replayed: number;
  purged: number;
  dead_letters: number; // retained
  lost: number;
  retries_by_cause: Record<string, number>;
  dead_letters_by_reason: Record<string, number>;
  paused: Pause | null;
  circuit_breaker_open: boolean;
  full: boolean;
  request_duration: Histogram;
  delivery_latency: Histogram;
}

export interface Status {
  version: string;
  started_at: string;
  now: string;
  draining: boolean;
  redact: boolean;
  log_level: string;
  connections: number;
  events: {
    received: number;
    accepted: number;
    rejected: number;
    dead_lettered: number;
    dropped: Record<string, number>;
  };
  rejected_by_reason: Record<string, number>;
  journal: {
    has_room: boolean;
    full: boolean;
    error: string | null;
    bytes: number;
    max_bytes: number | null;
    bytes_free: number | null;
    commits: Histogram;
  };
  process: { resident_bytes: number; cpu_seconds: number; open_files: number };
  destinations: Destination[];
}

export interface Request {
  method: string;
  path: string;
  host?: string;
  body: unknown;
}

export interface Answer {
  status: number;
  body: string;
}

export const outcomes = ["accepted", "delivered", "retried", "dead_letter", "dropped", "rejected"] as const;
export const types = ["identify", "track", "page", "screen", "group", "alias"] as const;

export interface Event {
  seq: number;
  time: string;
  id: string; // the same for all that happens to one event
  outcome: (typeof outcomes)[number];
  source: string;
  destination: string;
  type: string;
  user: string;
  name: string;
  reason: string; // a code; empty where there is none
  message: string; // the reason, for people
  attempts: number;
  received_at: string;
  event: unknown;
  request?: Request;
  answer?: Answer;
}

// An event in the backlog.
export interface Waiting {
  destination: string;
  position: number;
  received_at: string;
  source: string;
  type: string;
  user: string;
  name: string;
  event: unknown;
}

export interface Letter {
  id: number;
  source: string;
  destination: string;
  reason: string; // a code
  message: string; // the reason, for people
  attempts: number;
  received_at: string | null;
  died_at: string | null;
  event: unknown;
  request?: Request;
  answer?: Answer;
}
