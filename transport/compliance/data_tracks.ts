/**
 * Cases: data tracks. Frames may be lost, so a case that needs one pushes until it comes.
 */
import * as Effect from "effect/Effect";
import * as Exit from "effect/Exit";
import * as Fiber from "effect/Fiber";
import * as Scope from "effect/Scope";
import type { TrackErrorReason } from "../errors.ts";
import type { OutgoingDataTrack, RemoteDataTrack } from "../track.ts";
import {
  acquainted,
  dataTracksOf,
  eventually,
  expect,
  type Guest,
  join,
  joinQuietly,
  joinTwo,
  pattern,
  quiet,
  sameBytes,
  theTrack,
  tracksOf,
  within,
} from "./check.ts";
import type { ComplianceCase, ComplianceError, ComplianceFailure, ComplianceHarness } from "./harness.ts";

interface Frame {
  readonly bytes: Uint8Array;
  readonly logTime: bigint;
}

function publish(
  harness: ComplianceHarness,
  guest: Guest,
  name: string,
): Effect.Effect<OutgoingDataTrack, ComplianceError> {
  return Effect.gen(function* () {
    const tracks = yield* dataTracksOf(guest);
    return yield* within(harness, `track "${name}" is published`, tracks.publish(name));
  });
}

/** Subscribes for as long as the case runs, or the scope that is given is open. */
function subscribe(
  harness: ComplianceHarness,
  track: RemoteDataTrack,
): Effect.Effect<Array<Frame>, ComplianceError, Scope.Scope> {
  const frames: Array<Frame> = [];
  const subscribing = track.subscribe((bytes, logTime) => void frames.push({ bytes, logTime }));
  return Effect.as(within(harness, `subscribing to "${track.name}"`, subscribing), frames);
}

/** Pushes the same frame until one more has come. */
function pushUntil(
  harness: ComplianceHarness,
  track: OutgoingDataTrack,
  frames: ReadonlyArray<Frame>,
  frame: Frame,
): Effect.Effect<void, ComplianceFailure> {
  const before = frames.length;
  return eventually(harness, `a frame of ${frame.bytes.length} bytes arrives`, () => {
    if (frames.length > before) return true;
    track.push(frame.bytes, frame.logTime);
    return false;
  });
}

function refuses(
  harness: ComplianceHarness,
  what: string,
  reasons: ReadonlyArray<TrackErrorReason>,
  effect: Effect.Effect<unknown, ComplianceError, Scope.Scope>,
): Effect.Effect<void, ComplianceFailure, Scope.Scope> {
  return Effect.gen(function* () {
    const result = yield* within(harness, what, Effect.result(effect)).pipe(Effect.result);
    const inner = result._tag === "Success" ? result.success : result;
    const was = inner._tag === "Success" ? "success" : inner.failure.message;
    const holds = inner._tag === "Failure" && inner.failure._tag === "TrackError" &&
      reasons.includes(inner.failure.reason);
    yield* expect(holds, `${what}: expected reason ${reasons.join(" or ")}, got ${was}`);
  });
}

/** The cases. */
export const dataTrackCases: ReadonlyArray<ComplianceCase> = [
  {
    name: "a track that is published is told to the others, with its name and its publisher",
    member: "DataTracks.publish",
    needs: ["dataTracks"],
    run: (harness) =>
      Effect.gen(function* () {
        const [publisher, other] = yield* joinTwo(harness, "publisher", "other");
        const outgoing = yield* publish(harness, publisher, "data-ch-1");
        const track = yield* theTrack(harness, other, "data-ch-1");
        yield* quiet(harness);
        yield* expect(outgoing.name === "data-ch-1", `the publisher's own name for it is "${outgoing.name}"`);
        yield* expect(track.publisher === "publisher", `its publisher is "${track.publisher}"`);
        yield* expect(tracksOf(other, "data-ch-1").length === 1, "it was told more than once");
        yield* expect(tracksOf(publisher, "data-ch-1").length === 0, "the publisher was told of its own track");
      }),
  },
  {
    name: "listen tells of the tracks already published",
    member: "Room.listen",
    needs: ["dataTracks"],
    run: (harness) =>
      Effect.gen(function* () {
        const publisher = yield* join(harness, "publisher");
        yield* publish(harness, publisher, "early");
        const late = yield* joinQuietly(harness, "late");
        yield* acquainted(harness, [publisher, late]);
        yield* quiet(harness);
        late.listen();
        const told = late.heard.map(({ what }) => what).join();
        yield* expect(told === "active,published", `listen told of: ${told}`);
        yield* quiet(harness);
        yield* expect(tracksOf(late, "early").length === 1, "the track was told twice");
      }),
  },
  {
    name: "frames arrive whole, with their log time",
    member: "RemoteDataTrack.subscribe",
    needs: ["dataTracks"],
    run: (harness) =>
      Effect.gen(function* () {
        const [publisher, other] = yield* joinTwo(harness, "publisher", "other");
        const outgoing = yield* publish(harness, publisher, "whole");
        const frames = yield* subscribe(harness, yield* theTrack(harness, other, "whole"));
        const { maxFrameBytes } = yield* dataTracksOf(publisher);
        const sizes = [1, 100, 1200, 16_000, maxFrameBytes].filter((size) => size <= maxFrameBytes);
        const times = [0n, 1n, 1_700_000_000_123_456_789n, 2n ** 63n, 2n ** 64n - 1n];
        for (const [index, size] of sizes.entries()) {
          const frame = { bytes: pattern(size, index + 1), logTime: times[index] ?? 0n };
          const before = frames.length;
          yield* pushUntil(harness, outgoing, frames, frame);
          yield* quiet(harness);
          for (const got of frames.slice(before)) {
            yield* sameBytes(`a frame of ${size} bytes`, got.bytes, frame.bytes);
            yield* expect(got.logTime === frame.logTime, `log time ${got.logTime}, not ${frame.logTime}`);
          }
        }
      }),
  },
  {
    name: "no frame arrives twice, and none that was not taken or was told as dropped",
    member: "OutgoingDataTrack.push",
    needs: ["dataTracks"],
    run: (harness) =>
      Effect.gen(function* () {
        const [publisher, other] = yield* joinTwo(harness, "publisher", "other");
        const outgoing = yield* publish(harness, publisher, "burst");
        const frames = yield* subscribe(harness, yield* theTrack(harness, other, "burst"));
        const taken = new Set<bigint>();
        const dropped: Array<bigint | undefined> = [];
        // A frame of its own for each, by which it is known when it is told as dropped.
        const times = new WeakMap<Uint8Array, bigint>();
        outgoing.onDropped?.((frame) => dropped.push(times.get(frame)));
        // Far more than any transport keeps, without a pause: push must answer all the same.
        for (let count = 0n; count < 20_000n; count++) {
          const frame = pattern(1000);
          times.set(frame, count);
          if (outgoing.push(frame, count)) taken.add(count);
        }
        yield* quiet(harness);
        const seen = new Set<bigint>();
        for (const { logTime } of frames) {
          yield* expect(!seen.has(logTime), `frame ${logTime} arrived twice`);
          yield* expect(taken.has(logTime), `frame ${logTime} arrived though it was not taken`);
          seen.add(logTime);
        }
        yield* expect(new Set(dropped).size === dropped.length, "a frame was told as dropped twice");
        for (const time of dropped) {
          const isTaken = time !== undefined && taken.has(time);
          yield* expect(isTaken, `frame ${time} was told as dropped though it was not taken`);
          yield* expect(!isTaken || !seen.has(time), `frame ${time} arrived though it was told as dropped`);
        }
      }),
  },
  {
    name: "push does not deliver within the call",
    member: "RoomListener",
    needs: ["dataTracks"],
    run: (harness) =>
      Effect.gen(function* () {
        const [publisher, other] = yield* joinTwo(harness, "publisher", "other");
        const outgoing = yield* publish(harness, publisher, "later");
        const frames = yield* subscribe(harness, yield* theTrack(harness, other, "later"));
        for (let count = 0n; count < 10n; count++) {
          const before = frames.length;
          outgoing.push(Uint8Array.of(1), count);
          yield* expect(frames.length === before, "a frame was delivered while push was being called");
        }
      }),
  },
  {
    name: "a frame that is too large is not taken and does not arrive",
    member: "DataTracks.maxFrameBytes",
    needs: ["dataTracks"],
    run: (harness) =>
      Effect.gen(function* () {
        const [publisher, other] = yield* joinTwo(harness, "publisher", "other");
        const outgoing = yield* publish(harness, publisher, "large");
        const frames = yield* subscribe(harness, yield* theTrack(harness, other, "large"));
        const { maxFrameBytes } = yield* dataTracksOf(publisher);
        const taken = outgoing.push(new Uint8Array(maxFrameBytes + 1), 1n);
        yield* expect(!taken, `a frame of ${maxFrameBytes + 1} bytes was taken, with a limit of ${maxFrameBytes}`);
        yield* quiet(harness);
        yield* expect(frames.length === 0, "a frame that was not taken arrived");
        yield* pushUntil(harness, outgoing, frames, { bytes: Uint8Array.of(1), logTime: 2n });
      }),
  },
  {
    name: "a second track of one name is refused as duplicate, and the first goes on",
    member: "DataTracks.publish",
    needs: ["dataTracks"],
    run: (harness) =>
      Effect.gen(function* () {
        const [publisher, other] = yield* joinTwo(harness, "publisher", "other");
        const outgoing = yield* publish(harness, publisher, "once");
        yield* refuses(harness, "publishing it twice", ["duplicate"], publish(harness, publisher, "once"));
        const frames = yield* subscribe(harness, yield* theTrack(harness, other, "once"));
        yield* pushUntil(harness, outgoing, frames, { bytes: Uint8Array.of(5), logTime: 5n });
      }),
  },
  {
    name: "two participants may have tracks of the same name",
    member: "RemoteDataTrack.publisher",
    needs: ["dataTracks"],
    run: (harness) =>
      Effect.gen(function* () {
        const [one, two] = yield* joinTwo(harness, "one", "two");
        const listener = yield* join(harness, "listener");
        yield* acquainted(harness, [one, two, listener]);
        const outgoing = yield* publish(harness, one, "same");
        yield* publish(harness, two, "same");
        yield* eventually(harness, "both are told", () => tracksOf(listener, "same").length === 2);
        const track = tracksOf(listener, "same").find(({ publisher }) => publisher === "one");
        yield* expect(track !== undefined, "no track says that the first one publishes it");
        if (track === undefined) return;
        const frames = yield* subscribe(harness, track);
        yield* pushUntil(harness, outgoing, frames, { bytes: Uint8Array.of(1), logTime: 11n });
        yield* expect(frames.every(({ logTime }) => logTime === 11n), "frames of another track came");
      }),
  },
  {
    name: "every subscriber gets the frames",
    member: "OutgoingDataTrack.push",
    needs: ["dataTracks"],
    run: (harness) =>
      Effect.gen(function* () {
        const [publisher, one] = yield* joinTwo(harness, "publisher", "one");
        const two = yield* join(harness, "two");
        yield* acquainted(harness, [publisher, one, two]);
        const outgoing = yield* publish(harness, publisher, "all");
        const first = yield* subscribe(harness, yield* theTrack(harness, one, "all"));
        const second = yield* subscribe(harness, yield* theTrack(harness, two, "all"));
        const frame = { bytes: pattern(500), logTime: 3n };
        yield* pushUntil(harness, outgoing, first, frame);
        if (second.length === 0) yield* pushUntil(harness, outgoing, second, frame);
        yield* sameBytes("what the second got", second[0]?.bytes ?? new Uint8Array(0), frame.bytes);
      }),
  },
  {
    name: "a track that is taken back is told, takes no more frames, and its name is free",
    member: "OutgoingDataTrack.unpublish",
    needs: ["dataTracks"],
    run: (harness) =>
      Effect.gen(function* () {
        const [publisher, other] = yield* joinTwo(harness, "publisher", "other");
        const outgoing = yield* publish(harness, publisher, "back");
        const old = yield* theTrack(harness, other, "back");
        yield* outgoing.unpublish;
        yield* outgoing.unpublish;
        yield* expect(!outgoing.push(Uint8Array.of(1), 1n), "a frame was taken after unpublish");
        yield* eventually(harness, "its end is told", () => other.heard.some(({ what }) => what === "unpublished"));
        yield* refuses(harness, "subscribing to it", ["unavailable", "timeout"], old.subscribe(() => {}));
        const again = yield* publish(harness, publisher, "back");
        yield* eventually(harness, "the new one is told", () => tracksOf(other, "back").length === 2);
        const frames = yield* subscribe(harness, yield* theTrack(harness, other, "back"));
        yield* pushUntil(harness, again, frames, { bytes: Uint8Array.of(2), logTime: 2n });
        const ends = other.heard.filter(({ what }) => what === "unpublished").length;
        yield* expect(ends === 1, `its end was told ${ends} times`);
      }),
  },
  {
    name: "the tracks of a publisher that leaves are told as gone",
    member: "RoomListener.dataTrackUnpublished",
    needs: ["dataTracks"],
    run: (harness) =>
      Effect.gen(function* () {
        const [publisher, other] = yield* joinTwo(harness, "publisher", "other");
        yield* publish(harness, publisher, "one");
        yield* publish(harness, publisher, "two");
        yield* theTrack(harness, other, "one");
        const track = yield* theTrack(harness, other, "two");
        yield* publisher.leave;
        const gone = (): ReadonlyArray<string> =>
          other.heard.flatMap((heard) => heard.what === "unpublished" ? [heard.track.name] : []);
        yield* eventually(harness, "the end of both is told", () => gone().toSorted().join() === "one,two");
        yield* refuses(harness, "subscribing to it", ["unavailable", "timeout"], track.subscribe(() => {}));
      }),
  },
  {
    name: "no frame arrives after the subscription's scope has closed",
    member: "RemoteDataTrack.subscribe",
    needs: ["dataTracks"],
    run: (harness) =>
      Effect.gen(function* () {
        const [publisher, other] = yield* joinTwo(harness, "publisher", "other");
        const outgoing = yield* publish(harness, publisher, "ended");
        const track = yield* theTrack(harness, other, "ended");
        const scope = yield* Scope.make();
        const frames = yield* subscribe(harness, track).pipe(Effect.provideService(Scope.Scope, scope));
        yield* pushUntil(harness, outgoing, frames, { bytes: Uint8Array.of(1), logTime: 1n });
        for (let count = 0n; count < 10n; count++) outgoing.push(Uint8Array.of(2), count);
        yield* Scope.close(scope, Exit.void);
        const before = frames.length;
        outgoing.push(Uint8Array.of(3), 3n);
        yield* quiet(harness);
        yield* expect(frames.length === before, `${frames.length - before} frames came after the end`);
      }),
  },
  {
    name: "push says false and publish fails when the publisher's own room has ended",
    member: "DataTracks.publish",
    needs: ["dataTracks"],
    run: (harness) =>
      Effect.gen(function* () {
        const publisher = yield* join(harness, "publisher");
        const outgoing = yield* publish(harness, publisher, "over");
        yield* publisher.leave;
        yield* expect(!outgoing.push(Uint8Array.of(1), 1n), "a frame was taken after leaving");
        yield* refuses(harness, "publishing", ["unavailable", "refused"], publish(harness, publisher, "more"));
      }),
  },
  {
    name: "publishing can be interrupted, and the track is not there then",
    member: "DataTracks.publish",
    needs: ["dataTracks"],
    run: (harness) =>
      Effect.gen(function* () {
        const [publisher, other] = yield* joinTwo(harness, "publisher", "other");
        const tracks = yield* dataTracksOf(publisher);
        const publishing = yield* Effect.forkChild(tracks.publish("undecided"), { startImmediately: true });
        yield* within(harness, "the interruption", Fiber.interrupt(publishing));
        const exit = publishing.pollUnsafe();
        // A transport may be done before the interruption: then the track is there, and this shows nothing.
        if (exit?._tag === "Success") return;
        yield* quiet(harness);
        const told = tracksOf(other, "undecided").length;
        const ends = other.heard.filter(({ what }) => what === "unpublished").length;
        yield* expect(told === ends, "a track whose publishing was interrupted stayed");
        yield* publish(harness, publisher, "undecided");
      }),
  },
];
