/**
 * How often something happens.
 */

/** The span that is looked at, in ms. */
const SPAN_MS = 2_000;
/** Times that are kept; more often than this in a span is told from the newest alone. */
const KEPT = 256;

/** Events per second, over the last two seconds. */
export class RateMeter {
  readonly #times = new Float64Array(KEPT);
  #count = 0;

  /** Something has happened, at a time in ms. */
  note(now: number): void {
    this.#times[this.#count % KEPT] = now;
    this.#count += 1;
  }

  /** Events per second at a time in ms. */
  perSecond(now: number): number {
    const kept = Math.min(this.#count, KEPT);
    let recent = 0;
    let oldest = now;
    for (let back = 1; back <= kept; back += 1) {
      const time = this.#times[(this.#count - back) % KEPT]!;
      if (now - time > SPAN_MS) break;
      recent += 1;
      oldest = time;
    }
    if (recent === KEPT) return ((recent - 1) * 1_000) / Math.max(1, now - oldest);
    return (recent * 1_000) / SPAN_MS;
  }
}
