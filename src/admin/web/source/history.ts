import type { Destination, Status } from "./types";

// The daemon's figures over the last minutes, as the charts show them. Pure: the time is an argument.

const retention = 600; // seconds
const gap = 5; // seconds without a sample, after which a line breaks

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

type Row = Record<keyof Series, number | null>;

function emptySeries(): Series {
  return {
    time: [], in: [], out: [], backlog: [], durationP50: [], durationP99: [], latencyP50: [], latencyP99: [],
  };
}

const emptyRow: Row = {
  time: null, in: null, out: null, backlog: null, durationP50: null, durationP99: null, latencyP50: null,
  latencyP99: null,
};

function row(destination: Destination, at: number): Row {
  const { rates } = destination;
  return {
    time: at,
    in: rates.accepted_per_second,
    out: rates.delivered_per_second,
    backlog: destination.backlog_events,
    durationP50: rates.request_duration_p50_seconds,
    durationP99: rates.request_duration_p99_seconds,
    latencyP50: rates.delivery_latency_p50_seconds,
    latencyP99: rates.delivery_latency_p99_seconds,
  };
}

function push(series: Series, values: Row): void {
  for (const [key, value] of Object.entries(values)) (series[key as keyof Series] as (number | null)[]).push(value);
}

export class History {
  private series = new Map<string, Series>();

  add(status: Status, at: number): void {
    for (const destination of status.destinations) this.record(destination, at);
  }

  of(name: string): Series {
    return this.series.get(name) ?? emptySeries();
  }

  private record(destination: Destination, at: number): void {
    let series = this.series.get(destination.name);
    if (!series) this.series.set(destination.name, (series = emptySeries()));
    const previous = series.time.at(-1);
    if (previous !== undefined && at - previous > gap) push(series, { ...emptyRow, time: previous + 1 });
    push(series, row(destination, at));
    while (series.time[0] < at - retention) for (const column of Object.values(series)) column.shift();
  }
}
