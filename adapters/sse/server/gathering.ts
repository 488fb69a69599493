/**
 * The bytes of a body as they come, in one piece of memory.
 */

/** The least memory that is taken for bytes that come in several chunks. */
const LEAST_BYTES = 256;

/**
 * Puts chunks together at once, whatever their size: each that was kept by itself would cost some hundred bytes, be it of
 * one byte. The memory grows by doubling, so that it is never more than twice what has come, and some little.
 */
export class Gathering {
  readonly #expected: number;
  readonly #most: number;
  #memory: Uint8Array = new Uint8Array(0);
  #length = 0;

  /** `expected`: how many bytes are said to come, 0 where nothing is said; `most`: how many there are at most. */
  constructor(expected: number, most: number) {
    this.#expected = Math.min(expected, most);
    this.#most = most;
  }

  /** How many bytes have come. */
  get length(): number {
    return this.#length;
  }

  /** Bytes of memory that it takes. */
  get capacity(): number {
    return this.#memory.length;
  }

  /** Bytes of memory that it takes when so many more come. */
  capacityWith(bytes: number): number {
    const needed = this.#length + bytes;
    // A single chunk may be all there is.
    if (needed <= this.capacity || this.#length === 0) return Math.max(needed, this.capacity);
    const bound = needed <= this.#expected ? this.#expected : Math.max(needed, this.#most);
    return Math.min(bound, Math.max(needed, 2 * this.capacity, LEAST_BYTES));
  }

  /** Adds a chunk, which is the caller's no more. */
  add(chunk: Uint8Array): void {
    if (this.#length === 0 && isCompact(chunk, chunk.length)) {
      this.#memory = chunk;
    } else {
      const capacity = this.capacityWith(chunk.length);
      if (capacity > this.capacity) {
        const larger = new Uint8Array(capacity);
        larger.set(this.#memory.subarray(0, this.#length));
        this.#memory = larger;
      }
      this.#memory.set(chunk, this.#length);
    }
    this.#length += chunk.length;
  }

  /** All that has come. Nothing may be added any more. */
  get bytes(): Uint8Array {
    const bytes = this.#memory.subarray(0, this.#length);
    return isCompact(bytes, this.#length) ? bytes : bytes.slice();
  }
}

/** A view may keep much more alive than it shows. */
function isCompact({ buffer }: Uint8Array, length: number): boolean {
  return buffer.byteLength <= 2 * length + LEAST_BYTES;
}
