/**
 * Says at most once per interval, so that what happens a thousand times a second is one line in the log.
 */
import type { WallClock } from "./clock.ts";

/** Lets one through per interval and counts those that it holds back. */
export class Throttle {
  readonly #intervalMs: number;
  readonly #clock: Pick<WallClock, "currentTimeMillisUnsafe">;
  #last: number | undefined;
  #held = 0;

  constructor(intervalMs: number, clock: Pick<WallClock, "currentTimeMillisUnsafe">) {
    this.#intervalMs = intervalMs;
    this.#clock = clock;
  }

  /** The number of occurrences since the last one let through, this one included, or 0 when this one is held back. */
  pass(): number {
    this.#held += 1;
    const now = this.#clock.currentTimeMillisUnsafe();
    const last = this.#last;
    // A clock that was set back must not silence anything.
    if (last !== undefined && now >= last && now - last < this.#intervalMs) return 0;
    this.#last = now;
    const count = this.#held;
    this.#held = 0;
    return count;
  }
}
