/**
 * What the demo replays: a recording or a simulation.
 */

/** The shape of a channel's messages. */
export interface SourceSchema {
  /** For example `foxglove.Log`. */
  readonly name: string;
  /** For example `jsonschema`, `ros1msg`, `protobuf`. */
  readonly encoding: string;
  /** The schema itself. */
  readonly data: Uint8Array;
}

/** A channel of a source. Several may share a topic, and may even be alike but for their ids. */
export interface SourceChannel {
  /** The source's own number for it. */
  readonly id: number;
  /** What the messages are about. */
  readonly topic: string;
  /** How messages are written; empty when the recording does not say. */
  readonly encoding: string;
  /** The shape of the messages, if declared. */
  readonly schema?: SourceSchema;
  /** Text by key. */
  readonly metadata: ReadonlyMap<string, string>;
}

/** A message of a source. */
export interface SourceMessage {
  /** The {@linkcode SourceChannel.id} of its channel. */
  readonly channelId: number;
  /** When it was made, in ns since the Unix epoch (or since whatever a recording counts from). */
  readonly logTime: bigint;
  /** The message, as its channel's encoding writes it. */
  readonly data: Uint8Array;
}

/** Channels and their messages. */
export interface MessageSource {
  /** For people: a file's name, or what is simulated. */
  readonly name: string;
  /** All channels, known from the start, also those without messages. */
  readonly channels: ReadonlyArray<SourceChannel>;
  /**
   * The messages from the start, by log time, ties as in the file. May be called again after the end. Iterating fails
   * with a `SourceError`.
   */
  messages(): AsyncIterable<SourceMessage>;
  /** Lets go of what the source holds. */
  close(): Promise<void>;
}
