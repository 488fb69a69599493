import * as Effect from "effect/Effect";
import * as Scope from "effect/Scope";
import {
  JoinError,
  type OutgoingByteStream,
  type Room,
  type RoomListener,
  StreamError,
  type TrackDropListener,
} from "../../transport/mod.ts";
import { type Broken, caughtBySuite } from "./caught.ts";
import type { Parts } from "./broken.ts";

/** A listener whose calls of one kind are changed. */
function changed(change: (listener: RoomListener) => RoomListener): Parts {
  return { listener: (listener) => ({ ...listener, ...change(listener) }) };
}

/** Writes in small pieces, each a write of its own. */
function inPieces(stream: OutgoingByteStream, size: number): OutgoingByteStream["write"] {
  return (bytes) =>
    Effect.gen(function* () {
      for (let from = 0; from < bytes.length; from += size) {
        yield* stream.write(bytes.subarray(from, from + size));
        yield* Effect.yieldNow;
      }
    });
}

function brokenEnd(stream: { readonly topic: string; readonly sender: string }): StreamError {
  return new StreamError({ reason: "read", topic: stream.topic, peers: [stream.sender], detail: "abnormal end" });
}

function callsItself(room: Room): Room {
  let listener: RoomListener = {};
  return {
    ...room,
    listen: (given) => {
      listener = given;
      room.listen(given);
    },
    openByteStream: (options) =>
      Effect.suspend(() => {
        listener.connectionQualityChanged?.("good", undefined);
        return room.openByteStream(options);
      }),
  };
}

const presence: ReadonlyArray<Broken> = [
  {
    does: "tells twice that a participant is active",
    caughtBy: "a participant that joins is told as active, once",
    parts: changed((listener) => ({
      participantActive: (participant) => {
        listener.participantActive?.(participant);
        listener.participantActive?.(participant);
      },
    })),
  },
  {
    does: "does not tell that a participant has left",
    caughtBy: "a participant that leaves is told with its sid, once, and is gone",
    parts: changed(() => ({ participantDisconnected: () => {} })),
  },
  {
    does: "tells of those already there only after listen",
    caughtBy: "listen tells of those already active before it returns",
    parts: changed((listener) => ({
      participantActive: (participant) => queueMicrotask(() => listener.participantActive?.(participant)),
    })),
  },
  {
    does: "uses the identity as the sid",
    caughtBy: "no two instances have the same sid",
    parts: {
      room: (room) => ({ ...room, sid: room.identity }),
      participant: (participant) => ({ ...participant, sid: participant.identity }),
    },
  },
  {
    does: "counts joinedAt backwards",
    caughtBy: "a later instance of an identity never has the smaller joinedAt",
    parts: { participant: (participant) => ({ ...participant, joinedAt: 1e15 - participant.joinedAt }) },
  },
  {
    does: "forgets the attributes that are not set anew",
    caughtBy: "attributes that are set are told to the others, and the rest stay",
    parts: {
      participant: (participant) => ({ ...participant, attributes: new Map([...participant.attributes].slice(1)) }),
    },
  },
  {
    does: "lists the participant itself",
    caughtBy: "nobody is told of itself",
    parts: {
      room: (room) => ({
        ...room,
        participants: () => [
          ...room.participants(),
          { identity: room.identity, sid: room.sid, joinedAt: 0, attributes: new Map() },
        ],
      }),
    },
  },
];

const streams: ReadonlyArray<Broken> = [
  {
    does: "loses the last byte of large writes",
    caughtBy: "every byte arrives, once and in order, however it is cut",
    parts: {
      outgoing: (stream) => ({ ...stream, write: (bytes) => stream.write(bytes.subarray(0, 65_536)) }),
    },
  },
  {
    does: "takes all it is given, without any bound",
    caughtBy: "a write waits while nobody reads, and goes on by itself when somebody does",
    parts: {
      outgoing: (stream) => ({
        ...stream,
        write: (bytes) => Effect.asVoid(Effect.forkDetach(stream.write(bytes), { startImmediately: true })),
      }),
    },
  },
  {
    does: "cannot be interrupted in a write",
    caughtBy: "a write that waits can be interrupted at once, and abort ends the stream then",
    parts: {
      outgoing: (stream) => ({ ...stream, write: (bytes) => Effect.uninterruptible(stream.write(bytes)) }),
    },
  },
  {
    does: "lets two writes mix",
    caughtBy: "a second write waits for the first, and their bytes do not mix",
    parts: { outgoing: (stream) => ({ ...stream, write: inPieces(stream, 10_000) }) },
  },
  {
    does: "does not send the end on close",
    caughtBy: "after close the reader reads what was written and then the end, again and again",
    parts: { outgoing: (stream) => ({ ...stream, close: Effect.void }) },
  },
  {
    does: "leaves a write that waits asleep on abort",
    caughtBy: "abort wakes a write that waits, with an error",
    parts: { outgoing: (stream) => ({ ...stream, abort: Effect.void }) },
  },
  {
    does: "gives the wrong reason for a write after close",
    caughtBy: "writes fail after close and after abort, with reason closed",
    parts: {
      outgoing: (stream) => ({
        ...stream,
        write: (bytes) =>
          Effect.mapError(
            stream.write(bytes),
            (error) =>
              new StreamError({ ...error, reason: "write", peers: error.peers, topic: error.topic, detail: "no" }),
          ),
      }),
    },
  },
  {
    does: "sends to everybody",
    caughtBy: "a stream goes to all of its destinations and to nobody else",
    parts: {
      room: (room) => ({
        ...room,
        openByteStream: (options) =>
          room.openByteStream({
            ...options,
            destinations: room.participants().map(({ identity }) => identity),
          }),
      }),
    },
  },
  {
    does: "opens a stream to nobody",
    caughtBy: "opening a stream to nobody who is there fails, with reason open",
    parts: {
      room: (room) => ({
        ...room,
        openByteStream: (options) =>
          Effect.catch(
            room.openByteStream(options),
            () => Effect.succeed({ ...options, write: () => Effect.void, close: Effect.void, abort: Effect.void }),
          ),
      }),
    },
  },
  {
    does: "uses one buffer for every chunk that is read",
    caughtBy: "a chunk that was read stays as it is",
    parts: {
      incoming: (stream) => {
        const buffer = new Uint8Array(1_000_000);
        const read = Effect.map(stream.read, (chunk) => {
          if (chunk === undefined) return undefined;
          buffer.set(chunk);
          return buffer.subarray(0, chunk.length);
        });
        return { ...stream, read };
      },
    },
  },
  {
    does: "reports a sender that leaves as an error",
    caughtBy: "a sender that leaves is a normal end, after every byte it wrote",
    parts: {
      incoming: (stream) => ({
        ...stream,
        read: Effect.flatMap(
          stream.read,
          (chunk) => chunk === undefined ? Effect.fail(brokenEnd(stream)) : Effect.succeed(chunk),
        ),
      }),
    },
  },
  {
    does: "loses what it has taken when a read is interrupted",
    caughtBy: "interrupting a read loses no bytes",
    parts: { incoming: (stream) => ({ ...stream, read: Effect.tap(stream.read, () => Effect.yieldNow) }) },
  },
  {
    does: "leaves a read that waits asleep on cancel",
    caughtBy: "cancel fails a read that waits and every later one, with reason closed",
    parts: { incoming: (stream) => ({ ...stream, cancel: Effect.void }) },
  },
];

/** Tells of frames as dropped, by whether they were taken. */
function tellingOf(isTold: (isTaken: boolean) => boolean): Parts {
  return {
    outgoingTrack: (track) => {
      let tell: TrackDropListener | undefined;
      return {
        ...track,
        push: (frame, time) => {
          const isTaken = track.push(frame, time);
          if (isTold(isTaken)) tell?.(frame);
          return isTaken;
        },
        onDropped: (listener) => void (tell = listener),
      };
    },
  };
}

const tracks: ReadonlyArray<Broken> = [
  {
    does: "claims to take frames that are too large",
    caughtBy: "a frame that is too large is not taken and does not arrive",
    parts: {
      outgoingTrack: (track) => ({ ...track, push: (frame, time) => track.push(frame, time) || frame.length > 0 }),
    },
  },
  {
    does: "loses bits of the log time",
    caughtBy: "frames arrive whole, with their log time",
    parts: {
      outgoingTrack: (track) => ({ ...track, push: (frame, time) => track.push(frame, BigInt(Number(time))) }),
    },
  },
  {
    does: "sends frames twice",
    caughtBy: "no frame arrives twice, and none that was not taken or was told as dropped",
    parts: {
      outgoingTrack: (track) => ({
        ...track,
        push: (frame, time) => {
          track.push(frame, time);
          return track.push(frame, time);
        },
      }),
    },
  },
  {
    does: "goes on with frames after the subscription's end",
    caughtBy: "no frame arrives after the subscription's scope has closed",
    parts: {
      remoteTrack: (track) => ({
        name: track.name,
        publisher: track.publisher,
        subscribe: (listener) =>
          Effect.flatMap(Scope.make(), (scope) => Effect.provideService(track.subscribe(listener), Scope.Scope, scope)),
      }),
    },
  },
  {
    does: "publishes one name twice",
    caughtBy: "a second track of one name is refused as duplicate, and the first goes on",
    parts: {
      dataTracks: (given) => ({
        ...given,
        publish: (name) => Effect.catch(given.publish(name), () => given.publish(`${name} again`)),
      }),
    },
  },
  {
    does: "tells of frames as dropped that it sends",
    caughtBy: "no frame arrives twice, and none that was not taken or was told as dropped",
    parts: tellingOf((isTaken) => isTaken),
  },
  {
    does: "tells of frames as dropped that it has not taken",
    caughtBy: "no frame arrives twice, and none that was not taken or was told as dropped",
    parts: tellingOf((isTaken) => !isTaken),
  },
  {
    does: "keeps the name of a track that was taken back",
    caughtBy: "a track that is taken back is told, takes no more frames, and its name is free",
    parts: { outgoingTrack: (track) => ({ ...track, unpublish: Effect.void }) },
  },
];

const rooms: ReadonlyArray<Broken> = [
  {
    does: "tells the end of the room twice",
    caughtBy: "the end of a room is told once, with its reason, and is the last event",
    parts: changed((listener) => ({
      disconnected: (reason) => {
        listener.disconnected?.(reason);
        listener.disconnected?.(reason);
      },
    })),
  },
  {
    does: "calls its listener within a call",
    caughtBy: "a listener is not called within a call of the core's",
    parts: { room: callsItself },
  },
  {
    does: "goes on telling while its room is being closed",
    caughtBy: "a listener is not called any more once its room's scope begins to close",
    parts: {
      join: (join) => (options) =>
        Effect.gen(function* () {
          const scope = yield* Scope.make();
          yield* Effect.addFinalizer((exit) => Scope.close(scope, exit));
          return yield* Effect.provideService(join(options), Scope.Scope, scope);
        }),
    },
  },
  {
    does: "joins in the background when it is interrupted",
    caughtBy: "a join that is interrupted leaves nobody behind",
    parts: {
      join: (join) => (options) =>
        Effect.gen(function* () {
          const scope = yield* Scope.make();
          const joining = Effect.provideService(join(options), Scope.Scope, scope);
          const fiber = yield* Effect.forkDetach(joining, { startImmediately: true });
          yield* Effect.sleep("20 millis");
          const exit = fiber.pollUnsafe();
          return yield* exit ?? new JoinError({ reason: "timeout", detail: "not yet" });
        }),
    },
  },
  {
    does: "calls refused credentials unreachable",
    caughtBy: "credentials that are refused fail the join, with reason refused",
    parts: {
      join: (join) => (options) =>
        Effect.mapError(join(options), ({ detail }) => new JoinError({ reason: "unreachable", detail })),
    },
  },
];

for (const [what, all] of Object.entries({ presence, streams, tracks, rooms })) caughtBySuite(what, all);
