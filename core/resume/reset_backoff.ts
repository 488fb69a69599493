/**
 * How long one that is reset over and over waits each time (session semantics, section 4): a reset must not loop on a
 * reader that is hopelessly slow, or does not know what it asks for.
 */
import { Backoff } from "../backoff.ts";

const FIRST_MS = 1_000;
const MAX_MS = 30_000;
const QUIET_MS = 60_000;

/** The waits of one viewer. Times are of any clock that does not go back. */
export class ResetBackoff {
  readonly #backoff: Backoff;
  #lastMs = -Infinity;

  /** With a longest wait other than 30,000 ms, where that would be of no use. */
  constructor(maxMs: number = MAX_MS) {
    this.#backoff = new Backoff(Math.min(FIRST_MS, maxMs), maxMs);
  }

  /** A reset: how long it is to wait, in ms. The first one after a quiet minute is made at once. */
  next(nowMs: number): number {
    if (this.isQuiet(nowMs)) {
      this.#backoff.reset();
      this.#lastMs = nowMs;
      return 0;
    }
    const wait = this.#backoff.next();
    // The minute is quiet when nothing happens after the viewer is back, so the wait itself does not count.
    this.#lastMs = nowMs + wait;
    return wait;
  }

  /** Whether there was no reset for a minute: the next one is as the first. */
  isQuiet(nowMs: number): boolean {
    return nowMs - this.#lastMs >= QUIET_MS;
  }
}
