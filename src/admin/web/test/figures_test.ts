import assert from "node:assert/strict";
import { test } from "node:test";
import { History } from "../source/history";

const sample = (accepted_per_second: number | null, backlog_events: number) =>
  ({
    destinations: [
      {
        name: "d", backlog_events,
        rates: {
          accepted_per_second, delivered_per_second: 2, request_duration_p50_seconds: 0.1,
          request_duration_p99_seconds: 0.2, delivery_latency_p50_seconds: 0.3, delivery_latency_p99_seconds: null,
        },
      },
    ],
  }) as never;

test("each line shows a figure of the daemon", () => {
  const history = new History();
  history.add(sample(null, 0), 1000);
  history.add(sample(3, 7), 1001);
  assert.deepEqual(history.of("d"), {
    time: [1000, 1001], in: [null, 3], out: [2, 2], backlog: [0, 7], durationP50: [0.1, 0.1], durationP99: [0.2, 0.2],
    latencyP50: [0.3, 0.3], latencyP99: [null, null],
  });
  assert.deepEqual(history.of("another").time, []);
});

test("a line breaks where there was no sample", () => {
  const history = new History();
  for (const at of [1000, 1001, 1060]) history.add(sample(1, 0), at);
  assert.deepEqual(history.of("d").time, [1000, 1001, 1002, 1060]);
  assert.deepEqual(history.of("d").backlog, [0, 0, null, 0]);
});

test("ten minutes are kept", () => {
  const history = new History();
  for (let i = 0; i < 900; ++i) history.add(sample(i, i), i);
  assert.equal(history.of("d").time[0], 299);
});
