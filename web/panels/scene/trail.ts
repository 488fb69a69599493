/**
 * Where the device has been.
 */

/** Places that are kept; the oldest goes first. */
export const MAX_PLACES = 4_000;
/** How far the next place is from the last one, in m. */
const STEP = 0.02;
/** Farther than this at once nothing drives: it was put there, in m. */
const JUMP = 5;

/** The last places of something that moves. */
export class Trail {
  readonly #places = new Float64Array(MAX_PLACES * 2);
  #count = 0;

  /** Places that are kept. */
  get length(): number {
    return Math.min(this.#count, MAX_PLACES);
  }

  /** It is here now. */
  add(x: number, y: number): void {
    if (this.#count > 0) {
      const at = ((this.#count - 1) % MAX_PLACES) * 2;
      const distance = Math.hypot(x - this.#places[at]!, y - this.#places[at + 1]!);
      if (distance < STEP) return;
      if (distance > JUMP) this.#count = 0;
    }
    const at = (this.#count % MAX_PLACES) * 2;
    this.#places[at] = x;
    this.#places[at + 1] = y;
    this.#count += 1;
  }

  /** Calls back with each place, the oldest first. */
  forEach(each: (x: number, y: number) => void): void {
    for (let index = this.#count - this.length; index < this.#count; index += 1) {
      const at = (index % MAX_PLACES) * 2;
      each(this.#places[at]!, this.#places[at + 1]!);
    }
  }

  /** Forgets all of them. */
  clear(): void {
    this.#count = 0;
  }
}
