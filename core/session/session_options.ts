/**
 * What a session is made of, and whom it tells.
 */
import type { Channel } from "../channel/channel.ts";
import type { ChannelDescriptor, Reliability } from "../channel/descriptor.ts";
import type { Client } from "./client.ts";
import type { PresenceCallbacks } from "./presence.ts";

/**
 * What an application hears of its viewers. Synchronous, once each, in the order in which things happened, and after the
 * state has changed; what a callback throws is logged and goes no further.
 */
export interface SessionCallbacks extends PresenceCallbacks {
  /** A viewer has newly subscribed to a channel. */
  readonly onSubscribe?: (client: Client, channel: Channel) => void;
  /** A viewer is subscribed to a channel no more: it unsubscribed, left, was reset or replaced, or the channel closed. */
  readonly onUnsubscribe?: (client: Client, channel: Channel) => void;
}

/** What an application decides about channels. What one of these throws counts as its default, and is logged. */
export interface ChannelPolicy {
  /** Whether a channel is advertised at all. Default: all are. */
  readonly channelFilter?: (channel: ChannelDescriptor) => boolean;
  /** How a channel's messages travel. Default: the channel's own `qos`. */
  readonly qos?: (channel: ChannelDescriptor) => Reliability;
}
