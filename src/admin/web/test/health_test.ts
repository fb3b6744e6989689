import assert from "node:assert/strict";
import { test } from "node:test";
import { behind, describeFull, describePause, healthOf } from "../source/health";

const destination = {
  name: "d", lost: 0, paused: null, pauses: [] as object[], circuit_breaker: null, full: false, backlog_events: 0,
  backlog_oldest_age_seconds: 0, time_to_drain_seconds: 0,
};
const byOperator = { reason: "operator", since: "2026-11-24T10:00:00Z", message: "maintenance", by: "deploy" };
const byCredentials = { reason: "credentials", since: "2026-11-24T09:00:00Z", message: "401", by: null };
const paused = { ...destination, paused: byOperator, pauses: [byOperator, byCredentials] };
const status = {
  cluster: null, not_ready: null, destinations: [destination], orphaned_streams: [] as object[], configuration: { rejected: null },
  certificate_expires_at: null, now: "2026-11-24T15:00:00Z",
};
const cluster = { nodes: [], streams: [{ name: "d", owner: "a" }], same_configuration: true, same_secrets: true };

function wordOf(change: object, connection = "connected"): string {
  return healthOf({ connection, status: { ...status, ...change }, lostSince: 0, error: "no response" } as never).word;
}

test("the most severe state is shown", () => {
  assert.equal(wordOf({}), "Ready");
  assert.equal(wordOf({ not_ready: { reason: "journal_full", message: "" }, destinations: [paused] }), "Journal full");
  assert.equal(wordOf({ destinations: [destination, paused] }), "Paused");
  assert.equal(wordOf({ destinations: [{ ...destination, full: true }] }), "Backlog full");
  assert.equal(wordOf({}, "lost"), "Unreachable");
  assert.equal(wordOf({}, "locked"), "Locked");
});

test("a daemon that is not ready says why", () => {
  const wordFor = (reason: string) => wordOf({ not_ready: { reason, message: "" } });
  assert.equal(wordFor("draining"), "Draining");
  assert.equal(wordFor("journal_failed"), "Disk fails");
  assert.equal(wordFor("journal_full"), "Journal full");
  assert.equal(wordFor("journal_overloaded"), "Overloaded");
});

test("a journal that fails is named: the disk, or Kafka", () => {
  const not_ready = { reason: "journal_failed", message: "" };
  assert.equal(wordOf({ not_ready }), "Disk fails");
  assert.equal(wordOf({ not_ready, cluster }), "Kafka fails");
  assert.equal(wordOf({ not_ready: { ...not_ready, reason: "draining" }, cluster }), "Draining");
});

test("where the events of a paused destination wait is named", () => {
  const moreOf = (change: object) =>
    healthOf({ connection: "connected", status: { ...status, destinations: [paused], ...change } } as never).more;
  assert.match(moreOf({}), /Its events wait on disk\.$/);
  assert.match(moreOf({ cluster }), /Its events wait in Kafka\.$/);
});

test("a full share of the journal is shown before the pause that filled it", () => {
  const full = { ...paused, name: "eu", full: true, backlog_max_bytes: 307_200 };
  const healthWith = (...destinations: object[]) =>
    healthOf({ connection: "connected", status: { ...status, destinations } } as never);
  const health = healthWith(full);
  assert.equal(health.word, "Backlog full");
  assert.match(health.more, /^The journal share of eu is full\. Its senders get 503\. eu is paused by an operator /);
  assert.doesNotMatch(health.more, /wait/);
  assert.match(healthWith({ ...full, paused: null, pauses: [] }, paused).more, /of eu is full\. Its senders get 503\. d is paused /);
  assert.equal(healthWith({ ...full, paused: null, pauses: [] }).more, "The journal share of eu is full. Its senders get 503.");
  assert.equal(describeFull(full as never), "Its journal share of 300 KiB is full: senders get 503.");
});

test("a certificate is bad once it has expired", () => {
  assert.equal(wordOf({ certificate_expires_at: "2026-11-24T15:01:00Z" }), "Ready");
  assert.equal(wordOf({ certificate_expires_at: "2026-11-24T15:00:00Z" }), "Certificate expired");
});

test("a pause has its reason, its time and its message", () => {
  const pause = { reason: "credentials", since: "2026-11-24T10:00:00Z", message: "401 Unauthorized", by: null } as const;
  assert.match(describePause(pause), /^because Customer.io rejects the credentials, since .*: 401 Unauthorized$/);
});

test("each pause is named, and who paused it", () => {
  const health = healthOf({ connection: "connected", status: { ...status, destinations: [paused] } } as never);
  assert.match(health.more, /d is paused by an operator \(deploy\) since .*: maintenance; d is paused because .*: 401/);
});

test("events that the disk lost are shown", () => {
  assert.equal(wordOf({ destinations: [{ ...destination, lost: 3 }] }), "Events lost");
});

test("a stream without a destination is named", () => {
  assert.equal(wordOf({ orphaned_streams: [{ name: "old" }] }), "No destination");
  assert.equal(wordOf({ destinations: [paused], orphaned_streams: [{ name: "old" }] }), "Paused");
});

test("a cluster has an owner for each stream and one configuration", () => {
  assert.equal(wordOf({ cluster }), "Ready");
  assert.equal(wordOf({ cluster: { ...cluster, streams: [{ name: "d", owner: null }] } }), "No owner");
  assert.equal(wordOf({ cluster: { ...cluster, same_configuration: false } }), "Configurations differ");
  assert.equal(wordOf({ cluster: { ...cluster, same_secrets: false } }), "Secrets differ");
});

test("a rejected reload is shown with its problems", () => {
  const rejected = { since: "2026-11-24T10:00:00Z", by: "SIGHUP", problems: ["a.yaml:1: is no map", "b"] };
  const health = healthOf({ connection: "connected", status: { ...status, configuration: { rejected } } } as never);
  assert.equal(health.word, "Not reloaded");
  assert.match(health.more, /rejected, since .*: a.yaml:1: is no map; b\.$/);
  assert.equal(wordOf({ destinations: [paused], configuration: { rejected } }), "Paused");
});

test("an open circuit breaker is named, but pintle is ready", () => {
  const failing = { ...destination, name: "eu", circuit_breaker: { since: "2026-11-24T10:00:00Z", message: "503" } };
  const health = healthOf({ connection: "connected", status: { ...status, destinations: [failing] } } as never);
  assert.equal(health.word, "Ready");
  assert.match(health.more, /^Requests fail: the circuit breaker of eu is open since [^;]*\.$/);
  const two = healthOf({ connection: "connected", status: { ...status, destinations: [failing, { ...failing, name: "us" }] } } as never);
  assert.match(two.more, /of eu is open since .*; the circuit breaker of us is open since /);
});

test("how far behind it is", () => {
  const backlog = (time_to_drain_seconds: number | null, change: object = {}) =>
    behind({ ...destination, backlog_events: 5, time_to_drain_seconds, ...change } as never);
  assert.equal(behind(destination as never), "empty");
  assert.equal(backlog(3, { paused: paused.paused }), "waits until it is resumed");
  assert.equal(backlog(90), "drained in 1 min 30 s");
  assert.equal(backlog(null, { backlog_oldest_age_seconds: 1 }), "keeps up");
  assert.equal(backlog(null, { backlog_oldest_age_seconds: 60 }), "does not shrink");
});
