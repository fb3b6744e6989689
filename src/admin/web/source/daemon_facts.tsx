import type { ComponentChildren } from "preact";
import * as format from "./format";
import { explainSum, kafkaError, kafkaRows, telemetryRows, total, writeKeyRows } from "./facts";
import { link } from "./route";
import type { Cluster, KafkaSource, Status } from "./types";

// Figures of the daemon as a whole: received events, the journal, the process.

interface FactsProps {
  title: string;
  rows: [string, ComponentChildren][];
  note?: string;
  error?: string;
}

function Facts({ title, rows, note, error }: FactsProps) {
  return (
    <section aria-label={title}>
      <h2>{title}</h2>
      <dl class="facts">
        {rows.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      {note && <p class="muted">{note}</p>}
      {error && <p class="notice busy">{error}</p>}
    </section>
  );
}

function reasons(by: Record<string, number>): [string, string][] {
  return Object.entries(by)
    .filter(([, n]) => n > 0)
    .sort(([, a], [, b]) => b - a)
    .map(([reason, n]) => [reason.replaceAll("_", " "), format.count(n)]);
}

function Rejected({ status }: { status: Status }) {
  const { rejected } = status.events;
  if (rejected === 0) return <>0</>;
  return <a href={link("events", { outcome: "rejected" })}>{format.count(rejected)}</a>;
}

// The nodes that share the journal.
function ClusterFacts({ cluster }: { cluster: Cluster }) {
  const rows = cluster.nodes.map((node): [string, ComponentChildren] => [
    node.is_this ? `${node.name} (this one)` : node.name,
    node.owned.length > 0 ? `delivers ${node.owned.join(", ")}` : "delivers nothing",
  ]);
  return (
    <Facts
      title="Nodes"
      rows={[
        ...rows,
        ["Waiting for Kafka", format.bytes(cluster.waiting_bytes)],
        ["Errors of Kafka", format.count(cluster.append_errors + cluster.broker_errors)],
      ]}
    />
  );
}

function KafkaFacts({ source, now }: { source: KafkaSource; now: string }) {
  return <Facts title={`Kafka, source ${source.source}`} rows={kafkaRows(source, now)} error={kafkaError(source, now)} />;
}

export function DaemonFacts({ status }: { status: Status }) {
  const { events, journal, process } = status;
  const up = (Date.parse(status.now) - Date.parse(status.started_at)) / 1000;
  const indented = (rows: [string, string][]): [string, ComponentChildren][] =>
    rows.map(([name, value]) => [`– ${name}`, value]);
  const keys = writeKeyRows(status);
  return (
    <div class="daemon">
      <Facts
        title="Received since start"
        rows={[
          ["Received", format.count(events.received)],
          ["Accepted", format.count(events.accepted)],
          ["Dead-lettered at once", format.count(events.dead_lettered)],
          ["Rejected", <Rejected status={status} />],
          ...indented(reasons(status.rejected_by_reason)),
          ["Dropped", format.count(total(events.dropped))],
          ...indented(reasons(events.dropped)),
        ]}
        note={explainSum(events)}
      />
      <Facts
        title="Journal"
        rows={[
          ["Size", format.bytes(journal.bytes)],
          ["Limit", journal.max_bytes ? format.bytes(journal.max_bytes) : "none"],
          ...(status.cluster ? [] : [["Free on disk", format.bytes(journal.bytes_free)] as [string, string]]),
          ["Commit, p99", format.latency(status.rates.commit_p99_seconds)],
        ]}
      />
      {status.cluster && <ClusterFacts cluster={status.cluster} />}
      {status.kafka_sources.map((each) => (
        <KafkaFacts key={each.source} source={each} now={status.now} />
      ))}
      {keys.length > 0 && <Facts title="Write keys since start" rows={keys} />}
      <Facts
        title="Process"
        rows={[
          ["Version", status.version],
          ["Up", format.span(up)],
          ["Memory", format.bytes(process.resident_bytes)],
          ["CPU time", format.span(process.cpu_seconds)],
          ["Connections", format.count(status.connections)],
          ["Open files", format.count(process.open_files)],
          ...telemetryRows(status),
        ]}
      />
    </div>
  );
}
