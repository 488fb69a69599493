/**
 * The context's channels as a session offers them: advertised, taken back, and led to the viewers.
 */
import * as Effect from "effect/Effect";
import type { Room } from "../../transport/mod.ts";
import type { Channel } from "../channel/channel.ts";
import type { ChannelEntry, ChannelRegistry } from "../channel/channel_registry.ts";
import type { Reliability } from "../channel/descriptor.ts";
import type { Sink } from "../channel/sink.ts";
import type { DropWarnings } from "../data_plane/drop_warnings.ts";
import type { LossyPlane } from "../data_plane/lossy_plane.ts";
import { sendReliable } from "../data_plane/reliable.ts";
import type { Log } from "../log.ts";
import type { GatewayLedger } from "../metering/gateway_ledger.ts";
import type { Participant } from "../participant/participant.ts";
import type { ParticipantRegistry } from "../participant/participant_registry.ts";
import { encodeServerFrame, type ServerMessage } from "../protocol/mod.ts";
import { advertiseError, AdvertiseFrames, queueFrames } from "./advertising.ts";
import { channelReliability, isChannelWanted } from "./channel_policy.ts";
import type { ChannelPolicy } from "./session_options.ts";

/** What offering channels needs of the session. */
export interface OfferedChannelsOptions {
  readonly room: Room;
  readonly policy: ChannelPolicy;
  readonly registry: ParticipantRegistry;
  readonly channels: ChannelRegistry;
  readonly plane: LossyPlane;
  readonly warnings: DropWarnings;
  readonly ledger: GatewayLedger;
  readonly log: Log;
  /** Queues a message for these viewers. */
  readonly broadcast: (message: ServerMessage, participants: ReadonlyArray<Participant>) => void;
  /** A channel is gone, and these were subscribed to it. */
  readonly channelGone: (entry: ChannelEntry, subscribers: ReadonlyArray<Participant>) => void;
}

/** A session's channels: a sink of the context. */
export class OfferedChannels implements Sink {
  readonly name = "session";
  readonly #options: OfferedChannelsOptions;
  readonly #channels: ChannelRegistry;
  readonly #plane: LossyPlane;
  readonly #warnings: DropWarnings;
  /** Channels that the viewers are to be told of at the end of this turn. */
  #untold: Array<ChannelEntry> = [];

  constructor(options: OfferedChannelsOptions) {
    this.#options = options;
    this.#channels = options.channels;
    this.#plane = options.plane;
    this.#warnings = options.warnings;
  }

  /** Settles how the channels travel, and tells the viewers of those that can be advertised. */
  addChannels(channels: ReadonlyArray<Channel>): void {
    const { policy, log, room, plane, ledger } = this.#options;
    const hasVideo = room.videoTracks !== undefined;
    const added = channels.flatMap((channel) => {
      if (!isChannelWanted(channel, policy, log)) return [];
      const reliability = channelReliability(channel, policy, hasVideo, log);
      if (!this.#canAdvertise(channel, reliability)) return [];
      const carrier = reliability === "reliable" ? "control" : plane.carrier;
      return [this.#channels.add(channel, reliability, ledger.open(channel, carrier))];
    });
    if (this.#untold.length === 0) queueMicrotask(() => this.tell());
    this.#untold.push(...added);
    for (const entry of added) if (entry.reliability === "lossy") plane.add(entry);
  }

  /** Tells the viewers of channels that are new: those made in one go in one message, however many they are. */
  tell(): void {
    const frames = new AdvertiseFrames(this.#untold);
    this.#untold = [];
    for (const participant of this.#options.registry.all()) queueFrames(participant, frames.for(participant));
  }

  /** Takes a closed channel out, and tells the viewers. */
  removeChannel(channel: Channel): void {
    const { channels, registry, plane, warnings, ledger, broadcast, channelGone } = this.#options;
    this.tell();
    const removed = channels.remove(channel.id);
    if (removed === undefined) return;
    const { entry, subscribers } = removed;
    if (entry.reliability === "lossy") plane.remove(entry);
    const told = registry.all().filter(({ access }) => access.channels.hide(channel.id));
    const end = encodeServerFrame({ op: "unadvertise", channelIds: [channel.id] });
    // Thousands may be closed in one go, as they may be made in one go, and that must reset nobody.
    if (end instanceof Uint8Array) { for (const participant of told) participant.sendBurst([end]); }
    const standing = warnings.standing(channel.id);
    warnings.forget(channel.id);
    if (standing?.id !== undefined) broadcast({ op: "removeStatus", statusIds: [standing.id] }, told);
    ledger.close(channel);
    channelGone(entry, subscribers.map(({ participant }) => participant));
  }

  /** Sends one message to the channel's subscribers. */
  log(channel: Channel, data: Uint8Array, logTime: bigint, frame?: Uint8Array): void {
    const entry = this.#channels.get(channel.id);
    if (entry === undefined || entry.subscribers.length === 0) return;
    if (entry.reliability === "reliable") sendReliable(entry, data, logTime, this.#warnings, frame);
    else this.#plane.send(entry, data, logTime);
  }

  /** What to wait for before a reliable channel's subscribers all have room. */
  waitForRoom(channel: Channel): Effect.Effect<void> | undefined {
    const entry = this.#channels.get(channel.id);
    if (entry?.reliability !== "reliable") return undefined;
    const full = entry.subscribers.find(({ participant }) => !participant.hasRoom)?.participant;
    if (full === undefined) return undefined;
    // One that does not read must not hold up the producer any more once it is not subscribed.
    const gone = this.#channels.changed.until(() => !this.#channels.isSubscribed(full.sid, channel.id));
    return Effect.raceFirst(full.awaitRoom, gone);
  }

  #canAdvertise(channel: Channel, reliability: Reliability): boolean {
    const error = advertiseError(channel, reliability);
    if (error !== undefined) {
      this.#options.log("error", "a channel cannot be advertised", {
        topic: channel.topic,
        channelId: channel.id,
        error,
      });
    }
    return error === undefined;
  }
}
