/**
 * The channels of a device as a viewer knows them, and which subscriptions each of them is for.
 */
import type { Arrival } from "./heartbeat.ts";
import { type ChannelInfo, Message } from "./message.ts";
import type { ReceptionCounter, ViewerLedger } from "../metering/viewer_ledger.ts";
import { Gap } from "./gap.ts";
import type { Sequence } from "./sequence.ts";
import type { OpenSubscription, SubscriptionIndex } from "./subscription_index.ts";

/** How many channels of one device a viewer keeps. */
export const MAX_CHANNELS = 65_536;

/** A channel and the subscriptions that want it. */
interface LinkedChannel {
  info: ChannelInfo;
  subscriptions: ReadonlyArray<OpenSubscription>;
  /** What has come of it. */
  readonly counter: ReceptionCounter;
}

/** Channels by id, bound to the viewer's subscriptions. */
export class DeviceChannels {
  readonly #subscriptions: SubscriptionIndex;
  readonly #ledger: ViewerLedger;
  readonly #channels = new Map<number, LinkedChannel>();
  readonly #byTopic = new Map<string, Set<number>>();

  /** The index may change; {@linkcode DeviceChannels.rebind} is to be called with what has come or gone. */
  constructor(subscriptions: SubscriptionIndex, ledger: ViewerLedger) {
    this.#subscriptions = subscriptions;
    this.#ledger = ledger;
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

  /**
   * Whether it is a known channel that is lossy. Nothing else is taken from tracks and channel streams: reliable messages
   * are all kept, and only the control stream can be held up when they have reached their bound.
   */
  isLossy(id: number): boolean {
    return this.#channels.get(id)?.info.reliable === false;
  }

  /** How many more channels can be taken in. */
  get room(): number {
    return MAX_CHANNELS - this.#channels.size;
  }

  /** Takes a channel in, or updates it when it is there. */
  advertise(info: ChannelInfo): void {
    const known = this.#channels.get(info.id);
    if (known !== undefined) this.#leaveTopic(known.info);
    const subscriptions = this.#subscriptions.matching(info);
    this.#channels.set(info.id, { info, subscriptions, counter: this.#ledger.open(info) });
    const sharing = this.#byTopic.get(info.topic);
    if (sharing === undefined) this.#byTopic.set(info.topic, new Set([info.id]));
    else sharing.add(info.id);
  }

  /** Takes a channel out. */
  unadvertise(id: number): ChannelInfo | undefined {
    const channel = this.#channels.get(id);
    if (channel === undefined) return undefined;
    this.#channels.delete(id);
    this.#ledger.close(id);
    this.#leaveTopic(channel.info);
    return channel.info;
  }

  /** Binds the channels that a subscription is for anew, since it has come or gone; tells their ids. */
  rebind({ target }: OpenSubscription): ReadonlyArray<number> {
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
    if (channel === undefined) return;
    channel.counter.received.add(data.byteLength);
    if (channel.subscriptions.length === 0) return;
    const message = new Message(channel.info, logTime, data, arrival);
    const subscriptions = channel.subscriptions;
    for (let index = 0; index < subscriptions.length; index += 1) subscriptions[index]!.deliver(message);
  }

  /** A frame of the channel's data track has come: tells of what is missing before it. */
  arrived(channelId: number, sequence: Sequence, number: number): void {
    const channel = this.#channels.get(channelId);
    const arrived = sequence.take(number);
    if (arrived === "next" || channel === undefined) return;
    const { counter, info, subscriptions } = channel;
    if (arrived === "duplicate") {
      counter.duplicates += 1;
    } else if (arrived === "late") {
      counter.late += 1;
      if (sequence.hasFilled) counter.missed -= 1;
    } else {
      counter.gaps += 1;
      counter.missed += arrived;
      const gap = new Gap(info, arrived, "network");
      for (const subscription of subscriptions) if (subscription.wantsGaps) subscription.deliver(gap);
    }
  }

  /** A frame of the channel's data track cannot be read. */
  undecodable(channelId: number): void {
    const counter = this.#channels.get(channelId)?.counter;
    if (counter !== undefined) counter.undecodable += 1;
  }

  #leaveTopic({ id, topic }: ChannelInfo): void {
    const sharing = this.#byTopic.get(topic);
    sharing?.delete(id);
    if (sharing?.size === 0) this.#byTopic.delete(topic);
  }
}
