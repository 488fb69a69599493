/**
 * Records what a viewer receives in an MCAP file.
 */
import { McapWriter } from "@mcap/core";
import { FileWriter } from "./file_writer.ts";

/** A channel as a viewer knows it. */
export interface RecordedChannel {
  readonly id: number;
  readonly topic: string;
  readonly encoding: string;
  readonly schema?: { readonly name: string; readonly encoding: string; readonly data: Uint8Array } | undefined;
  readonly metadata: ReadonlyMap<string, string>;
}

/** A message as a viewer receives it. */
export interface RecordedMessage {
  readonly channel: RecordedChannel;
  readonly logTime: bigint;
  readonly data: Uint8Array;
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

/**
 * An MCAP file being written: chunked, indexed, with what the channels' advertisements said but for what concerns only
 * the session. The file is complete once {@linkcode Recorder.close} has settled.
 */
export class Recorder {
  readonly #file: FileWriter;
  readonly #writer: McapWriter;
  readonly #seen = new WeakMap<RecordedChannel, Entry>();
  readonly #channels = new Map<string, Entry>();
  readonly #schemas = new Map<string, number>();
  #tail: Promise<void> = Promise.resolve();
  #closed: Promise<void> | undefined;
  #messages = 0;

  private constructor(file: FileWriter) {
    this.#file = file;
    this.#writer = new McapWriter({ writable: file, startChannelId: 1 });
  }

  /** Creates the file, or empties the one that is there; fails with a `RecordError`. */
  static async create(path: string, library: string): Promise<Recorder> {
    const recorder = new Recorder(await FileWriter.create(path));
    await recorder.#writer.start({ profile: "", library });
    return recorder;
  }

  /** Messages recorded so far. */
  get messages(): number {
    return this.#messages;
  }

  /** Bytes in the file so far. */
  get bytes(): number {
    return Number(this.#file.position());
  }

  /**
   * Records one message; those that are added meanwhile wait for it. Settles once the message is in the current chunk or
   * in the file. A failure (a full disk) fails all that are added later, too.
   */
  add(message: RecordedMessage): Promise<void> {
    const written = this.#tail.then(() => this.#write(message));
    this.#tail = written;
    return written;
  }

  /**
   * Writes what is left and the index, and closes the file, also after a failure. Closing it again gives the same
   * result.
   */
  close(): Promise<void> {
    return this.#closed ??= this.#finish();
  }

  async #finish(): Promise<void> {
    try {
      await this.#tail;
      await this.#writer.end();
    } finally {
      await this.#file.close();
    }
  }

  async #write({ channel, logTime, data }: RecordedMessage): Promise<void> {
    const entry = this.#seen.get(channel) ?? await this.#entry(channel);
    entry.sequence += 1;
    const { channelId, sequence } = entry;
    await this.#writer.addMessage({ channelId, sequence: sequence >>> 0, logTime, publishTime: logTime, data });
    this.#messages += 1;
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
    }
    return id;
  }
}
