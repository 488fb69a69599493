/**
 * What tells schemas apart in a schema table without keeping them: a digest of the triple of name, encoding and data.
 *
 * It is SHA-256 rather than a faster hash, since schemas come from recordings and from strangers too, and two of them that
 * were made to collide would give a channel the other's schema. It is written out here because the run-times offer it
 * only behind a promise. Each schema is hashed once.
 */
import type { Schema } from "./messages.ts";

const digests = new WeakMap<Schema, string>();
const encoder = new TextEncoder();

/** The digest of a schema. The schema must not be changed afterwards. */
export function schemaDigest(schema: Schema): string {
  const known = digests.get(schema);
  if (known !== undefined) return known;
  const name = encoder.encode(schema.name);
  const encoding = encoder.encode(schema.encoding);
  // The lengths ahead keep ("ab", "c") from ("a", "bc").
  const lengths = new Uint32Array([name.length, encoding.length]);
  const hash = new Sha256();
  hash.update(new Uint8Array(lengths.buffer));
  hash.update(name);
  hash.update(encoding);
  hash.update(schema.data);
  const digest = hash.digest();
  digests.set(schema, digest);
  return digest;
}

/** The first 32 bits of the fractional parts of the roots of the first primes, as FIPS 180-4 has them. */
function primeRoots(count: number, root: (prime: number) => number): Int32Array {
  const words = new Int32Array(count);
  for (let found = 0, candidate = 2; found < count; candidate++) {
    let prime = true;
    for (let divisor = 2; divisor * divisor <= candidate && prime; divisor++) prime = candidate % divisor !== 0;
    if (prime) words[found++] = (root(candidate) % 1) * 0x100000000;
  }
  return words;
}

const ROUND = primeRoots(64, Math.cbrt);
const START = primeRoots(8, Math.sqrt);

/** SHA-256 (FIPS 180-4). */
export class Sha256 {
  readonly #state: Int32Array = START.slice();
  readonly #words: Int32Array = new Int32Array(64);
  readonly #block: Uint8Array = new Uint8Array(64);
  #filled = 0;
  #length = 0;

  /** Takes more bytes. */
  update(bytes: Uint8Array): void {
    this.#length += bytes.length;
    let at = 0;
    if (this.#filled > 0) {
      at = Math.min(64 - this.#filled, bytes.length);
      this.#block.set(bytes.subarray(0, at), this.#filled);
      this.#filled += at;
      if (this.#filled < 64) return;
      this.#compress(this.#block, 0);
      this.#filled = 0;
    }
    for (; at + 64 <= bytes.length; at += 64) this.#compress(bytes, at);
    this.#block.set(bytes.subarray(at));
    this.#filled = bytes.length - at;
  }

  /** The digest of all bytes taken, as hexadecimal text. Nothing can be taken afterwards. */
  digest(): string {
    const length = this.#length;
    const tail = new Uint8Array(this.#filled < 56 ? 64 - this.#filled : 128 - this.#filled);
    tail[0] = 0x80;
    const view = new DataView(tail.buffer);
    view.setUint32(tail.length - 8, Math.floor(length / 0x20000000));
    view.setUint32(tail.length - 4, length << 3);
    this.update(tail);
    let text = "";
    for (const word of this.#state) text += (word >>> 0).toString(16).padStart(8, "0");
    return text;
  }

  #compress(bytes: Uint8Array, at: number): void {
    const words = this.#schedule(bytes, at);
    const state = this.#state;
    let a = state[0]!, b = state[1]!, c = state[2]!, d = state[3]!;
    let e = state[4]!, f = state[5]!, g = state[6]!, h = state[7]!;
    for (let round = 0; round < 64; round++) {
      const sum1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
      const sum0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22);
      const first = (h + sum1 + ((e & f) ^ (~e & g)) + ROUND[round]! + words[round]!) | 0;
      const second = (sum0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      h = g, g = f, f = e, e = (d + first) | 0;
      d = c, c = b, b = a, a = (first + second) | 0;
    }
    state[0]! += a, state[1]! += b, state[2]! += c, state[3]! += d;
    state[4]! += e, state[5]! += f, state[6]! += g, state[7]! += h;
  }

  #schedule(bytes: Uint8Array, at: number): Int32Array {
    const words = this.#words;
    for (let index = 0; index < 16; index++) {
      const from = at + index * 4;
      words[index] = (bytes[from]! << 24) | (bytes[from + 1]! << 16) | (bytes[from + 2]! << 8) | bytes[from + 3]!;
    }
    for (let index = 16; index < 64; index++) {
      const early = words[index - 15]!;
      const late = words[index - 2]!;
      const sigma0 = rotate(early, 7) ^ rotate(early, 18) ^ (early >>> 3);
      const sigma1 = rotate(late, 17) ^ rotate(late, 19) ^ (late >>> 10);
      words[index] = words[index - 16]! + sigma0 + words[index - 7]! + sigma1;
    }
    return words;
  }
}

function rotate(word: number, by: number): number {
  return (word >>> by) | (word << (32 - by));
}
