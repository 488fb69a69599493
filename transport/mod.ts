/**
 * The port between Fieldlink's core and the networks it runs on: what an adapter implements, and what each member
 * guarantees. The compliance suite in `./testing` checks the guarantees.
 *
 * @example
 * ```ts
 * import type { Transport } from "@fieldlink/fieldlink/transport";
 *
 * function describe(transport: Transport): string {
 *   return `reached over ${transport.name}`;
 * }
 * console.log(describe);
 * ```
 *
 * @module
 */
export {
  JoinError,
  type JoinErrorFields,
  type JoinErrorReason,
  StreamError,
  type StreamErrorFields,
  type StreamErrorReason,
  TrackError,
  type TrackErrorFields,
  type TrackErrorReason,
} from "./errors.ts";
export type { ConnectionQuality, DisconnectReason, RemoteParticipant } from "./participant.ts";
export type { ByteStreamOptions, IncomingByteStream, OutgoingByteStream } from "./byte_stream.ts";
export type { DatagramDropListener, Datagrams } from "./datagrams.ts";
export type {
  DataTracks,
  FrameListener,
  OutgoingDataTrack,
  RemoteDataTrack,
  TrackDropListener,
  VideoTracks,
} from "./track.ts";
export type { JoinOptions, Room, RoomListener, Transport, TransportClock } from "./room.ts";
