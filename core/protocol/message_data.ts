/**
 * Messages of channels in frames, towards the viewer: the hot path of reliable channels (wire protocol, section 4.1).
 */
import { DecodeError } from "./errors.ts";
import {
  allocate,
  allocateUnset,
  BINARY_OPCODE,
  FRAME_HEADER_BYTES,
  MAX_FRAME_PAYLOAD,
  MAX_PIECE_BYTES,
  writeFrameHeader,
} from "./frame.ts";
import type { MessageData } from "./messages.ts";
import { readId, readU64, writeId, writeU64 } from "./u64.ts";

/** The opcode of a MessageData, in either direction. */
export const MESSAGE_DATA_OPCODE = 1;

/** Bytes of the payload ahead of the message's own: opcode, channel id, log time. */
const PREFIX_BYTES = 17;
const DATA_OFFSET = FRAME_HEADER_BYTES + PREFIX_BYTES;

/** The longest message that a frame can hold, in bytes. */
export const MAX_MESSAGE_DATA: number = MAX_FRAME_PAYLOAD - PREFIX_BYTES;

/** The length of the frame of a message of `length` bytes. */
export function messageDataFrameBytes(length: number): number {
  return DATA_OFFSET + length;
}

/**
 * The whole frame of a message, in one piece of memory. The message must not be longer than {@linkcode MAX_MESSAGE_DATA}, which
 * is not checked here.
 */
export function encodeMessageDataFrame(channelId: number, logTime: bigint, data: Uint8Array): Uint8Array {
  const length = data.length;
  const total = DATA_OFFSET + length;
  const frame = total <= MAX_PIECE_BYTES ? allocate(total) : allocateUnset(total);
  writeFrameHeader(frame, BINARY_OPCODE, PREFIX_BYTES + length);
  frame[FRAME_HEADER_BYTES] = MESSAGE_DATA_OPCODE;
  writeId(frame, FRAME_HEADER_BYTES + 1, channelId);
  writeU64(frame, FRAME_HEADER_BYTES + 9, logTime);
  frame.set(data, DATA_OFFSET);
  return frame;
}

/** Reads the payload of a frame that holds a message; the data is a view of it. */
export function decodeMessageData(payload: Uint8Array): MessageData | DecodeError {
  const length = payload.length;
  if (length < PREFIX_BYTES) {
    const detail = `the fields take ${PREFIX_BYTES} bytes, the message has ${length}`;
    return new DecodeError({ reason: "buffer-too-short", what: "messageData", where: `offset ${length}`, detail });
  }
  const channelId = readId(payload, 1);
  if (channelId < 0) {
    const detail = "the channel id is beyond 2^53 - 1";
    return new DecodeError({ reason: "invalid-value", what: "messageData", where: "offset 1", detail });
  }
  const data = new Uint8Array(payload.buffer, payload.byteOffset + PREFIX_BYTES, length - PREFIX_BYTES);
  return { op: "messageData", channelId, logTime: readU64(payload, 9), data };
}
