/**
 * A context: the channels of one device, and whatever they are led to.
 */
import type * as Cause from "effect/Cause";
import * as Data from "effect/Data";
import * as Effect from "effect/Effect";
import { currentClock, systemClock, type WallClock } from "../clock.ts";
import { nextChannelId } from "../ids.ts";
import { channelLimits } from "../limits.ts";
import { currentLog, defaultLog, guardLog, type Log } from "../log.ts";
import type { Metadata } from "../protocol/messages.ts";
import { Channel } from "./channel.ts";
import { type Reliability, sameMetadata, sameSchema, schemaOf, type SchemaOptions } from "./descriptor.ts";
import type { Latch, LatchBounds, LatchOptions } from "./latch.ts";
import type { Sink } from "./sink.ts";

/** What a channel is to be. */
export interface ChannelOptions {
  /** What the messages are about, for example `/pose`. */
  readonly topic: string;
  /** How messages are written, for example `json`. Not empty. */
  readonly encoding: string;
  /** The shape of the messages. `protobuf`, `flatbuffer`, `ros1` and `cdr` need one to be advertised. */
  readonly schema?: SchemaOptions;
  /** Text by key. Default: none. */
  readonly metadata?: Readonly<Record<string, string>> | Metadata;
  /** Whether messages may be lost. Default: `lossy`; `reliable` with a latch. */
  readonly qos?: Reliability;
  /**
   * Keeps the last messages, this many, and gives them to each new subscriber first: for what is said once and holds from
   * then on, for example a map, static transforms or the description of a robot. A channel with a latch is reliable. All
   * that a viewer subscribes to in one go reaches it as one burst, whatever else waits for it. A message that is larger
   * than the latch goes to those who are subscribed and leaves the latch empty. Default: nothing is kept.
   */
  readonly latch?: number | LatchOptions;
  /** Makes a channel of its own even when one like it is there already. Default: false. */
  readonly separate?: boolean;
}

/** How a context is made. */
export interface ContextOptions {
  /** Where the log time of messages without one comes from. Default: the system's clock. */
  readonly clock?: WallClock;
  /** Where diagnostics go. Default: warnings and errors go to the console. */
  readonly log?: Log;
}

/** Fields of {@linkcode ChannelError}. */
export interface ChannelErrorFields {
  /** The topic of the channel that was asked for. */
  readonly topic: string;
  /** What is wrong with it. */
  readonly detail: string;
}

const ChannelErrorBase: new (fields: ChannelErrorFields) =>
  & Cause.YieldableError
  & { readonly _tag: "ChannelError" }
  & Readonly<ChannelErrorFields> = Data.TaggedError("ChannelError");

/**
 * A channel cannot be made as asked for.
 *
 * @example
 * ```ts
 * import { ChannelError, Context } from "@fieldlink/fieldlink";
 *
 * try {
 *   new Context().channel({ topic: "/pose", encoding: "" });
 * } catch (error) {
 *   if (error instanceof ChannelError) console.log(error.message);
 * }
 * ```
 */
export class ChannelError extends ChannelErrorBase {
  /** What was wrong, in one line. */
  override get message(): string {
    return `cannot make a channel for the topic "${this.topic}": ${this.detail}`;
  }
}

/** One sink and what it has subscribed to. */
interface Attachment {
  readonly sink: Sink;
  readonly subscribed: Set<number>;
}

/**
 * The channels of a device. A context outlives sessions: channels made once are advertised on each of them. It feeds any
 * number of sinks, of which a gateway's session is one.
 *
 * @example
 * ```ts
 * import { Context } from "@fieldlink/fieldlink";
 *
 * const context = new Context();
 * const battery = context.channel({ topic: "/battery", encoding: "json" });
 * battery.log(JSON.stringify({ percent: 81 }));
 * ```
 */
export class Context {
  /** Where the log time of messages without one comes from. */
  readonly clock: WallClock;
  readonly #log: Log;
  readonly #channels = new Map<number, Channel>();
  readonly #byTopic = new Map<string, Array<Channel>>();
  readonly #attachments = new Map<Sink, Attachment>();
  readonly #latchBounds = new Set<{ readonly maxBytes: number }>();

  /** Makes an empty context. */
  constructor(options: ContextOptions = {}) {
    this.clock = options.clock ?? systemClock;
    this.#log = options.log === undefined ? defaultLog : guardLog(options.log);
  }

  /** A context that follows the calling fiber's clock and logging. */
  static readonly make: Effect.Effect<Context> = Effect.zipWith(
    currentClock,
    currentLog,
    (clock, log) => new Context({ clock, log }),
  );

  /** The open channels, the oldest first. */
  get channels(): ReadonlyArray<Channel> {
    return [...this.#channels.values()];
  }

  /** The oldest open channel of the topic. */
  channelByTopic(topic: string): Channel | undefined {
    return this.#byTopic.get(topic)?.[0];
  }

  /**
   * Makes a channel, or gives back the one that is there already with the same topic, encoding, schema and metadata. A
   * different one on a taken topic is made, with a warning in the log.
   *
   * @throws {ChannelError} when `encoding` is empty, `qos` is neither of the two, or `latch` is no bound, is above what a
   * gateway lets wait for one viewer, or stands beside `qos: "lossy"`.
   */
  channel(options: ChannelOptions): Channel {
    if (options.encoding === "") {
      throw new ChannelError({ topic: options.topic, detail: 'a message encoding is needed, for example "json"' });
    }
    if (options.qos !== undefined && options.qos !== "lossy" && options.qos !== "reliable") {
      throw new ChannelError({
        topic: options.topic,
        detail: `"qos" must be "lossy" or "reliable": received ${options.qos}`,
      });
    }
    const latch = latchBounds(options, this.#maxLatchBytes);
    const schema = options.schema === undefined ? undefined : schemaOf(options.schema);
    const metadata = metadataOf(options.metadata);
    const taken = this.#byTopic.get(options.topic) ?? [];
    if (options.separate !== true) {
      const same = taken.find((channel) =>
        channel.encoding === options.encoding && sameSchema(channel.schema, schema) &&
        sameMetadata(channel.metadata, metadata)
      );
      if (same !== undefined) return this.#again(same, options);
      if (taken.length > 0) {
        this.#log("warning", "the topic has a channel already that differs in encoding, schema or metadata", {
          topic: options.topic,
        });
      }
    }
    const descriptor = { id: nextChannelId(), topic: options.topic, encoding: options.encoding, schema, metadata };
    return this.#add(
      new Channel(
        descriptor,
        options.qos ?? (latch === undefined ? "lossy" : "reliable"),
        { clock: this.clock, log: this.#log, closed: (channel) => this.#remove(channel) },
        latch,
      ),
    );
  }

  /** Offers the sink all channels there are, and each new one. Adding it again does nothing. */
  addSink(sink: Sink): void {
    if (this.#attachments.has(sink)) return;
    this.#attachments.set(sink, { sink, subscribed: new Set() });
    const channels = this.channels;
    if (sink.subscribesToAll === true) { for (const channel of channels) this.#route(channel); }
    if (channels.length > 0) this.#offer(sink, channels);
  }

  /** Lets the sink go, with its subscriptions. It is not told of its channels' end. */
  removeSink(sink: Sink): void {
    const attachment = this.#attachments.get(sink);
    if (attachment === undefined) return;
    this.#attachments.delete(sink);
    if (sink.subscribesToAll === true) { for (const channel of this.#channels.values()) this.#route(channel); }
    else for (const id of attachment.subscribed) this.#routeById(id);
  }

  /** The sink gets the messages of these channels from now on. For sinks. */
  subscribeChannels(sink: Sink, channelIds: Iterable<number>): void {
    const attachment = this.#attachments.get(sink);
    if (attachment === undefined) return;
    for (const id of channelIds) {
      attachment.subscribed.add(id);
      this.#routeById(id);
    }
  }

  /** The sink gets the messages of these channels no more. For sinks. */
  unsubscribeChannels(sink: Sink, channelIds: Iterable<number>): void {
    const attachment = this.#attachments.get(sink);
    if (attachment === undefined) return;
    for (const id of channelIds) {
      attachment.subscribed.delete(id);
      this.#routeById(id);
    }
  }

  /** No latch may be larger than that from now on, until the function that is given back is called. For gateways. */
  boundLatches(maxBytes: number): () => void {
    const bound = { maxBytes };
    this.#latchBounds.add(bound);
    return () => void this.#latchBounds.delete(bound);
  }

  get #maxLatchBytes(): number {
    return Math.min(...[...this.#latchBounds].map(({ maxBytes }) => maxBytes));
  }

  #again(channel: Channel, { qos, latch }: ChannelOptions): Channel {
    if (latch !== undefined && !isSameLatch(channel.latch, latch)) {
      this.#log("warning", "the channel is there already with another latch, or none, which it keeps", {
        topic: channel.topic,
        latch: channel.latch?.bounds,
      });
    }
    if (qos !== undefined && qos !== channel.qos) {
      this.#log("warning", "the channel is there already with another quality of service, which it keeps", {
        topic: channel.topic,
        qos: channel.qos,
      });
    }
    return channel;
  }

  #add(channel: Channel): Channel {
    this.#channels.set(channel.id, channel);
    const sharing = this.#byTopic.get(channel.topic);
    if (sharing === undefined) this.#byTopic.set(channel.topic, [channel]);
    else sharing.push(channel);
    this.#route(channel);
    for (const { sink } of [...this.#attachments.values()]) this.#offer(sink, [channel]);
    return channel;
  }

  #remove(channel: Channel): void {
    this.#channels.delete(channel.id);
    const sharing = this.#byTopic.get(channel.topic)?.filter((other) => other !== channel) ?? [];
    if (sharing.length === 0) this.#byTopic.delete(channel.topic);
    else this.#byTopic.set(channel.topic, sharing);
    for (const { sink, subscribed } of [...this.#attachments.values()]) {
      subscribed.delete(channel.id);
      try {
        sink.removeChannel(channel);
      } catch (error) {
        this.#log("error", "a sink has failed to let a channel go", { sink: sink.name, topic: channel.topic, error });
      }
    }
  }

  #offer(sink: Sink, channels: ReadonlyArray<Channel>): void {
    try {
      sink.addChannels(channels);
    } catch (error) {
      this.#log("error", "a sink has failed to take channels", { sink: sink.name, channels: channels.length, error });
    }
  }

  #routeById(id: number): void {
    const channel = this.#channels.get(id);
    if (channel !== undefined) this.#route(channel);
  }

  #route(channel: Channel): void {
    const sinks: Array<Sink> = [];
    for (const { sink, subscribed } of this.#attachments.values()) {
      if (sink.subscribesToAll === true || subscribed.has(channel.id)) sinks.push(sink);
    }
    channel.route(sinks);
  }
}

function metadataOf(metadata: ChannelOptions["metadata"]): Metadata {
  if (metadata === undefined) return new Map();
  return new Map(isMap(metadata) ? metadata : Object.entries(metadata));
}

function isMap(metadata: Readonly<Record<string, string>> | Metadata): metadata is Metadata {
  return metadata instanceof Map;
}

/** The bounds of the latch that is asked for, checked. `maxBytes`: what the gateways let wait for one viewer. */
function latchBounds({ topic, qos, latch }: ChannelOptions, maxBytes: number): LatchBounds | undefined {
  if (latch === undefined) return undefined;
  const refuse = (detail: string): never => {
    throw new ChannelError({ topic, detail });
  };
  const { messages, bytes = Math.min(channelLimits["latch.bytes"].default, maxBytes) } = latchOptions(latch);
  for (const [name, value] of [["latch", messages], ["latch.bytes", bytes]] as const) {
    if (!Number.isSafeInteger(value) || value < 1) {
      refuse(`"${name}" must be a positive whole number: received ${String(value)}`);
    }
  }
  if (bytes > maxBytes) {
    refuse(`"latch.bytes" must be at most ${maxBytes}, the gateway's limit "queueBytes": received ${bytes}`);
  }
  if (qos === "lossy") refuse('a channel with a latch is reliable: leave "qos" out, or leave out "latch"');
  return { messages, bytes };
}

/** From JavaScript anything may come. */
function latchOptions(latch: number | LatchOptions): LatchOptions {
  return typeof latch === "object" && latch !== null ? latch : { messages: latch };
}

function isSameLatch(latch: Latch | undefined, asked: number | LatchOptions): boolean {
  const { messages, bytes = latch?.bounds.bytes } = latchOptions(asked);
  return latch?.bounds.messages === messages && latch.bounds.bytes === bytes;
}
