/**
 * Ping, pong and the estimate of the round-trip time that comes of them (session semantics, section 11).
 */
import type { Ping, Pong } from "../protocol/mod.ts";

const ALPHA = 0.3;

/**
 * An exponentially weighted mean and variance of round-trip samples, in ms. The first sample is left out of the mean: it
 * has the cost of a fresh connection in it.
 */
export class RoundTripTime {
  #samples = 0;
  #latest: number | undefined;
  #mean: number | undefined;
  #variance = 0;

  /** The latest sample, in ms. */
  get latest(): number | undefined {
    return this.#latest;
  }

  /** The mean, in ms, once there are two samples. */
  get mean(): number | undefined {
    return this.#mean;
  }

  /** The variance, in ms squared. */
  get variance(): number {
    return this.#variance;
  }

  /** Takes one sample, in ms. One from the future is left out altogether. */
  sample(ms: number): void {
    if (!(ms >= 0)) return;
    this.#samples += 1;
    this.#latest = ms;
    if (this.#samples === 1) return;
    if (this.#mean === undefined) {
      this.#mean = ms;
      return;
    }
    const difference = ms - this.#mean;
    this.#mean += ALPHA * difference;
    this.#variance = (1 - ALPHA) * (this.#variance + ALPHA * difference * difference);
  }
}

/** How long messages take to a peer and back. */
export interface RoundTrip {
  /** The latest round trip, in ms. */
  readonly latestMs: number;
  /** An exponentially weighted mean, in ms; absent until there are two: the first one is left out of it. */
  readonly meanMs?: number;
  /** The variance about that mean, in ms squared. */
  readonly varianceMs2: number;
}

/** The estimate as applications see it; `undefined`: there is no sample yet. */
export function roundTripOf({ latest, mean, variance }: RoundTripTime): RoundTrip | undefined {
  if (latest === undefined) return undefined;
  return { latestMs: latest, ...(mean === undefined ? {} : { meanMs: mean }), varianceMs2: variance };
}

/** The answer to a ping, with the device's clock. */
export function pong(ping: Ping, nowMs: number): Pong {
  return { op: "pong", appTimestamp: ping.appTimestamp, deviceTimestamp: BigInt(Math.max(0, Math.floor(nowMs))) };
}
