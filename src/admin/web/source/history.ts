import { difference, quantile, total } from "./histogram";
import type { Destination, Histogram, Status } from "./types";

// What the page has seen of the daemon over the last minutes, and what follows from it. Pure: the time is an argument.

const kept = 600; // seconds
const gap = 5; // seconds without a look, after which a line breaks

interface Look {
  at: number; // seconds
  startedAt: string;
  destinations: Map<string, Destination>;
}

// A value a look, null where nothing is known; `time` in seconds.
export interface Series {
  time: number[];
  in: (number | null)[];
  out: (number | null)[];
  backlog: (number | null)[];
  durationMedian: (number | null)[];
  durationHigh: (number | null)[];
  latencyMedian: (number | null)[];
  latencyHigh: (number | null)[];
}

export interface Quantiles {
  median: number | null;
  high: number | null; // the 99th percentile
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
    time: [], in: [], out: [], backlog: [], durationMedian: [], durationHigh: [], latencyMedian: [], latencyHigh: [],
  };
}

function quantiles(later: Histogram, earlier?: Histogram): Quantiles {
  const seen = difference(later, earlier);
  return { median: quantile(seen, 0.5), high: quantile(seen, 0.99), count: total(seen) };
}

function timesBetween(now: Destination, before?: Destination): Pick<Summary, "requestDuration" | "deliveryLatency"> {
  return {
    requestDuration: before ? quantiles(now.request_duration, before.request_duration) : quantilesOfNothing,
    deliveryLatency: before ? quantiles(now.delivery_latency, before.delivery_latency) : quantilesOfNothing,
  };
}

export class History {
  private looks: Look[] = [];
  private series = new Map<string, Series>();

  add(status: Status, at: number): void {
    const last = this.looks.at(-1);
    // Counters of another run, or of before a pause, say nothing about a rate.
    if (last && (last.startedAt !== status.started_at || at - last.at > gap)) this.looks = [];
    this.looks.push({
      at,
      startedAt: status.started_at,
      destinations: new Map(status.destinations.map((each) => [each.name, each])),
    });
    while (this.looks[0].at < at - 61) this.looks.shift();
    for (const destination of status.destinations) this.note(destination, at);
  }

  of(name: string): Series {
    return this.series.get(name) ?? emptySeries();
  }

  summary(name: string): Summary {
    const now = this.looks.at(-1)?.destinations.get(name);
    if (!now) return { in: null, out: null, requestDuration: quantilesOfNothing, deliveryLatency: quantilesOfNothing };
    const before = this.before(name, 60)?.destination;
    return { ...this.rates(name, 10), ...timesBetween(now, before) };
  }

  // The oldest look within `seconds` before the last one.
  private before(name: string, seconds: number): { at: number; destination: Destination } | undefined {
    const last = this.looks.at(-1);
    const look = last && this.looks.find((each) => each !== last && each.at >= last.at - seconds - 0.5);
    const destination = look?.destinations.get(name);
    return look && destination ? { at: look.at, destination } : undefined;
  }

  private rates(name: string, seconds: number): { in: number | null; out: number | null } {
    const last = this.looks.at(-1);
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

  private note(destination: Destination, at: number): void {
    const name = destination.name;
    let series = this.series.get(name);
    if (!series) this.series.set(name, (series = emptySeries()));
    const before = this.before(name, 10)?.destination;
    const { requestDuration, deliveryLatency } = timesBetween(destination, before);
    const row: Record<keyof Series, number | null> = {
      time: at,
      ...this.rates(name, 2),
      backlog: destination.backlog_events,
      durationMedian: requestDuration.median,
      durationHigh: requestDuration.high,
      latencyMedian: deliveryLatency.median,
      latencyHigh: deliveryLatency.high,
    };
    const previous = series.time.at(-1);
    if (previous !== undefined && at - previous > gap) push(series, { ...emptyRow, time: previous + 1 });
    push(series, row);
    while (series.time[0] < at - kept) for (const column of Object.values(series)) column.shift();
  }
}

const quantilesOfNothing: Quantiles = { median: null, high: null, count: 0 };

const emptyRow: Record<keyof Series, number | null> = {
  time: null, in: null, out: null, backlog: null, durationMedian: null, durationHigh: null, latencyMedian: null,
  latencyHigh: null,
};

function push(series: Series, row: Record<keyof Series, number | null>): void {
  for (const [key, value] of Object.entries(row)) (series[key as keyof Series] as (number | null)[]).push(value);
}
