/**
 * What one viewer's connection instance has been sent, and has sent.
 */
import type { Channel } from "../channel/channel.ts";
import { FRAME_HEADER_BYTES, messageDataFrameBytes } from "../protocol/mod.ts";
import type { Client } from "../session/client.ts";
import { Tally } from "./tally.ts";
import { Counter, sumOf, type Traffic } from "./traffic.ts";

/** What frames a message of a viewer's own channel: the frame's header, the opcode and the channel's id. */
export const OWN_MESSAGE_OVERHEAD: number = FRAME_HEADER_BYTES + 5;

/** Messages and bytes of one channel. */
export interface ChannelUsage extends Traffic {
  /** The id of the channel. */
  readonly channelId: number;
  /** The topic of the channel. */
  readonly topic: string;
}

/** What travelled one way between the device and a viewer. */
export interface ViewerTraffic {
  /** Messages of channels: the device's own that it has sent, or the viewer's own that it has received. */
  readonly channels: ReadonlyArray<ChannelUsage>;
  /** Messages of channels that are closed or taken back by now. */
  readonly closedChannels: Traffic;
  /** Everything else, in whole frames. */
  readonly control: Traffic;
  /** All of it. */
  readonly total: Traffic;
}

/** What one viewer has been sent, and has sent. */
export interface ViewerUsage {
  /** Whose it is. */
  readonly client: Client;
  /** What it was sent on its control stream and on channel streams; messages on data tracks go to all at once. */
  readonly sent: ViewerTraffic;
  /** What it has sent. */
  readonly received: ViewerTraffic;
}

/** A channel of a viewer's own. */
interface OwnChannel {
  readonly id: number;
  readonly topic: string;
}

/** A tally of messages that are queued as MessageData frames. */
export function messageTally(): Tally {
  return new Tally(messageDataFrameBytes(0));
}

/** The account of one connection instance, from its start until it is gone. */
export class ViewerAccount {
  /** Whose it is. */
  readonly client: Client;
  /** What is queued for the viewer other than messages of channels, in whole frames. */
  readonly control: Tally = new Tally();
  /** The messages of channels that are closed by now. */
  readonly closedChannels: Tally = messageTally();
  /** All that the viewer has sent, in whole frames. */
  readonly received: Counter = new Counter();
  readonly #channels = new Map<Channel, Tally>();
  readonly #ownChannels = new Map<OwnChannel, Counter>();
  /** The messages on channels of its own that the viewer has taken back. */
  readonly #closedOwnChannels: Counter = new Counter();

  constructor(client: Client) {
    this.client = client;
  }

  /** The tally of a channel's messages to the viewer; the same one after it has unsubscribed and subscribed again. */
  tally(channel: Channel): Tally {
    const known = this.#channels.get(channel);
    if (known !== undefined) return known;
    const tally = messageTally();
    this.#channels.set(channel, tally);
    return tally;
  }

  /** The tallies of channels that are open. */
  get channels(): ReadonlyMap<Channel, Tally> {
    return this.#channels;
  }

  /** The viewer has published a message on a channel of its own. */
  published(channel: OwnChannel, bytes: number): void {
    const counter = this.#ownChannels.get(channel);
    if (counter !== undefined) return counter.add(bytes);
    const first = new Counter();
    first.add(bytes);
    this.#ownChannels.set(channel, first);
  }

  /** The viewer has taken back a channel of its own. */
  takenBack(channel: OwnChannel): void {
    const counter = this.#ownChannels.get(channel);
    if (counter === undefined) return;
    this.#ownChannels.delete(channel);
    this.#closedOwnChannels.addAll(counter);
  }

  /** What the viewer has sent and been sent so far. */
  get usage(): ViewerUsage {
    const sent = [...this.#channels].map(([channel, tally]) => usageOf(channel, tally.delivered));
    const closedSent = this.closedChannels.delivered;
    const controlSent = this.control.delivered;
    const own = [...this.#ownChannels].map(([channel, counter]) => usageOf(channel, counter));
    const closedOwn = this.#closedOwnChannels.snapshot;
    const published = sumOf([...own, closedOwn]);
    const frames = published.bytes + published.messages * OWN_MESSAGE_OVERHEAD;
    const controlReceived = {
      messages: this.received.messages - published.messages,
      bytes: this.received.bytes - frames,
    };
    return {
      client: this.client,
      sent: {
        channels: sent,
        closedChannels: closedSent,
        control: controlSent,
        total: sumOf([...sent, closedSent, controlSent]),
      },
      received: {
        channels: own,
        closedChannels: closedOwn,
        control: controlReceived,
        total: sumOf([published, controlReceived]),
      },
    };
  }

  /** A channel has closed. What is queued of it for this viewer is still sent. */
  closeChannel(channel: Channel): void {
    const tally = this.#channels.get(channel);
    if (tally === undefined) return;
    this.#channels.delete(channel);
    this.closedChannels.takeOver(tally);
  }
}

/** What was counted of a channel. */
export function usageOf({ id, topic }: OwnChannel, { messages, bytes }: Traffic): ChannelUsage {
  return { channelId: id, topic, messages, bytes };
}
