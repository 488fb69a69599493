/**
 * Lossy messages over datagrams: one frame a message, offered to each subscriber in turn.
 */
import type { Datagrams } from "../../transport/mod.ts";
import type { ChannelEntry, Subscriber } from "../channel/channel_registry.ts";
import type { WallClock } from "../clock.ts";
import type { Log } from "../log.ts";
import { DATA_TRACK_HEADER_BYTES, encodeDataTrackFrame } from "../protocol/mod.ts";
import { Throttle } from "../throttle.ts";
import { dropForAll, type LossyDataPlane } from "./data_plane.ts";
import type { DropWarnings } from "./drop_warnings.ts";

const DROP_LOG_MS = 30_000;

/** What the datagrams of a session need. */
export interface DatagramPlaneOptions {
  readonly datagrams: Datagrams;
  /** The largest message, in bytes; the transport's own bound counts when it is smaller. */
  readonly maxMessageBytes: number;
  readonly clock: WallClock;
  readonly log: Log;
  readonly warnings: DropWarnings;
}

/** One channel's numbers, from its advertising until it is taken out. */
interface Numbered {
  readonly entry: ChannelEntry;
  readonly dropLog: Throttle;
  sequence: number;
  /** To whom a message is being sent: most that are dropped are dropped for it. */
  sending: Subscriber | undefined;
}

/** The datagrams of a session. A frame is that of a data track, numbered alike for all subscribers of its channel. */
export class DatagramPlane implements LossyDataPlane {
  readonly carrier = "datagram";
  readonly #options: DatagramPlaneOptions;
  readonly #limit: number;
  readonly #channels = new Map<number, Numbered>();

  constructor(options: DatagramPlaneOptions) {
    this.#options = options;
    this.#limit = Math.min(options.maxMessageBytes, options.datagrams.maxFrameBytes - DATA_TRACK_HEADER_BYTES);
    options.datagrams.onDropped?.((identity, channelId, frame) => this.#dropped(identity, channelId, frame));
  }

  /** Begins to number the channel's messages. */
  add(entry: ChannelEntry): void {
    const dropLog = new Throttle(DROP_LOG_MS, this.#options.clock);
    this.#channels.set(entry.channel.id, { entry, dropLog, sequence: 0, sending: undefined });
  }

  /** Forgets the channel's numbers. */
  remove(entry: ChannelEntry): void {
    this.#channels.delete(entry.channel.id);
  }

  /** There is nothing to close. */
  idle(): void {}

  /** Offers one message to each subscriber. One that does not get it sees a gap in the numbers. */
  send(entry: ChannelEntry, data: Uint8Array, logTime: bigint): void {
    const bytes = data.byteLength;
    const { subscribers, channel: { id } } = entry;
    const numbered = this.#channels.get(id);
    if (numbered === undefined) return;
    if (bytes > this.#limit) {
      dropForAll(subscribers, "oversize", bytes);
      this.#options.warnings.dropped(entry, this.#limit);
      return;
    }
    const frame = encodeDataTrackFrame(numbered.sequence, data);
    numbered.sequence = (numbered.sequence + 1) >>> 0;
    const { datagrams } = this.#options;
    let refused: string | undefined;
    for (let index = 0; index < subscribers.length; index += 1) {
      const subscriber = subscribers[index]!;
      const { participant, tally } = subscriber;
      numbered.sending = subscriber;
      tally.publish(bytes);
      if (datagrams.send(participant.identity, id, frame, logTime)) {
        tally.deliver(1, bytes);
      } else {
        tally.drop("notTaken", bytes);
        refused ??= participant.identity;
      }
    }
    numbered.sending = undefined;
    if (refused !== undefined) this.#tellDrop(entry, numbered, refused);
  }

  /** What was counted as delivered was not. Of one that is subscribed no more it stays so. */
  #dropped(identity: string, channelId: number, frame: Uint8Array): void {
    const numbered = this.#channels.get(channelId);
    if (numbered === undefined) return;
    const { entry, sending } = numbered;
    const isIts = ({ participant }: Subscriber): boolean => participant.identity === identity;
    const subscriber = sending !== undefined && isIts(sending) ? sending : entry.subscribers.find(isIts);
    if (subscriber === undefined) return;
    subscriber.tally.recall("notTaken", frame.length - DATA_TRACK_HEADER_BYTES);
    this.#tellDrop(entry, numbered, identity);
  }

  #tellDrop({ channel: { id: channelId, topic } }: ChannelEntry, { dropLog }: Numbered, viewer: string): void {
    const messages = dropLog.pass();
    if (messages === 0) return;
    const reason = "the transport has too many for a viewer, which is slow or gone";
    this.#options.log("debug", `a lossy message is dropped: ${reason}`, { topic, channelId, viewer, messages });
  }
}
