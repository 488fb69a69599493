/**
 * News and packets as a LiveKit server sends them.
 */
import type { DataPacket } from "../../../../adapters/livekit/incoming_streams.ts";
import type { ParticipantInfo } from "../../../../adapters/livekit/roster.ts";

/** LiveKit's numbers for how far a participant has come. */
export const STATES = { joining: 0, joined: 1, active: 2, disconnected: 3 } as const;

/** What may be said of a participant. */
export interface InfoOptions {
  readonly identity?: string;
  readonly sid?: string;
  readonly state?: keyof typeof STATES;
  readonly version?: number;
  /** In ms; older servers say 0. */
  readonly joinedAtMs?: number;
  /** In seconds. */
  readonly joinedAt?: number;
  readonly attributes?: Readonly<Record<string, string>>;
}

/** News of one participant: by default an active "ana". */
export function info(options: InfoOptions = {}): ParticipantInfo {
  const { identity = "ana", state = "active", joinedAtMs = 0, joinedAt = Math.floor(joinedAtMs / 1000) } = options;
  return {
    identity,
    sid: options.sid ?? `${identity}-1`,
    state: STATES[state],
    version: options.version ?? 1,
    joinedAt: BigInt(joinedAt),
    joinedAtMs: BigInt(joinedAtMs),
    attributes: { ...options.attributes },
  } as ParticipantInfo;
}

/** Who sends a packet, as the server has written it there. */
export interface From {
  readonly identity: string;
  readonly sid: string;
}

/** The first instance of "ana". */
export const ana: From = { identity: "ana", sid: "ana-1" };

function packet(from: From, value: object): DataPacket {
  return { participantIdentity: from.identity, participantSid: from.sid, value } as DataPacket;
}

/** What may be said of a stream at its beginning. */
export interface HeaderOptions {
  readonly id?: string;
  readonly topic?: string;
  readonly attributes?: Readonly<Record<string, string>>;
  readonly kind?: "byteHeader" | "textHeader";
  readonly compressed?: boolean;
  readonly inline?: Uint8Array;
  /** Bytes of the whole, before they are compressed. */
  readonly length?: number;
}

/** The beginning of a stream. */
export function header(options: HeaderOptions = {}, from: From = ana): DataPacket {
  return packet(from, {
    case: "streamHeader",
    value: {
      streamId: options.id ?? "s1",
      topic: options.topic ?? "control",
      attributes: { ...options.attributes },
      contentHeader: { case: options.kind ?? "byteHeader", value: {} },
      compression: options.compressed === true ? 1 : 0,
      inlineContent: options.inline,
      totalLength: options.length === undefined ? undefined : BigInt(options.length),
    },
  });
}

/** A piece of a stream. */
export function chunk(index: number | bigint, content: Uint8Array | string, id = "s1", from: From = ana): DataPacket {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  return packet(from, {
    case: "streamChunk",
    value: { streamId: id, chunkIndex: BigInt(index), content: bytes },
  });
}

/** The end of a stream. */
export function trailer(reason = "", id = "s1", from: From = ana): DataPacket {
  return packet(from, { case: "streamTrailer", value: { streamId: id, reason } });
}

/** A packet that a program sends. */
export function user(topic: string, payload: Uint8Array, from: From = ana): DataPacket {
  return packet(from, { case: "user", value: { topic, payload } });
}
