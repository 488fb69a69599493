/**
 * Fields of binary messages, one after another (wire protocol, section 4).
 */
import { DecodeError, type DecodeErrorReason, type FrameTooLarge } from "./errors.ts";
import { allocateBinaryFrame, FRAME_HEADER_BYTES } from "./frame.ts";
import { textOf } from "./text.ts";
import { readU32, readU64, writeU32, writeU64 } from "./u64.ts";

const EMPTY = new Uint8Array(0);
const scratch = new DataView(new ArrayBuffer(4));

/** The error for a binary message without even an opcode. */
export function emptyBinary(): DecodeError {
  const detail = "the message has no bytes, not even an opcode";
  return new DecodeError({ reason: "empty-binary", what: "binary message", where: "offset 0", detail });
}

/** The error for an opcode that this direction does not have. */
export function unknownOpcode(opcode: number): DecodeError {
  const detail = `opcode ${opcode} is no message of this direction`;
  return new DecodeError({ reason: "unknown-opcode", what: "binary message", where: "offset 0", detail });
}

/**
 * Reads the fields of a message. The first error is noted, and what is read afterwards is only a stand-in: whoever reads
 * asks once, at the end, whether there was an error.
 */
export class BinaryReader {
  /** What was wrong first. */
  error: DecodeError | undefined = undefined;
  readonly #what: string;
  readonly #bytes: Uint8Array;
  #position = 1;

  /** Starts behind the opcode. */
  constructor(what: string, bytes: Uint8Array) {
    this.#what = what;
    this.#bytes = bytes;
  }

  /** Notes an error, unless there is one already. */
  fail(reason: DecodeErrorReason, offset: number, detail: string): void {
    if (this.error !== undefined) return;
    this.error = new DecodeError({ reason, what: this.#what, where: `offset ${offset}`, detail });
  }

  u8(): number {
    const at = this.#take(1);
    return at < 0 ? 0 : this.#bytes[at]!;
  }

  u32(): number {
    const at = this.#take(4);
    return at < 0 ? 0 : readU32(this.#bytes, at);
  }

  u64(): bigint {
    const at = this.#take(8);
    return at < 0 ? 0n : readU64(this.#bytes, at);
  }

  f32(): number {
    scratch.setUint32(0, this.u32());
    return scratch.getFloat32(0);
  }

  /** Bytes with their length, a u32, ahead of them. A view, not a copy. */
  bytes(): Uint8Array {
    const length = this.u32();
    const at = this.#take(length);
    return at < 0 ? EMPTY : this.#bytes.subarray(at, at + length);
  }

  /** Text with the length of its bytes, a u32, ahead of it. */
  text(): string {
    const bytes = this.bytes();
    const text = textOf(bytes);
    if (text === undefined) this.fail("invalid-utf8", this.#position - bytes.length, "the text is no UTF-8");
    return text ?? "";
  }

  /** One of a list, by its number, a u8. */
  choice<T extends string>(choices: ReadonlyArray<T>, reason: DecodeErrorReason): T {
    const at = this.#position;
    const number = this.u8();
    const choice = choices[number];
    if (choice === undefined) this.fail(reason, at, `${number} is not from 0 to ${choices.length - 1}`);
    return choice ?? choices[0]!;
  }

  /** All bytes that are left. A view, not a copy. */
  rest(): Uint8Array {
    return this.#bytes.subarray(this.#position);
  }

  /** Where the next `length` bytes start; -1 where they are not there. */
  #take(length: number): number {
    const at = this.#position;
    if (this.error !== undefined) return -1;
    if (length > this.#bytes.length - at) {
      this.fail("buffer-too-short", at, `the field takes ${length} bytes, ${this.#bytes.length - at} are left`);
      return -1;
    }
    this.#position = at + length;
    return at;
  }
}

/** Writes the fields of a message of a known length behind the header of its frame. */
export class BinaryWriter {
  readonly #frame: Uint8Array;
  #position = FRAME_HEADER_BYTES;

  private constructor(frame: Uint8Array) {
    this.#frame = frame;
  }

  /** A frame for `length` bytes: the opcode, and what `fill` writes. */
  static frame(opcode: number, length: number, fill: (writer: BinaryWriter) => void): Uint8Array | FrameTooLarge {
    const frame = allocateBinaryFrame(length);
    if (!(frame instanceof Uint8Array)) return frame;
    const writer = new BinaryWriter(frame);
    writer.u8(opcode);
    fill(writer);
    return frame;
  }

  u8(value: number): void {
    this.#frame[this.#position++] = value;
  }

  u32(value: number): void {
    writeU32(this.#frame, this.#position, value);
    this.#position += 4;
  }

  u64(value: bigint): void {
    writeU64(this.#frame, this.#position, value);
    this.#position += 8;
  }

  f32(value: number): void {
    scratch.setFloat32(0, value);
    this.u32(scratch.getUint32(0));
  }

  /** Bytes without their length. */
  raw(bytes: Uint8Array): void {
    this.#frame.set(bytes, this.#position);
    this.#position += bytes.length;
  }

  /** Bytes with their length, a u32, ahead of them. */
  bytes(bytes: Uint8Array): void {
    this.u32(bytes.length);
    this.raw(bytes);
  }
}
