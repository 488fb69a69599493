/**
 * What a process has held over time.
 */
import type { Holdings } from "./self.ts";

/** What it held at a moment. */
export interface Sample extends Holdings {
  readonly atMs: number;
}

/** The slope of the last half by least squares, in MiB an hour. */
export function memorySlope(samples: ReadonlyArray<Sample>): number {
  const half = lastHalf(samples);
  const mean = (pick: (sample: Sample) => number) => half.reduce((sum, one) => sum + pick(one), 0) / half.length;
  const [time, memory] = [mean(({ atMs }) => atMs), mean(({ rssMiB }) => rssMiB)];
  const covariance = mean(({ atMs, rssMiB }) => (atMs - time) * (rssMiB - memory));
  const variance = mean(({ atMs }) => (atMs - time) ** 2);
  return Math.round(covariance / variance * 3_600_000 * 10) / 10;
}

/** The least and the most of the last half. */
export function spread(samples: ReadonlyArray<Sample>, what: "threads" | "descriptors"): string {
  const counts = lastHalf(samples).map((sample) => sample[what]);
  return `${Math.min(...counts)}..${Math.max(...counts)}`;
}

/** Whether there are more in the last quarter, at the least, than there ever were in the second. */
export function isGrowing(samples: ReadonlyArray<Sample>, what: "threads" | "descriptors"): boolean {
  const counts = samples.map((sample) => sample[what]);
  const quarter = Math.floor(counts.length / 4);
  return Math.min(...counts.slice(-quarter)) > Math.max(...counts.slice(quarter, 2 * quarter));
}

function lastHalf(samples: ReadonlyArray<Sample>): ReadonlyArray<Sample> {
  return samples.slice(Math.floor(samples.length / 2));
}
