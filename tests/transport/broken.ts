/**
 * Takes a good transport apart, so that a test can put it together again with one part broken.
 */
import * as Effect from "effect/Effect";
import type {
  Datagrams,
  DataTracks,
  IncomingByteStream,
  OutgoingByteStream,
  OutgoingDataTrack,
  RemoteDataTrack,
  RemoteParticipant,
  Room,
  RoomListener,
  Transport,
} from "../../transport/mod.ts";

/** The parts that can be replaced. Each gets the good one. */
export interface Parts {
  readonly join?: (join: Transport["join"]) => Transport["join"];
  readonly room?: (room: Room) => Room;
  readonly listener?: (listener: RoomListener) => RoomListener;
  readonly participant?: (participant: RemoteParticipant) => RemoteParticipant;
  readonly outgoing?: (stream: OutgoingByteStream) => OutgoingByteStream;
  readonly incoming?: (stream: IncomingByteStream) => IncomingByteStream;
  readonly datagrams?: (datagrams: Datagrams) => Datagrams;
  readonly dataTracks?: (tracks: DataTracks) => DataTracks;
  readonly outgoingTrack?: (track: OutgoingDataTrack) => OutgoingDataTrack;
  readonly remoteTrack?: (track: RemoteDataTrack) => RemoteDataTrack;
}

function same<A>(value: A): A {
  return value;
}

/** A transport with the parts replaced. */
export function breakTransport(transport: Transport, parts: Parts): Transport {
  const join: Transport["join"] = (options) => Effect.map(transport.join(options), (room) => breakRoom(room, parts));
  return { ...transport, join: (parts.join ?? same)(join) };
}

function breakRoom(room: Room, parts: Parts): Room {
  const participant = parts.participant ?? same;
  const { dataTracks, datagrams } = room;
  const broken: Room = {
    ...room,
    listen: (listener) => room.listen(breakListener((parts.listener ?? same)(listener), parts)),
    participants: () => room.participants().map(participant),
    participant: (identity) => {
      const found = room.participant(identity);
      return found === undefined ? undefined : participant(found);
    },
    openByteStream: (options) => Effect.map(room.openByteStream(options), parts.outgoing ?? same),
    ...(datagrams === undefined ? {} : { datagrams: (parts.datagrams ?? same)(datagrams) }),
    ...(dataTracks === undefined ? {} : { dataTracks: breakTracks(dataTracks, parts) }),
  };
  return (parts.room ?? same)(broken);
}

function breakTracks(tracks: DataTracks, parts: Parts): DataTracks {
  const broken: DataTracks = {
    ...tracks,
    publish: (name) => Effect.map(tracks.publish(name), parts.outgoingTrack ?? same),
  };
  return (parts.dataTracks ?? same)(broken);
}

function breakListener(listener: RoomListener, parts: Parts): RoomListener {
  const participant = parts.participant ?? same;
  return {
    participantActive: (one) => listener.participantActive?.(participant(one)),
    participantDisconnected: (one) => listener.participantDisconnected?.(participant(one)),
    attributesChanged: (one) => listener.attributesChanged?.(participant(one)),
    connectionQualityChanged: (quality, one) => listener.connectionQualityChanged?.(quality, one),
    byteStreamOpened: (stream) => listener.byteStreamOpened?.((parts.incoming ?? same)(stream)),
    dataTrackPublished: (track) => listener.dataTrackPublished?.((parts.remoteTrack ?? same)(track)),
    dataTrackUnpublished: (track) => listener.dataTrackUnpublished?.(track),
    datagramReceived: (one, ...rest) => listener.datagramReceived?.(participant(one), ...rest),
    disconnected: (reason) => listener.disconnected?.(reason),
  };
}
