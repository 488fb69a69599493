/**
 * A channel of a viewer's own: how commands get to a device (session section 8).
 */
import type * as Effect from "effect/Effect";
import type { SchemaOptions } from "../channel/descriptor.ts";
import type { Closed } from "../closed_error.ts";
import { encodeClientFrame, FrameTooLarge, MAX_FRAME_PAYLOAD, type Schema } from "../protocol/mod.ts";
import type { NotSupported } from "./request_errors.ts";

/** The message's opcode and the channel's id, ahead of its bytes. */
const HEAD_BYTES = 5;

/** What a viewer's own channel is to be. */
export interface ViewerChannelOptions {
  /** What the messages are about, for example `/cmd_vel`. */
  readonly topic: string;
  /** How messages are written, for example `json`. Not empty. */
  readonly encoding: string;
  /** The shape of the messages. */
  readonly schema?: SchemaOptions;
}

/** What a viewer's channel sends its messages into. */
export interface FrameIntake {
  /** Whether there is room for messages: at most half of what may wait does. */
  readonly hasRoom: boolean;
  /** Takes a frame, or says that it does not. */
  offer(frame: Uint8Array): "queued" | "full" | "closed";
}

/** What a viewer's channel needs of the viewer that it belongs to. */
export interface ViewerChannelOwner {
  /** What the channel's messages go into; `undefined` while no device has been told of the channel. */
  readonly queue: (channel: ViewerChannel) => FrameIntake | undefined;
  /** Waits until the channel can be published on. */
  readonly ready: (channel: ViewerChannel) => Effect.Effect<void, Closed | NotSupported>;
  /** Runs an effect as a promise. */
  readonly run: <A, E>(effect: Effect.Effect<A, E>) => Promise<A>;
  /** The channel is closing. */
  readonly closed: (channel: ViewerChannel) => void;
}

const encoder = new TextEncoder();

/**
 * What a viewer publishes on: commands, for the most part. Made by {@linkcode Viewer.channel}. It outlives resets,
 * reconnects and devices that come and go: it is advertised to each device that takes such channels, until it is closed.
 *
 * A message goes at once or not at all: nothing is kept for a device that is not there, since a command that comes late is
 * worse than none.
 *
 * @example
 * ```ts
 * import type { Viewer } from "@fieldlink/fieldlink";
 *
 * async function drive(viewer: Viewer) {
 *   using command = viewer.channel({ topic: "/cmd_vel", encoding: "json" });
 *   await command.ready();
 *   command.publish(JSON.stringify({ linear: { x: 0.2 } }));
 * }
 * console.log(drive);
 * ```
 */
export class ViewerChannel implements Disposable {
  /** The viewer's own number for it, a u32. */
  readonly id: number;
  /** What the messages are about. */
  readonly topic: string;
  /** How messages are written. */
  readonly encoding: string;
  /** The shape of the messages. */
  readonly schema: Schema | undefined;
  readonly #owner: ViewerChannelOwner;
  #dropped = 0;
  #closed = false;

  /** Made by {@linkcode Viewer.channel}. */
  constructor(
    { id, topic, encoding, schema }: {
      readonly id: number;
      readonly topic: string;
      readonly encoding: string;
      readonly schema?: Schema | undefined;
    },
    owner: ViewerChannelOwner,
  ) {
    this.id = id;
    this.topic = topic;
    this.encoding = encoding;
    this.schema = schema;
    this.#owner = owner;
  }

  /** Whether the device that is there now has been told of it. */
  get isAdvertised(): boolean {
    return !this.#closed && this.#owner.queue(this) !== undefined;
  }

  /** Whether it has been closed, by itself or with its viewer. */
  get isClosed(): boolean {
    return this.#closed;
  }

  /** The number of messages that were not taken: see {@linkcode ViewerChannel.publish}. */
  get dropped(): number {
    return this.#dropped;
  }

  /**
   * Sends a message. `false`, and counted as dropped: there is no device that has been told of the channel, or more than
   * half of what may wait for the device does, or the channel is closed. Whether a message that was taken arrives is not
   * known here: what waits for a stream that fails is lost.
   *
   * @throws {FrameTooLarge} when no frame could hold the message: it can never be sent.
   */
  publish(data: string | Uint8Array): boolean {
    // Text takes at least as many bytes as it has units.
    if (data.length > MAX_FRAME_PAYLOAD - HEAD_BYTES) throw tooLarge(data.length);
    const queue = this.#closed ? undefined : this.#owner.queue(this);
    if (queue === undefined || !queue.hasRoom) return this.#drop();
    const bytes = typeof data === "string" ? encoder.encode(data) : data;
    const frame = encodeClientFrame({ op: "messageData", channelId: this.id, data: bytes });
    if (frame instanceof FrameTooLarge) throw frame;
    return queue.offer(frame) === "queued" || this.#drop();
  }

  /**
   * Waits until a device has been told of the channel and there is room for messages. Fails when the viewer or the channel
   * is closed, and when there is a device that takes no messages of viewers.
   */
  get readyEffect(): Effect.Effect<void, Closed | NotSupported> {
    return this.#owner.ready(this);
  }

  /** As {@linkcode ViewerChannel.readyEffect}, as a promise. */
  ready(): Promise<void> {
    return this.#owner.run(this.readyEffect);
  }

  /** Takes the channel back. Closing again does nothing. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#owner.closed(this);
  }

  /** As {@linkcode ViewerChannel.close}, for `using`. */
  [Symbol.dispose](): void {
    this.close();
  }

  #drop(): false {
    this.#dropped += 1;
    return false;
  }
}

function tooLarge(length: number): FrameTooLarge {
  return new FrameTooLarge({ bytes: length + HEAD_BYTES, limit: MAX_FRAME_PAYLOAD });
}
