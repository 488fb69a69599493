/**
 * Tracks: what a participant publishes to the whole room, once, whatever the number of receivers.
 */
import type * as Effect from "effect/Effect";
import type * as Scope from "effect/Scope";
import type { TrackError } from "./errors.ts";

/** Receives one data-track frame. Called synchronously; it must not throw, and must not change the bytes. */
export type FrameListener = (frame: Uint8Array, logTime: bigint) => void;

/** Hears of a frame that is not sent: the one that was handed over. */
export type TrackDropListener = (frame: Uint8Array) => void;

/** A data track that this participant publishes. */
export interface OutgoingDataTrack {
  /** The name it was published under. */
  readonly name: string;
  /**
   * Offers one frame and returns at once. `true`: taken, it will be sent to those subscribed now, and may still be lost
   * or overtaken on the way. `false`: not taken, because the transport is full, the frame is too large for it, or the
   * track is unpublished. The transport keeps a bounded number of frames. Never throws, never delivers a frame twice or
   * in part. The bytes are lent for good.
   */
  readonly push: (frame: Uint8Array, logTime: bigint) => boolean;
  /**
   * Says who hears of frames that were taken and have been dropped by this end after all, before anything of them was
   * sent; to be called once, before the first one is pushed. The listener is called for each of them, and must neither
   * throw nor push. Absent where nothing is dropped that was taken.
   */
  readonly onDropped?: (listener: TrackDropListener) => void;
  /** Takes the track back; its name is free afterwards. Never fails; a second call does nothing. */
  readonly unpublish: Effect.Effect<void>;
}

/** A data track that another participant publishes. */
export interface RemoteDataTrack {
  /** The name it was published under. */
  readonly name: string;
  /** The identity of its publisher. */
  readonly publisher: string;
  /**
   * Receives the track's frames, whole and unchanged, with the log time (ns since the Unix epoch) that was pushed with
   * them, until the scope closes. Frames pushed before the subscription stands need not arrive; none arrives after the
   * scope has closed. Frames may be lost and may overtake each other. Fails when the track is not there any more.
   */
  readonly subscribe: (listener: FrameListener) => Effect.Effect<void, TrackError, Scope.Scope>;
}

/** The ability to publish data tracks. */
export interface DataTracks {
  /** The largest frame, in bytes, that `push` can take. */
  readonly maxFrameBytes: number;
  /**
   * Publishes a track. It is ready for `push` when this succeeds, and others hear of it by `dataTrackPublished`. Fails
   * with `reason: "duplicate"` when this participant has a track of that name already. It can be interrupted; the track
   * is not there then.
   */
  readonly publish: (name: string) => Effect.Effect<OutgoingDataTrack, TrackError>;
}

/** The ability to publish video tracks. That a room has this member says that it can; how is for the adapter and the application. */
export interface VideoTracks {
  /** The codecs that can be sent, the preferred one first, for example `vp8`. */
  readonly codecs: ReadonlyArray<string>;
}
