/**
 * A device at wire level: it says just what a test tells it to.
 */
import * as Effect from "effect/Effect";
import type { LoopbackHub, LoopbackTransportOptions } from "../../adapters/loopback/mod.ts";
import {
  type Capability,
  type ClientMessage,
  CONTROL_TOPIC,
  decodeClientFrame,
  DecodeError,
  encodeServerFrame,
  FrameDecoder,
  FrameError,
  type Ping,
  type PingAck,
  type ServerInfo,
  type ServerMessage,
} from "../../core/protocol/mod.ts";
import type * as Scope from "effect/Scope";
import type { JoinError, OutgoingByteStream, Room } from "../../transport/mod.ts";

/** What a viewer sends under one `op`. */
export type ClientMessageOf<Op extends ClientMessage["op"]> = Extract<ClientMessage, { readonly op: Op }>;

export class RawDevice {
  readonly room: Room;
  /** What viewers have sent, on whatever stream, pings and their acks apart. */
  readonly received: Array<ClientMessage> = [];
  /** The pings and acks that viewers have sent. */
  readonly heartbeats: Array<Ping | PingAck> = [];
  /** The number of control streams that viewers have opened. */
  streams = 0;

  private constructor(room: Room) {
    this.room = room;
  }

  static readonly join: (
    hub: LoopbackHub,
    identity?: string,
    options?: Partial<LoopbackTransportOptions>,
  ) => Effect.Effect<RawDevice, JoinError, Scope.Scope> = Effect.fnUntraced(function* (
    hub: LoopbackHub,
    identity = "device",
    options: Partial<LoopbackTransportOptions> = {},
  ) {
    const room = yield* hub.transport({ ...options, identity }).join();
    const device = new RawDevice(room);
    const services = yield* Effect.context<never>();
    room.listen({
      byteStreamOpened: (stream) => {
        device.streams += 1;
        const decoder = new FrameDecoder();
        Effect.runForkWith(services)(
          Effect.gen(function* () {
            while (true) {
              const chunk = yield* stream.read;
              if (chunk === undefined) return;
              decoder.feed(chunk);
              for (let frame = decoder.next(); frame !== undefined; frame = decoder.next()) {
                if (frame instanceof FrameError) return;
                const message = decodeClientFrame(frame);
                if (message instanceof DecodeError) continue;
                if (message.op === "ping" || message.op === "pingAck") device.heartbeats.push(message);
                else device.received.push(message);
              }
            }
          }).pipe(Effect.ignore),
        );
      },
    });
    return device;
  });

  /** Opens a control stream to a viewer. */
  open(viewer = "viewer-1"): Effect.Effect<OutgoingByteStream> {
    return Effect.orDie(this.room.openByteStream({ topic: CONTROL_TOPIC, destinations: [viewer] }));
  }

  /** What viewers have sent under one `op`, the oldest first. */
  of<Op extends ClientMessage["op"]>(op: Op): ReadonlyArray<ClientMessageOf<Op>> {
    return this.received.filter((message): message is ClientMessageOf<Op> => message.op === op);
  }

  /** The latest message of that `op`. */
  last<Op extends ClientMessage["op"]>(op: Op): ClientMessageOf<Op> {
    const message = this.of(op).at(-1);
    if (message === undefined) throw new Error(`no ${op} has come`);
    return message;
  }

  /** The ops of all that viewers have sent, in order. */
  get ops(): ReadonlyArray<string> {
    return this.received.map(({ op }) => op);
  }

  /** The ids that viewers have subscribed to, in the order in which they asked. */
  get subscribed(): ReadonlyArray<number> {
    return this.received.flatMap((message) => message.op === "subscribe" ? message.channels.map(({ id }) => id) : []);
  }
}

/** Says something on a stream. */
export function say(stream: OutgoingByteStream, ...messages: ReadonlyArray<ServerMessage>): Effect.Effect<void> {
  return Effect.orDie(Effect.forEach(messages, (message) => {
    const frame = encodeServerFrame(message);
    return frame instanceof Uint8Array ? stream.write(frame) : Effect.die(frame);
  }, { discard: true }));
}

/** Says all of it in one chunk. */
export function sayAtOnce(stream: OutgoingByteStream, ...messages: ReadonlyArray<ServerMessage>): Effect.Effect<void> {
  const bytes = messages.flatMap((message) => {
    const frame = encodeServerFrame(message);
    if (!(frame instanceof Uint8Array)) throw frame;
    return [...frame];
  });
  return Effect.orDie(stream.write(Uint8Array.from(bytes)));
}

/** A `serverInfo` with a name and nothing else. */
export function info(name = "raw"): ServerInfo {
  return { op: "serverInfo", name, capabilities: [], supportedEncodings: [], metadata: new Map() };
}

/** A `serverInfo` of a device that can do that. */
export function capable(...capabilities: ReadonlyArray<Capability>): ServerInfo {
  return { ...info(), capabilities };
}

/** An `advertiseServices` of services without schemas, with ids from 1. */
export function services(...names: ReadonlyArray<string>): ServerMessage {
  return {
    op: "advertiseServices",
    services: names.map((name, index) => ({
      id: index + 1,
      name,
      type: "any",
      requestSchema: "",
      responseSchema: "",
    })),
  };
}

/** An inline `advertise` of channels without schemas. */
export function advertise(
  ...channels: ReadonlyArray<{ id: number; topic: string; reliable?: boolean }>
): ServerMessage {
  return {
    op: "advertise",
    form: "inline",
    channels: channels.map(({ id, topic, reliable = true }) => ({
      id,
      topic,
      encoding: "json",
      schemaName: "",
      schema: "",
      metadata: new Map(reliable ? [["foxglove.reliable", "true"]] : []),
    })),
  };
}

/** One message of a channel. */
export function data(channelId: number, text: string, logTime = 1n): ServerMessage {
  return { op: "messageData", channelId, logTime, data: new TextEncoder().encode(text) };
}
