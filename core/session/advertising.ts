/**
 * Telling viewers of channels, each in the shape that its version reads.
 */
import type { ChannelEntry } from "../channel/channel_registry.ts";
import type { ChannelDescriptor, Reliability } from "../channel/descriptor.ts";
import type { Participant } from "../participant/participant.ts";
import {
  type AdvertisedChannel,
  type AdvertiseError,
  advertiseInline,
  advertiseTable,
  encodeAdvertiseFrames,
} from "../protocol/mod.ts";

const RELIABLE_KEY = "foxglove.reliable";

/** A channel as viewers are to see it: with the keys that the device adds, which win over the channel's own. */
export function advertisement(channel: ChannelDescriptor, reliability: Reliability): AdvertisedChannel {
  const { id, topic, encoding, schema } = channel;
  const metadata = new Map(channel.metadata);
  metadata.delete(RELIABLE_KEY);
  if (reliability === "reliable") metadata.set(RELIABLE_KEY, "true");
  return schema === undefined ? { id, topic, encoding, metadata } : { id, topic, encoding, schema, metadata };
}

/** Why a channel cannot be advertised; `undefined`: it can. */
export function advertiseError(channel: ChannelDescriptor, reliability: Reliability): AdvertiseError | undefined {
  return advertiseInline([advertisement(channel, reliability)]).refused[0]?.error;
}

/**
 * The frames of one broadcast. The inline ones are encoded once for all viewers that read them; the schema table is each
 * viewer's own, so the others are encoded for each: call it in the same step in which they are queued.
 */
export class AdvertiseFrames {
  readonly #entries: ReadonlyArray<ChannelEntry>;
  readonly #channels: ReadonlyArray<AdvertisedChannel>;
  #inline: ReadonlyArray<Uint8Array> | undefined;

  constructor(entries: Iterable<ChannelEntry>) {
    this.#entries = [...entries];
    this.#channels = advertised(this.#entries);
  }

  /** The frames for one viewer, of the channels that it may see; none, when there are no such channels. */
  for(participant: Participant): ReadonlyArray<Uint8Array> {
    const seen = participant.access.channels.show(this.#entries);
    if (seen.length === 0) return [];
    const seesAll = seen === this.#entries;
    const channels = seesAll ? this.#channels : advertised(seen);
    if (participant.advertiseForm === "table") {
      return encodeAdvertiseFrames(advertiseTable(channels, participant.schemas).message).frames;
    }
    if (!seesAll) return encodeAdvertiseFrames(advertiseInline(channels).message).frames;
    this.#inline ??= encodeAdvertiseFrames(advertiseInline(channels).message).frames;
    return this.#inline;
  }
}

function advertised(entries: ReadonlyArray<ChannelEntry>): ReadonlyArray<AdvertisedChannel> {
  return entries.map(({ channel, reliability }) => advertisement(channel, reliability));
}

/** One frame counts against the queue's bound; the parts of one message that takes several are a burst. */
export function queueFrames(participant: Participant, frames: ReadonlyArray<Uint8Array>): void {
  const [first, ...rest] = frames;
  if (first === undefined) return;
  if (rest.length === 0) participant.send(first);
  else participant.sendBurst(frames);
}
