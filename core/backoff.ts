/**
 * Waiting longer from one failure to the next.
 */

/** Doubles from `firstMs` up to `maxMs`. */
export class Backoff {
  readonly #firstMs: number;
  readonly #maxMs: number;
  #nextMs: number;

  constructor(firstMs: number, maxMs: number) {
    this.#firstMs = firstMs;
    this.#maxMs = maxMs;
    this.#nextMs = firstMs;
  }

  /** How long to wait now, in ms; the next answer is twice that, up to the maximum. */
  next(): number {
    const now = this.#nextMs;
    this.#nextMs = Math.min(now * 2, this.#maxMs);
    return now;
  }

  /** Starts again from the first delay. */
  reset(): void {
    this.#nextMs = this.#firstMs;
  }
}
