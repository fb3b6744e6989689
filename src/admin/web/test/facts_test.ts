import assert from "node:assert/strict";
import { test } from "node:test";
import { certificateNotice, explainSum, kafkaError, kafkaRows, telemetryRows, writeKeyRows } from "../source/facts";

const now = "2026-11-24T15:00:00Z";

test("a certificate is worth a notice two weeks before it expires", () => {
  const notice = (certificate_expires_at: string | null) => certificateNotice({ certificate_expires_at, now } as never);
  assert.equal(notice(null), null);
  assert.equal(notice("2026-12-08T15:00:01Z"), null);
  assert.deepEqual(notice("2026-12-08T15:00:00Z"), {
    tone: "busy", text: "The certificate of ingest.tls expires in 14 d.",
  });
  assert.equal(notice("2026-11-24T15:00:01Z")?.tone, "busy");
  assert.equal(notice(now)?.tone, "bad");
  assert.match(notice("2026-11-24T14:00:00Z")!.text, /^The certificate of ingest.tls expired at .*: senders cannot connect.$/);
});

test("of a source with several write keys the use of each is shown", () => {
  const write_keys = [
    { source: "app", key: 1, requests: 5, last_used_at: "2026-11-24T14:59:59Z" },
    { source: "web", key: 1, requests: 1200, last_used_at: "2026-11-24T14:58:00Z" },
    { source: "web", key: 2, requests: 0, last_used_at: null },
  ];
  assert.deepEqual(writeKeyRows({ write_keys, now } as never), [
    ["web, key 1", "1,200 requests, last 2 min ago"],
    ["web, key 2", "not used"],
  ]);
  assert.deepEqual(writeKeyRows({ write_keys: write_keys.slice(0, 1), now } as never), []);
});

const source = {
  source: "shop", group: "pintle", records: 1200, bytes: 7, lag_records: 60, last_commit_at: "2026-11-24T14:59:58Z", errors: 0,
  last_error: null, last_error_at: null, partitions: [{ waits_for: null }, { waits_for: "destination_full" }],
};

test("a source from Kafka has its partitions, its lag and what they wait for", () => {
  assert.deepEqual(kafkaRows(source as never, now), [
    ["Group", "pintle"],
    ["Reads", "2 partitions"],
    ["– waits: destination full", "1 partition"],
    ["Lag", "60 records"],
    ["Read since start", "1,200 records"],
    ["Last commit", "2 s ago"],
  ]);
  const idle = { ...source, partitions: [], lag_records: null, last_commit_at: null, errors: 3 };
  assert.deepEqual(kafkaRows(idle as never, now).slice(1), [
    ["Reads", "no partition"],
    ["Lag", "unknown"],
    ["Read since start", "1,200 records"],
    ["Last commit", "none"],
    ["Errors", "3"],
  ]);
});

test("the last error of a source from Kafka is shown if there was one", () => {
  assert.equal(kafkaError(source as never, now), "");
  const failing = { ...source, last_error: "broker: refused", last_error_at: "2026-11-24T14:59:00Z" };
  assert.equal(kafkaError(failing as never, now), "Last error 1 min ago: broker: refused");
});

test("telemetry is shown if some was dropped", () => {
  const batches = { metrics: { exported: 9, dropped: 0 }, traces: { exported: 9, dropped: 2 } };
  assert.deepEqual(telemetryRows({ telemetry: null } as never), []);
  assert.deepEqual(telemetryRows({ telemetry: { batches, spans_dropped: 1200 } } as never), [
    ["Trace batches dropped", "2"],
    ["Spans dropped", "1,200"],
  ]);
});

test("the counts of events are explained where they do not add up", () => {
  const events = { received: 5, accepted: 2, dead_lettered: 1, rejected: 1, dropped: { duplicate: 1, filtered: 0 } };
  assert.equal(explainSum(events as never), "");
  assert.match(explainSum({ ...events, accepted: 4 } as never), /^Accepted, .* once for each destination/);
  assert.match(explainSum({ ...events, rejected: 2 } as never), /requests without a known source\.$/);
});
