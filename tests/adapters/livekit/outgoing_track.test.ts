import { assert, describe, it } from "@effect/vitest";
import * as Effect from "effect/Effect";
import * as Fiber from "effect/Fiber";
import { liveKitLimits } from "../../../adapters/livekit/limits.ts";
import { LocalTracks, MAX_FRAME_BYTES } from "../../../adapters/livekit/outgoing_track.ts";
import type { TrackErrorReason } from "../../../transport/errors.ts";
import type { OutgoingDataTrack } from "../../../transport/track.ts";
import { FakePublisher, ReasonedError } from "./support/fake_publisher.ts";
import { ManualTime, turns } from "./support/manual_time.ts";

function setUp() {
  const room = new FakePublisher();
  const time = new ManualTime();
  return { room, time, tracks: new LocalTracks({ room, limits: liveKitLimits(), time }) };
}

const soon: Effect.Effect<void> = Effect.promise(turns);

/** Why publishing fails. */
function reasonOf(tracks: LocalTracks, name: string): Effect.Effect<TrackErrorReason, OutgoingDataTrack> {
  return Effect.map(Effect.flip(tracks.publish(name)), ({ reason }) => reason);
}

describe("LocalTracks", () => {
  it.effect("publishes a track that takes frames, with their log time", () =>
    Effect.gen(function* () {
      const { room, tracks } = setUp();
      const track = yield* tracks.publish("data-ch-1");
      assert.equal(track.name, "data-ch-1");
      assert.isTrue(track.push(new Uint8Array(10), 1_700_000_000_123_456_789n));
      yield* soon;
      assert.deepEqual(room.log, ["data-ch-1:1700000000123456789:1/1"]);
    }));

  it.effect("takes frames up to its bound, none above it, and none without bytes", () =>
    Effect.gen(function* () {
      const { tracks } = setUp();
      const track = yield* tracks.publish("a");
      assert.equal(tracks.maxFrameBytes, MAX_FRAME_BYTES);
      assert.isFalse(track.push(new Uint8Array(MAX_FRAME_BYTES + 1), 1n));
      assert.isFalse(track.push(new Uint8Array(0), 1n));
      assert.isTrue(track.push(new Uint8Array(MAX_FRAME_BYTES), 1n));
    }));

  it.effect("takes frames only while the connection stands", () =>
    Effect.gen(function* () {
      const { room, tracks } = setUp();
      const track = yield* tracks.publish("a");
      for (const state of ["signalReconnecting", "reconnecting", "connecting", "disconnected"]) {
        room.state = state;
        assert.isFalse(track.push(new Uint8Array(1), 1n), state);
      }
      room.state = "connected";
      assert.isTrue(track.push(new Uint8Array(1), 1n));
    }));

  it.effect("takes no frame of a track that the server has taken down", () =>
    Effect.gen(function* () {
      const { room, tracks } = setUp();
      const track = yield* tracks.publish("a");
      yield* Effect.promise(() => room.published.get("a")?.unpublish() ?? Promise.resolve());
      assert.isFalse(track.push(new Uint8Array(1), 1n));
    }));

  it.effect("refuses a second track of a name, also while the first is being published, and asks nobody", () =>
    Effect.gen(function* () {
      const { room, tracks } = setUp();
      const first = yield* Effect.forkChild(tracks.publish("a"), { startImmediately: true });
      assert.equal(yield* reasonOf(tracks, "a"), "duplicate");
      yield* Fiber.join(first);
      assert.equal(yield* reasonOf(tracks, "a"), "duplicate");
      yield* tracks.publish("b");
      assert.deepEqual(room.asked, ["publish a", "publish b"]);
    }));

  it.effect("says why the server refuses, and the name is free then", () =>
    Effect.gen(function* () {
      const { room, tracks } = setUp();
      const said = [
        ["DuplicateName", "duplicate"],
        ["Timeout", "timeout"],
        ["Disconnected", "unavailable"],
        ["NotAllowed", "refused"],
        ["LimitReached", "refused"],
      ] as const;
      for (const [theirs, ours] of said) {
        room.refusal = new ReasonedError(theirs);
        const error = yield* Effect.flip(tracks.publish("a"));
        assert.equal(error.reason, ours);
        assert.include(error.message, theirs);
      }
      room.refusal = undefined;
      yield* tracks.publish("a");
    }));

  it.effect("takes a track back: no more frames, what waits is dropped, and the name is free", () =>
    Effect.gen(function* () {
      const { room, time, tracks } = setUp();
      const track = yield* tracks.publish("a");
      let dropped = 0;
      track.onDropped?.(() => dropped++);
      for (let n = 1n; n <= 20n; n++) track.push(new Uint8Array(16_384), n);
      const unpublishing = yield* Effect.forkChild(track.unpublish, { startImmediately: true });
      assert.isFalse(track.push(new Uint8Array(1), 1n));
      yield* Fiber.join(unpublishing);
      yield* track.unpublish;
      const again = yield* tracks.publish("a");
      yield* Effect.promise(() => time.pass(50));
      assert.isAbove(dropped, 0);
      // Two packets each, and those of the second track have not begun.
      assert.equal(room.sent.length / 2 + dropped, 20);
      assert.isTrue(again.push(new Uint8Array(1), 1n));
      assert.isFalse(track.push(new Uint8Array(1), 1n));
      assert.deepEqual(room.asked, ["publish a", "unpublish a", "publish a"]);
    }));

  it.effect("publishes a name anew only after the server has taken the track of that name back", () =>
    Effect.gen(function* () {
      const { room, tracks } = setUp();
      const track = yield* tracks.publish("a");
      room.isSilent = true;
      const unpublishing = yield* Effect.forkChild(track.unpublish, { startImmediately: true });
      const publishing = yield* Effect.forkChild(tracks.publish("a"), { startImmediately: true });
      yield* soon;
      assert.deepEqual(room.asked, ["publish a", "unpublish a"]);
      room.speak();
      yield* Fiber.join(unpublishing);
      yield* Fiber.join(publishing);
      assert.deepEqual(room.asked, ["publish a", "unpublish a", "publish a"]);
    }));

  it.effect("asks again to take a track back when nothing is answered, and then leaves it", () =>
    Effect.gen(function* () {
      const { room, time, tracks } = setUp();
      const track = yield* tracks.publish("a");
      room.isSilent = true;
      const unpublishing = yield* Effect.forkChild(track.unpublish, { startImmediately: true });
      yield* Effect.promise(() => time.pass(20_000));
      assert.deepEqual(room.asked, ["publish a", "unpublish a", "unpublish a", "unpublish a"]);
      yield* Fiber.join(unpublishing);
      assert.equal(time.timers, 0);
    }));

  it.effect("takes back what was published after publishing was interrupted, and the name is free", () =>
    Effect.gen(function* () {
      const { room, tracks } = setUp();
      room.isSilent = true;
      const interrupted = yield* Effect.forkChild(tracks.publish("a"), { startImmediately: true });
      yield* soon;
      yield* Fiber.interrupt(interrupted);
      const publishing = yield* Effect.forkChild(tracks.publish("a"), { startImmediately: true });
      yield* soon;
      assert.deepEqual(room.asked, ["publish a"]);
      room.speak();
      const track = yield* Fiber.join(publishing);
      assert.deepEqual(room.asked, ["publish a", "unpublish a", "publish a"]);
      assert.isTrue(track.push(new Uint8Array(1), 1n));
      assert.equal(yield* reasonOf(tracks, "a"), "duplicate");
    }));

  it.effect("refuses frames and tracks when the room has ended, and what waits goes nowhere", () =>
    Effect.gen(function* () {
      const { room, time, tracks } = setUp();
      const track = yield* tracks.publish("a");
      room.isSilent = true;
      const publishing = yield* Effect.forkChild(Effect.flip(tracks.publish("b")), { startImmediately: true });
      for (let n = 1n; n <= 20n; n++) track.push(new Uint8Array(16_384), n);
      tracks.end();
      assert.isFalse(track.push(new Uint8Array(1), 1n));
      assert.equal(yield* reasonOf(tracks, "c"), "unavailable");
      room.speak();
      assert.equal((yield* Fiber.join(publishing)).reason, "unavailable");
      yield* track.unpublish;
      yield* Effect.promise(() => time.pass(100));
      assert.isBelow(room.sent.length, 20);
      assert.notInclude(room.asked, "publish c");
      assert.notInclude(room.asked, "unpublish a");
    }));
});
