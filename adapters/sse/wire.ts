/**
 * What both ends of a connection over server-sent events agree on: paths, headers, events, ids and the shapes of JSON.
 * docs/sse_wire.md has all of it in one place, with what a peer of another make may leave out.
 */
import { decodeBase64, encodeBase64 } from "../../core/protocol/base64.ts";
import { writeId, writeU64 } from "../../core/protocol/u64.ts";

/** The number of a post on its topic, from 0. */
export const SEQ_HEADER = "Fieldlink-Seq";
/**
 * `close` or `abort`: the byte stream ends after the bytes of this post, of which there may be none. The next post on the
 * topic, with the next number, begins another stream. The first post of a stream opens it, also without bytes.
 */
export const END_HEADER = "Fieldlink-End";
/**
 * The viewer's instance (`sid`) that a post is meant for. Optional; with it, a post that was under way over a reset is
 * refused (409 `reset`) and never taken for one of the new beginning.
 */
export const SID_HEADER = "Fieldlink-Sid";
/**
 * Which attempt of the viewer's a `GET events` is: a whole number that grows with each, over the whole session. Optional;
 * with it, a request that comes after one that was made later is refused (409 `attempt`) and changes nothing.
 */
export const ATTEMPT_HEADER = "Fieldlink-Attempt";
/** The header by which a stream of events is resumed. */
export const LAST_EVENT_ID = "Last-Event-ID";
/** The media type of a stream of events. */
export const EVENT_STREAM = "text/event-stream";
/** The media type of posts to byte streams. */
export const OCTETS = "application/octet-stream";

/** A participant as the other end is told of it. */
export interface WireParticipant {
  readonly identity: string;
  readonly sid: string;
  readonly joinedAt: number;
  readonly attributes: Readonly<Record<string, string>>;
}

/** The body of `POST /sessions`. `attributes` holds those beside `protocolVersion`. */
export interface SessionRequest {
  readonly identity?: string;
  readonly protocolVersion?: string;
  readonly attributes?: Readonly<Record<string, string>>;
}

/**
 * The body of `PATCH /sessions/{id}`, which sets attributes of the viewer's, leaving others as they are: 204. With none it
 * is a sign of life, of which a reader of events has to give one, or any other request, each `resumeTtlMs`: without, its
 * connection counts as lost.
 */
export interface SessionPatch {
  readonly attributes?: Readonly<Record<string, string>>;
}

/** The body of whatever refuses a request. */
export interface Refusal {
  /** What was wrong, in a word, for example `gap`. */
  readonly error: string;
  /** What was wrong, with which limit, and what to do. */
  readonly message: string;
  /** With `gap`: the number that the next post on the topic must have. */
  readonly expected?: number;
}

/** The answer to `POST /sessions`. */
export interface SessionAnswer {
  readonly sessionId: string;
  readonly sid: string;
  readonly identity: string;
  readonly resumeTtlMs: number;
}

/**
 * Sequence numbers of events that the ring had not kept any more, both included. The reset drops what it had kept after
 * them as well.
 */
export interface WireGap {
  readonly from: number;
  readonly to: number;
}

/**
 * The data of `open`. `sid` is the viewer's own: another one than before means that it was reset. The event's id is where
 * the reader stands, so what follows is what comes after it; after a reset it is `-1` of another epoch.
 */
export interface OpenEvent {
  readonly sid: string;
  readonly resumed: boolean;
  readonly gap?: WireGap;
  /** The device, which is the only other participant that a viewer sees. */
  readonly device?: WireParticipant;
}

/** Why the server ends a stream of events. */
export type CloseReason = "reset" | "replaced" | "leaving" | "expired" | "shutdown";

/** All of them. */
export const CLOSE_REASONS: ReadonlyArray<CloseReason> = ["reset", "replaced", "leaving", "expired", "shutdown"];

/** The data of `close`. */
export interface CloseEvent {
  readonly reason: CloseReason;
}

/**
 * The data of `stream`: byte streams of the device. `stream` is a number of the device's for it; `data` is base64. `open`
 * comes first, `close` or `abort` last. Streams of the topic `control` are opened and ended like this, too; their frames
 * travel as `text` and `binary`, which belong to the control stream that was opened last. (Where an older one is still
 * open, or what is written is no frame, the bytes are `data` like those of other topics.) Readers of another make may
 * pass over all `stream` events. The data of `device` is a {@linkcode WireParticipant}: its attributes have changed. Both
 * have an id, as nothing of them may be lost.
 */
export type StreamEvent =
  | { readonly stream: number; readonly op: "open"; readonly topic: string }
  | { readonly stream: number; readonly op: "data"; readonly data: string }
  | { readonly stream: number; readonly op: "close" | "abort" };

/** Reads a number of a post, or of an attempt; `undefined` where it is none. */
export function parseNumber(text: string): number | undefined {
  const number = /^(0|[1-9][0-9]{0,15})$/.test(text) ? Number(text) : NaN;
  return Number.isSafeInteger(number) ? number : undefined;
}

/** The place of an event: the memory that it is in, and its number there. */
export interface EventId {
  readonly epoch: string;
  readonly sequence: number;
}

/** An event id as it is written. */
export function formatEventId({ epoch, sequence }: EventId): string {
  return `${epoch}.${sequence}`;
}

/** Reads an event id; `undefined` where it is none. */
export function parseEventId(text: string): EventId | undefined {
  const match = /^([A-Za-z0-9_-]{1,64})\.(-1|0|[1-9][0-9]{0,15})$/.exec(text);
  if (match === null) return undefined;
  const sequence = Number(match[2]);
  return Number.isSafeInteger(sequence) ? { epoch: match[1]!, sequence } : undefined;
}

/** What `lossy` has ahead of the frame: u64 channel id, u64 log time. */
const DATAGRAM_HEAD = 16;

/** A datagram. */
export interface WireDatagram {
  readonly channelId: number;
  readonly logTime: bigint;
  readonly frame: Uint8Array;
}

/** The bytes of a datagram, whose base64 is the data of `lossy`. */
export function datagramBytes({ channelId, logTime, frame }: WireDatagram): Uint8Array {
  const bytes = new Uint8Array(DATAGRAM_HEAD + frame.length);
  writeId(bytes, 0, channelId);
  writeU64(bytes, 8, logTime);
  bytes.set(frame, DATAGRAM_HEAD);
  return bytes;
}

/** The data of `lossy`. */
export function encodeDatagram(datagram: WireDatagram): string {
  return encodeBase64(datagramBytes(datagram));
}

/** Reads the data of `lossy`; `undefined` where it is none. */
export function decodeDatagram(data: string): WireDatagram | undefined {
  const bytes = decodeBase64(data);
  if (bytes === undefined || bytes.length < DATAGRAM_HEAD) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const channelId = Number(view.getBigUint64(0, true));
  if (!Number.isSafeInteger(channelId)) return undefined;
  return { channelId, logTime: view.getBigUint64(8, true), frame: bytes.subarray(DATAGRAM_HEAD) };
}
