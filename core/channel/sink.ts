/**
 * Where a context's channels lead.
 */
import type * as Effect from "effect/Effect";
import type { Channel } from "./channel.ts";

/**
 * Receives a context's channels, and the messages of those that it has subscribed to. A session is one; a recorder in
 * the application may be another. What a sink throws is logged, and the other sinks get the message all the same.
 */
export interface Sink {
  /** For the log, for example `session`. */
  readonly name: string;
  /** Whether the sink wants every message of every channel without subscribing. Default: false. */
  readonly subscribesToAll?: boolean;
  /** Channels that are there now: all of them when the sink is added, then each new one. */
  readonly addChannels: (channels: ReadonlyArray<Channel>) => void;
  /** A channel that has been closed. */
  readonly removeChannel: (channel: Channel) => void;
  /**
   * One message. The bytes are the caller's: they may change after the call. `frame`: the same as it travels, where the
   * channel has a latch; it does not change.
   */
  readonly log: (channel: Channel, data: Uint8Array, logTime: bigint, frame?: Uint8Array) => void;
  /** What to wait for before the sink has room for another message of the channel; `undefined`: it has room now. */
  readonly waitForRoom?: (channel: Channel) => Effect.Effect<void> | undefined;
}
