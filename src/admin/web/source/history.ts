import { difference, quantile, total } from "./histogram";
import type { Destination, Histogram, Status } from "./types";

// The daemon's figures over the last minutes, and rates and quantiles computed from them. Pure: the time is an argument.

const retention = 600; // seconds
const gap = 5; // seconds without a sample, after which a line breaks

interface Sample {
  at: number; // seconds
  startedAt: string;
  destinations: Map<string, Destination>;
}

// One value for each sample, null if it is unknown; `time` in seconds.
export interface Series {
  time: number[];
  in: (number | null)[];
  out: (number | null)[];
  backlog: (number | null)[];
  durationP50: (number | null)[];
  durationP99: (number | null)[];
  latencyP50: (number | null)[];
  latencyP99: (number | null)[];
}

export interface Quantiles {
  p50: number | null;
  p99: number | null;
  count: number;
}

export interface Summary {
  in: number | null; // events/s over the last 10 s
  out: number | null;
  requestDuration: Quantiles; // of the last minute
  deliveryLatency: Quantiles;
}

function emptySeries(): Series {
  return {
    time: [], in: [], out: [], backlog: [], durationP50: [], durationP99: [], latencyP50: [], latencyP99: [],
  };
}

function quantiles(later: Histogram, earlier?: Histogram): Quantiles {
  const seen = difference(later, earlier);
  return { p50: quantile(seen, 0.5), p99: quantile(seen, 0.99), count: total(seen) };
}

function quantilesBetween(now: Destination, before?: Destination): Pick<Summary, "requestDuration" | "deliveryLatency"> {
  return {
    requestDuration: before ? quantiles(now.request_duration, before.request_duration) : noQuantiles,
    deliveryLatency: before ? quantiles(now.delivery_latency, before.delivery_latency) : noQuantiles,
  };
}

export class History {
  private samples: Sample[] = [];
  private series = new Map<string, Series>();

  add(status: Status, at: number): void {
    const last = this.samples.at(-1);
    // Counters of another process, or from before a gap, give no rate.
    if (last && (last.startedAt !== status.started_at || at - last.at > gap)) this.samples = [];
    this.samples.push({
      at,
      startedAt: status.started_at,
      destinations: new Map(status.destinations.map((each) => [each.name, each])),
    });
    while (this.samples[0].at < at - 61) this.samples.shift();
    for (const destination of status.destinations) this.record(destination, at);
  }

  of(name: string): Series {
    return this.series.get(name) ?? emptySeries();
  }

  summary(name: string): Summary {
    const now = this.samples.at(-1)?.destinations.get(name);
    if (!now) return { in: null, out: null, requestDuration: noQuantiles, deliveryLatency: noQuantiles };
    const before = this.before(name, 60)?.destination;
    return { ...this.rates(name, 10), ...quantilesBetween(now, before) };
  }

  // The oldest sample within `seconds` before the last one.
  private before(name: string, seconds: number): { at: number; destination: Destination } | undefined {
    const last = this.samples.at(-1);
    const sample = last && this.samples.find((each) => each !== last && each.at >= last.at - seconds - 0.5);
    const destination = sample?.destinations.get(name);
    return sample && destination ? { at: sample.at, destination } : undefined;
  }

  private rates(name: string, seconds: number): { in: number | null; out: number | null } {
    const last = this.samples.at(-1);
    const now = last?.destinations.get(name);
    const before = this.before(name, seconds);
    if (!last || !now || !before) return { in: null, out: null };
    const per = (later: number, earlier: number) => Math.max(0, later - earlier) / (last.at - before.at);
    const then = before.destination;
    return {
      in: per(now.accepted + now.replayed, then.accepted + then.replayed),
      out: per(now.delivered, then.delivered),
    };
  }

  private record(destination: Destination, at: number): void {
    const name = destination.name;
    let series = this.series.get(name);
    if (!series) this.series.set(name, (series = emptySeries()));
    const before = this.before(name, 10)?.destination;
    const { requestDuration, deliveryLatency } = quantilesBetween(destination, before);
    const row: Record<keyof Series, number | null> = {
      time: at,
      ...this.rates(name, 2),
      backlog: destination.backlog_events,
      durationP50: requestDuration.p50,
      durationP99: requestDuration.p99,
      latencyP50: deliveryLatency.p50,
      latencyP99: deliveryLatency.p99,
    };
    const previous = series.time.at(-1);
    if (previous !== undefined && at - previous > gap) push(series, { ...emptyRow, time: previous + 1 });
    push(series, row);
    while (series.time[0] < at - retention) for (const column of Object.values(series)) column.shift();
  }
}

const noQuantiles: Quantiles = { p50: null, p99: null, count: 0 };

const emptyRow: Record<keyof Series, number | null> = {
  time: null, in: null, out: null, backlog: null, durationP50: null, durationP99: null, latencyP50: null,
  latencyP99: null,
};

function push(series: Series, row: Record<keyof Series, number | null>): void {
  for (const [key, value] of Object.entries(row)) (series[key as keyof Series] as (number | null)[]).push(value);
}
