/**
 * How the messages of lossy channels leave a session. There are three ways, by what the transport can do: datagrams, data
 * tracks, and channel streams where it has neither.
 */
import type { ChannelEntry, Subscriber } from "../channel/channel_registry.ts";
import type { Carrier } from "../metering/gateway_ledger.ts";
import type { DropReason } from "../metering/tally.ts";

/** A way for lossy messages to leave. All members are synchronous; none waits, none throws. */
export interface LossyDataPlane {
  /** What it is. */
  readonly carrier: Carrier;
  /** A lossy channel has been advertised. */
  readonly add: (entry: ChannelEntry) => void;
  /** A lossy channel has been taken out. */
  readonly remove: (entry: ChannelEntry) => void;
  /** A lossy channel has lost its last subscriber. */
  readonly idle: (entry: ChannelEntry) => void;
  /** One message of a channel that has subscribers. The bytes are the caller's: they may change after the call. */
  readonly send: (entry: ChannelEntry, data: Uint8Array, logTime: bigint) => void;
}

/** Counts a message that goes to none of its subscribers. */
export function dropForAll(subscribers: ReadonlyArray<Subscriber>, reason: DropReason, bytes: number): void {
  for (const { tally } of subscribers) {
    tally.publish(bytes);
    tally.drop(reason, bytes);
  }
}
