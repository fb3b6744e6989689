import { certificateNotice } from "./facts";
import { bytes, moment, span } from "./format";
import type { Monitor } from "./monitor";
import type { Destination, Pause, Status } from "./types";

// Health in one line.

export interface Health {
  level: "good" | "busy" | "bad" | "unknown";
  word: string;
  more: string; // changes only when something happens: screen readers read it aloud
}

const pauseReasons: Record<Pause["reason"], string> = {
  operator: "by an operator",
  credentials: "because Customer.io rejects the credentials,",
  region_unknown: "because its region is unknown,",
};

// Why a destination is paused, and since when.
export function describePause({ reason, since, message, by }: Pause): string {
  return `${pauseReasons[reason]}${by ? ` (${by})` : ""} since ${moment(since)}: ${message}`;
}

// Where pending events are. Nodes that form a cluster have their journal in Kafka.
export function journalPlace(status: Pick<Status, "cluster">): "on disk" | "in Kafka" {
  return status.cluster ? "in Kafka" : "on disk";
}

function nameEachPause(paused: Destination[]): string {
  return paused.flatMap(({ name, pauses }) => pauses.map((pause) => `${name} is paused ${describePause(pause)}`)).join("; ");
}

function ofPaused(paused: Destination[], place: string): Health {
  return { level: "bad", word: "Paused", more: `${nameEachPause(paused)}. Its events wait ${place}.` };
}

// A pause is often why the share is full.
function ofFull(full: Destination[], paused: Destination[]): Health {
  const more = `The journal share of ${full.map((each) => each.name).join(", ")} is full. Its senders get 503.`;
  return { level: "bad", word: "Backlog full", more: paused.length > 0 ? `${more} ${nameEachPause(paused)}.` : more };
}

const notReady = {
  draining: { level: "busy", word: "Draining" },
  journal_failed: { level: "bad", word: "Disk fails" },
  journal_full: { level: "bad", word: "Journal full" },
  journal_overloaded: { level: "busy", word: "Overloaded" },
} as const;

function ofNotReady({ cluster }: Status, { reason, message }: NonNullable<Status["not_ready"]>): Health {
  const health: Health = { ...notReady[reason], more: `${message}. Senders get 503.` };
  if (reason === "journal_failed" && cluster) health.word = "Kafka fails";
  return health;
}

function ofStatus(status: Status): Health {
  if (status.not_ready) return ofNotReady(status, status.not_ready);
  const paused = status.destinations.filter((each) => each.paused);
  const full = status.destinations.filter((each) => each.full);
  if (full.length > 0) return ofFull(full, paused);
  if (paused.length > 0) return ofPaused(paused, journalPlace(status));
  const losing = status.destinations.filter((each) => each.lost > 0);
  if (losing.length > 0) {
    const each = losing.map((one) => `${one.name}: ${one.lost}`);
    return {
      level: "bad", word: "Events lost",
      more: `${status.cluster ? "Kafka" : "The disk"} lost events that it had confirmed (${each.join(", ")}). The log names them.`,
    };
  }
  const certificate = certificateNotice(status);
  if (certificate?.tone === "bad") return { level: "bad", word: "Certificate expired", more: certificate.text };
  const orphans = status.orphaned_streams.map((each) => each.name);
  if (orphans.length > 0) {
    return {
      level: "busy", word: "No destination",
      more: `The configuration has no destination for the stream of ${orphans.join(", ")}, which still holds events.`,
    };
  }
  const ownerless = status.cluster?.streams.filter((each) => each.owner === null).map((each) => each.name) ?? [];
  if (ownerless.length > 0) {
    return { level: "busy", word: "No owner", more: `No node delivers ${ownerless.join(", ")}. Its events wait in Kafka.` };
  }
  if (status.cluster && !status.cluster.same_configuration) {
    return { level: "busy", word: "Configurations differ", more: "Not all nodes have the same sources and destinations." };
  }
  if (status.cluster && !status.cluster.same_secrets) {
    return { level: "busy", word: "Secrets differ", more: "Not all nodes have the same write keys, site ids and API keys." };
  }
  const { rejected } = status.configuration;
  if (rejected) {
    return {
      level: "busy", word: "Not reloaded",
      more: `The last reload was rejected, since ${moment(rejected.since)}: ${rejected.problems.join("; ")}.`,
    };
  }
  const failing = status.destinations.filter((each) => each.circuit_breaker);
  if (failing.length > 0) {
    const each = failing.map(
      ({ name, circuit_breaker }) => `the circuit breaker of ${name} is open since ${moment(circuit_breaker!.since)}`,
    );
    return { level: "busy", word: "Ready", more: `Requests fail: ${each.join("; ")}.` };
  }
  return { level: "good", word: "Ready", more: "Events are accepted and delivered." };
}

export function healthOf(monitor: Monitor): Health {
  if (monitor.connection === "connecting") return { level: "unknown", word: "Connecting", more: "" };
  if (monitor.connection === "locked") return { level: "unknown", word: "Locked", more: "A token is required." };
  if (monitor.connection === "lost") {
    return { level: "bad", word: "Unreachable", more: `since ${moment(monitor.lostSince)} (${monitor.error}). Retrying.` };
  }
  return ofStatus(monitor.status!);
}

export function describeFull({ backlog_max_bytes }: Destination): string {
  return `Its journal share of ${bytes(backlog_max_bytes)} is full: senders get 503.`;
}

// How far behind a destination is, in words.
export function behind(destination: Destination): string {
  const { backlog_events, paused, time_to_drain_seconds, backlog_oldest_age_seconds } = destination;
  if (backlog_events === 0) return "empty";
  if (paused) return "waits until it is resumed";
  if (time_to_drain_seconds !== null) return `drained in ${span(time_to_drain_seconds)}`;
  return (backlog_oldest_age_seconds ?? 0) < 10 ? "keeps up" : "does not shrink";
}

export function oldestAge({ backlog_events, backlog_oldest_age_seconds: age }: Destination): string {
  return backlog_events === 0 || age === null ? "" : `oldest ${span(age)}`;
}
