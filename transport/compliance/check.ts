/**
 * What the cases are written with: guests in a room who remember what they hear, and waiting without a clock.
 */
import * as Effect from "effect/Effect";
import * as Exit from "effect/Exit";
import * as Fiber from "effect/Fiber";
import * as Scope from "effect/Scope";
import type { IncomingByteStream, OutgoingByteStream } from "../byte_stream.ts";
import type { JoinError, StreamError, StreamErrorReason } from "../errors.ts";
import type { ConnectionQuality, DisconnectReason, RemoteParticipant } from "../participant.ts";
import type { JoinOptions, Room, Transport } from "../room.ts";
import type { DataTracks, RemoteDataTrack } from "../track.ts";
import { ComplianceFailure, type ComplianceHarness } from "./harness.ts";

/** One thing that a guest was told. */
export type Heard =
  | { readonly what: "active" | "disconnected" | "attributes"; readonly participant: RemoteParticipant }
  | {
    readonly what: "quality";
    readonly quality: ConnectionQuality;
    readonly participant: RemoteParticipant | undefined;
  }
  | { readonly what: "stream"; readonly stream: IncomingByteStream }
  | {
    readonly what: "datagram";
    readonly sender: RemoteParticipant;
    readonly channelId: number;
    readonly frame: Uint8Array;
    readonly logTime: bigint;
  }
  | { readonly what: "published" | "unpublished"; readonly track: RemoteDataTrack }
  | { readonly what: "ended"; readonly reason: DisconnectReason };

/** A participant of the suite's own. */
export interface Guest {
  readonly identity: string;
  readonly room: Room;
  /** Everything it was told, in order. */
  readonly heard: Array<Heard>;
  /** Looks at each thing it is told while it is being told. */
  watch: ((heard: Heard) => void) | undefined;
  /** Begins to listen, for one that was told not to at first. */
  readonly listen: () => void;
  /** Leaves the room. */
  readonly leave: Effect.Effect<void>;
  /** The scope it has joined in. */
  readonly scope: Scope.Scope;
}

/** Fails the case unless it holds. */
export function expect(holds: boolean, detail: string): Effect.Effect<void, ComplianceFailure> {
  return holds ? Effect.void : Effect.fail(new ComplianceFailure({ detail }));
}

/** Who is the host of a case's room. */
const hosts = new WeakMap<ComplianceHarness, string>();

/** Settles who is the host, before anybody has joined. */
export function setHost(harness: ComplianceHarness, identity: string): void {
  hosts.set(harness, identity);
}

/** A transport into the room. Whoever is the first to ask for one is the host, unless that was settled. */
export function transportOf(harness: ComplianceHarness, identity: string): Transport {
  const host = hosts.get(harness) ?? identity;
  hosts.set(harness, host);
  return harness.transport(identity, identity === host ? "host" : "guest");
}

/** Joins, without listening yet. */
export function joinQuietly(
  harness: ComplianceHarness,
  identity: string,
  options?: JoinOptions,
): Effect.Effect<Guest, JoinError | ComplianceFailure, Scope.Scope> {
  return Effect.gen(function* () {
    const scope = yield* Scope.make();
    const leave = Scope.close(scope, Exit.void);
    yield* Effect.addFinalizer(() => leave);
    const joined = transportOf(harness, identity).join(options).pipe(Effect.provideService(Scope.Scope, scope));
    const room = yield* within(harness, `"${identity}" joins`, joined);
    return makeGuest(identity, room, leave, scope);
  });
}

/** Joins and listens. */
export function join(
  harness: ComplianceHarness,
  identity: string,
  options?: JoinOptions,
): Effect.Effect<Guest, JoinError | ComplianceFailure, Scope.Scope> {
  return Effect.tap(joinQuietly(harness, identity, options), (guest) => Effect.sync(() => guest.listen()));
}

function makeGuest(identity: string, room: Room, leave: Effect.Effect<void>, scope: Scope.Scope): Guest {
  const heard: Array<Heard> = [];
  const hear = (one: Heard): void => {
    heard.push(one);
    guest.watch?.(one);
  };
  const guest: Guest = {
    identity,
    room,
    heard,
    watch: undefined,
    leave,
    scope,
    listen: () =>
      room.listen({
        participantActive: (participant) => hear({ what: "active", participant }),
        participantDisconnected: (participant) => hear({ what: "disconnected", participant }),
        attributesChanged: (participant) => hear({ what: "attributes", participant }),
        connectionQualityChanged: (quality, participant) => hear({ what: "quality", quality, participant }),
        byteStreamOpened: (stream) => hear({ what: "stream", stream }),
        dataTrackPublished: (track) => hear({ what: "published", track }),
        dataTrackUnpublished: (track) => hear({ what: "unpublished", track }),
        datagramReceived: (sender, channelId, frame, logTime) =>
          hear({ what: "datagram", sender, channelId, frame, logTime }),
        disconnected: (reason) => hear({ what: "ended", reason }),
      }),
  };
  return guest;
}

/** Joins two who listen, the host first, and waits until each of them knows the other. The options are for the other. */
export function joinTwo(
  harness: ComplianceHarness,
  one: string,
  other: string,
  options?: JoinOptions,
): Effect.Effect<readonly [Guest, Guest], JoinError | ComplianceFailure, Scope.Scope> {
  return Effect.gen(function* () {
    const early = hosts.get(harness) === other ? yield* join(harness, other, options) : undefined;
    const first = yield* join(harness, one);
    const second = early ?? (yield* join(harness, other, options));
    yield* acquainted(harness, [first, second]);
    return [first, second] as const;
  });
}

/** Waits until the host and each of the others know each other. */
export function acquainted(
  harness: ComplianceHarness,
  guests: ReadonlyArray<Guest>,
): Effect.Effect<void, ComplianceFailure> {
  const host = hosts.get(harness);
  const know = ([one, other]: readonly [Guest, Guest]): boolean =>
    one.room.participant(other.identity)?.sid === other.room.sid;
  const pairs = guests.flatMap((one) => guests.map((other) => [one, other] as const)).filter(([one, other]) =>
    one !== other && (one.identity === host || other.identity === host)
  );
  return eventually(harness, "the host and the others are told of each other", () => pairs.every(know));
}

/** Waits until it holds; fails when the harness's patience is at its end. */
export function eventually(
  harness: ComplianceHarness,
  what: string,
  holds: () => boolean,
): Effect.Effect<void, ComplianceFailure> {
  return Effect.gen(function* () {
    for (let pauses = harness.patience ?? 200; pauses > 0; pauses--) {
      if (holds()) return;
      yield* harness.pause;
    }
    yield* expect(holds(), `never came about: ${what}`);
  });
}

/** Waits long enough to see that something does not happen. */
export function quiet(harness: ComplianceHarness): Effect.Effect<void> {
  return Effect.gen(function* () {
    for (let pauses = harness.quietPauses ?? 6; pauses > 0; pauses--) yield* harness.pause;
  });
}

/** Runs it; fails when it is not done within the harness's patience. */
export function within<A, E, R>(
  harness: ComplianceHarness,
  what: string,
  effect: Effect.Effect<A, E, R>,
): Effect.Effect<A, E | ComplianceFailure, R> {
  return Effect.gen(function* () {
    const fiber = yield* Effect.forkChild(effect, { startImmediately: true });
    yield* eventually(harness, what, () => fiber.pollUnsafe() !== undefined).pipe(
      Effect.onError(() => Effect.sync(() => fiber.interruptUnsafe())),
    );
    return yield* Fiber.join(fiber);
  });
}

/** Runs it expecting an error of a stream; fails when it succeeds or the error is another one. */
export function failsWith<R>(
  harness: ComplianceHarness,
  what: string,
  reasons: ReadonlyArray<StreamErrorReason>,
  effect: Effect.Effect<unknown, StreamError, R>,
): Effect.Effect<void, ComplianceFailure, R> {
  return Effect.gen(function* () {
    const exit = yield* within(harness, what, Effect.result(effect));
    const was = exit._tag === "Success" ? "success" : `reason "${exit.failure.reason}"`;
    const holds = exit._tag === "Failure" && reasons.includes(exit.failure.reason);
    yield* expect(holds, `${what}: expected reason ${reasons.join(" or ")}, got ${was}`);
  });
}

/** The streams of that topic that a guest was told of. */
export function streamsOf(guest: Guest, topic: string): ReadonlyArray<IncomingByteStream> {
  return guest.heard.flatMap((heard) => heard.what === "stream" && heard.stream.topic === topic ? [heard.stream] : []);
}

/** The tracks that a guest was told of, by name. */
export function tracksOf(guest: Guest, name: string): ReadonlyArray<RemoteDataTrack> {
  return guest.heard.flatMap((heard) => heard.what === "published" && heard.track.name === name ? [heard.track] : []);
}

/** What a guest was told of one participant, in order. */
export function heardOf(guest: Guest, identity: string): ReadonlyArray<string> {
  return guest.heard.flatMap((heard) =>
    (heard.what === "active" || heard.what === "disconnected") && heard.participant.identity === identity
      ? [heard.what]
      : []
  );
}

/** Opens a stream between two guests and waits until the other end is there. */
export function connect(
  harness: ComplianceHarness,
  from: Guest,
  to: Guest,
  topic: string,
): Effect.Effect<readonly [OutgoingByteStream, IncomingByteStream], StreamError | ComplianceFailure> {
  return Effect.gen(function* () {
    const opened = from.room.openByteStream({ topic, destinations: [to.identity] });
    const outgoing = yield* within(harness, `stream "${topic}" opens`, opened);
    return [outgoing, yield* theStream(harness, to, topic)] as const;
  });
}

/** Waits until a guest is told of a stream of that topic. */
export function theStream(
  harness: ComplianceHarness,
  guest: Guest,
  topic: string,
): Effect.Effect<IncomingByteStream, ComplianceFailure> {
  return Effect.gen(function* () {
    yield* eventually(
      harness,
      `"${guest.identity}" is told of stream "${topic}"`,
      () => streamsOf(guest, topic).length > 0,
    );
    const stream = streamsOf(guest, topic)[0];
    return stream ?? (yield* new ComplianceFailure({ detail: `there is no stream "${topic}"` }));
  });
}

/** Reads until that many bytes have come, or the end. */
export function readBytes(
  harness: ComplianceHarness,
  stream: IncomingByteStream,
  count: number,
): Effect.Effect<Uint8Array, StreamError | ComplianceFailure> {
  const reading = Effect.gen(function* () {
    const chunks: Array<Uint8Array> = [];
    for (let length = 0; length < count;) {
      const chunk = yield* stream.read;
      if (chunk === undefined) break;
      yield* expect(chunk.length > 0, "a chunk that was read is empty");
      chunks.push(chunk);
      length += chunk.length;
    }
    return joined(chunks);
  });
  return within(harness, `${count} bytes of stream "${stream.topic}" are read`, reading);
}

/** Reads to the end of the stream. */
export function readAll(
  harness: ComplianceHarness,
  stream: IncomingByteStream,
): Effect.Effect<Uint8Array, StreamError | ComplianceFailure> {
  return readBytes(harness, stream, Infinity);
}

/** Fails unless the bytes are equal. */
export function sameBytes(
  what: string,
  received: Uint8Array,
  expected: Uint8Array,
): Effect.Effect<void, ComplianceFailure> {
  if (received.length !== expected.length) {
    return expect(false, `${what}: expected ${expected.length} bytes, got ${received.length}`);
  }
  const at = expected.findIndex((byte, index) => byte !== received[index]);
  return expect(at < 0, `${what}: byte ${at} is ${received[at]} and should be ${expected[at]}`);
}

/** Bytes that differ from place to place, so that a loss or a swap shows. */
export function pattern(length: number, seed = 1): Uint8Array {
  const bytes = new Uint8Array(length);
  let state = seed;
  for (let index = 0; index < length; index++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fff_ffff;
    bytes[index] = state >> 16;
  }
  return bytes;
}

/** Several chunks as one. */
export function joined(chunks: ReadonlyArray<Uint8Array>): Uint8Array {
  const bytes = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.length;
  }
  return bytes;
}

/** A guest's ability to publish data tracks; fails when it has none. */
export function dataTracksOf(guest: Guest): Effect.Effect<DataTracks, ComplianceFailure> {
  const { dataTracks } = guest.room;
  if (dataTracks !== undefined) return Effect.succeed(dataTracks);
  return Effect.fail(new ComplianceFailure({ detail: `the room of "${guest.identity}" has no data tracks` }));
}

/** Waits until a guest is told of a track of that name. */
export function theTrack(
  harness: ComplianceHarness,
  guest: Guest,
  name: string,
): Effect.Effect<RemoteDataTrack, ComplianceFailure> {
  return Effect.gen(function* () {
    yield* eventually(
      harness,
      `"${guest.identity}" is told of track "${name}"`,
      () => tracksOf(guest, name).length > 0,
    );
    const track = tracksOf(guest, name).at(-1);
    return track ?? (yield* new ComplianceFailure({ detail: `there is no track "${name}"` }));
  });
}
