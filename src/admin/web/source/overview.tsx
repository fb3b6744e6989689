import { Chart } from "./chart";
import { DaemonFacts } from "./daemon_facts";
import { certificateNotice } from "./facts";
import * as format from "./format";
import { behind, describeFull, describePause, oldestAge } from "./health";
import { useMonitor } from "./hooks";
import { PauseButtons } from "./pause";
import { link } from "./route";
import type { ComponentChildren } from "preact";
import type { Destination, OrphanedStream, Status } from "./types";

// The figures of each destination, now and over the last minutes.

interface FigureProps {
  label: string;
  value: ComponentChildren;
  unit?: string;
  note?: ComponentChildren;
  tone?: "bad" | "busy" | "";
}

function Figure({ label, value, unit, note, tone }: FigureProps) {
  return (
    <div class={`figure ${tone ?? ""}`}>
      <dt>{label}</dt>
      <dd class="value">
        {value}
        {unit && <small> {unit}</small>}
      </dd>
      <dd class="note">{note ?? " "}</dd>
    </div>
  );
}

function LatencyFigure({ label, p50, p99 }: { label: string; p50: number | null; p99: number | null }) {
  const note = p99 === null ? "none in the last 10 s" : `p99 ${format.latency(p99)}`;
  return <Figure label={label} value={format.latency(p50)} unit={p50 === null ? "" : "p50"} note={note} />;
}

function causes(by: Record<string, number>): string {
  const largest = Object.entries(by).sort(([, a], [, b]) => b - a);
  return largest.slice(0, 3).map(([cause, n]) => `${cause}: ${format.count(n)}`).join(", ");
}

function state(destination: Destination): [string, string] {
  if (destination.paused) return ["bad", destination.paused.reason === "operator" ? "paused by an operator" : "paused"];
  if (destination.circuit_breaker_open) return ["busy", "circuit breaker open"];
  if (!destination.owned) return ["good", "delivered by another node"];
  return ["good", "delivering"];
}

function Figures({ destination }: { destination: Destination }) {
  const { rates } = destination;
  const kept = destination.dead_letters;
  return (
    <dl class="figures">
      <Figure label="In" value={format.rate(rates.accepted_per_second)} unit="/s" note="last 10 s" />
      <Figure
        label="Out"
        value={format.rate(rates.delivered_per_second)}
        unit="/s"
        note={`${format.counted(destination.in_flight, "request")} in flight`}
      />
      <Figure
        label="Backlog"
        value={format.count(destination.backlog_events)}
        note={
          <>
            {[oldestAge(destination), behind(destination)].filter(Boolean).join(", ")}
            {destination.backlog_events > 0 && (
              <>
                ; <a href={link("backlog", { destination: destination.name })}>see it</a>
              </>
            )}
          </>
        }
        tone={destination.full || (destination.backlog_events > 0 && destination.paused) ? "bad" : ""}
      />
      <LatencyFigure
        label="Request duration"
        p50={rates.request_duration_p50_seconds}
        p99={rates.request_duration_p99_seconds}
      />
      <LatencyFigure
        label="Delivery latency"
        p50={rates.delivery_latency_p50_seconds}
        p99={rates.delivery_latency_p99_seconds}
      />
      <Figure
        label="Retries"
        value={format.count(destination.retries)}
        note={causes(destination.retries_by_cause) || "since start"}
        tone={destination.circuit_breaker_open ? "busy" : ""}
      />
      <Figure
        label="Dead letters"
        value={format.count(kept)}
        note={kept > 0 ? <a href={link("dead-letters", { destination: destination.name })}>see them</a> : "none"}
        tone={kept > 0 ? "busy" : ""}
      />
    </dl>
  );
}

function Charts({ name }: { name: string }) {
  const series = useMonitor().history.of(name);
  return (
    <div class="charts">
      <Chart
        title="Events/s"
        time={series.time}
        format={format.rate}
        lines={[
          { label: "in", colour: "in", values: series.in, wide: true },
          { label: "out", colour: "out", values: series.out },
        ]}
      />
      <Chart
        title="Backlog"
        time={series.time}
        format={format.count}
        whole
        lines={[{ label: "events", colour: "backlog", values: series.backlog }]}
      />
      <Chart
        title="Latency"
        time={series.time}
        format={format.latency}
        lines={[
          { label: "request p50", colour: "out", values: series.durationP50 },
          { label: "p99", colour: "out", values: series.durationP99, dash: true },
          { label: "delivery p50", colour: "in", values: series.latencyP50 },
          { label: "p99 ", colour: "in", values: series.latencyP99, dash: true },
        ]}
      />
    </div>
  );
}

function DestinationPart({ destination }: { destination: Destination }) {
  const [tone, word] = state(destination);
  return (
    <section class="destination" aria-label={`Destination ${destination.name}`}>
      <header>
        <h2>{destination.name}</h2>
        <span class={`tag ${tone}`}>{word}</span>
        <p class="muted">
          {destination.host}, {destination.api_version}, up to {format.count(destination.rate)} requests/s
        </p>
        <PauseButtons destination={destination} />
      </header>
      {destination.full && <p class="notice bad">{describeFull(destination)}</p>}
      {destination.pauses.map((each) => (
        <p key={each.reason} class="notice bad">
          Paused {describePause(each)}
        </p>
      ))}
      {destination.circuit_breaker && (
        <p class="notice busy">
          Requests fail since {format.moment(destination.circuit_breaker.since)}: {destination.circuit_breaker.message}
        </p>
      )}
      <Figures destination={destination} />
      <Charts name={destination.name} />
    </section>
  );
}

// A destination that names it in `formerly` may be there already.
function OrphanAdvice({ notTakenOver }: { notTakenOver: string | null }) {
  if (notTakenOver !== null) return <>{notTakenOver}. Otherwise configure it again</>;
  return (
    <>
      Configure it again, name it in <code>formerly</code> of the destination that replaces it
    </>
  );
}

function OrphanNotice({ stream }: { stream: OrphanedStream }) {
  const { name, dead_letters, not_taken_over } = stream;
  return (
    <p class="notice bad">
      No destination is named {name}, whose stream holds {format.counted(stream.backlog_events, "pending event")} and{" "}
      {dead_letters > 0 ? (
        <a href={link("dead-letters", { destination: name })}>{format.counted(dead_letters, "dead letter")}</a>
      ) : (
        "no dead letters"
      )}
      . <OrphanAdvice notTakenOver={not_taken_over} />, or discard it:{" "}
      <code>pintle journal discard {name}</code>
    </p>
  );
}

function CertificateNotice({ status }: { status: Status }) {
  const notice = certificateNotice(status);
  return notice && <p class={`notice ${notice.tone}`}>{notice.text}</p>;
}

function RestartNotice({ keys }: { keys: string[] }) {
  if (keys.length === 0) return null;
  return (
    <p class="notice busy">
      The <a href={link("settings")}>configuration</a> waits for a restart: {keys.join(", ")}
    </p>
  );
}

export function Overview() {
  const { status } = useMonitor();
  if (!status) return null;
  return (
    <>
      <CertificateNotice status={status} />
      <RestartNotice keys={status.configuration.pending_restart} />
      {status.orphaned_streams.map((each) => (
        <OrphanNotice key={each.name} stream={each} />
      ))}
      {status.destinations.map((each) => (
        <DestinationPart key={each.name} destination={each} />
      ))}
      <DaemonFacts status={status} />
    </>
  );
}
