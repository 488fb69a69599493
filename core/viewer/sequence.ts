/**
 * What the numbers of a data track's frames tell (wire protocol, section 5): which messages are missing, which have come
 * twice, and which late.
 */

/** How many numbers behind the newest one it is remembered whether they have come. */
const WINDOW = 1024;
/** As many frames from far behind in a row, without one that goes on, mean that the numbers have begun anew. */
const RESTART = 64;

/** What a frame is: the next one, one that came before, one that was overtaken; or as many are missing before it. */
export type Arrived = "next" | "duplicate" | "late" | number;

/** The numbers of one publication of a track, from the first frame that was received. */
export class Sequence {
  #isBegun = false;
  /** The number that is due. */
  #next = 0;
  /** How many numbers before `#next` are remembered. */
  #span = 0;
  /** A bit for each remembered number that has not come, by its place in the window; made with the first gap. */
  #missing: Uint32Array | undefined;
  #farBehind = 0;
  /** Whether the frame told of last was late and had been told as missing. */
  #filled = false;

  /** Whether the late frame taken last is one that had counted as missing. */
  get hasFilled(): boolean {
    return this.#filled;
  }

  /** A frame has come. */
  take(number: number): Arrived {
    if (!this.#isBegun) return this.#begin(number);
    // Modulo 2^32: a difference of half of all numbers or more is one backwards.
    const ahead = (number - this.#next) | 0;
    if (ahead < 0) return this.#behind(number, -ahead);
    this.#farBehind = 0;
    for (let skipped = Math.min(ahead, WINDOW); skipped > 0; skipped -= 1) this.#mark((number - skipped) >>> 0, true);
    this.#mark(number, false);
    this.#next = (number + 1) >>> 0;
    this.#span = Math.min(WINDOW, this.#span + ahead + 1);
    return ahead === 0 ? "next" : ahead;
  }

  #begin(number: number): Arrived {
    this.#isBegun = true;
    this.#next = (number + 1) >>> 0;
    this.#span = 1;
    this.#missing = undefined;
    this.#farBehind = 0;
    return "next";
  }

  #behind(number: number, distance: number): Arrived {
    this.#filled = false;
    if (distance > this.#span) {
      // Older than what is remembered, or from before the first one that was received.
      if (distance <= WINDOW) return "late";
      this.#farBehind += 1;
      return this.#farBehind < RESTART ? "late" : this.#begin(number);
    }
    if (!this.#isMissing(number)) return "duplicate";
    this.#mark(number, false);
    this.#filled = true;
    return "late";
  }

  #isMissing(number: number): boolean {
    const place = number % WINDOW;
    return this.#missing !== undefined && (this.#missing[place >>> 5]! & (1 << (place & 31))) !== 0;
  }

  #mark(number: number, isMissing: boolean): void {
    if (this.#missing === undefined) {
      if (!isMissing) return;
      this.#missing = new Uint32Array(WINDOW / 32);
    }
    const place = number % WINDOW;
    const bit = 1 << (place & 31);
    if (isMissing) this.#missing[place >>> 5]! |= bit;
    else this.#missing[place >>> 5]! &= ~bit;
  }
}
