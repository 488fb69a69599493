/**
 * Events as bytes: what stands behind the id line, which is each viewer's own. Everything here is made once, however many
 * viewers get it.
 */
import { base64Length, writeBase64 } from "../../../core/protocol/base64.ts";
import {
  allocateUnset,
  BINARY_OPCODE,
  FRAME_HEADER_BYTES,
  MAX_FRAME_PAYLOAD,
  TEXT_OPCODE,
} from "../../../core/protocol/frame.ts";
import { readU32 } from "../../../core/protocol/u64.ts";
import {
  type CloseEvent,
  datagramBytes,
  type OpenEvent,
  type StreamEvent,
  type WireDatagram,
  type WireParticipant,
} from "../wire.ts";

/** Frames that lie behind each other go as one event, up to so many bytes. */
const BINARY_BYTES = 64 * 1024;
/** Bytes of other streams go in events of so many. */
const DATA_BYTES = 96 * 1024;

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

const TEXT_HEAD = encoder.encode("event: text\ndata: ");
const BINARY_HEAD = encoder.encode("event: binary\ndata: ");
const LOSSY_HEAD = encoder.encode("event: lossy\ndata: ");
const END = encoder.encode("\n\n");

/** What keeps a connection that is quiet from being taken for a dead one. */
export const KEEP_ALIVE: Uint8Array = encoder.encode(":\n\n");

/** An id line, as far as it is the same for a whole epoch. */
export function idPrefix(epoch: string): Uint8Array {
  return encoder.encode(`id: ${epoch}.`);
}

/** The beginning of an event stream. */
export function openEvent(id: string, data: OpenEvent): Uint8Array {
  return encoder.encode(`retry: 1000\nid: ${id}\nevent: open\ndata: ${JSON.stringify(data)}\n\n`);
}

/** The end of an event stream. */
export function closeEvent(data: CloseEvent): Uint8Array {
  return encoder.encode(`event: close\ndata: ${JSON.stringify(data)}\n\n`);
}

/** Something has become of a byte stream. */
export function streamEvent(data: StreamEvent): Uint8Array {
  return encoder.encode(`event: stream\ndata: ${JSON.stringify(data)}\n\n`);
}

/** The device's attributes have changed. */
export function deviceEvent(data: WireParticipant): Uint8Array {
  return encoder.encode(`event: device\ndata: ${JSON.stringify(data)}\n\n`);
}

/** A lossy message. */
export function lossyEvent(datagram: WireDatagram): Uint8Array {
  return base64Event(LOSSY_HEAD, datagramBytes(datagram));
}

/** Bytes of a byte stream that is not the newest of the topic `control`. */
export function dataEvents(stream: number, bytes: Uint8Array): ReadonlyArray<Uint8Array> {
  const events: Array<Uint8Array> = [];
  for (let at = 0; at < bytes.length; at += DATA_BYTES) {
    const head = encoder.encode(`event: stream\ndata: {"stream":${stream},"op":"data","data":"`);
    events.push(base64Event(head, bytes.subarray(at, at + DATA_BYTES), DATA_TAIL));
  }
  return events;
}

const DATA_TAIL = encoder.encode('"}\n\n');

function base64Event(head: Uint8Array, bytes: Uint8Array, tail: Uint8Array = END): Uint8Array {
  const event = allocateUnset(head.length + base64Length(bytes.length) + tail.length);
  event.set(head);
  event.set(tail, writeBase64(event, head.length, bytes));
  return event;
}

/** The control messages in a chunk of whole frames; `undefined` when it is anything else. */
export function controlEvents(chunk: Uint8Array): ReadonlyArray<Uint8Array> | undefined {
  const events: Array<Uint8Array> = [];
  let binaryFrom = 0;
  let at = 0;
  const flushBinary = (): void => {
    if (at > binaryFrom) events.push(base64Event(BINARY_HEAD, chunk.subarray(binaryFrom, at)));
  };
  while (at < chunk.length) {
    const opcode = chunk[at];
    if (chunk.length - at < FRAME_HEADER_BYTES || (opcode !== TEXT_OPCODE && opcode !== BINARY_OPCODE)) {
      return undefined;
    }
    const length = readU32(chunk, at + 1);
    const end = at + FRAME_HEADER_BYTES + length;
    if (length > MAX_FRAME_PAYLOAD || end > chunk.length) return undefined;
    const text = opcode === TEXT_OPCODE ? textEvent(chunk.subarray(at + FRAME_HEADER_BYTES, end)) : undefined;
    if (text !== undefined || end - binaryFrom > BINARY_BYTES) {
      flushBinary();
      binaryFrom = at;
    }
    at = end;
    if (text !== undefined) {
      events.push(text);
      binaryFrom = end;
    }
  }
  flushBinary();
  return events;
}

/** A message as it is; `undefined` where a line of an event cannot hold it, and it goes as a frame instead. */
function textEvent(payload: Uint8Array): Uint8Array | undefined {
  try {
    if (/[\r\n]/.test(decoder.decode(payload))) return undefined;
  } catch {
    return undefined;
  }
  const event = allocateUnset(TEXT_HEAD.length + payload.length + END.length);
  event.set(TEXT_HEAD);
  event.set(payload, TEXT_HEAD.length);
  event.set(END, TEXT_HEAD.length + payload.length);
  return event;
}

/**
 * Remembers what was made of a piece of memory, as long as the memory is there: the core writes one and the same frame to
 * each viewer, in a view of its own.
 */
export class EncodedFrames {
  readonly #made: WeakMap<ArrayBufferLike, Map<number, Made>> = new WeakMap();

  /** The control messages in a chunk of whole frames; `undefined` when it is anything else. */
  of(chunk: Uint8Array): ReadonlyArray<Uint8Array> | undefined {
    let made = this.#made.get(chunk.buffer);
    const known = made?.get(chunk.byteOffset);
    if (known?.length === chunk.length) return known.events;
    const events = controlEvents(chunk);
    if (made === undefined) {
      made = new Map();
      this.#made.set(chunk.buffer, made);
    }
    made.set(chunk.byteOffset, { length: chunk.length, events });
    return events;
  }
}

interface Made {
  readonly length: number;
  readonly events: ReadonlyArray<Uint8Array> | undefined;
}
