/**
 * A viewer at wire level: it sees every stream and every frame by itself, and sends whatever a test wants.
 */
import { assert } from "@effect/vitest";
import * as Effect from "effect/Effect";
import * as Exit from "effect/Exit";
import * as Latch from "effect/Latch";
import * as Scope from "effect/Scope";
import type { LoopbackHub, LoopbackTransportOptions } from "../../adapters/loopback/mod.ts";
import {
  type ClientMessage,
  CONTROL_TOPIC,
  decodeDataTrackFrame,
  DecodeError,
  encodeClientFrame,
  type ServerMessage,
} from "../../core/protocol/mod.ts";
import type {
  IncomingByteStream,
  JoinError,
  OutgoingByteStream,
  RemoteDataTrack,
  Room,
  RoomListener,
  StreamError,
  TrackError,
} from "../../transport/mod.ts";
import { settle } from "./settle.ts";
import { type MessageOf, StreamReader } from "./stream_reader.ts";

/** How a viewer joins. */
export interface RawViewerOptions extends Partial<LoopbackTransportOptions> {
  /** The version it says it speaks. Default: it says none. */
  readonly version?: string;
  /** Whom it sends to. Default `rover`. */
  readonly device?: string;
}

/** One frame of a data track. */
export interface TrackFrame {
  readonly sequence: number;
  readonly text: string;
  readonly logTime: bigint;
  readonly bytes: Uint8Array;
}

export class RawViewer {
  readonly identity: string;
  readonly sid: string;
  readonly room: Room;
  /** Every control stream that the device has opened, the oldest first. */
  readonly controls: Array<StreamReader> = [];
  /** Every other stream, the oldest first. */
  readonly channelStreams: Array<StreamReader> = [];
  /** The data tracks that are there now. */
  readonly tracks: Map<string, RemoteDataTrack> = new Map();
  /** Leaves the room. */
  readonly leave: Effect.Effect<void>;
  readonly #device: string;
  readonly #scope: Scope.Scope;
  readonly #gate: Latch.Latch = Latch.makeUnsafe(true);
  readonly #fork: (effect: Effect.Effect<void>) => void;
  readonly #told = new WeakSet<IncomingByteStream>();
  #outgoing: OutgoingByteStream | undefined;

  private constructor(room: Room, scope: Scope.Closeable, device: string, fork: (effect: Effect.Effect<void>) => void) {
    this.room = room;
    this.identity = room.identity;
    this.sid = room.sid;
    this.#device = device;
    this.#scope = scope;
    this.#fork = fork;
    this.leave = Effect.andThen(Scope.close(scope, Exit.void), settle);
  }

  /** Joins the hub; the viewer leaves with the test at the latest. */
  static readonly join: (
    hub: LoopbackHub,
    identity?: string,
    options?: RawViewerOptions,
  ) => Effect.Effect<RawViewer, JoinError, Scope.Scope> = Effect.fnUntraced(
    function* (hub: LoopbackHub, identity = "viewer-1", { version, device = "rover", ...options } = {}) {
      const services = yield* Effect.context<never>();
      const scope = yield* Effect.acquireRelease(Scope.make(), (made) => Scope.close(made, Exit.void));
      const attributes = version === undefined ? {} : { attributes: { protocolVersion: version } };
      const joined = hub.transport({ ...options, ...attributes, identity }).join();
      const room = yield* Scope.provide(joined, scope);
      const viewer = new RawViewer(room, scope, device, (effect) => void Effect.runForkWith(services)(effect));
      room.listen(viewer.#listener);
      yield* settle;
      return viewer;
    },
  );

  /** The newest control stream. */
  get control(): StreamReader {
    return this.controls.at(-1) ?? assert.fail(`no control stream has been opened to ${this.identity}`);
  }

  /** Takes the very next message of the newest control stream, which must be of that `op`. */
  next<Op extends ServerMessage["op"]>(op: Op): Effect.Effect<MessageOf<Op>> {
    return Effect.andThen(settle, Effect.suspend(() => this.control.next(op)));
  }

  /** Nothing has come on the newest control stream that has not been taken. */
  readonly silence: Effect.Effect<void> = Effect.andThen(settle, Effect.suspend(() => this.control.silence));

  /** Takes all that has come on the newest control stream. */
  readonly drain: Effect.Effect<ReadonlyArray<ServerMessage>> = Effect.andThen(
    settle,
    Effect.suspend(() => this.control.drain),
  );

  /** The channel streams of one topic, the oldest first. */
  streamsOf(topic: string): ReadonlyArray<StreamReader> {
    return this.channelStreams.filter((stream) => stream.topic === topic);
  }

  /** Stops reading what comes. */
  pause(): void {
    this.#gate.closeUnsafe();
  }

  /** Reads on. */
  resume(): void {
    this.#gate.openUnsafe();
  }

  /** Opens one more stream to the device. */
  open(topic: string = CONTROL_TOPIC): Effect.Effect<OutgoingByteStream, StreamError> {
    return this.room.openByteStream({ topic, destinations: [this.#device] });
  }

  /** Sends messages on the one control stream that it keeps, in one write, and lets the device take them. */
  send(...messages: ReadonlyArray<ClientMessage>): Effect.Effect<void, StreamError> {
    return this.write(frames(...messages));
  }

  /** Writes bytes on the one control stream that it keeps. */
  write(bytes: Uint8Array): Effect.Effect<void, StreamError> {
    return Effect.gen({ self: this }, function* () {
      this.#outgoing ??= yield* this.open();
      yield* this.#outgoing.write(bytes);
      yield* settle;
    });
  }

  /** Opens another stream for what it sends from now on: the device that the old one led to has gone. */
  reopen(): void {
    this.#outgoing = undefined;
  }

  /** Subscribes to channels as data. */
  subscribe(...ids: ReadonlyArray<number>): Effect.Effect<void, StreamError> {
    return this.send(subscribe(...ids));
  }

  /** Unsubscribes from channels. */
  unsubscribe(...channelIds: ReadonlyArray<number>): Effect.Effect<void, StreamError> {
    return this.send({ op: "unsubscribe", channelIds });
  }

  /** Receives a data track from now on. */
  attach(name: string): Effect.Effect<Array<TrackFrame>, TrackError> {
    return Effect.gen({ self: this }, function* () {
      yield* settle;
      const track = this.tracks.get(name) ?? assert.fail(`there is no track ${name}`);
      const seen: Array<TrackFrame> = [];
      yield* Scope.provide(
        track.subscribe((bytes, logTime) => {
          const frame = decodeDataTrackFrame(bytes);
          if (frame instanceof DecodeError) throw frame;
          seen.push({ sequence: frame.sequence, text: new TextDecoder().decode(frame.data), logTime, bytes });
        }),
        this.#scope,
      );
      return seen;
    });
  }

  readonly #listener: RoomListener = {
    byteStreamOpened: (stream) => {
      // A hub can be made to tell of a stream twice, and a stream has one reader.
      if (this.#told.has(stream)) return;
      this.#told.add(stream);
      const reader = new StreamReader(stream, this.#gate);
      (stream.topic === CONTROL_TOPIC ? this.controls : this.channelStreams).push(reader);
      this.#fork(reader.run);
    },
    dataTrackPublished: (track) => void this.tracks.set(track.name, track),
    dataTrackUnpublished: (track) => void this.tracks.delete(track.name),
  };
}

/** Asks for channels as data. */
export function subscribe(...ids: ReadonlyArray<number>): ClientMessage {
  return { op: "subscribe", channels: ids.map((id) => ({ id, requestVideoTrack: false })) };
}

/** The frames of messages, one after another. */
export function frames(...messages: ReadonlyArray<ClientMessage>): Uint8Array {
  return Uint8Array.from(messages.flatMap((message) => {
    const frame = encodeClientFrame(message);
    return frame instanceof Uint8Array ? [...frame] : assert.fail(`${message.op} does not fit into a frame`);
  }));
}
