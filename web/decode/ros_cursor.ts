/**
 * Reads the bytes of a ROS message from front to back. Nothing is allocated before the bytes for it are known to be there.
 */
import { MAX_EMPTY_PARTS } from "./limits.ts";
import type { Numbers } from "./plain.ts";

/** How a ROS message is laid out. */
export interface Layout {
  readonly littleEndian: boolean;
  /** Where the first field lies; alignment counts from here. */
  readonly start: number;
  /** Numbers lie at multiples of their size, up to this; 1: anywhere. */
  readonly alignment: number;
}

/** A kind of number of ROS. */
export type NumberKind =
  | "int8"
  | "uint8"
  | "int16"
  | "uint16"
  | "int32"
  | "uint32"
  | "int64"
  | "uint64"
  | "float32"
  | "float64";

/** The size of a number, in bytes. */
export const NUMBER_BYTES: Readonly<Record<NumberKind, number>> = {
  int8: 1,
  uint8: 1,
  int16: 2,
  uint16: 2,
  int32: 4,
  uint32: 4,
  int64: 8,
  uint64: 8,
  float32: 4,
  float64: 8,
};

type View = (buffer: ArrayBufferLike, offset: number, count: number) => Numbers;

const VIEWS: Readonly<Record<NumberKind, View>> = {
  int8: (buffer, offset, count) => new Int8Array(buffer, offset, count),
  uint8: (buffer, offset, count) => new Uint8Array(buffer, offset, count),
  int16: (buffer, offset, count) => new Int16Array(buffer, offset, count),
  uint16: (buffer, offset, count) => new Uint16Array(buffer, offset, count),
  int32: (buffer, offset, count) => new Int32Array(buffer, offset, count),
  uint32: (buffer, offset, count) => new Uint32Array(buffer, offset, count),
  int64: (buffer, offset, count) => new BigInt64Array(buffer, offset, count),
  uint64: (buffer, offset, count) => new BigUint64Array(buffer, offset, count),
  float32: (buffer, offset, count) => new Float32Array(buffer, offset, count),
  float64: (buffer, offset, count) => new Float64Array(buffer, offset, count),
};

const decoder = new TextDecoder();
const HOST_IS_LITTLE_ENDIAN = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/** A place in the bytes of a message. Its methods throw an `Error` that says what is wrong with them. */
export class RosCursor {
  readonly #data: Uint8Array;
  readonly #view: DataView;
  readonly #layout: Layout;
  #offset: number;
  #emptyParts = MAX_EMPTY_PARTS;

  constructor(data: Uint8Array, layout: Layout) {
    this.#data = data;
    this.#view = new DataView(data.buffer, data.byteOffset, data.byteLength);
    this.#layout = layout;
    this.#offset = layout.start;
  }

  /** Bytes that have not been read. */
  get remaining(): number {
    return this.#data.byteLength - this.#offset;
  }

  /** One number. */
  number(kind: NumberKind): number | bigint {
    const { littleEndian } = this.#layout;
    const bytes = NUMBER_BYTES[kind];
    const at = this.#take(bytes, bytes);
    const view = this.#view;
    switch (kind) {
      case "int8":
        return view.getInt8(at);
      case "uint8":
        return view.getUint8(at);
      case "int16":
        return view.getInt16(at, littleEndian);
      case "uint16":
        return view.getUint16(at, littleEndian);
      case "int32":
        return view.getInt32(at, littleEndian);
      case "uint32":
        return view.getUint32(at, littleEndian);
      case "int64":
        return view.getBigInt64(at, littleEndian);
      case "uint64":
        return view.getBigUint64(at, littleEndian);
      case "float32":
        return view.getFloat32(at, littleEndian);
      case "float64":
        return view.getFloat64(at, littleEndian);
    }
  }

  /** So many numbers: a view of the message where its memory fits, else a copy. */
  numbers(kind: NumberKind, count: number): Numbers {
    const bytes = NUMBER_BYTES[kind];
    const view = VIEWS[kind];
    // An empty sequence has no padding either.
    if (count === 0) return view(new ArrayBuffer(0), 0, 0);
    this.expect(count, bytes);
    const at = this.#take(count * bytes, bytes);
    const start = this.#data.byteOffset + at;
    const isForeign = bytes > 1 && this.#layout.littleEndian !== HOST_IS_LITTLE_ENDIAN;
    if (!isForeign && start % bytes === 0) return view(this.#data.buffer, start, count);
    const copy = this.#data.slice(at, at + count * bytes);
    if (isForeign) reverseEach(copy, bytes);
    return view(copy.buffer, 0, count);
  }

  /** A text, after its length. `terminated`: its last byte is a zero that the length counts. */
  text(terminated: boolean): string {
    const length = this.length();
    const at = this.#take(length, 1);
    const end = terminated && length > 0 ? at + length - 1 : at + length;
    return decoder.decode(this.#data.subarray(at, end));
  }

  /** The length of what follows. */
  length(): number {
    return this.#view.getUint32(this.#take(4, 4), this.#layout.littleEndian);
  }

  /** Fails when so many parts of so many bytes each cannot be there. */
  expect(count: number, bytesEach: number): void {
    if (count * bytesEach <= this.remaining) return;
    throw new Error(
      `${count} parts of ${bytesEach} bytes or more cannot be in the ${this.remaining} bytes that are left`,
    );
  }

  /** Counts parts that take no bytes. */
  countEmpty(parts: number): void {
    this.#emptyParts -= parts;
    if (this.#emptyParts < 0) throw new Error(`it has more than ${MAX_EMPTY_PARTS} parts without any bytes`);
  }

  #take(bytes: number, size: number): number {
    const { start, alignment } = this.#layout;
    const step = Math.min(size, alignment);
    const past = (this.#offset - start) % step;
    const at = past === 0 ? this.#offset : this.#offset + step - past;
    if (at + bytes > this.#data.byteLength) {
      const end = this.#data.byteLength;
      throw new Error(`it ends at byte ${end}, in the middle of what begins at byte ${Math.min(at, end)}`);
    }
    this.#offset = at + bytes;
    return at;
  }
}

function reverseEach(bytes: Uint8Array, size: number): void {
  for (let at = 0; at < bytes.length; at += size) bytes.subarray(at, at + size).reverse();
}
