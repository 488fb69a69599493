/**
 * Participants for tests of the loopback that remember what they hear.
 */
import * as Effect from "effect/Effect";
import * as Exit from "effect/Exit";
import * as Scope from "effect/Scope";
import type { LoopbackHub, LoopbackTransportOptions } from "../../../adapters/loopback/mod.ts";
import type { IncomingByteStream, JoinError, RemoteDataTrack, Room } from "../../../transport/mod.ts";

/** A participant and what it was told, one word per event. */
export interface Guest {
  readonly room: Room;
  readonly heard: Array<string>;
  readonly streams: Array<IncomingByteStream>;
  readonly tracks: Array<RemoteDataTrack>;
  readonly leave: Effect.Effect<void>;
}

/** Joins and listens. */
export function join(
  hub: LoopbackHub,
  identity: string,
  options: Partial<LoopbackTransportOptions> = {},
): Effect.Effect<Guest, JoinError, Scope.Scope> {
  return Effect.gen(function* () {
    const scope = yield* Scope.make();
    const leave = Scope.close(scope, Exit.void);
    yield* Effect.addFinalizer(() => leave);
    const transport = hub.transport({ ...options, identity });
    const room = yield* Effect.provideService(transport.join(), Scope.Scope, scope);
    const guest: Guest = { room, heard: [], streams: [], tracks: [], leave };
    listen(guest);
    return guest;
  });
}

/** Lets a guest hear of its room. */
export function listen({ room, heard, streams, tracks }: Guest): void {
  room.listen({
    participantActive: ({ identity, sid }) => heard.push(`active ${identity} ${sid}`),
    participantDisconnected: ({ identity, sid }) => heard.push(`disconnected ${identity} ${sid}`),
    attributesChanged: ({ identity }) => heard.push(`attributes ${identity}`),
    connectionQualityChanged: (quality, one) => heard.push(`quality ${one?.identity ?? "own"} ${quality}`),
    byteStreamOpened: (stream) => {
      heard.push(`stream ${stream.topic}`);
      streams.push(stream);
    },
    dataTrackPublished: (track) => {
      heard.push(`published ${track.name}`);
      tracks.push(track);
    },
    dataTrackUnpublished: ({ name }) => heard.push(`unpublished ${name}`),
    disconnected: (reason) => heard.push(`ended ${reason}`),
  });
}

/** The first of a list that must not be empty. */
export function first<A>(list: ReadonlyArray<A>): A {
  const [value] = list;
  if (value === undefined) throw new Error("the list is empty");
  return value;
}
