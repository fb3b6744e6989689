import assert from "node:assert/strict";
import { test } from "node:test";
import { difference, quantile } from "../source/histogram";
import { History } from "../source/history";

const bounds = [0.01, 0.1, 1];
const histogram = (...counts: number[]) => ({ bounds, counts, sum: 0 });

test("a quantile lies between its bucket's bounds", () => {
  assert.equal(quantile(histogram(10, 0, 0, 0), 0.5), 0.005);
  assert.equal(quantile(histogram(0, 10, 0, 0), 1), 0.1);
  assert.equal(quantile(histogram(90, 0, 10, 0), 0.99)! > 0.9, true);
});

test("without a count there is no quantile; above all bounds it is the last bound", () => {
  assert.equal(quantile(histogram(0, 0, 0, 0), 0.5), null);
  assert.equal(quantile(histogram(0, 0, 0, 3), 0.5), 1);
});

test("the difference to restarted counters is all of the later ones", () => {
  assert.deepEqual(difference(histogram(3, 2, 0, 0), histogram(1, 2, 0, 0)).counts, [2, 0, 0, 0]);
  assert.deepEqual(difference(histogram(1, 0, 0, 0), histogram(3, 2, 0, 0)).counts, [1, 0, 0, 0]);
});

const sample = (started_at: string, accepted: number, delivered: number, backlog_events: number) =>
  ({
    started_at,
    destinations: [
      {
        name: "d", accepted, delivered, backlog_events, replayed: 0,
        request_duration: histogram(delivered, 0, 0, 0), delivery_latency: histogram(0, 0, 0, 0),
      },
    ],
  }) as never;

test("rates are differences divided by the time between two samples", () => {
  const history = new History();
  history.add(sample("a", 100, 100, 0), 1000);
  assert.deepEqual([history.summary("d").in, history.summary("d").out], [null, null]);
  history.add(sample("a", 120, 110, 10), 1002);
  assert.deepEqual([history.summary("d").in, history.summary("d").out], [10, 5]);
});

test("quantiles are of the last minute", () => {
  const history = new History();
  history.add(sample("a", 0, 0, 0), 1000);
  assert.equal(history.summary("d").requestDuration.count, 0);
  history.add(sample("a", 30, 30, 0), 1002);
  assert.equal(history.summary("d").requestDuration.count, 30);
  assert.equal(history.summary("d").deliveryLatency.count, 0);
});

test("a restart or a gap gives no rate", () => {
  const history = new History();
  history.add(sample("a", 100, 100, 0), 1000);
  history.add(sample("b", 5, 5, 0), 1001);
  assert.equal(history.summary("d").in, null);
  history.add(sample("b", 6, 6, 0), 1060);
  assert.equal(history.summary("d").in, null);
  assert.deepEqual(history.of("d").time, [1000, 1001, 1002, 1060]);
  assert.deepEqual(history.of("d").backlog, [0, 0, null, 0]); // the line breaks
});

test("ten minutes are kept", () => {
  const history = new History();
  for (let i = 0; i < 900; ++i) history.add(sample("a", i, i, 0), i);
  assert.equal(history.of("d").time[0], 299);
  assert.equal(history.summary("d").in, 1);
});
