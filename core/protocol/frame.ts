/**
 * Frames: what a control or channel byte stream is made of (wire protocol, section 2).
 */
import { FrameTooLarge } from "./errors.ts";

/** A frame that holds a text message. */
export const TEXT_OPCODE = 1;
/** A frame that holds a binary message. */
export const BINARY_OPCODE = 2;
/** Bytes ahead of the payload: the opcode and the payload's length. */
export const FRAME_HEADER_BYTES = 5;
/** The largest payload of a frame, in bytes; a longer one ends the stream at the reader's side. */
export const MAX_FRAME_PAYLOAD: number = 16 * 1024 * 1024;

/** One frame of a stream. */
export interface Frame {
  /** 1: the payload is a text message; 2: it is a binary one. */
  readonly opcode: 1 | 2;
  /** The message. A view of the bytes that were read, not a copy; nobody changes it. */
  readonly payload: Uint8Array;
}

const encoder = new TextEncoder();

/** Writes a header for a payload of that many bytes. */
export function writeFrameHeader(target: Uint8Array, opcode: 1 | 2, length: number): void {
  target[0] = opcode;
  target[1] = length;
  target[2] = length >>> 8;
  target[3] = length >>> 16;
  target[4] = length >>> 24;
}

/** Small pieces of memory are cut from blocks of this size: an allocation each would take most of the time of a log. */
const BLOCK_BYTES = 64 * 1024;
/** What is kept of a block keeps all of it, so only pieces are cut of which a block holds several. */
export const MAX_PIECE_BYTES: number = 4 * 1024;

let block: ArrayBuffer = new ArrayBuffer(BLOCK_BYTES);
let blockUsed = 0;

/** Zeroed memory that nobody else has. It may be part of a larger buffer. */
export function allocate(length: number): Uint8Array {
  // So that no length that is none, NaN for one, ever reaches what all pieces share.
  if (!(length <= MAX_PIECE_BYTES)) return new Uint8Array(length);
  if (blockUsed + length > BLOCK_BYTES) {
    block = new ArrayBuffer(BLOCK_BYTES);
    blockUsed = 0;
  }
  const piece = new Uint8Array(block, blockUsed, length);
  // Pieces lie next to each other, so that frames that are written together need not be copied together.
  blockUsed += length;
  return piece;
}

/** What Node, Bun and Deno have for memory that need not be zeroed; browsers do not. */
interface UnsetMemory {
  allocUnsafeSlow(length: number): Uint8Array<ArrayBuffer>;
}

function isUnsetMemory(value: unknown): value is UnsetMemory {
  return typeof value === "function" && "allocUnsafeSlow" in value && typeof value.allocUnsafeSlow === "function";
}

const unsetMemory: unknown = Reflect.get(globalThis, "Buffer");
const unset: UnsetMemory | undefined = isUnsetMemory(unsetMemory) ? unsetMemory : undefined;

/**
 * Memory of its own for bytes that are all at hand and are written to it at once. Until then it may hold anything: zeroing
 * a large piece only to overwrite it is a good part of the work of a decoder.
 */
export function allocateUnset(length: number): Uint8Array {
  if (unset === undefined || length <= MAX_PIECE_BYTES) return new Uint8Array(length);
  const memory = unset.allocUnsafeSlow(length);
  return new Uint8Array(memory.buffer, memory.byteOffset, length);
}

/** An empty binary frame for a payload of that many bytes, to be filled in behind the header. */
export function allocateBinaryFrame(length: number): Uint8Array | FrameTooLarge {
  if (length > MAX_FRAME_PAYLOAD) return new FrameTooLarge({ bytes: length, limit: MAX_FRAME_PAYLOAD });
  const frame = allocate(FRAME_HEADER_BYTES + length);
  writeFrameHeader(frame, BINARY_OPCODE, length);
  return frame;
}

function encodeFrame(opcode: 1 | 2, payload: Uint8Array): Uint8Array | FrameTooLarge {
  const length = payload.length;
  if (length > MAX_FRAME_PAYLOAD) return new FrameTooLarge({ bytes: length, limit: MAX_FRAME_PAYLOAD });
  const frame = new Uint8Array(FRAME_HEADER_BYTES + length);
  writeFrameHeader(frame, opcode, length);
  frame.set(payload, FRAME_HEADER_BYTES);
  return frame;
}

/** The frame of a text message. */
export function encodeTextFrame(text: string): Uint8Array | FrameTooLarge {
  return encodeFrame(TEXT_OPCODE, encoder.encode(text));
}

/** The frame of a binary message. */
export function encodeBinaryFrame(payload: Uint8Array): Uint8Array | FrameTooLarge {
  return encodeFrame(BINARY_OPCODE, payload);
}
