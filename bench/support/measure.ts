/**
 * Measuring cases against each other in one run, with mitata: in turns, so that what disturbs the machine for a while
 * disturbs all of them.
 */
import { measure } from "mitata";
import { collectGarbage } from "./gc.ts";

/** One thing that is measured. */
export interface Case {
  /** What it is, in the tables. */
  readonly name: string;
  /** How many operations one run of it makes. */
  readonly operations: number;
  /** Runs it once. */
  readonly run: () => unknown;
  /** The time that counts, where not all of a run does. */
  readonly stopwatch?: Stopwatch;
}

/** How long to measure. */
export interface Effort {
  /** How often each case gets its turn, after one turn that is not counted. Default 5. */
  readonly rounds?: number;
  /** The least time that each case is measured in a turn, in ms. Default 100. */
  readonly turnMs?: number;
  /** The least number of samples in a turn. Default 3. */
  readonly samples?: number;
  /**
   * Whether all garbage is collected before each turn. After that V8 has a small heap and little patience, and code that
   * allocates much runs at half its speed for a while: no state that a program is in. Default true.
   */
  readonly collects?: boolean;
}

/** What one operation took, in ns: the median of all samples, and what a quarter of them stayed below and above. */
export interface Timing {
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

/** Time that passes only while it runs. */
export class Stopwatch {
  #elapsed = 0;
  #started = 0;

  /** Time goes on. */
  start(): void {
    this.#started = performance.now();
  }

  /** Time stands still. */
  stop(): void {
    this.#elapsed += performance.now() - this.#started;
  }

  /** What has passed, in ns. */
  readonly read = (): number => this.#elapsed * 1e6;
}

/** Measures each case in turns, and says what one of its operations took. */
export async function compare<Key extends string>(
  cases: Readonly<Record<Key, Case>>,
  { rounds = 5, turnMs = 100, samples = 3, collects = true }: Effort = {},
): Promise<Record<Key, Timing>> {
  const keys = Object.keys(cases) as Array<Key>;
  const taken = new Map<Key, Array<number>>(keys.map((key) => [key, []]));
  for (let round = 0; round <= rounds; round += 1) {
    for (let turn = 0; turn < keys.length; turn += 1) {
      // Another one begins each time, so that none always follows the same neighbour.
      const key = keys[(turn + round) % keys.length]!;
      const { run, operations, stopwatch } = cases[key];
      const stats = await measure(run, {
        gc: collects ? collectGarbage : false,
        min_cpu_time: turnMs * 1e6,
        min_samples: samples,
        // Above this mitata leaves the extremes out, which the median does by itself.
        samples_threshold: Infinity,
        // A stopwatch stands still while a run prepares itself, so runs must not be taken for too short.
        ...(stopwatch === undefined ? {} : { now: stopwatch.read, batch_threshold: -1 }),
      });
      // The first turn is for the compiler.
      if (round === 0) continue;
      for (const sample of stats.samples) taken.get(key)!.push(sample / operations);
    }
  }
  const timings = keys.map((key): [Key, Timing] => [key, timing(taken.get(key)!)]);
  return Object.fromEntries(timings) as Record<Key, Timing>;
}

function timing(samples: ReadonlyArray<number>): Timing {
  const sorted = samples.toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.floor(share * (sorted.length - 1))]!;
  return { median: at(0.5), low: at(0.25), high: at(0.75) };
}
