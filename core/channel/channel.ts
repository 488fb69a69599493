/**
 * A channel: what a device logs messages on.
 */
import * as Effect from "effect/Effect";
import type { WallClock } from "../clock.ts";
import type { Log, LogLevel } from "../log.ts";
import type { Metadata, Schema } from "../protocol/messages.ts";
import { encodeMessageDataFrame, MAX_MESSAGE_DATA } from "../protocol/message_data.ts";
import { isU64 } from "../protocol/u64.ts";
import { Throttle } from "../throttle.ts";
import type { ChannelDescriptor, Reliability } from "./descriptor.ts";
import { Latch, type LatchBounds } from "./latch.ts";
import type { Sink } from "./sink.ts";

/** What goes with one message. */
export interface LogOptions {
  /** When the message was made, in ns since the Unix epoch. Default: now, by the context's clock. */
  readonly logTime?: bigint;
}

/** What a channel needs of the context that it belongs to. */
export interface ChannelOwner {
  /** Where the log time of messages without one comes from. */
  readonly clock: WallClock;
  /** Where diagnostics go. */
  readonly log: Log;
  /** The channel is closing. */
  readonly closed: (channel: Channel) => void;
}

const NO_SINKS: ReadonlyArray<Sink> = [];
const LOST_WARNING_MS = 10_000;
const encoder = new TextEncoder();

/**
 * What messages are logged on. Made by {@linkcode Context.channel}; it lives in its context, and through every session
 * of every gateway that the context feeds, until it is closed.
 *
 * @example
 * ```ts
 * import { Context } from "@fieldlink/fieldlink";
 *
 * const context = new Context();
 * const pose = context.channel({ topic: "/pose", encoding: "json", qos: "reliable" });
 * pose.log(JSON.stringify({ x: 1, y: 2 }));
 * ```
 */
export class Channel implements ChannelDescriptor {
  /** Positive, unique in the process. */
  readonly id: number;
  /** What the messages are about. */
  readonly topic: string;
  /** How messages are written. */
  readonly encoding: string;
  /** The shape of the messages. */
  readonly schema: Schema | undefined;
  /** Text by key. */
  readonly metadata: Metadata;
  /** Whether messages may be lost; a gateway's own classifier overrules it. Default: `lossy`. */
  readonly qos: Reliability;
  /** The last messages, kept for whoever subscribes next; absent: none are. */
  readonly latch: Latch | undefined;
  readonly #owner: ChannelOwner;
  #sinks: ReadonlyArray<Sink> = NO_SINKS;
  #closed = false;
  /** Whether there is nothing to do while nobody is subscribed: one thing to look at, for all that is logged in vain. */
  #isIdle: boolean;
  #lostWarning: Throttle | undefined;
  #latchWarning: Throttle | undefined;

  /** Made by {@linkcode Context.channel}. */
  constructor(descriptor: ChannelDescriptor, qos: Reliability, owner: ChannelOwner, latch?: LatchBounds) {
    this.id = descriptor.id;
    this.topic = descriptor.topic;
    this.encoding = descriptor.encoding;
    this.schema = descriptor.schema;
    this.metadata = descriptor.metadata;
    this.qos = qos;
    this.latch = latch === undefined ? undefined : new Latch(latch);
    this.#isIdle = latch === undefined;
    this.#owner = owner;
  }

  /**
   * Whether anybody is subscribed: a producer may skip work for a channel nobody listens to, unless the channel has a
   * latch, which is filled all the same.
   */
  get hasSubscribers(): boolean {
    return this.#sinks.length > 0;
  }

  /** Whether {@linkcode Channel.close} has been called. */
  get isClosed(): boolean {
    return this.#closed;
  }

  /** Whether every reliable subscriber's queue has room, so that {@linkcode Channel.ready} would not wait. */
  get hasRoom(): boolean {
    return this.#blockedBy() === undefined;
  }

  /**
   * Logs one message: text or bytes, which are copied where they are kept. Returns at once, whatever the viewers do, never
   * throws, and costs next to nothing while nobody is subscribed and the channel has no latch. What is neither text nor
   * bytes, a log time that is no u64, and any message on a closed channel are dropped, which is said in the log at most
   * once every 10 s.
   */
  log(data: Uint8Array | string, options?: LogOptions): void {
    const sinks = this.#sinks;
    if (sinks.length === 0) {
      if (this.#isIdle) return;
      if (this.#closed) return this.#warnClosed();
    }
    const bytes = typeof data === "string" ? encoder.encode(data) : data;
    const logTime = options?.logTime ?? this.#owner.clock.currentTimeNanosUnsafe();
    if (!(bytes instanceof Uint8Array) || !isU64(logTime)) return this.#warnUnusable(bytes, logTime);
    const frame = this.latch === undefined ? undefined : this.#keep(this.latch, bytes, logTime);
    for (let index = 0; index < sinks.length; index += 1) {
      const sink = sinks[index]!;
      try {
        sink.log(this, bytes, logTime, frame);
      } catch (error) {
        this.#owner.log("error", "a sink has failed to take a message", { sink: sink.name, topic: this.topic, error });
      }
    }
  }

  /**
   * Waits until the queue of every reliable subscriber is at most half full. For a producer that can wait, for example a
   * replay: `log` never does, and a viewer whose queue overflows is reset. Does not wait for lossy subscribers.
   */
  readonly readyEffect: Effect.Effect<void> = Effect.suspend(() => {
    const blocked = this.#blockedBy();
    return blocked === undefined ? Effect.void : Effect.andThen(blocked, this.readyEffect);
  });

  /** As {@linkcode Channel.readyEffect}, as a promise. */
  ready(): Promise<void> {
    return this.hasRoom ? Promise.resolve() : Effect.runPromise(this.readyEffect);
  }

  /** Takes the channel from its context and from every session. Closing it again does nothing. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#isIdle = false;
    this.#owner.closed(this);
    this.#sinks = NO_SINKS;
    this.latch?.clear();
  }

  /** For the context: the sinks that get the messages from now on. */
  route(sinks: ReadonlyArray<Sink>): void {
    this.#sinks = this.#closed ? NO_SINKS : sinks;
  }

  /** Keeps a message for those who subscribe later. Returns its frame, which those who are subscribed may get as well. */
  #keep(latch: Latch, bytes: Uint8Array, logTime: bigint): Uint8Array | undefined {
    if (bytes.byteLength > MAX_MESSAGE_DATA) {
      // It reaches no viewer, so what the latch holds stays the newest that there is.
      this.#warnNotKept(`it is larger than a frame, which holds ${MAX_MESSAGE_DATA} bytes`, bytes);
      return undefined;
    }
    const frame = encodeMessageDataFrame(this.id, logTime, bytes);
    if (!latch.keep(frame)) {
      const detail = `it is larger than the latch, which holds ${latch.bounds.bytes} bytes and is empty now`;
      this.#warnNotKept(`${detail}; raise its "bytes"`, bytes);
    }
    return frame;
  }

  #blockedBy(): Effect.Effect<void> | undefined {
    for (const sink of this.#sinks) {
      const wait = sink.waitForRoom?.(this);
      if (wait !== undefined) return wait;
    }
    return undefined;
  }

  #warnClosed(): void {
    this.#warnLost("warning", "a message was logged on a closed channel and is lost; make a new channel");
  }

  /** A robot must not fall over because somebody has begun to watch: `log` does not throw. */
  #warnUnusable(data: unknown, logTime: unknown): void {
    const problem = data instanceof Uint8Array
      ? `the log time must be a bigint of ns from 0 to 2^64 - 1: received ${String(logTime)}`
      : `it must be a string or a Uint8Array: received ${kindOf(data)}`;
    this.#warnLost("error", `a message cannot be logged and is lost: ${problem}`);
  }

  #warnNotKept(problem: string, { byteLength }: Uint8Array): void {
    this.#latchWarning ??= new Throttle(LOST_WARNING_MS, this.#owner.clock);
    const messages = this.#latchWarning.pass();
    if (messages === 0) return;
    const { topic, id: channelId } = this;
    this.#owner.log("warning", `a message is not kept for later subscribers: ${problem}`, {
      topic,
      channelId,
      bytes: byteLength,
      messages,
    });
  }

  #warnLost(level: LogLevel, warning: string): void {
    this.#lostWarning ??= new Throttle(LOST_WARNING_MS, this.#owner.clock);
    const messages = this.#lostWarning.pass();
    if (messages > 0) this.#owner.log(level, warning, { topic: this.topic, channelId: this.id, messages });
  }
}

function kindOf(value: unknown): string {
  return typeof value === "object" && value !== null ? value.constructor?.name ?? "an object" : typeof value;
}
