/**
 * A recording being made: an MCAP file, chunked and indexed, without compression.
 */
import { McapWriter } from "@mcap/core";
import type { ChannelInfo, Message } from "../../mod.ts";
import type { Sink } from "./sink.ts";

/** What of a channel is written. */
export type RecordedChannel = Pick<ChannelInfo, "id" | "topic" | "encoding" | "schema" | "metadata">;
/** What of a message is written. */
export type RecordedMessage = Pick<Message, "logTime" | "data">;

/** Why a recording has ended: as was asked for, as large as it may be, slower than what comes, or it cannot be written. */
export type RecordingEnd = "stopped" | "full" | "slow" | "failed";

/** How a recording is made. */
export interface RecordingOptions {
  readonly sink: Sink;
  /** What has made it, for the file's header. */
  readonly library: string;
  /** The size at which it is ended, in bytes; the index comes on top of it. */
  readonly maxBytes: number;
  /** Bytes of messages that may wait to be written. */
  readonly maxWaitingBytes: number;
}

interface Entry {
  readonly channelId: number;
  sequence: number;
}

/** What an advertisement says beside the channel's own metadata: how this session carries it. */
const SESSION_METADATA: ReadonlySet<string> = new Set([
  "foxglove.reliable",
  "foxglove.hasVideoTrack",
  "foxglove.videoSourceEncoding",
  "foxglove.videoFrameId",
]);
/** What a message takes beside its bytes: the record around it, and its place in the index. */
const MESSAGE_OVERHEAD = 47;

/**
 * A recording of what a viewer receives. Log times are the messages' own; the publish time is the log time, and messages of
 * a channel are numbered from 1, as nothing else is known here.
 */
export class Recording {
  readonly #sink: Sink;
  readonly #writer: McapWriter;
  readonly #maxBytes: number;
  readonly #maxWaitingBytes: number;
  readonly #seen = new WeakMap<RecordedChannel, Entry>();
  readonly #channels = new Map<string, Entry>();
  readonly #schemas = new Map<string, number>();
  #tail: Promise<void>;
  #finished: Promise<void> | undefined;
  #ended: RecordingEnd | undefined;
  #messages = 0;
  #bytes = 0;
  #waitingBytes = 0;

  constructor({ sink, library, maxBytes, maxWaitingBytes }: RecordingOptions) {
    this.#sink = sink;
    this.#maxBytes = maxBytes;
    this.#maxWaitingBytes = maxWaitingBytes;
    this.#writer = new McapWriter({ writable: sink, startChannelId: 1 });
    this.#tail = this.#writer.start({ profile: "", library });
    this.#tail.catch(() => this.#end("failed"));
  }

  /** Messages that were taken. */
  get messages(): number {
    return this.#messages;
  }

  /** Their bytes, with what is written around them. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Why it has ended; `undefined` while it goes on. */
  get ended(): RecordingEnd | undefined {
    return this.#ended;
  }

  /** Takes a message. `false`: the recording has ended, with this message perhaps. */
  add(channel: RecordedChannel, message: RecordedMessage): boolean {
    if (this.#ended !== undefined) return false;
    const bytes = message.data.byteLength + MESSAGE_OVERHEAD;
    if (this.#bytes + bytes > this.#maxBytes) return this.#end("full");
    if (this.#waitingBytes + bytes > this.#maxWaitingBytes) return this.#end("slow");
    this.#bytes += bytes;
    this.#waitingBytes += bytes;
    this.#messages += 1;
    // One after the other: the writer must not be called again before it is done.
    this.#tail = this.#tail.then(async () => {
      await this.#write(channel, message);
      this.#waitingBytes -= bytes;
    });
    this.#tail.catch(() => this.#end("failed"));
    return true;
  }

  /** Ends it and writes the index; the file is whole once this has settled. Fails when it could not be written. */
  stop(): Promise<void> {
    this.#end("stopped");
    return this.#finished ??= this.#finish();
  }

  #end(reason: RecordingEnd): false {
    this.#ended ??= reason;
    return false;
  }

  async #finish(): Promise<void> {
    try {
      await this.#tail;
      await this.#writer.end();
    } catch (error) {
      this.#ended = "failed";
      throw error;
    } finally {
      await this.#sink.close();
    }
  }

  async #write(channel: RecordedChannel, { logTime, data }: RecordedMessage): Promise<void> {
    const entry = this.#seen.get(channel) ?? await this.#entry(channel);
    entry.sequence += 1;
    const { channelId, sequence } = entry;
    await this.#writer.addMessage({ channelId, sequence: sequence >>> 0, logTime, publishTime: logTime, data });
  }

  /** A channel that is advertised again goes on as it was; one that has changed becomes a new one in the file. */
  async #entry(channel: RecordedChannel): Promise<Entry> {
    const metadata = new Map([...channel.metadata].filter(([key]) => !SESSION_METADATA.has(key)));
    const schemaId = await this.#schema(channel);
    const { id, topic, encoding } = channel;
    const key = JSON.stringify([id, topic, encoding, schemaId, [...metadata]]);
    let entry = this.#channels.get(key);
    if (entry === undefined) {
      const channelId = await this.#writer.registerChannel({ topic, messageEncoding: encoding, schemaId, metadata });
      entry = { channelId, sequence: 0 };
      this.#channels.set(key, entry);
    }
    this.#seen.set(channel, entry);
    return entry;
  }

  async #schema({ schema }: RecordedChannel): Promise<number> {
    if (schema === undefined) return 0;
    const key = JSON.stringify([schema.name, schema.encoding, [...schema.data]]);
    let id = this.#schemas.get(key);
    if (id === undefined) {
      id = await this.#writer.registerSchema(schema);
      this.#schemas.set(key, id);
      this.#bytes += schema.data.byteLength;
    }
    return id;
  }
}
