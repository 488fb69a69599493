/**
 * The channels of one session and who is subscribed to them. Each member that changes something is one synchronous step
 * and says what it has really changed: that decides who is told.
 */
import { ChannelAccount } from "../metering/gateway_ledger.ts";
import type { Tally } from "../metering/tally.ts";
import type { Participant } from "../participant/participant.ts";
import { Signal } from "../signal.ts";
import type { Channel } from "./channel.ts";
import type { Reliability } from "./descriptor.ts";

/** Who gets a channel's messages. */
export interface Subscriber {
  readonly participant: Participant;
  /** Counts what becomes of the messages; where one push serves all, all have the same. */
  readonly tally: Tally;
}

/** A channel that the session has advertised. */
export interface ChannelEntry {
  /** The application's channel. */
  readonly channel: Channel;
  /** How its messages travel; settled when it is advertised. */
  readonly reliability: Reliability;
  /** What is counted of its messages. */
  readonly account: ChannelAccount;
  /** Who gets its messages as data. The array does not change; a change of subscribers makes another one. */
  readonly subscribers: ReadonlyArray<Subscriber>;
  /** Raised by every change of the subscribers, and never set back. */
  readonly version: number;
}

/** A {@linkcode ChannelEntry} as the registry keeps it. */
interface Entry {
  readonly channel: Channel;
  readonly reliability: Reliability;
  readonly account: ChannelAccount;
  readonly bySid: Map<string, Subscriber>;
  subscribers: ReadonlyArray<Subscriber>;
  version: number;
}

/** What a subscribe has changed. */
export interface SubscribeResult {
  /** Channels that had no subscriber before. */
  readonly firstSubscribed: ReadonlyArray<ChannelEntry>;
  /** Channels that this instance was not subscribed to before. */
  readonly added: ReadonlyArray<ChannelEntry>;
}

/** What an unsubscribe or a clean-up has changed. */
export interface UnsubscribeResult {
  /** Channels that have no subscriber any more. */
  readonly lastUnsubscribed: ReadonlyArray<ChannelEntry>;
  /** Channels that this instance was subscribed to. */
  readonly removed: ReadonlyArray<ChannelEntry>;
}

/** What taking a channel out has changed. */
export interface RemoveResult {
  /** The channel, without subscribers now. */
  readonly entry: ChannelEntry;
  /** Who was subscribed to it. */
  readonly subscribers: ReadonlyArray<Subscriber>;
}

/** The advertised channels of a session by id, and their subscribers by connection instance. */
export class ChannelRegistry {
  readonly #entries = new Map<number, Entry>();
  readonly #bySid = new Map<string, Set<Entry>>();
  /** The subscribers of a channel have changed. */
  readonly changed: Signal = new Signal();

  /** Adds a channel. */
  add(
    channel: Channel,
    reliability: Reliability,
    account: ChannelAccount = new ChannelAccount("control"),
  ): ChannelEntry {
    const entry: Entry = { channel, reliability, account, bySid: new Map(), subscribers: [], version: 0 };
    this.#entries.set(channel.id, entry);
    return entry;
  }

  /** Takes a channel out with its subscriptions. A channel that is not there: nothing. */
  remove(channelId: number): RemoveResult | undefined {
    const entry = this.#entries.get(channelId);
    if (entry === undefined) return undefined;
    this.#entries.delete(channelId);
    const subscribers = entry.subscribers;
    for (const sid of entry.bySid.keys()) this.#unlink(sid, entry);
    entry.bySid.clear();
    this.#change(entry);
    return { entry, subscribers };
  }

  /** The advertised channel with that id. */
  get(channelId: number): ChannelEntry | undefined {
    return this.#entries.get(channelId);
  }

  /** All advertised channels, in the order in which they were added. */
  all(): Iterable<ChannelEntry> {
    return this.#entries.values();
  }

  /** Whether that instance is subscribed to the channel. */
  isSubscribed(sid: string, channelId: number): boolean {
    return this.#entries.get(channelId)?.bySid.has(sid) ?? false;
  }

  /** The channels that an instance is subscribed to. */
  subscribedBy(sid: string): ReadonlyArray<ChannelEntry> {
    return [...(this.#bySid.get(sid) ?? [])];
  }

  /** The number of subscriptions, each viewer's counted. */
  get subscriptionCount(): number {
    let count = 0;
    for (const entries of this.#bySid.values()) count += entries.size;
    return count;
  }

  /** How the channel's messages travel; lossy for one that is not there. */
  reliability(channelId: number): Reliability {
    return this.#entries.get(channelId)?.reliability ?? "lossy";
  }

  /** Subscribes an instance. Unknown channels and repeats are skipped. */
  subscribe(participant: Participant, channelIds: Iterable<number>): SubscribeResult {
    const firstSubscribed: Array<ChannelEntry> = [];
    const added: Array<ChannelEntry> = [];
    for (const id of channelIds) {
      const entry = this.#entries.get(id);
      if (entry === undefined || entry.bySid.has(participant.sid)) continue;
      if (entry.bySid.size === 0) firstSubscribed.push(entry);
      const { carrier, track } = entry.account;
      const tally = carrier === "data-track" ? track : participant.account.tally(entry.channel);
      entry.bySid.set(participant.sid, { participant, tally });
      this.#change(entry);
      added.push(entry);
      const own = this.#bySid.get(participant.sid);
      if (own === undefined) this.#bySid.set(participant.sid, new Set([entry]));
      else own.add(entry);
    }
    return { firstSubscribed, added };
  }

  /** Unsubscribes an instance. Unknown channels, and those it is not subscribed to, are skipped. */
  unsubscribe(sid: string, channelIds: Iterable<number>): UnsubscribeResult {
    const lastUnsubscribed: Array<ChannelEntry> = [];
    const removed: Array<ChannelEntry> = [];
    for (const id of channelIds) {
      const entry = this.#entries.get(id);
      if (entry === undefined || !entry.bySid.delete(sid)) continue;
      this.#change(entry);
      this.#unlink(sid, entry);
      removed.push(entry);
      if (entry.bySid.size === 0) lastUnsubscribed.push(entry);
    }
    return { lastUnsubscribed, removed };
  }

  /** Takes out all subscriptions of an instance. */
  removeSubscriber(sid: string): UnsubscribeResult {
    return this.unsubscribe(sid, this.subscribedBy(sid).map((entry) => entry.channel.id));
  }

  #unlink(sid: string, entry: Entry): void {
    const own = this.#bySid.get(sid);
    own?.delete(entry);
    if (own?.size === 0) this.#bySid.delete(sid);
  }

  #change(entry: Entry): void {
    entry.subscribers = [...entry.bySid.values()];
    entry.version += 1;
    this.changed.notify();
  }
}
