/**
 * The loopback's own generator: the same numbers for the same seed on every run-time, with integer operations only.
 */

/** A sequence of numbers in [0, 1). */
export class SeededRandom {
  #state: number;

  /** Starts the sequence of that seed. Seeds that differ in one character give unrelated sequences. */
  constructor(seed: string) {
    this.#state = fold(seed);
  }

  /** The next number, in [0, 1), with 32 bits. */
  next(): number {
    this.#state = (this.#state + 0x9e3779b9) | 0;
    return mix(this.#state) / 0x1_0000_0000;
  }
}

function fold(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return mix(hash) | 0;
}

function mix(value: number): number {
  let bits = value | 0;
  bits = Math.imul(bits ^ (bits >>> 16), 0x21f0aaad);
  bits = Math.imul(bits ^ (bits >>> 15), 0x735a2d97);
  return (bits ^ (bits >>> 15)) >>> 0;
}
