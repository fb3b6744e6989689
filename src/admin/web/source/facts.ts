import { count, counted, moment, span } from "./format";
import type { KafkaSource, Status } from "./types";

// Facts of the daemon in words. They are empty where there is nothing to say.

export type Row = [name: string, value: string];

function ago(iso: string, now: string): string {
  return `${span(Math.max(0, Date.parse(now) - Date.parse(iso)) / 1000)} ago`;
}

const certificateWarning = 14 * 86_400; // seconds; certificate_warning of `pintle status`, and the alert's

export interface Notice {
  tone: "busy" | "bad";
  text: string;
}

// Where the certificate of senders' connections expires soon, or has expired.
export function certificateNotice({ certificate_expires_at: expires, now }: Status): Notice | null {
  if (expires === null) return null;
  const left = (Date.parse(expires) - Date.parse(now)) / 1000;
  if (left > certificateWarning) return null;
  if (left > 0) return { tone: "busy", text: `The certificate of ingest.tls expires in ${span(left)}.` };
  return { tone: "bad", text: `The certificate of ingest.tls expired at ${moment(expires)}: senders cannot connect.` };
}

// Of the sources with several keys: whether an old one is still used.
export function writeKeyRows({ write_keys, now }: Status): Row[] {
  const hasSeveral = (source: string) => write_keys.filter((each) => each.source === source).length > 1;
  return write_keys
    .filter((each) => hasSeveral(each.source))
    .map(({ source, key, requests, last_used_at }) => [
      `${source}, key ${key}`,
      last_used_at === null ? "not used" : `${counted(requests, "request")}, last ${ago(last_used_at, now)}`,
    ]);
}

// How a source reads its topics.
export function kafkaRows(source: KafkaSource, now: string): Row[] {
  const { partitions, lag_records, last_commit_at, errors } = source;
  const waiting: Record<string, number> = {};
  for (const { waits_for } of partitions) if (waits_for !== null) waiting[waits_for] = (waiting[waits_for] ?? 0) + 1;
  return [
    ["Group", source.group],
    ["Reads", partitions.length > 0 ? counted(partitions.length, "partition") : "no partition"],
    ...Object.entries(waiting).map(([reason, n]): Row => [
      `– waits: ${reason.replaceAll("_", " ")}`,
      counted(n, "partition"),
    ]),
    ["Lag", lag_records === null ? "unknown" : counted(lag_records, "record")],
    ["Read since start", counted(source.records, "record")],
    ["Last commit", last_commit_at === null ? "none" : ago(last_commit_at, now)],
    ...(errors > 0 ? [["Errors", count(errors)] satisfies Row] : []),
  ];
}

export function kafkaError({ last_error, last_error_at }: KafkaSource, now: string): string {
  if (last_error === null) return "";
  return `Last error${last_error_at === null ? "" : ` ${ago(last_error_at, now)}`}: ${last_error}`;
}

// What the OpenTelemetry collector did not get.
export function telemetryRows({ telemetry }: Status): Row[] {
  if (telemetry === null) return [];
  const { batches, spans_dropped } = telemetry;
  const rows: [string, number][] = [
    ["Metrics batches", batches.metrics.dropped],
    ["Trace batches", batches.traces.dropped],
    ["Spans", spans_dropped],
  ];
  return rows.filter(([, n]) => n > 0).map(([what, n]) => [`${what} dropped`, count(n)]);
}

// What the counts count, where one cannot see it from their sum.
export function explainSum({ received, accepted, dead_lettered, rejected, dropped }: Status["events"]): string {
  if (received === accepted + dead_lettered + rejected + total(dropped)) return "";
  return (
    "Accepted, dead-lettered and dropped count once for each destination, also removed ones; rejected also counts requests " +
    "without a known source."
  );
}

export function total(counts: Record<string, number>): number {
  return Object.values(counts).reduce((sum, n) => sum + n, 0);
}
