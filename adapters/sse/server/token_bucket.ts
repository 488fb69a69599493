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

  /** Whether there are as many as at the beginning. */
  get isFull(): boolean {
    this.#refill();
    return this.#tokens >= this.#perSecond;
  }

  /** Takes one; `false`: there is none. */
  take(): boolean {
    this.#refill();
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }

  #refill(): void {
    const now = this.#nowMs();
    const passed = Math.max(0, now - this.#at);
    this.#at = now;
    this.#tokens = Math.min(this.#perSecond, this.#tokens + passed * this.#perSecond / 1_000);
  }
}
