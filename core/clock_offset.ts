/**
 * How far two clocks are apart, as far as an exchange of messages can tell. Pure: times come in as arguments.
 */

/**
 * How far apart two clocks may drift, in ms per ms: 500 parts in a million, as fast as NTP slews a clock. What is known of
 * an offset grows old by that much.
 */
export const CLOCK_DRIFT = 500e-6;
/** For how long an exchange counts, in ms. */
export const OFFSET_WINDOW_MS = 120_000;
/** How many exchanges are kept; the oldest goes first. */
export const OFFSET_SAMPLES = 64;

/** How far another clock is ahead of one's own. */
export interface ClockOffsetEstimate {
  /** What to add to a time of one's own clock for the other's, in ms. Negative: the other one is behind. */
  readonly offsetMs: number;
  /** How far from that the true offset is at most, in ms. */
  readonly boundMs: number;
}

/** One exchange: the offset lay between `low` and `high` when one's own clock showed `at`. */
interface Sample {
  readonly low: number;
  readonly high: number;
  readonly at: number;
}

/**
 * A minimum-RTT filter. Each exchange says between which two values the offset is, and they are as far apart as its round
 * trip was long; the exchange that says most counts. Exchanges count for less as they grow old, and not at all after
 * {@linkcode OFFSET_WINDOW_MS}.
 *
 * An exchange that contradicts what was known means that a clock has been set: all that came before it is forgotten. A
 * clock that was set by less than the bound is not noticed at once, but forgotten about within the window.
 */
export class ClockOffset {
  #samples: Array<Sample> = [];

  /**
   * Takes one exchange that ended now: the offset is from `lowMs` to `highMs`. Both are the caller's to work out, the 1 ms
   * steps of the wire's times included.
   */
  sample(lowMs: number, highMs: number, nowMs: number): void {
    if (!(lowMs <= highMs && highMs - lowMs < Infinity)) {
      // The end came before the beginning: a clock was set between them.
      this.#samples = [];
      return;
    }
    const sample: Sample = { low: lowMs, high: highMs, at: nowMs };
    const isRefuted = this.#samples.some((earlier) => earlier.at > nowMs || !agree(earlier, sample));
    const kept = isRefuted ? [] : this.#samples.filter(({ at }) => nowMs - at <= OFFSET_WINDOW_MS);
    if (kept.length >= OFFSET_SAMPLES) kept.shift();
    kept.push(sample);
    this.#samples = kept;
  }

  /** Forgets everything: a clock has been set. */
  forget(): void {
    this.#samples = [];
  }

  /** What is known at that time of one's own clock; `undefined`: nothing. */
  at(nowMs: number): ClockOffsetEstimate | undefined {
    let best: Sample | undefined;
    let boundMs = Infinity;
    for (const sample of this.#samples) {
      const age = Math.abs(nowMs - sample.at);
      const bound = (sample.high - sample.low) / 2 + slack(sample, age);
      if (age > OFFSET_WINDOW_MS || bound >= boundMs) continue;
      best = sample;
      boundMs = bound;
    }
    return best === undefined ? undefined : { offsetMs: (best.low + best.high) / 2, boundMs };
  }
}

/** Whether some offset fits both, with as much drift between them as there may be. */
function agree(earlier: Sample, later: Sample): boolean {
  const drift = slack(earlier, later.at - earlier.at) + slack(later, 0);
  return later.low <= earlier.high + drift && later.high >= earlier.low - drift;
}

/** How far the offset may have drifted since somewhere within the exchange. */
function slack({ low, high }: Sample, age: number): number {
  return CLOCK_DRIFT * (age + high - low);
}

/** What an exchange of one's own says: asked at `askedMs`, answered at the other's `answeredMs`, and here again `nowMs`. */
export function sampleExchange(offset: ClockOffset, askedMs: number, answeredMs: number, nowMs: number): void {
  // Times are whole milliseconds, rounded down: each may have been up to 1 ms later than it says.
  offset.sample(answeredMs - nowMs - 1, answeredMs - askedMs + 1, nowMs);
}
