/**
 * A device at wire level: it says just what a test tells it to.
 */
import * as Effect from "effect/Effect";
import type { LoopbackHub } from "../../adapters/loopback/mod.ts";
import {
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
  ) => Effect.Effect<RawDevice, JoinError, Scope.Scope> = Effect.fnUntraced(function* (
    hub: LoopbackHub,
    identity = "device",
  ) {
    const room = yield* hub.transport({ identity }).join();
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

/** A `serverInfo` with a name and nothing else. */
export function info(name = "raw"): ServerInfo {
  return { op: "serverInfo", name, capabilities: [], supportedEncodings: [], metadata: new Map() };
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
