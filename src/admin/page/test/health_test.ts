import assert from "node:assert/strict";
import { test } from "node:test";
import { behind, healthOf } from "../source/health";

const destination = { name: "d", lost: 0, held: false, failing: false, waiting: 0, oldest_seconds: 0 };
const status = { draining: false, journal: { has_room: true }, destinations: [destination] };

function wordOf(change: object, reach = "reached"): string {
  return healthOf({ reach, status: { ...status, ...change }, lostSince: 0, trouble: "no answer" } as never).word;
}

test("the gravest is said", () => {
  assert.equal(wordOf({}), "Ready");
  assert.equal(wordOf({ draining: true, journal: { has_room: false } }), "Draining");
  assert.equal(wordOf({ journal: { has_room: false }, destinations: [{ ...destination, held: true }] }), "Disk full");
  assert.equal(wordOf({ destinations: [destination, { ...destination, held: true }] }), "Held");
  assert.equal(wordOf({}, "lost"), "Not reached");
  assert.equal(wordOf({}, "locked"), "Locked");
});

test("events that the disk lost are said", () => {
  assert.equal(wordOf({ destinations: [{ ...destination, lost: 3 }] }), "Events lost");
});

test("a destination that fails is named, but it is ready", () => {
  const failing = { ...destination, name: "eu", failing: true };
  const health = healthOf({ reach: "reached", status: { ...status, destinations: [failing] } } as never);
  assert.equal(health.word, "Ready");
  assert.match(health.more, /attempts at eu failed/);
});

test("how far behind it is", () => {
  const waiting = (change: object) => ({ ...destination, waiting: 5, ...change }) as never;
  assert.equal(behind(destination as never, 0), "nothing waits");
  assert.equal(behind(waiting({ held: true }), 3), "waits until it is released");
  assert.equal(behind(waiting({}), 90), "drained in 1 min 30 s");
  assert.equal(behind(waiting({ oldest_seconds: 1 }), null), "keeps up");
  assert.equal(behind(waiting({ oldest_seconds: 60 }), null), "does not get less");
});
