/**
 * The channels of a device as a viewer knows them, and which subscriptions each of them is for.
 */
import { type ChannelInfo, Message } from "./message.ts";
import type { Subscription } from "./subscription.ts";

/** How many channels of one device a viewer keeps. */
export const MAX_CHANNELS = 65_536;

/** A channel and the subscriptions that want it. */
interface LinkedChannel {
  info: ChannelInfo;
  subscriptions: ReadonlyArray<Subscription>;
}

/** Which channels are wanted now and were not before, and the other way round. */
export interface WantedChange {
  readonly subscribe: ReadonlyArray<number>;
  readonly unsubscribe: ReadonlyArray<number>;
}

/** Channels by id, bound to the viewer's subscriptions. */
export class DeviceChannels {
  readonly #subscriptions: ReadonlySet<Subscription>;
  readonly #channels = new Map<number, LinkedChannel>();

  /** The set may change; {@linkcode DeviceChannels.rebind} is to be called when it does. */
  constructor(subscriptions: ReadonlySet<Subscription>) {
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

  /** Takes channels in, or updates those that are there; an update leaves a subscription as it is. */
  advertise(infos: ReadonlyArray<ChannelInfo>): WantedChange {
    const changed = infos.map((info): [number, LinkedChannel] => {
      const channel = this.#channels.get(info.id) ?? { info, subscriptions: [] };
      channel.info = info;
      this.#channels.set(info.id, channel);
      return [info.id, channel];
    });
    return this.#bind(changed);
  }

  /** Takes channels out. Unknown ids are skipped. */
  unadvertise(ids: Iterable<number>): Array<ChannelInfo> {
    const removed: Array<ChannelInfo> = [];
    for (const id of ids) {
      const channel = this.#channels.get(id);
      if (channel === undefined) continue;
      this.#channels.delete(id);
      removed.push(channel.info);
    }
    return removed;
  }

  /** Binds all channels to the subscriptions as they are now. */
  rebind(): WantedChange {
    return this.#bind(this.#channels);
  }

  /** Hands one message to the subscriptions that want its channel. */
  deliver(channelId: number, logTime: bigint, data: Uint8Array): void {
    const channel = this.#channels.get(channelId);
    if (channel === undefined || channel.subscriptions.length === 0) return;
    const message = new Message(channel.info, logTime, data);
    const subscriptions = channel.subscriptions;
    for (let index = 0; index < subscriptions.length; index += 1) subscriptions[index]!.deliver(message);
  }

  #bind(channels: Iterable<[number, LinkedChannel]>): WantedChange {
    const subscribe: Array<number> = [];
    const unsubscribe: Array<number> = [];
    const subscriptions = [...this.#subscriptions];
    for (const [id, channel] of channels) {
      const before = channel.subscriptions.length > 0;
      channel.subscriptions = subscriptions.filter((subscription) => subscription.matches(channel.info));
      const now = channel.subscriptions.length > 0;
      if (now && !before) subscribe.push(id);
      if (before && !now) unsubscribe.push(id);
    }
    return { subscribe, unsubscribe };
  }
}
