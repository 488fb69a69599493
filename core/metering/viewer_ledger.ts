/**
 * The books of a viewer: what has come on each channel, what is missing, and how much was sent and received. They go on
 * over resets and reconnects. A channel that is gone goes into one total; what is kept is bounded by the number of
 * channels that a viewer keeps of a device.
 */
import { type ChannelUsage, OWN_MESSAGE_OVERHEAD, usageOf, type ViewerTraffic } from "./viewer_account.ts";
import { Tally } from "./tally.ts";
import { Counter, sumOf, type Traffic } from "./traffic.ts";

/** What has come of a channel, and what has not. */
export interface Reception {
  /** Messages that have arrived. */
  readonly received: Traffic;
  /** Messages of a data track that have not come, by their numbers. Those that come late are taken off again. */
  readonly missed: number;
  /** How often some were missing. */
  readonly gaps: number;
  /** Messages of a data track that have come after later ones. */
  readonly late: number;
  /** Messages of a data track that have come twice. */
  readonly duplicates: number;
  /** Frames of a data track that could not be read. */
  readonly undecodable: number;
  /** Messages that subscriptions have dropped from their buffers, because nobody took them in time. */
  readonly dropped: number;
}

/** What has come of one channel of the device, and what has not. */
export interface ViewerChannelStats extends Reception {
  /** The id of the channel. */
  readonly channelId: number;
  /** The topic of the channel. */
  readonly topic: string;
  /** Whether its messages come in order and without loss, so that nothing is ever missing. */
  readonly reliable: boolean;
}

/** What has come to a viewer, and what has not, at one moment. It does not change. */
export interface ViewerStats {
  /** The channels of the device. */
  readonly channels: ReadonlyArray<ViewerChannelStats>;
  /** Channels that are gone, in all. */
  readonly goneChannels: Reception;
  /** Frames on byte streams that could not be read. */
  readonly undecodable: number;
}

/** How much a viewer has received and sent, at one moment. It does not change. */
export interface ViewerTotals {
  /** What it has received; `channels` are the device's. */
  readonly received: ViewerTraffic;
  /** What it has sent; `channels` are its own. */
  readonly sent: ViewerTraffic;
}

/** A channel, as far as its books go. */
interface CountedChannel {
  readonly id: number;
  readonly topic: string;
  readonly reliable: boolean;
}

/** A running count of what has come of a channel. */
export class ReceptionCounter implements Reception {
  readonly received: Counter = new Counter();
  missed = 0;
  gaps = 0;
  late = 0;
  duplicates = 0;
  undecodable = 0;
  dropped = 0;

  /** As many more as another has counted. */
  addAll(other: Reception): void {
    this.received.addAll(other.received);
    this.missed += other.missed;
    this.gaps += other.gaps;
    this.late += other.late;
    this.duplicates += other.duplicates;
    this.undecodable += other.undecodable;
    this.dropped += other.dropped;
  }

  /** What has been counted so far; it does not change any more. */
  get snapshot(): Reception {
    const { missed, gaps, late, duplicates, undecodable, dropped } = this;
    return { received: this.received.snapshot, missed, gaps, late, duplicates, undecodable, dropped };
  }
}

/** What is counted of a channel. */
interface ChannelBooks {
  channel: CountedChannel;
  readonly counter: ReceptionCounter;
  /** Whether the device has not offered it again since it was met anew. */
  isStale: boolean;
}

/** The books of one viewer. */
export class ViewerLedger {
  /** What is sent other than messages of the viewer's own channels. */
  readonly controlSent: Tally = new Tally();
  /** What is received other than messages of channels. */
  readonly controlReceived: Counter = new Counter();
  /** Frames on byte streams that could not be read. */
  undecodable = 0;
  readonly #maxChannels: number;
  readonly #channels = new Map<number, ChannelBooks>();
  readonly #gone = new ReceptionCounter();
  readonly #own = new Map<number, { readonly topic: string; readonly tally: Tally }>();
  readonly #closedOwn: Tally = new Tally();
  #device: string | undefined;

  constructor(maxChannels: number) {
    this.#maxChannels = maxChannels;
  }

  /** A device has said who it is: which of its channels there still are is not known yet. */
  met(device: string): void {
    if (this.#device !== device) { for (const id of [...this.#channels.keys()]) this.close(id); }
    this.#device = device;
    for (const books of this.#channels.values()) books.isStale = true;
  }

  /** The device offers a channel: the same one as before, after a reset or reconnect, goes on. */
  open(channel: CountedChannel): ReceptionCounter {
    const known = this.#channels.get(channel.id);
    if (known !== undefined && known.channel.topic === channel.topic) {
      known.channel = channel;
      known.isStale = false;
      return known.counter;
    }
    if (known !== undefined) this.close(channel.id);
    if (this.#channels.size >= this.#maxChannels) {
      for (const [id, { isStale }] of [...this.#channels]) if (isStale) this.close(id);
    }
    const counter = new ReceptionCounter();
    this.#channels.set(channel.id, { channel, counter, isStale: false });
    return counter;
  }

  /** A channel of the device is gone. */
  close(channelId: number): void {
    const books = this.#channels.get(channelId);
    if (books === undefined) return;
    this.#channels.delete(channelId);
    this.#gone.addAll(books.counter);
  }

  /** A subscription has dropped messages of a channel. */
  dropped(channelId: number, messages: number): void {
    const books = this.#channels.get(channelId);
    (books?.counter ?? this.#gone).dropped += messages;
  }

  /** The viewer has a channel of its own. */
  openOwn(id: number, topic: string): Tally {
    const tally = new Tally(OWN_MESSAGE_OVERHEAD);
    this.#own.set(id, { topic, tally });
    return tally;
  }

  /** The viewer has closed a channel of its own. */
  closeOwn(id: number): void {
    const own = this.#own.get(id);
    if (own === undefined) return;
    this.#own.delete(id);
    this.#closedOwn.takeOver(own.tally);
  }

  /** What has come, and what has not. */
  stats(): ViewerStats {
    return {
      channels: [...this.#channels.values()].map(({ channel: { id, topic, reliable }, counter }) => {
        return { channelId: id, topic, reliable, ...counter.snapshot };
      }),
      goneChannels: this.#gone.snapshot,
      undecodable: this.undecodable,
    };
  }

  /** How much was received and sent. */
  usage(): ViewerTotals {
    const received = [...this.#channels.values()].map(({ channel, counter }) => usageOf(channel, counter.received));
    const sent = [...this.#own].map(([id, { topic, tally }]) => usageOf({ id, topic }, tally.delivered));
    return {
      received: traffic(received, this.#gone.received.snapshot, this.controlReceived.snapshot),
      sent: traffic(sent, this.#closedOwn.delivered, this.controlSent.delivered),
    };
  }
}

function traffic(
  channels: ReadonlyArray<ChannelUsage>,
  closedChannels: Traffic,
  control: Traffic,
): ViewerTraffic {
  return { channels, closedChannels, control, total: sumOf([...channels, closedChannels, control]) };
}
