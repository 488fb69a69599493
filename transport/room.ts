/**
 * The port: what the core needs of any transport.
 */
import type * as Clock from "effect/Clock";
import type * as Effect from "effect/Effect";
import type * as Scheduler from "effect/Scheduler";
import type * as Scope from "effect/Scope";
import type { ByteStreamOptions, IncomingByteStream, OutgoingByteStream } from "./byte_stream.ts";
import type { Datagrams } from "./datagrams.ts";
import type { JoinError, StreamError } from "./errors.ts";
import type { ConnectionQuality, DisconnectReason, RemoteParticipant } from "./participant.ts";
import type { DataTracks, RemoteDataTrack, VideoTracks } from "./track.ts";

/**
 * What a participant hears of its room. All members are called synchronously, one at a time, in the order in which
 * things happened; they must not throw. An adapter never calls one from within a call that the core makes (other than
 * {@linkcode Room.listen}), and none after the room's scope has begun to close.
 */
export interface RoomListener {
  /**
   * A participant is able to receive: what is sent to it from now on arrives. Once per instance. Where an identity
   * connects again, the new instance may be told before the end of the old one, or without it.
   */
  readonly participantActive?: (participant: RemoteParticipant) => void;
  /** An instance that was active has left or was replaced. Its `sid` tells which one. At most once per instance. */
  readonly participantDisconnected?: (participant: RemoteParticipant) => void;
  /** An active participant's attributes have changed; the object has the new ones. */
  readonly attributesChanged?: (participant: RemoteParticipant) => void;
  /** The quality of an active participant's connection, or of this one's own (then `participant` is undefined), has changed. */
  readonly connectionQualityChanged?: (quality: ConnectionQuality, participant: RemoteParticipant | undefined) => void;
  /**
   * Somebody has opened a byte stream to this participant. Streams nobody cares for should be cancelled. Its sender may
   * not have been told as active yet, or may have left already: what it wrote can be read all the same.
   */
  readonly byteStreamOpened?: (stream: IncomingByteStream) => void;
  /** Another participant has published a data track. */
  readonly dataTrackPublished?: (track: RemoteDataTrack) => void;
  /** A data track is there no more: taken back, or its publisher has left. */
  readonly dataTrackUnpublished?: (track: RemoteDataTrack) => void;
  /**
   * A datagram has come, whole and unchanged, with the channel and the log time that it was sent with. Datagrams may be
   * lost and may overtake each other; one that comes before {@linkcode Room.listen}, or from one that has left, may be
   * dropped. The bytes are the listener's to keep, not to change.
   */
  readonly datagramReceived?: (
    sender: RemoteParticipant,
    channelId: number,
    frame: Uint8Array,
    logTime: bigint,
  ) => void;
  /**
   * The room has ended for this participant, other than by closing the scope. The last event, and told once. Every
   * stream and track of the room has ended by then.
   */
  readonly disconnected?: (reason: DisconnectReason) => void;
}

/** A room that this participant is in. It is left when the scope it was joined in closes. */
export interface Room {
  /** This participant's own identity. */
  readonly identity: string;
  /** This participant's own connection instance. */
  readonly sid: string;
  /**
   * The size of a byte-stream write, in bytes, at which the transport does well. The core gathers what is queued into
   * writes of about this size; larger ones are legal.
   */
  readonly writeBytes: number;
  /**
   * Whether the adapter makes what it sends of a piece of memory once, whoever it is written to. The core then gathers
   * only what lies next to each other in memory, so that those who are sent the same are written the very same pieces.
   * Default false.
   */
  readonly sharesWrites?: boolean;
  /**
   * Says who hears of the room; to be called once, soon after joining. Before it returns, and in this order, those
   * already active, the tracks already published and the streams opened since joining have been told; the adapter keeps
   * what happens between joining and this call.
   */
  readonly listen: (listener: RoomListener) => void;
  /** The active participants now, this one left out: one per identity, its newest instance. */
  readonly participants: () => ReadonlyArray<RemoteParticipant>;
  /** The newest active instance of that identity now, if there is one. */
  readonly participant: (identity: string) => RemoteParticipant | undefined;
  /** Sets attributes of this participant's own, leaving others as they are; the others hear of it by `attributesChanged`. */
  readonly setAttributes: (attributes: ReadonlyMap<string, string>) => Effect.Effect<void>;
  /**
   * Opens a byte stream. Fails with `reason: "open"` when none of the destinations is in the room, or the room has
   * ended. A destination that is missing beside others that are there is left out. It can be interrupted.
   */
  readonly openByteStream: (options: ByteStreamOptions) => Effect.Effect<OutgoingByteStream, StreamError>;
  /** Present where the transport can carry data tracks. */
  readonly dataTracks?: DataTracks;
  /** Present where the transport can send datagrams. Receiving them takes no more than a listener. */
  readonly datagrams?: Datagrams;
  /** Present where the transport can carry video. */
  readonly videoTracks?: VideoTracks;
}

/** How to join. */
export interface JoinOptions {
  /** Attributes that the others find on this participant from the start, for example `protocolVersion`. */
  readonly attributes?: ReadonlyMap<string, string>;
}

/** A clock that a transport brings. */
export interface TransportClock extends Clock.Clock {
  /** What fibers are to run on for the clock to know when all of them have done what they can. Default: any. */
  readonly scheduler?: Scheduler.Scheduler;
}

/** A way into a room. A value of this type is all that an application needs to know of a transport. */
export interface Transport {
  /** What kind of transport it is, for logs, for example `loopback`. */
  readonly name: string;
  /**
   * The clock that time in the room follows, where that is not the system's: a transport on virtual time brings its own,
   * and what runs on it without a clock of its own uses this one.
   */
  readonly clock?: TransportClock;
  /**
   * Joins the room as a participant and leaves it when the scope closes. Each call is a new connection instance, with
   * credentials asked for anew. It can be interrupted, leaving nothing behind. Leaving lets writes that have succeeded
   * arrive: a receiver that stays reads them all before it reads the end of their stream. Others hear
   * `participantDisconnected`, which waits for no reader.
   */
  readonly join: (options?: JoinOptions) => Effect.Effect<Room, JoinError, Scope.Scope>;
}
