/**
 * What the port's documentation promises, and which case shows it.
 */

/** One promise. */
export interface Guarantee {
  /** Where it stands: interface and member, for example `Room.listen`; or only the interface. */
  readonly member: string;
  /** What is promised, in short. */
  readonly says: string;
  /** The cases that show it, by name. */
  readonly cases: ReadonlyArray<string>;
  /** Why no case shows it, where that is so. */
  readonly unchecked?: string;
}

/** All promises, in the order of the port's files. */
export const guarantees: ReadonlyArray<Guarantee> = [
  // ---- participants ------------------------------------------------------------------------------------------------
  {
    member: "RemoteParticipant",
    says: "an object handed out never changes",
    cases: ["attributes that are set are told to the others, and the rest stay"],
  },
  {
    member: "RemoteParticipant.identity",
    says: "the same across reconnects, and unique within the room",
    cases: ["a second join under one identity ends the first, and the others see the new instance"],
  },
  {
    member: "RemoteParticipant.sid",
    says: "never reused",
    cases: ["no two instances have the same sid", "each join is an instance of its own"],
  },
  {
    member: "RemoteParticipant.joinedAt",
    says: "a later instance of an identity never has the smaller value",
    cases: ["a later instance of an identity never has the smaller joinedAt"],
  },
  {
    member: "RemoteParticipant.attributes",
    says: "as last announced",
    cases: [
      "attributes given on joining are there from the start",
      "attributes that are set are told to the others, and the rest stay",
    ],
  },
  // ---- listener ----------------------------------------------------------------------------------------------------
  {
    member: "RoomListener",
    says: "never called from within a call of the core's",
    cases: ["a listener is not called within a call of the core's", "push does not deliver within the call"],
  },
  { member: "RoomListener", says: "called one event at a time", cases: ["a listener is called one event at a time"] },
  {
    member: "RoomListener",
    says: "not called once the room's scope has begun to close",
    cases: ["a listener is not called any more once its room's scope begins to close"],
  },
  { member: "RoomListener", says: "every member is optional", cases: ["a listener without any handler is enough"] },
  {
    member: "RoomListener.participantActive",
    says: "told once per instance, able to receive from then on",
    cases: [
      "a participant that joins is told as active, once",
      "a second join under one identity ends the first, and the others see the new instance",
      "every byte arrives, once and in order, however it is cut",
    ],
  },
  {
    member: "RoomListener.participantDisconnected",
    says: "told at most once per instance, with the sid of the one that has gone",
    cases: [
      "a participant that leaves is told with its sid, once, and is gone",
      "the end of a replaced instance leaves the new one in place",
    ],
  },
  {
    member: "RoomListener.attributesChanged",
    says: "told with the new attributes",
    cases: ["attributes that are set are told to the others, and the rest stay"],
  },
  {
    member: "RoomListener.connectionQualityChanged",
    says: "told of others and of the participant itself",
    cases: ["a change of connection quality is told to the others and to the participant itself"],
  },
  {
    member: "RoomListener.byteStreamOpened",
    says: "told to the destination; readable though the sender has left",
    cases: [
      "a stream is told to its destination, with its topic and its sender",
      "a stream whose sender has left can be read",
    ],
  },
  {
    member: "RoomListener.dataTrackPublished",
    says: "told when another participant has published a track",
    cases: ["a track that is published is told to the others, with its name and its publisher"],
  },
  {
    member: "RoomListener.dataTrackUnpublished",
    says: "told when it is taken back, or its publisher leaves",
    cases: [
      "a track that is taken back is told, takes no more frames, and its name is free",
      "the tracks of a publisher that leaves are told as gone",
    ],
  },
  {
    member: "RoomListener.datagramReceived",
    says: "whole and unchanged, with its sender, channel and log time; none after the end of either room",
    cases: [
      "a datagram arrives whole and unchanged, with its sender, its channel and its log time",
      "no datagram is told once its receiver has begun to leave, or its sender has left",
    ],
  },
  {
    member: "RoomListener.disconnected",
    says: "told once, as the last event, and not after one's own leaving",
    cases: [
      "the end of a room is told once, with its reason, and is the last event",
      "a listener is not called any more once its room's scope begins to close",
      "a participant that is removed is told so, and the others hear of its end",
    ],
  },
  {
    member: "RoomListener.disconnected",
    says: "every stream and track has ended by then",
    cases: ["every stream and track has ended when the end of the room is told"],
  },
  // ---- room --------------------------------------------------------------------------------------------------------
  {
    member: "Room.identity",
    says: "this participant's own identity",
    cases: ["the others see the identity and the sid that a room says are its own"],
  },
  {
    member: "Room.sid",
    says: "this participant's own instance",
    cases: ["the others see the identity and the sid that a room says are its own"],
  },
  {
    member: "Room.writeBytes",
    says: "a size of writes in bytes; larger ones are legal",
    cases: [
      "a room says at which size writes do well",
      "every byte arrives, once and in order, however it is cut",
    ],
  },
  {
    member: "Room.sharesWrites",
    says: "whether what is sent of a piece of memory is made once: nothing that others can see",
    cases: ["every byte arrives, once and in order, however it is cut"],
  },
  {
    member: "Room.listen",
    says: "tells of those active, of tracks and of streams, in this order, before it returns",
    cases: [
      "listen tells of those already active before it returns",
      "listen tells of those that have come since joining before it returns",
      "listen tells of the tracks already published",
      "a stream opened before listen is told by it, and nothing of it is lost",
    ],
  },
  {
    member: "Room.participants",
    says: "the active ones, this one left out, one per identity",
    cases: [
      "nobody is told of itself",
      "everybody in the room is told of everybody else",
      "a participant that leaves is told with its sid, once, and is gone",
      "a second join under one identity ends the first, and the others see the new instance",
    ],
  },
  {
    member: "Room.participant",
    says: "the newest active instance of an identity",
    cases: ["the end of a replaced instance leaves the new one in place", "nobody is told of itself"],
  },
  {
    member: "Room.setAttributes",
    says: "sets some, leaves the others, and the other participants hear of it",
    cases: ["attributes that are set are told to the others, and the rest stay"],
  },
  {
    member: "Room.openByteStream",
    says: "fails with reason open when no destination is there or the room has ended",
    cases: [
      "opening a stream to nobody who is there fails, with reason open",
      "opening a stream in a room that has ended fails, with reason open",
    ],
  },
  {
    member: "Room.openByteStream",
    says: "leaves out a destination that is missing beside others",
    cases: ["a destination that is missing is left out"],
  },
  { member: "Room.openByteStream", says: "can be interrupted", cases: ["opening a stream can be interrupted"] },
  {
    member: "Room.dataTracks",
    says: "present where the transport can carry data tracks",
    cases: ["a track that is published is told to the others, with its name and its publisher"],
  },
  {
    member: "Room.datagrams",
    says: "present where the transport can send datagrams; receiving takes no more than a listener",
    cases: ["a datagram arrives whole and unchanged, with its sender, its channel and its log time"],
  },
  {
    member: "Room.videoTracks",
    says: "present where the transport can carry video",
    cases: [],
    unchecked: "the port says nothing yet of what it does",
  },
  // ---- joining -----------------------------------------------------------------------------------------------------
  {
    member: "JoinOptions.attributes",
    says: "the others find them from the start",
    cases: ["attributes given on joining are there from the start"],
  },
  { member: "Transport.name", says: "what kind of transport it is", cases: ["a transport says what kind it is"] },
  {
    member: "Transport.clock",
    says: "the clock that time in the room follows",
    cases: [],
    unchecked: "the suite knows time only through the harness's pauses",
  },
  { member: "Transport.join", says: "each call is a new instance", cases: ["each join is an instance of its own"] },
  {
    member: "Transport.join",
    says: "can be interrupted, leaving nothing behind",
    cases: ["a join that is interrupted leaves nobody behind"],
  },
  {
    member: "Transport.join",
    says: "leaving lets writes arrive that have succeeded, before the end",
    cases: ["a sender that leaves is a normal end, after every byte it wrote"],
  },
  {
    member: "Transport.join",
    says: "the others hear of the leaving",
    cases: ["a participant that leaves is told with its sid, once, and is gone"],
  },
  {
    member: "Transport.join",
    says: "refused credentials fail with reason refused",
    cases: ["credentials that are refused fail the join, with reason refused"],
  },
  // ---- byte streams ------------------------------------------------------------------------------------------------
  {
    member: "ByteStreamOptions.topic",
    says: "receivers tell streams apart by it",
    cases: ["a stream is told to its destination, with its topic and its sender"],
  },
  {
    member: "ByteStreamOptions.destinations",
    says: "nobody else receives a byte",
    cases: ["a stream goes to all of its destinations and to nobody else"],
  },
  {
    member: "OutgoingByteStream.topic",
    says: "the stream's topic",
    cases: ["a stream is told to its destination, with its topic and its sender"],
  },
  {
    member: "OutgoingByteStream.destinations",
    says: "the identities it was opened for",
    cases: ["a stream is told to its destination, with its topic and its sender"],
  },
  {
    member: "OutgoingByteStream",
    says: "one writer at a time: a second write waits for the first",
    cases: ["a second write waits for the first, and their bytes do not mix"],
  },
  {
    member: "OutgoingByteStream.write",
    says: "order, and every byte once to each destination that stays",
    cases: [
      "every byte arrives, once and in order, however it is cut",
      "a stream goes on for the destinations that stay",
    ],
  },
  {
    member: "OutgoingByteStream.write",
    says: "suspends at a bound and goes on by itself",
    cases: ["a write waits while nobody reads, and goes on by itself when somebody does"],
  },
  {
    member: "OutgoingByteStream.write",
    says: "fails with reason write when all destinations have left or the connection is gone, ever after",
    cases: [
      "writes fail when all destinations have left, and ever after",
      "a write that waits fails when all destinations leave",
      "writes fail when the sender's own room has ended, with reason write",
    ],
  },
  {
    member: "OutgoingByteStream.write",
    says: "fails with reason closed after close or abort",
    cases: ["writes fail after close and after abort, with reason closed"],
  },
  {
    member: "OutgoingByteStream.write",
    says: "can be interrupted at once while it is suspended",
    cases: ["a write that waits can be interrupted at once, and abort ends the stream then"],
  },
  {
    member: "OutgoingByteStream.write",
    says: "an empty chunk succeeds and sends nothing",
    cases: ["an empty write succeeds and sends nothing"],
  },
  {
    member: "OutgoingByteStream.close",
    says: "receivers read what was written and then the end; calling it again does nothing",
    cases: [
      "after close the reader reads what was written and then the end, again and again",
      "close ends a read that waits",
    ],
  },
  {
    member: "OutgoingByteStream.abort",
    says: "wakes a suspended write with an error; receivers see an error or the end; can be called again",
    cases: [
      "abort wakes a write that waits, with an error",
      "abort ends the stream for the reader, with an error or the end",
    ],
  },
  {
    member: "IncomingByteStream",
    says: "nothing is lost before the first read",
    cases: ["what was written before the first read is read"],
  },
  {
    member: "IncomingByteStream.topic",
    says: "the stream's topic",
    cases: ["a stream is told to its destination, with its topic and its sender"],
  },
  {
    member: "IncomingByteStream.sender",
    says: "the identity of the sender",
    cases: ["a stream is told to its destination, with its topic and its sender"],
  },
  {
    member: "IncomingByteStream.read",
    says: "the bytes written, in order, each once; chunks are not empty and stay as they are",
    cases: ["every byte arrives, once and in order, however it is cut", "a chunk that was read stays as it is"],
  },
  {
    member: "IncomingByteStream.read",
    says: "undefined, again and again, after close and after the sender's leaving",
    cases: [
      "after close the reader reads what was written and then the end, again and again",
      "a sender that leaves is a normal end, after every byte it wrote",
    ],
  },
  {
    member: "IncomingByteStream.read",
    says: "reason read when the reader's own room has ended",
    cases: ["a read fails when the reader's own room ends, with reason read"],
  },
  {
    member: "IncomingByteStream.read",
    says: "a reader that does not read holds up nothing but the writes of its stream",
    cases: [
      "a reader that does not read holds up nothing but its own stream",
      "a write waits while nobody reads, and goes on by itself when somebody does",
    ],
  },
  {
    member: "IncomingByteStream.read",
    says: "interrupting it loses no bytes",
    cases: ["interrupting a read loses no bytes"],
  },
  {
    member: "IncomingByteStream.cancel",
    says: "a read that waits fails with reason closed; the rest is thrown away",
    cases: [
      "cancel fails a read that waits and every later one, with reason closed",
      "a stream that was cancelled holds up neither its own writes nor others",
    ],
  },
  // ---- data tracks -------------------------------------------------------------------------------------------------
  {
    member: "DataTracks.maxFrameBytes",
    says: "the largest frame that push can take",
    cases: ["a frame that is too large is not taken and does not arrive", "frames arrive whole, with their log time"],
  },
  {
    member: "DataTracks.publish",
    says: "ready for push, told to the others; duplicate when the name is taken",
    cases: [
      "a track that is published is told to the others, with its name and its publisher",
      "a second track of one name is refused as duplicate, and the first goes on",
      "push says false and publish fails when the publisher's own room has ended",
    ],
  },
  {
    member: "DataTracks.publish",
    says: "can be interrupted; the track is not there then",
    cases: ["publishing can be interrupted, and the track is not there then"],
  },
  {
    member: "OutgoingDataTrack.name",
    says: "the name it was published under",
    cases: ["a track that is published is told to the others, with its name and its publisher"],
  },
  {
    member: "OutgoingDataTrack.push",
    says: "to all who are subscribed, never twice, never in part, never waiting, never throwing",
    cases: [
      "every subscriber gets the frames",
      "no frame arrives twice, and none that was not taken or was told as dropped",
    ],
  },
  {
    member: "OutgoingDataTrack.push",
    says: "false when the frame is too large or the track is unpublished",
    cases: [
      "a frame that is too large is not taken and does not arrive",
      "a track that is taken back is told, takes no more frames, and its name is free",
      "push says false and publish fails when the publisher's own room has ended",
    ],
  },
  {
    member: "OutgoingDataTrack.onDropped",
    says: "hears of each frame that was taken and dropped before it was sent, once",
    cases: ["no frame arrives twice, and none that was not taken or was told as dropped"],
  },
  {
    member: "OutgoingDataTrack.unpublish",
    says: "the name is free afterwards; a second call does nothing",
    cases: ["a track that is taken back is told, takes no more frames, and its name is free"],
  },
  {
    member: "RemoteDataTrack.name",
    says: "the name it was published under",
    cases: ["a track that is published is told to the others, with its name and its publisher"],
  },
  {
    member: "RemoteDataTrack.publisher",
    says: "the identity of its publisher",
    cases: ["two participants may have tracks of the same name"],
  },
  {
    member: "RemoteDataTrack.subscribe",
    says: "frames whole, with their log time",
    cases: ["frames arrive whole, with their log time"],
  },
  {
    member: "RemoteDataTrack.subscribe",
    says: "none after the scope has closed",
    cases: ["no frame arrives after the subscription's scope has closed"],
  },
  {
    member: "RemoteDataTrack.subscribe",
    says: "fails when the track is not there any more",
    cases: [
      "a track that is taken back is told, takes no more frames, and its name is free",
      "the tracks of a publisher that leaves are told as gone",
    ],
  },
  // ---- datagrams ---------------------------------------------------------------------------------------------------
  {
    member: "Datagrams.maxFrameBytes",
    says: "the largest frame that send can take",
    cases: [
      "a datagram that is too large is not taken and does not arrive",
      "a datagram arrives whole and unchanged, with its sender, its channel and its log time",
    ],
  },
  {
    member: "Datagrams.send",
    says: "to that participant alone, never twice, never within the call; one frame object may go to several",
    cases: [
      "a datagram goes to its receiver and to nobody else, and one frame can go to several",
      "no datagram arrives twice, and none that was not taken or was told as dropped",
      "a datagram is not delivered within the call",
    ],
  },
  {
    member: "Datagrams.send",
    says: "false when the receiver is not there, the frame is too large or the room has ended",
    cases: [
      "a datagram to somebody who is not there is not taken",
      "a datagram that is too large is not taken and does not arrive",
    ],
  },
  {
    member: "Datagrams.send",
    says: "keeps a bounded number for each receiver; a slow one holds up no other; never waits, never throws",
    cases: ["what is kept for a receiver is bounded, and one that is full holds up no other"],
  },
  {
    member: "Datagrams.onDropped",
    says: "hears of each frame that was taken and dropped before it was sent, once",
    cases: ["no datagram arrives twice, and none that was not taken or was told as dropped"],
  },
  {
    member: "VideoTracks.codecs",
    says: "the codecs that can be sent",
    cases: [],
    unchecked: "the port says nothing yet of what it does",
  },
];
