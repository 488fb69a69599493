/**
 * Telling time in which nothing ran from time in which nothing came.
 */

/** How much longer than asked for a sleep may take, in ms, on a machine that is busy. */
const TOLERANCE_MS = 5_000;

/**
 * Whether a sleep was held up: the program was suspended, as a laptop or a hidden browser tab is, or the clock was set.
 * What did not come meanwhile says nothing about the one who should have sent it.
 */
export function wasHeldUp(askedMs: number, tookMs: number): boolean {
  return tookMs < 0 || tookMs > askedMs + TOLERANCE_MS;
}
