/**
 * The channels of a device as a viewer knows them, and which subscriptions each of them is for.
 */
import type { Arrival } from "./heartbeat.ts";
import { type ChannelInfo, Message } from "./message.ts";
import type { Subscription } from "./subscription.ts";
import type { SubscriptionIndex } from "./subscription_index.ts";

/** How many channels of one device a viewer keeps. */
export const MAX_CHANNELS = 65_536;

/** A channel and the subscriptions that want it. */
interface LinkedChannel {
  info: ChannelInfo;
  subscriptions: ReadonlyArray<Subscription>;
}

/** Channels by id, bound to the viewer's subscriptions. */
export class DeviceChannels {
  readonly #subscriptions: SubscriptionIndex;
  readonly #channels = new Map<number, LinkedChannel>();
  readonly #byTopic = new Map<string, Set<number>>();

  /** The index may change; {@linkcode DeviceChannels.rebind} is to be called with what has come or gone. */
  constructor(subscriptions: SubscriptionIndex) {
    this.#subscriptions = subscriptions;
  }

  /** All channels, by id. */
  infos(): Map<number, ChannelInfo> {
    return new Map([...this.#channels].map(([id, { info }]) => [id, info]));
  }

  /** The channel with that id. */
  get(id: number): ChannelInfo | undefined {
    return this.#channels.get(id)?.info;
  }

  /** The ids of the channels that a subscription wants. */
  wanted(): Array<number> {
    return [...this.#channels].filter(([, channel]) => channel.subscriptions.length > 0).map(([id]) => id);
  }

  /** Whether a subscription wants the channel. */
  isWanted(id: number): boolean {
    return (this.#channels.get(id)?.subscriptions.length ?? 0) > 0;
  }

  /** How many more channels can be taken in. */
  get room(): number {
    return MAX_CHANNELS - this.#channels.size;
  }

  /** Takes a channel in, or updates it when it is there. */
  advertise(info: ChannelInfo): void {
    const known = this.#channels.get(info.id);
    if (known !== undefined) this.#leaveTopic(known.info);
    this.#channels.set(info.id, { info, subscriptions: this.#subscriptions.matching(info) });
    const sharing = this.#byTopic.get(info.topic);
    if (sharing === undefined) this.#byTopic.set(info.topic, new Set([info.id]));
    else sharing.add(info.id);
  }

  /** Takes a channel out. */
  unadvertise(id: number): ChannelInfo | undefined {
    const channel = this.#channels.get(id);
    if (channel === undefined) return undefined;
    this.#channels.delete(id);
    this.#leaveTopic(channel.info);
    return channel.info;
  }

  /** Binds the channels that a subscription is for anew, since it has come or gone; tells their ids. */
  rebind({ target }: Subscription): ReadonlyArray<number> {
    const ids = "topic" in target ? [...(this.#byTopic.get(target.topic) ?? [])] : [target.channelId];
    for (const id of ids) {
      const channel = this.#channels.get(id);
      if (channel !== undefined) channel.subscriptions = this.#subscriptions.matching(channel.info);
    }
    return ids;
  }

  /** Hands one message to the subscriptions that want its channel. */
  deliver(channelId: number, logTime: bigint, data: Uint8Array, arrival: Arrival): void {
    const channel = this.#channels.get(channelId);
    if (channel === undefined || channel.subscriptions.length === 0) return;
    const message = new Message(channel.info, logTime, data, arrival);
    const subscriptions = channel.subscriptions;
    for (let index = 0; index < subscriptions.length; index += 1) subscriptions[index]!.deliver(message);
  }

  #leaveTopic({ id, topic }: ChannelInfo): void {
    const sharing = this.#byTopic.get(topic);
    sharing?.delete(id);
    if (sharing?.size === 0) this.#byTopic.delete(topic);
  }
}
