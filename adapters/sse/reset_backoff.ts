/**
 * How long one that is reset over and over waits each time (session semantics, section 4): a reset must not loop on a
 * reader that is hopelessly slow, or does not know what it asks for.
 */

const FIRST_MS = 1_000;
const QUIET_MS = 60_000;
/** The longest wait, in ms. */
export const MAX_RESET_BACKOFF_MS = 30_000;

/** The waits of one viewer. */
export class ResetBackoff {
  readonly #maxMs: number;
  #nextMs = 0;
  #lastMs = 0;

  /** With a longest wait other than 30,000 ms, where that would be of no use. */
  constructor(maxMs: number = MAX_RESET_BACKOFF_MS) {
    this.#maxMs = maxMs;
  }

  /** A reset: how long it is to wait, in ms. The first one after a quiet minute is made at once. `nowMs` only goes forward. */
  next(nowMs: number): number {
    if (nowMs - this.#lastMs >= QUIET_MS) this.#nextMs = 0;
    const wait = this.#nextMs;
    this.#nextMs = Math.min(this.#maxMs, wait === 0 ? FIRST_MS : wait * 2);
    // The minute is quiet when nothing happens after the wait, so the wait itself does not count.
    this.#lastMs = nowMs + wait;
    return wait;
  }
}
