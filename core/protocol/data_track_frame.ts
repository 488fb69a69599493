/**
 * What one message on a data track looks like (wire protocol, section 5).
 */
import { DecodeError } from "./errors.ts";
import { allocate } from "./frame.ts";
import { readU32, writeU32 } from "./u64.ts";

/** Bytes ahead of the message's own. */
export const DATA_TRACK_HEADER_BYTES = 8;

/** A frame of a data track. */
export interface DataTrackFrame {
  /** 0 as of now. */
  readonly flags: number;
  /** The number of the message on its track, a u32 that wraps. */
  readonly sequence: number;
  /** The message: a view of the frame, not a copy. */
  readonly data: Uint8Array;
}

/** The frame of a message. The sequence number is taken modulo 2^32. */
export function encodeDataTrackFrame(sequence: number, data: Uint8Array): Uint8Array {
  const frame = allocate(DATA_TRACK_HEADER_BYTES + data.length);
  frame[2] = DATA_TRACK_HEADER_BYTES;
  writeU32(frame, 4, sequence);
  frame.set(data, DATA_TRACK_HEADER_BYTES);
  return frame;
}

/** Reads a frame; its data starts where the frame says. */
export function decodeDataTrackFrame(bytes: Uint8Array): DataTrackFrame | DecodeError {
  if (bytes.length < DATA_TRACK_HEADER_BYTES) {
    return broken("buffer-too-short", 0, `the header takes 8 bytes, the frame has ${bytes.length}`);
  }
  const dataOffset = bytes[2]! | (bytes[3]! << 8);
  if (dataOffset < DATA_TRACK_HEADER_BYTES) {
    return broken("invalid-data-offset", 2, `data at byte ${dataOffset} would lie within the header`);
  }
  if (dataOffset > bytes.length) {
    return broken("buffer-too-short", 2, `the data starts at byte ${dataOffset}, the frame has ${bytes.length}`);
  }
  return { flags: bytes[0]! | (bytes[1]! << 8), sequence: readU32(bytes, 4), data: bytes.subarray(dataOffset) };
}

function broken(reason: "buffer-too-short" | "invalid-data-offset", offset: number, detail: string): DecodeError {
  return new DecodeError({ reason, what: "data-track frame", where: `offset ${offset}`, detail });
}
