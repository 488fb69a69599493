import { assert, describe, it } from "@effect/vitest";
import * as Effect from "effect/Effect";
import * as Exit from "effect/Exit";
import * as Fiber from "effect/Fiber";
import * as Scope from "effect/Scope";
import { liveKitLimits } from "../../../adapters/livekit/limits.ts";
import { RemoteTrack } from "../../../adapters/livekit/remote_track.ts";
import type { TrackError } from "../../../transport/errors.ts";
import { ReasonedError } from "./support/fake_publisher.ts";
import { FakeRemoteTrack } from "./support/fake_remote_track.ts";
import { ManualTime, turns } from "./support/manual_time.ts";

const soon: Effect.Effect<void> = Effect.promise(turns);

function setUp(track = new FakeRemoteTrack()) {
  const room = { state: "connected" };
  const time = new ManualTime();
  const remote = new RemoteTrack({ track, publisher: "device", room, limits: liveKitLimits(), time });
  const heard: Array<string> = [];
  const listener = (frame: Uint8Array, logTime: bigint): void => void heard.push(`${frame.join()}@${logTime}`);
  return { track, room, time, remote, heard, listener };
}

/** Subscribes in a scope of its own; `begun` ends when the subscription stands. */
const subscribe = Effect.fnUntraced(function* (given: ReturnType<typeof setUp>) {
  const scope = yield* Scope.make();
  const begun: Fiber.Fiber<void, TrackError> = yield* Effect.forkChild(
    given.remote.subscribe(given.listener).pipe(Effect.provideService(Scope.Scope, scope)),
    { startImmediately: true },
  );
  yield* soon;
  return { begun, end: Scope.close(scope, Exit.void) };
});

describe("RemoteTrack", () => {
  it.effect("hands on frames as they come, with their log time, from the server's confirmation on", () =>
    Effect.gen(function* () {
      const given = setUp();
      assert.equal(given.remote.name, "data-ch-1");
      assert.equal(given.remote.publisher, "device");
      const { begun } = yield* subscribe(given);
      assert.isUndefined(begun.pollUnsafe());
      given.track.latest.confirm();
      yield* Fiber.join(begun);
      given.track.latest.frame(Uint8Array.of(1, 2), 2n ** 64n - 1n);
      given.track.latest.frame(Uint8Array.of(3));
      yield* soon;
      assert.deepEqual(given.heard, [`1,2@${2n ** 64n - 1n}`, "3@0"]);
    }));

  it.effect("has livekit-client keep what arrives in a burst, and put together several frames at a time", () =>
    Effect.gen(function* () {
      const given = setUp();
      yield* subscribe(given);
      assert.equal(given.track.latest.bufferSize, 4_096);
      assert.isAbove(given.track.pipeline?.maxPartialFrames ?? 0, 1);
    }));

  it.effect("is content with having asked where livekit-client does not tell of the confirmation", () =>
    Effect.gen(function* () {
      const given = setUp(new FakeRemoteTrack(false));
      const { begun } = yield* subscribe(given);
      yield* Fiber.join(begun);
      given.track.latest.frame(Uint8Array.of(1), 1n);
      yield* soon;
      assert.deepEqual(given.heard, ["1@1"]);
    }));

  it.effect("hands on nothing once the scope has closed, not even what has arrived before", () =>
    Effect.gen(function* () {
      const given = setUp();
      const { begun, end } = yield* subscribe(given);
      given.track.latest.confirm();
      yield* Fiber.join(begun);
      given.track.latest.frame(Uint8Array.of(1), 1n);
      yield* end;
      yield* soon;
      assert.deepEqual(given.heard, []);
      assert.isTrue(given.track.latest.signal.aborted);
      yield* Effect.promise(() => given.time.pass(1_000));
      assert.equal(given.track.streams.length, 1);
    }));

  it.effect("hands on nothing from the moment the scope begins to close, whatever else it closes first", () =>
    Effect.gen(function* () {
      const given = setUp();
      const scope = yield* Scope.make();
      const begun = yield* Effect.forkChild(
        given.remote.subscribe(given.listener).pipe(Effect.provideService(Scope.Scope, scope)),
        { startImmediately: true },
      );
      given.track.latest.confirm();
      yield* Fiber.join(begun);
      const first = Effect.andThen(Effect.sync(() => given.track.latest.frame(Uint8Array.of(1), 1n)), soon);
      yield* Scope.addFinalizer(scope, first);
      yield* Scope.close(scope, Exit.void);
      assert.deepEqual(given.heard, []);
    }));

  it.effect("serves several subscriptions, each until its own end, and a new one after the last", () =>
    Effect.gen(function* () {
      const given = setUp();
      const one = yield* subscribe(given);
      const two = yield* subscribe(given);
      for (const stream of given.track.streams) stream.confirm();
      yield* Fiber.join(one.begun);
      yield* Fiber.join(two.begun);
      yield* one.end;
      assert.deepEqual(given.track.streams.map(({ signal }) => signal.aborted), [true, false]);
      yield* two.end;
      const three = yield* subscribe(given);
      yield* Effect.promise(() => given.time.pass(1_000));
      given.track.latest.confirm();
      yield* Fiber.join(three.begun);
      given.track.latest.frame(Uint8Array.of(3), 3n);
      yield* soon;
      assert.deepEqual(given.heard, ["3@3"]);
    }));

  it.effect("can be interrupted while it waits for the server, and asks for nothing any more", () =>
    Effect.gen(function* () {
      const given = setUp();
      const { begun } = yield* subscribe(given);
      yield* Fiber.interrupt(begun);
      assert.isTrue(given.track.latest.signal.aborted);
      yield* Effect.promise(() => given.time.pass(1_000));
      assert.equal(given.track.streams.length, 1);
    }));

  it.effect("fails when the track is gone, or goes while the server is asked", () =>
    Effect.gen(function* () {
      const given = setUp();
      const { begun } = yield* subscribe(given);
      given.remote.end();
      const error = yield* Effect.flip(Fiber.join(begun));
      assert.equal(error.reason, "unavailable");
      assert.include(error.message, '"device" has taken it back');
      const again = yield* subscribe(given);
      assert.equal((yield* Effect.flip(Fiber.join(again.begun))).reason, "unavailable");
      assert.equal(given.track.streams.length, 1);
    }));

  it.effect("fails when livekit-client does not know the track", () =>
    Effect.gen(function* () {
      const given = setUp();
      const { begun } = yield* subscribe(given);
      given.track.latest.refuse(new Error("Cannot subscribe to unknown track"));
      const error = yield* Effect.flip(Fiber.join(begun));
      assert.equal(error.reason, "unavailable");
      assert.include(error.message, "unknown track");
    }));

  it.effect("leaves the server time between the end of the last subscription and the next request", () =>
    Effect.gen(function* () {
      const given = setUp();
      const one = yield* subscribe(given);
      given.track.latest.confirm();
      yield* Fiber.join(one.begun);
      yield* one.end;
      const [two, three] = [yield* subscribe(given), yield* subscribe(given)];
      yield* Effect.promise(() => given.time.pass(200));
      assert.equal(given.track.streams.length, 1);
      yield* Fiber.interrupt(two.begun);
      yield* Effect.promise(() => given.time.pass(200));
      given.track.latest.confirm();
      yield* Fiber.join(three.begun);
      assert.equal(given.track.streams.length, 2);
      assert.equal(given.time.timers, 0);
    }));

  it.effect("gives up a request that is not answered, and asks again", () =>
    Effect.gen(function* () {
      const given = setUp();
      const { begun } = yield* subscribe(given);
      yield* Effect.promise(() => given.time.pass(5_000));
      assert.deepEqual(given.track.streams.map(({ signal }) => signal.aborted), [true, false]);
      given.track.latest.confirm();
      yield* Fiber.join(begun);
      given.track.latest.frame(Uint8Array.of(1), 1n);
      yield* soon;
      assert.deepEqual(given.heard, ["1@1"]);
      assert.equal(given.time.timers, 0);
    }));

  it.effect("fails when a server that is connected answers nothing", () =>
    Effect.gen(function* () {
      const given = setUp();
      const { begun } = yield* subscribe(given);
      yield* Effect.promise(() => given.time.pass(60_000));
      const error = yield* Effect.flip(Fiber.join(begun));
      assert.equal(error.reason, "timeout");
      assert.include(error.message, "has not confirmed");
      assert.deepEqual(given.track.streams.map(({ signal }) => signal.aborted), [true, true, true]);
    }));

  it.effect("asks again for what fails because the connection is being restored", () =>
    Effect.gen(function* () {
      const given = setUp();
      given.room.state = "reconnecting";
      const { begun } = yield* subscribe(given);
      for (const reason of ["Timeout", "Disconnected"]) {
        given.track.latest.refuse(new ReasonedError(reason));
        yield* Effect.promise(() => given.time.pass(1_000));
      }
      assert.equal(given.track.streams.length, 3);
      yield* Effect.promise(() => given.time.pass(60_000));
      given.room.state = "connected";
      given.track.latest.confirm();
      yield* Fiber.join(begun);
    }));

  it.effect("subscribes again when livekit-client has ended the frames and the track is still there", () =>
    Effect.gen(function* () {
      const given = setUp();
      const { begun, end } = yield* subscribe(given);
      given.track.latest.confirm();
      yield* Fiber.join(begun);
      given.track.latest.frame(Uint8Array.of(1), 1n);
      given.track.latest.close();
      yield* Effect.promise(() => given.time.pass(1_000));
      assert.equal(given.track.streams.length, 2);
      given.track.latest.confirm();
      given.track.latest.frame(Uint8Array.of(2), 2n);
      yield* soon;
      assert.deepEqual(given.heard, ["1@1", "2@2"]);
      yield* end;
      assert.isTrue(given.track.latest.signal.aborted);
    }));

  it.effect("does not subscribe again to a track that has gone with its frames", () =>
    Effect.gen(function* () {
      const given = setUp();
      const { begun } = yield* subscribe(given);
      given.track.latest.confirm();
      yield* Fiber.join(begun);
      given.track.latest.close();
      given.remote.end();
      yield* Effect.promise(() => given.time.pass(1_000));
      assert.equal(given.track.streams.length, 1);
      assert.equal(given.time.timers, 0);
    }));
});
