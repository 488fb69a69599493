/**
 * The data tracks that this participant publishes.
 */
import * as Effect from "effect/Effect";
import { TrackError, type TrackErrorReason } from "../../transport/errors.ts";
import type { DataTracks, OutgoingDataTrack, TrackDropListener } from "../../transport/track.ts";
import { FramePacer, Lane, PACKET_BYTES, type PushableTrack } from "./frame_pacer.ts";
import type { LiveKitLimits } from "./limits.ts";
import { messageOf } from "../../transport/message_of.ts";
import { forgetTrack, mendManager, mendSending } from "./track_repairs.ts";
import { systemTime, type Time } from "./time.ts";
import { superviseTimersOf } from "./timers.ts";

/**
 * The largest frame: seven packets. A receiver would put together 128, but all packets of a frame leave at once, and what
 * does not fit into a socket's buffer on the way is lost, with the frame. Linux gives a socket room for some 90 datagrams,
 * which is about this much. Larger frames get through to a receiver that is idle, and hardly ever to a busy one.
 */
export const MAX_FRAME_BYTES: number = 7 * PACKET_BYTES;

/** Waiting for the server to confirm that a track is taken back, and how often it is asked. */
const UNPUBLISH_MS = 3_000;
const UNPUBLISH_ATTEMPTS = 3;

/** What is used of livekit-client's local data track. */
export interface PublishedTrack extends PushableTrack {
  isPublished(): boolean;
  unpublish(): Promise<void>;
}

/** What is used of livekit-client's room. */
export interface PublishingRoom {
  /** `connected` when frames get through; anything else while a connection is made, restored or over. */
  readonly state: string;
  readonly localParticipant: { publishDataTrack(options: { readonly name: string }): Promise<PublishedTrack> };
  /** Hands out a second object for each track that is published. */
  on(event: "localDataTrackPublished", listener: (twin: object) => void): unknown;
}

/** What {@linkcode LocalTracks} needs. */
export interface LocalTracksOptions {
  /** A connected room. */
  readonly room: PublishingRoom;
  readonly limits: LiveKitLimits;
  /** Default: the run-time's own time. */
  readonly time?: Time;
}

/** A name that a track has, is about to have, or had until the server has taken it back. */
interface Claim {
  /** Whether a further track of the name is a duplicate. */
  isHeld: boolean;
  /** Resolves when the server has nothing of it any more. */
  released: Promise<void>;
}

/**
 * The data tracks of one connection: the member `dataTracks` of a room. Make it when the room is connected, and call
 * {@linkcode LocalTracks.end} when the connection has ended or is about to be left, before livekit-client is told to
 * disconnect.
 */
export class LocalTracks implements DataTracks {
  readonly maxFrameBytes: number = MAX_FRAME_BYTES;
  readonly #room: PublishingRoom;
  readonly #pacer: FramePacer;
  readonly #time: Time;
  readonly #claims = new Map<string, Claim>();
  readonly #tracks = new Set<OutgoingTrack>();
  #isOver = false;

  constructor({ room, limits, time = systemTime }: LocalTracksOptions) {
    this.#room = room;
    this.#time = time;
    this.#pacer = new FramePacer(limits, time);
    mendManager(room);
    room.on("localDataTrackPublished", forgetTrack);
  }

  /** Publishes a track: see the port. */
  publish(name: string): Effect.Effect<OutgoingDataTrack, TrackError> {
    return Effect.tryPromise({
      try: (signal) => this.#publish(name, signal),
      catch: (cause) => cause instanceof TrackError ? cause : publishError(name, cause),
    });
  }

  /** Takes no frames any more, and drops those that wait. Tracks are not taken back one by one: the room goes with them. */
  end(): void {
    this.#isOver = true;
    for (const track of this.#tracks) track.end();
    this.#tracks.clear();
  }

  /** Goes on after an interruption, to take back what livekit-client cannot stop publishing. */
  async #publish(name: string, signal: AbortSignal): Promise<OutgoingDataTrack> {
    const before = this.#claims.get(name);
    if (before?.isHeld === true) {
      throw new TrackError({ reason: "duplicate", track: name, detail: "this participant has a track of that name" });
    }
    const claim: Claim = { isHeld: true, released: Promise.resolve() };
    this.#claims.set(name, claim);
    const publishing = this.#publishAs(claim, name, before?.released, signal);
    claim.released = publishing.then(() => {}, () => {});
    signal.addEventListener("abort", () => claim.isHeld = false, { once: true });
    try {
      return await publishing;
    } catch (error) {
      this.#release(name, claim);
      throw error;
    }
  }

  async #publishAs(
    claim: Claim,
    name: string,
    before: Promise<void> | undefined,
    signal: AbortSignal,
  ): Promise<OutgoingDataTrack> {
    await before;
    this.#refuseWhenOver(name);
    signal.throwIfAborted();
    const published = await superviseTimersOf(() => this.#room.localParticipant.publishDataTrack({ name }));
    mendSending(this.#room);
    if (signal.aborted) await this.#takeBack(published);
    signal.throwIfAborted();
    this.#refuseWhenOver(name);
    const track = new OutgoingTrack({
      name,
      published,
      room: this.#room,
      pacer: this.#pacer,
      unpublish: () => {
        claim.isHeld = false;
        this.#tracks.delete(track);
        claim.released = this.#takeBack(published).then(() => this.#release(name, claim));
        return claim.released;
      },
    });
    this.#tracks.add(track);
    return track;
  }

  #refuseWhenOver(name: string): void {
    if (this.#isOver || this.#room.state === "disconnected") {
      throw new TrackError({ reason: "unavailable", track: name, detail: "the room has ended" });
    }
  }

  #release(name: string, claim: Claim): void {
    claim.isHeld = false;
    if (this.#claims.get(name) === claim) this.#claims.delete(name);
  }

  /** Asks again where a request may have gone down with a connection. Never rejects. */
  async #takeBack(published: PublishedTrack): Promise<void> {
    for (let attempt = 0; attempt < UNPUBLISH_ATTEMPTS && !this.#isOver && published.isPublished(); attempt++) {
      await new Promise<void>((resolve) => {
        const cancel = this.#time.after(UNPUBLISH_MS, resolve);
        published.unpublish().catch(() => {}).then(cancel).then(resolve);
      });
    }
    forgetTrack(published);
  }
}

/** One track that this participant publishes. */
class OutgoingTrack implements OutgoingDataTrack {
  readonly name: string;
  readonly unpublish: Effect.Effect<void>;
  readonly #room: PublishingRoom;
  readonly #published: PublishedTrack;
  readonly #pacer: FramePacer;
  readonly #lane: Lane;
  #isLive = true;

  constructor(options: {
    readonly name: string;
    readonly published: PublishedTrack;
    readonly room: PublishingRoom;
    readonly pacer: FramePacer;
    readonly unpublish: () => Promise<void>;
  }) {
    this.name = options.name;
    this.#room = options.room;
    this.#published = options.published;
    this.#pacer = options.pacer;
    this.#lane = new Lane(options.published);
    this.unpublish = Effect.suspend(() => {
      if (!this.#isLive) return Effect.void;
      this.end();
      return Effect.promise(options.unpublish);
    });
  }

  /** See the port. While the connection is being restored nothing is taken: livekit-client would throw it away. */
  push(frame: Uint8Array, logTime: bigint): boolean {
    if (!this.#isLive || this.#room.state !== "connected" || !this.#published.isPublished()) return false;
    // A frame without bytes is no packet for livekit-client: nothing would arrive.
    if (frame.length === 0 || frame.length > MAX_FRAME_BYTES) return false;
    return this.#pacer.offer(this.#lane, frame, logTime);
  }

  /** See the port. */
  onDropped(listener: TrackDropListener): void {
    this.#lane.onDropped = listener;
  }

  /** Takes no frames any more, and drops those that wait. */
  end(): void {
    this.#isLive = false;
    this.#pacer.drop(this.#lane);
  }
}

/** livekit-client's reasons for not publishing, by name: see DataTrackPublishErrorReason. */
const reasons: ReadonlyMap<unknown, TrackErrorReason> = new Map<unknown, TrackErrorReason>([
  ["DuplicateName", "duplicate"],
  ["Timeout", "timeout"],
  ["Disconnected", "unavailable"],
  ["Cancelled", "unavailable"],
]);

function publishError(name: string, cause: unknown): TrackError {
  const given = cause instanceof Error && "reasonName" in cause ? cause.reasonName : undefined;
  return new TrackError({ reason: reasons.get(given) ?? "refused", track: name, detail: messageOf(cause), cause });
}
