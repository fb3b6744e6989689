import type { Histogram } from "./types";

// What came into `later` since `earlier`; all of it where there is no earlier one or the counters began anew.
export function difference(later: Histogram, earlier?: Histogram): Histogram {
  if (!earlier || earlier.counts.length !== later.counts.length) return later;
  const counts = later.counts.map((count, i) => count - earlier.counts[i]);
  return counts.some((count) => count < 0) ? later : { bounds: later.bounds, counts, sum: later.sum - earlier.sum };
}

export function total(histogram: Histogram): number {
  return histogram.counts.reduce((sum, count) => sum + count, 0);
}

// Between its bucket's bounds it is taken to be spread evenly. Null where nothing was counted; what lies above the last
// bound counts as that bound.
export function quantile(histogram: Histogram, q: number): number | null {
  const all = total(histogram);
  if (all === 0) return null;
  let below = 0;
  for (const [i, count] of histogram.counts.entries()) {
    if (count > 0 && below + count >= q * all) {
      const from = i === 0 ? 0 : histogram.bounds[i - 1];
      const to = histogram.bounds[i] ?? from;
      return from + (to - from) * ((q * all - below) / count);
    }
    below += count;
  }
  return histogram.bounds.at(-1) ?? null;
}
