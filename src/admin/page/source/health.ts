import { moment, span } from "./format";
import type { Monitor } from "./monitor";
import type { Destination, Status } from "./types";

// Health in one line.

export interface Health {
  level: "good" | "busy" | "bad" | "unknown";
  word: string;
  more: string; // changes only when something happens: it is read aloud
}

// Since when a destination is held, and why.
export function heldSince({ since, by_hand, reason }: Destination): string {
  return `since ${moment(since)}${by_hand ? "," : ":"} ${reason}`;
}

function ofHeld(held: Destination[]): Health {
  const each = held.map((one) => `${one.name} ${heldSince(one)}`);
  return { level: "bad", word: "Held", more: `${each.join("; ")}. Its events wait on disk.` };
}

function ofStatus(status: Status): Health {
  if (status.draining) return { level: "busy", word: "Draining", more: "It takes nothing new and finishes what is under way." };
  if (!status.journal.has_room) {
    return { level: "bad", word: "Disk full", more: "The journal takes nothing: it is full or the disk fails. Senders get 503." };
  }
  const held = status.destinations.filter((each) => each.held);
  if (held.length > 0) return ofHeld(held);
  const losing = status.destinations.filter((each) => each.lost > 0);
  if (losing.length > 0) {
    const each = losing.map((one) => `${one.name}: ${one.lost}`);
    return { level: "bad", word: "Events lost", more: `The disk lost events that it had said were on it (${each.join(", ")}). The log names them.` };
  }
  const failing = status.destinations.filter((each) => each.failing).map((each) => each.name);
  if (failing.length > 0) {
    return { level: "busy", word: "Ready", more: `Most of the latest attempts at ${failing.join(", ")} failed: it backs off.` };
  }
  return { level: "good", word: "Ready", more: "Events are taken and delivered." };
}

export function healthOf(monitor: Monitor): Health {
  if (monitor.reach === "starting") return { level: "unknown", word: "Looking", more: "" };
  if (monitor.reach === "locked") return { level: "unknown", word: "Locked", more: "The token is asked for." };
  if (monitor.reach === "lost") {
    return { level: "bad", word: "Not reached", more: `since ${moment(monitor.lostSince)} (${monitor.trouble}). Trying again.` };
  }
  return ofStatus(monitor.status!);
}

// How far behind a destination is, in words.
export function behind(destination: Destination, drained: number | null): string {
  if (destination.waiting === 0) return "nothing waits";
  if (destination.held) return "waits until it is released";
  if (drained !== null) return `drained in ${span(drained)}`;
  return (destination.oldest_seconds ?? 0) < 10 ? "keeps up" : "does not get less";
}

export function waitingSince(destination: Destination): string {
  if (destination.waiting === 0) return "";
  return destination.oldest_seconds === null ? "" : `oldest ${span(destination.oldest_seconds)}`;
}

