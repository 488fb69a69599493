/**
 * Noise that can be asked for in any order: a value depends on seed, stream and index, and on nothing that went before.
 */

/** A number in [0, 1). Streams keep sensors apart; the index counts a sensor's readings. */
export function uniform(seed: number, stream: number, index: number): number {
  let hash = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b);
  hash = scramble(hash ^ Math.imul(stream + 1, 0xc2b2ae35));
  hash = scramble(hash ^ Math.imul(index + 1, 0x27d4eb2f));
  return (hash >>> 0) / 0x1_0000_0000;
}

/** A number around 0 with about the given standard deviation, never farther off than 3.5 times that. */
export function noise(seed: number, stream: number, index: number, deviation: number): number {
  // Four uniform numbers added up are near enough to a bell curve, and take no logarithm, which engines round differently.
  let sum = 0;
  for (let part = 0; part < 4; part += 1) sum += uniform(seed, stream, index * 4 + part);
  return (sum - 2) * Math.sqrt(3) * deviation;
}

function scramble(value: number): number {
  let hash = value;
  hash = Math.imul(hash ^ (hash >>> 16), 0x7feb352d);
  hash = Math.imul(hash ^ (hash >>> 15), 0x846ca68b);
  return hash ^ (hash >>> 16);
}
