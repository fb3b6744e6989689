import type { Histogram } from "./types";

// The counts that `later` gained since `earlier`; all of them if there is no earlier one or the counters restarted.
export function difference(later: Histogram, earlier?: Histogram): Histogram {
  if (!earlier || earlier.counts.length !== later.counts.length) return later;
  const counts = later.counts.map((count, i) => count - earlier.counts[i]);
  return counts.some((count) => count < 0) ? later : { bounds: later.bounds, counts, sum: later.sum - earlier.sum };
}

export function total(histogram: Histogram): number {
  return histogram.counts.reduce((sum, count) => sum + count, 0);
}

// Assumes an even spread between the bounds of a bucket. Null if nothing was counted; values above the last bound count as
// that bound.
export function quantile(histogram: Histogram, q: number): number | null {
  const sum = total(histogram);
  if (sum === 0) return null;
  let below = 0;
  for (const [i, count] of histogram.counts.entries()) {
    if (count > 0 && below + count >= q * sum) {
      const from = i === 0 ? 0 : histogram.bounds[i - 1];
      const to = histogram.bounds[i] ?? from;
      return from + (to - from) * ((q * sum - below) / count);
    }
    below += count;
  }
  return histogram.bounds.at(-1) ?? null;
}
