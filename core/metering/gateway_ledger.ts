/**
 * The books of a gateway: what has become of every message, and who has been sent how much. They go on over sessions.
 * What is kept is bounded by the open channels times the viewers that are there: what a viewer leaves behind goes into
 * its channels' totals, and what a channel leaves behind into one total of closed channels.
 */
import type { Channel } from "../channel/channel.ts";
import type { Client } from "../session/client.ts";
import { type Flow, sumOfFlows, Tally } from "./tally.ts";
import { Counter, sumOf, type Traffic } from "./traffic.ts";
import { type ChannelUsage, messageTally, usageOf, type ViewerAccount, type ViewerUsage } from "./viewer_account.ts";

/** How a channel's messages travel: with everything else, on a track for all, one by one, or on a stream of its own. */
export type Carrier = "control" | "data-track" | "datagram" | "channel-stream";

/** What has become of a channel's messages. */
export interface ChannelStats {
  /** The id of the channel. */
  readonly channelId: number;
  /** The topic of the channel. */
  readonly topic: string;
  /** How they travel. On a data track one push serves all viewers, so that there is nothing to tell of each. */
  readonly carrier: Carrier;
  /** All of them, those to viewers that have gone included. Elsewhere than on a data track each viewer's are counted. */
  readonly total: Flow;
  /** Those to each viewer that is there, as far as it has been subscribed. */
  readonly viewers: ReadonlyArray<Flow & { readonly client: Client }>;
}

/** What has become of all messages of a gateway, at one moment. It does not change. */
export interface GatewayStats {
  /** The open channels that have been advertised, the oldest first. */
  readonly channels: ReadonlyArray<ChannelStats>;
  /** The messages of channels that have closed. */
  readonly closedChannels: Flow;
  /** Everything else that is queued for viewers, in whole frames, for each viewer that is there. */
  readonly control: ReadonlyArray<Flow & { readonly client: Client }>;
  /** Everything else that was queued for viewers that have gone. */
  readonly goneControl: Flow;
}

/** Who has been sent how much, and has sent how much, at one moment. It does not change. */
export interface GatewayUsage {
  /** What was sent on each open channel, to all viewers; on a data track each message counts once. */
  readonly channels: ReadonlyArray<ChannelUsage>;
  /** The viewers that are there. */
  readonly viewers: ReadonlyArray<ViewerUsage>;
  /** All that was ever sent. */
  readonly sent: Traffic;
  /** All that viewers ever sent. */
  readonly received: Traffic;
}

/** Looks through queues: is given the tally and the bytes of each message that is queued. */
export type QueueVisitor = (tally: Tally, bytes: number) => void;

/** What is counted of a channel beside what each present viewer has. */
export class ChannelAccount {
  /** How its messages travel now. */
  carrier: Carrier;
  /** Messages that go to all at once. */
  readonly track: Tally = messageTally();
  /** Messages to viewers that have gone. */
  readonly gone: Tally = messageTally();

  constructor(carrier: Carrier) {
    this.carrier = carrier;
  }
}

const NOTHING: Traffic = { messages: 0, bytes: 0 };

/** The books of one gateway. */
export class GatewayLedger {
  readonly #channels = new Map<Channel, ChannelAccount>();
  readonly #viewers = new Set<ViewerAccount>();
  readonly #closedChannels: Tally = messageTally();
  readonly #goneControl: Tally = new Tally();
  readonly #goneReceived: Counter = new Counter();

  /** A session advertises the channel. */
  open(channel: Channel, carrier: Carrier): ChannelAccount {
    const known = this.#channels.get(channel);
    if (known !== undefined) {
      known.carrier = carrier;
      return known;
    }
    const account = new ChannelAccount(carrier);
    this.#channels.set(channel, account);
    return account;
  }

  /** The channel has closed. */
  close(channel: Channel): void {
    const account = this.#channels.get(channel);
    if (account === undefined) return;
    this.#channels.delete(channel);
    this.#closedChannels.takeOver(account.track);
    this.#closedChannels.takeOver(account.gone);
    for (const viewer of this.#viewers) viewer.closeChannel(channel);
  }

  /** Closes what has closed while there was no session to hear of it. */
  forgetClosed(): void {
    for (const channel of [...this.#channels.keys()]) if (channel.isClosed) this.close(channel);
  }

  /** A viewer's instance is there. */
  joined(viewer: ViewerAccount): void {
    this.#viewers.add(viewer);
  }

  /** A viewer's instance has gone: nothing more is queued for it. */
  left(viewer: ViewerAccount): void {
    if (!this.#viewers.delete(viewer)) return;
    for (const [channel, tally] of viewer.channels) {
      (this.#channels.get(channel)?.gone ?? this.#closedChannels).takeOver(tally);
    }
    this.#closedChannels.takeOver(viewer.closedChannels);
    this.#goneControl.takeOver(viewer.control);
    this.#goneReceived.addAll(viewer.usage.received.total);
  }

  /** What has become of all messages; `look` shows all that is queued now. */
  stats(look: (visit: QueueVisitor) => void): GatewayStats {
    this.forgetClosed();
    const queued = new Map<Tally, Counter>();
    look((tally, bytes) => {
      const counter = queued.get(tally.current) ?? new Counter();
      counter.add(bytes);
      queued.set(tally.current, counter);
    });
    const flow = (tally: Tally): Flow => tally.flow(queued.get(tally)?.snapshot ?? NOTHING);
    const viewers = [...this.#viewers];
    return {
      channels: [...this.#channels].map(([channel, { carrier, track, gone }]) => {
        const own = viewers.flatMap(({ client, channels }) => {
          const tally = channels.get(channel);
          return tally === undefined ? [] : [{ client, ...flow(tally) }];
        });
        const total = sumOfFlows([flow(track), flow(gone), ...own]);
        return { channelId: channel.id, topic: channel.topic, carrier, total, viewers: own };
      }),
      closedChannels: sumOfFlows([
        flow(this.#closedChannels),
        ...viewers.map(({ closedChannels }) => flow(closedChannels)),
      ]),
      control: viewers.map(({ client, control }) => ({ client, ...flow(control) })),
      goneControl: flow(this.#goneControl),
    };
  }

  /** Who has been sent how much, and has sent how much. */
  usage(): GatewayUsage {
    this.forgetClosed();
    const viewers = [...this.#viewers].map(({ usage }) => usage);
    const channels = [...this.#channels].map(([channel, { track, gone }]) => {
      const own = [...this.#viewers].flatMap((viewer) => viewer.channels.get(channel)?.delivered ?? []);
      return usageOf(channel, sumOf([track.delivered, gone.delivered, ...own]));
    });
    const sent = [
      this.#closedChannels.delivered,
      this.#goneControl.delivered,
      ...channels,
      ...viewers.flatMap((viewer) => [viewer.sent.closedChannels, viewer.sent.control]),
    ];
    const received = [this.#goneReceived, ...viewers.map((viewer) => viewer.received.total)];
    return { channels, viewers, sent: sumOf(sent), received: sumOf(received) };
  }
}
