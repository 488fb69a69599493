/**
 * Lossy messages over data tracks: one push a message, whatever the number of subscribers.
 */
import * as Effect from "effect/Effect";
import type { DataTracks, OutgoingDataTrack } from "../../transport/mod.ts";
import { Backoff } from "../backoff.ts";
import type { ChannelEntry } from "../channel/channel_registry.ts";
import type { WallClock } from "../clock.ts";
import type { Log } from "../log.ts";
import { DATA_TRACK_HEADER_BYTES, dataTrackName, encodeDataTrackFrame } from "../protocol/mod.ts";
import { Signal } from "../signal.ts";
import { Throttle } from "../throttle.ts";
import type { LossyDataPlane } from "./data_plane.ts";
import type { DropWarnings } from "./drop_warnings.ts";

const FIRST_RETRY_MS = 100;
const MAX_RETRY_MS = 3_000;
const DROP_LOG_MS = 30_000;

/** What the data tracks of a session need. */
export interface DataTrackPlaneOptions {
  readonly tracks: DataTracks;
  /** The largest message, in bytes; the transport's own bound counts when it is smaller. */
  readonly maxMessageBytes: number;
  readonly clock: WallClock;
  readonly log: Log;
  readonly warnings: DropWarnings;
  /** Runs for as long as the session does. */
  readonly fork: (effect: Effect.Effect<void>) => void;
}

/** One channel's track, from the first attempt to publish it until it is taken back. */
interface Track {
  readonly entry: ChannelEntry;
  readonly removed: Signal;
  readonly dropLog: Throttle;
  isRemoved: boolean;
  outgoing: OutgoingDataTrack | undefined;
  sequence: number;
}

/** The data tracks of a session, one for each of its lossy channels. */
export class DataTrackPlane implements LossyDataPlane {
  readonly carrier = "data-track";
  readonly #options: DataTrackPlaneOptions;
  readonly #limit: number;
  readonly #tracks = new Map<number, Track>();

  constructor(options: DataTrackPlaneOptions) {
    this.#options = options;
    this.#limit = Math.min(options.maxMessageBytes, options.tracks.maxFrameBytes - DATA_TRACK_HEADER_BYTES);
  }

  /** Publishes the channel's track, and tries again until it is published or the channel is gone. */
  add(entry: ChannelEntry): void {
    const track: Track = {
      entry,
      removed: new Signal(),
      dropLog: new Throttle(DROP_LOG_MS, this.#options.clock),
      isRemoved: false,
      outgoing: undefined,
      sequence: 0,
    };
    this.#tracks.set(entry.channel.id, track);
    this.#options.fork(this.#publish(track));
  }

  /** Takes the track back, after a publish that is in flight has ended. */
  remove(entry: ChannelEntry): void {
    const track = this.#tracks.get(entry.channel.id);
    if (track === undefined) return;
    this.#tracks.delete(entry.channel.id);
    track.isRemoved = true;
    track.removed.notify();
    if (track.outgoing !== undefined) this.#options.fork(track.outgoing.unpublish);
  }

  /** A track stays while its channel does. */
  idle(): void {}

  /** Offers one message to the channel's track. */
  send(entry: ChannelEntry, data: Uint8Array, logTime: bigint): void {
    const bytes = data.byteLength;
    const tally = entry.account.track;
    tally.publish(bytes);
    if (bytes > this.#limit) {
      tally.drop("oversize", bytes);
      this.#options.warnings.dropped(entry, this.#limit);
      return;
    }
    const track = this.#tracks.get(entry.channel.id);
    if (track?.outgoing === undefined) {
      tally.drop("trackNotReady", bytes);
      if (track !== undefined) this.#tellDrop(track, "the data track is not published yet");
      return;
    }
    const frame = encodeDataTrackFrame(track.sequence, data);
    track.sequence = (track.sequence + 1) >>> 0;
    if (track.outgoing.push(frame, logTime)) return tally.deliver(1, bytes);
    tally.drop("trackFull", bytes);
    this.#tellDrop(track, "the data track is full");
  }

  /** What was counted as delivered was not. */
  #dropped(track: Track, frame: Uint8Array): void {
    track.entry.account.track.recall("trackFull", frame.length - DATA_TRACK_HEADER_BYTES);
    this.#tellDrop(track, "the data track has given it up");
  }

  #tellDrop(track: Track, reason: string): void {
    const messages = track.dropLog.pass();
    if (messages === 0) return;
    const { id: channelId, topic } = track.entry.channel;
    this.#options.log("debug", `a lossy message is dropped: ${reason}`, { topic, channelId, messages });
  }

  #publish(track: Track): Effect.Effect<void> {
    const { tracks, log } = this.#options;
    const { id: channelId, topic } = track.entry.channel;
    const backoff = new Backoff(FIRST_RETRY_MS, MAX_RETRY_MS);
    return Effect.gen({ self: this }, function* () {
      while (!track.isRemoved) {
        const outgoing = yield* tracks.publish(dataTrackName(channelId)).pipe(
          Effect.catch((error) =>
            Effect.sync(() => {
              const level = error.reason === "duplicate" ? "debug" : "error";
              log(level, "publishing a data track has failed; it is tried again", { topic, channelId, error });
              return undefined;
            })
          ),
        );
        if (outgoing !== undefined) {
          if (track.isRemoved) return yield* outgoing.unpublish;
          outgoing.onDropped?.((frame) => this.#dropped(track, frame));
          track.outgoing = outgoing;
          return;
        }
        yield* Effect.raceFirst(Effect.sleep(backoff.next()), track.removed.until(() => track.isRemoved));
      }
    });
  }
}
