/**
 * A transport without a network: a room with a device and any number of viewers that subscribe to everything and throw
 * away what they are sent, or stop reading. What is left is the work of the library itself.
 */
import * as Effect from "effect/Effect";
import * as Latch from "effect/Latch";
import {
  type ClientMessage,
  CONTROL_TOPIC,
  DecodeError,
  decodeServerFrame,
  encodeClientFrame,
  FrameDecoder,
  FrameError,
  PROTOCOL_VERSION_ATTRIBUTE,
} from "../../core/protocol/mod.ts";
import type {
  IncomingByteStream,
  OutgoingByteStream,
  RemoteParticipant,
  Room,
  RoomListener,
  Transport,
} from "../../transport/mod.ts";
import { check } from "./check.ts";

/** The size of writes, that of the loopback transport. */
const WRITE_BYTES = 65_536;

/** One viewer, as its device sees it and as its writes are counted. */
export class NullViewer implements RemoteParticipant {
  readonly identity: string;
  readonly sid: string;
  readonly joinedAt = 0;
  readonly attributes: ReadonlyMap<string, string>;
  /** Bytes that were written to it. */
  bytes = 0;
  /** What was written to it, while that is to be kept. */
  kept: Array<Uint8Array> | undefined;

  constructor(number: number, version: string) {
    this.identity = `viewer-${number}`;
    this.sid = `sid-${number}`;
    this.attributes = new Map([[PROTOCOL_VERSION_ATTRIBUTE, version]]);
  }
}

/** What the viewers are like. */
export interface NullRoomOptions {
  /** The version that they speak. Default 2.3.0. */
  readonly version?: string;
  /** What each of them says to the device's greeting. Default: it subscribes to all channels. */
  readonly answer?: (greeting: Uint8Array) => ClientMessage;
}

/** The room, and a way into it for the device. */
export class NullRoom {
  readonly viewers: ReadonlyArray<NullViewer>;
  readonly transport: Transport;
  readonly #byIdentity: ReadonlyMap<string, NullViewer>;
  readonly #gate: Latch.Latch = Latch.makeUnsafe(true);
  readonly #answer: (greeting: Uint8Array) => ClientMessage;
  #listener: RoomListener | undefined;

  constructor(viewers: number, { version = "2.3.0", answer = subscribeToAll }: NullRoomOptions = {}) {
    this.#answer = answer;
    this.viewers = Array.from({ length: viewers }, (_, index) => new NullViewer(index + 1, version));
    this.#byIdentity = new Map(this.viewers.map((viewer) => [viewer.identity, viewer]));
    this.transport = { name: "null", join: () => Effect.succeed(this.#room) };
  }

  /** Nobody reads any more: a write that begins now waits. */
  stall(): void {
    this.#gate.closeUnsafe();
  }

  /** Everybody reads again. */
  resume(): void {
    this.#gate.openUnsafe();
  }

  /** Keeps what is written from now on, or forgets what was kept. */
  keep(isKept: boolean): void {
    for (const viewer of this.viewers) viewer.kept = isKept ? [] : undefined;
  }

  get #room(): Room {
    return {
      identity: "device",
      sid: "sid-device",
      writeBytes: WRITE_BYTES,
      listen: (listener) => {
        this.#listener = listener;
        for (const viewer of this.viewers) listener.participantActive?.(viewer);
      },
      participants: () => this.viewers,
      participant: (identity) => this.#byIdentity.get(identity),
      setAttributes: () => Effect.void,
      openByteStream: ({ topic, destinations }) => Effect.sync(() => this.#open(topic, destinations)),
    };
  }

  #open(topic: string, destinations: ReadonlyArray<string>): OutgoingByteStream {
    const viewer = this.#byIdentity.get(destinations[0] ?? "");
    check(viewer !== undefined, `a stream to ${destinations.join()}, who is not there`);
    const isGreeted = { value: false };
    return {
      topic,
      destinations,
      write: (bytes) =>
        Effect.suspend(() => {
          viewer.bytes += bytes.byteLength;
          viewer.kept?.push(bytes);
          if (!isGreeted.value) {
            isGreeted.value = true;
            this.#listener?.byteStreamOpened?.(streamOf(viewer, this.#answer(bytes)));
          }
          return this.#gate.await;
        }),
      close: Effect.void,
      abort: Effect.void,
    };
  }
}

/** The viewer's own stream, with one message on it. */
function streamOf(viewer: NullViewer, message: ClientMessage): IncomingByteStream {
  const frame = encodeClientFrame(message);
  check(frame instanceof Uint8Array, "the message does not fit into a frame");
  let left: Uint8Array | undefined = frame;
  return {
    topic: CONTROL_TOPIC,
    sender: viewer.identity,
    read: Effect.suspend(() => {
      const bytes = left;
      left = undefined;
      return bytes === undefined ? Effect.never : Effect.succeed(bytes);
    }),
    cancel: Effect.void,
  };
}

function subscribeToAll(greeting: Uint8Array): ClientMessage {
  const decoder = new FrameDecoder();
  decoder.feed(greeting);
  const ids: Array<number> = [];
  for (let frame = decoder.next(); frame !== undefined; frame = decoder.next()) {
    check(!(frame instanceof FrameError), "the greeting cannot be read");
    const message = decodeServerFrame(frame);
    check(!(message instanceof DecodeError), "the greeting cannot be read");
    if (message.op === "advertise") ids.push(...message.channels.map(({ id }) => id));
  }
  check(ids.length > 0, "the greeting advertises nothing");
  return { op: "subscribe", channels: ids.map((id) => ({ id, requestVideoTrack: false })) };
}
