/**
 * So many a second, and as many at once after a pause.
 */
export class TokenBucket {
  readonly #perSecond: number;
  readonly #nowMs: () => number;
  #tokens: number;
  #at: number;

  constructor(perSecond: number, nowMs: () => number) {
    this.#perSecond = perSecond;
    this.#nowMs = nowMs;
    this.#tokens = perSecond;
    this.#at = nowMs();
  }

  /** Takes one; `false`: there is none. */
  take(): boolean {
    const now = this.#nowMs();
    const passed = Math.max(0, now - this.#at);
    this.#at = now;
    this.#tokens = Math.min(this.#perSecond, this.#tokens + passed * this.#perSecond / 1_000);
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}
