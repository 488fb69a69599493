/**
 * 64-bit integers in bytes. One view for all of them: making one per message would cost more than the rest of its header.
 */

/** The largest u64. */
export const MAX_U64: bigint = 2n ** 64n - 1n;

const scratch = new Uint8Array(8);
const view = new DataView(scratch.buffer);

/** Whether it is an integer that a u64 holds. */
export function isU64(value: unknown): value is bigint {
  return typeof value === "bigint" && value >= 0n && value <= MAX_U64;
}

/** Writes a `bigint` as u64; what does not fit is cut to its lower 64 bits. */
export function writeU64(target: Uint8Array, offset: number, value: bigint): void {
  view.setBigUint64(0, value, true);
  target[offset] = scratch[0]!;
  target[offset + 1] = scratch[1]!;
  target[offset + 2] = scratch[2]!;
  target[offset + 3] = scratch[3]!;
  target[offset + 4] = scratch[4]!;
  target[offset + 5] = scratch[5]!;
  target[offset + 6] = scratch[6]!;
  target[offset + 7] = scratch[7]!;
}

/** Reads a u64 as `bigint`. */
export function readU64(source: Uint8Array, offset: number): bigint {
  scratch[0] = source[offset]!;
  scratch[1] = source[offset + 1]!;
  scratch[2] = source[offset + 2]!;
  scratch[3] = source[offset + 3]!;
  scratch[4] = source[offset + 4]!;
  scratch[5] = source[offset + 5]!;
  scratch[6] = source[offset + 6]!;
  scratch[7] = source[offset + 7]!;
  return view.getBigUint64(0, true);
}

/** Writes a whole number up to 2^53 - 1 as u64. */
export function writeId(target: Uint8Array, offset: number, id: number): void {
  const high = Math.floor(id / 0x100000000);
  writeU32(target, offset, id);
  writeU32(target, offset + 4, high);
}

/** Reads a u64 as number; -1 where it is beyond 2^53 - 1. */
export function readId(source: Uint8Array, offset: number): number {
  const high = readU32(source, offset + 4);
  return high >= 0x200000 ? -1 : high * 0x100000000 + readU32(source, offset);
}

/** Writes a u32. */
export function writeU32(target: Uint8Array, offset: number, value: number): void {
  target[offset] = value;
  target[offset + 1] = value >>> 8;
  target[offset + 2] = value >>> 16;
  target[offset + 3] = value >>> 24;
}

/** Reads a u32. */
export function readU32(source: Uint8Array, offset: number): number {
  return (source[offset]! | (source[offset + 1]! << 8) | (source[offset + 2]! << 16)) + source[offset + 3]! * 0x1000000;
}
