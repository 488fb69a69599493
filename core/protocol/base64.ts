/**
 * Base64 as the protocol has it: standard alphabet, padded, nothing in between. The run-times' own functions for reading
 * skip white space, and none is on all of them.
 */

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const PAD = 0x3d;
const NONE = 0xff;

const codes = new Uint8Array(64);
const values = new Uint8Array(256).fill(NONE);
for (let index = 0; index < 64; index++) {
  const code = ALPHABET.charCodeAt(index);
  codes[index] = code;
  values[code] = index;
}

const decoder = new TextDecoder();
const encoder = new TextEncoder();

/** From so many bytes on a call of the run-time's own function pays. */
const NATIVE_BYTES = 64;

/** The run-time's own function, where it has one: several times as fast as ours. What it writes is the same. */
const toBase64: ((this: Uint8Array) => string) | undefined = Reflect.get(Uint8Array.prototype, "toBase64");

/** The bytes as base64 text. */
export function encodeBase64(bytes: Uint8Array): string {
  if (toBase64 !== undefined && bytes.length >= NATIVE_BYTES) return toBase64.call(bytes);
  const out = new Uint8Array(base64Length(bytes.length));
  writeBase64(out, 0, bytes);
  return decoder.decode(out);
}

/** The length of so many bytes in base64. */
export function base64Length(bytes: number): number {
  return Math.ceil(bytes / 3) * 4;
}

/** Writes the bytes as base64 into others, where there is room for it, and tells the offset behind it. */
export function writeBase64(out: Uint8Array, offset: number, bytes: Uint8Array): number {
  const length = bytes.length;
  if (toBase64 !== undefined && length >= NATIVE_BYTES) {
    return offset + encoder.encodeInto(toBase64.call(bytes), out.subarray(offset)).written;
  }
  let at = offset;
  let index = 0;
  for (; index + 2 < length; index += 3) {
    const bits = (bytes[index]! << 16) | (bytes[index + 1]! << 8) | bytes[index + 2]!;
    out[at++] = codes[bits >>> 18]!;
    out[at++] = codes[(bits >>> 12) & 63]!;
    out[at++] = codes[(bits >>> 6) & 63]!;
    out[at++] = codes[bits & 63]!;
  }
  if (index < length) {
    const two = index + 1 < length;
    const bits = (bytes[index]! << 16) | (two ? bytes[index + 1]! << 8 : 0);
    out[at++] = codes[bits >>> 18]!;
    out[at++] = codes[(bits >>> 12) & 63]!;
    out[at++] = two ? codes[(bits >>> 6) & 63]! : PAD;
    out[at++] = PAD;
  }
  return at;
}

/** The bytes of base64 text; `undefined` where it is none. Bits that no byte uses must be 0, so each text is the only one. */
export function decodeBase64(text: string): Uint8Array | undefined {
  const length = text.length;
  if (length % 4 !== 0) return undefined;
  const padding = length === 0 || !text.endsWith("=") ? 0 : text.endsWith("==") ? 2 : 1;
  const out = new Uint8Array((length / 4) * 3 - padding);
  const whole = length - (padding > 0 ? 4 : 0);
  let at = 0;
  for (let index = 0; index < whole; index += 4) {
    const bits = sextet(text, index) << 18 | sextet(text, index + 1) << 12 | sextet(text, index + 2) << 6 |
      sextet(text, index + 3);
    if (bits < 0) return undefined;
    out[at++] = bits >>> 16;
    out[at++] = bits >>> 8;
    out[at++] = bits;
  }
  if (padding === 0) return out;
  const bits = sextet(text, whole) << 18 | sextet(text, whole + 1) << 12 |
    (padding === 1 ? sextet(text, whole + 2) << 6 : 0);
  if (bits < 0 || (bits & (padding === 1 ? 0xff : 0xffff)) !== 0) return undefined;
  out[at++] = bits >>> 16;
  if (padding === 1) out[at] = bits >>> 8;
  return out;
}

/** The six bits of a character; for any other one all bits set, which a shift by 18 or less leaves negative. */
function sextet(text: string, index: number): number {
  const code = text.charCodeAt(index);
  const value = code < 256 ? values[code]! : NONE;
  return value === NONE ? -1 : value;
}
