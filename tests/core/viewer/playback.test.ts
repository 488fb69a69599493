import { assert, describe, it } from "@effect/vitest";
import * as Effect from "effect/Effect";
import { LoopbackHub } from "../../../adapters/loopback/mod.ts";
import {
  InvalidRequest,
  NotSupported,
  type PlaybackPosition,
  type PlaybackSource,
  RequestTimeout,
  Viewer,
} from "../../../mod.ts";
import type { PlaybackState, PlaybackStatus } from "../../../core/protocol/mod.ts";
import { makePair } from "../../support/pair.ts";
import { capable, say } from "../../support/raw_device.ts";
import { outcome, rawPair } from "../../support/raw_pair.ts";
import { advance, eventually, settle } from "../../support/settle.ts";

const SECOND = 1_000_000_000n;

function state(status: PlaybackStatus, playbackSpeed = 1, requestId?: string): PlaybackState {
  const told = { op: "playbackState", status, currentTime: 5n, playbackSpeed, didSeek: false } as const;
  return requestId === undefined ? told : { ...told, requestId };
}

/** A recording of ten seconds that does what it is told. */
function source(): PlaybackSource {
  let position: PlaybackPosition = { status: "paused", currentTime: SECOND, playbackSpeed: 1, didSeek: false };
  return {
    startTime: SECOND,
    endTime: 11n * SECOND,
    current: () => position,
    control: ({ command, playbackSpeed, seekTime }) =>
      position = {
        status: command === "play" ? "playing" : "paused",
        currentTime: seekTime ?? position.currentTime,
        playbackSpeed,
        didSeek: seekTime !== undefined,
      },
  };
}

describe("Viewer: playback", () => {
  it.effect("plays, pauses, seeks and changes its speed, each answered with the state it has come to", () =>
    Effect.gen(function* () {
      const { viewer } = yield* makePair({ gateway: { playback: source() } });
      const { playback } = viewer;
      yield* eventually("the state is told", () => playback.state !== undefined);
      assert.deepStrictEqual([playback.dataStartTime, playback.dataEndTime], [SECOND, 11n * SECOND]);
      const played = yield* Effect.promise(() => playback.play({ speed: 2 }));
      assert.deepStrictEqual([played.status, played.playbackSpeed], ["playing", 2]);
      const sought = yield* playback.seekEffect(3n * SECOND);
      assert.deepStrictEqual([sought.status, sought.currentTime, sought.didSeek], ["playing", 3n * SECOND, true]);
      assert.strictEqual((yield* playback.setSpeedEffect(0.5)).playbackSpeed, 0.5);
      const paused = yield* Effect.promise(() => playback.pause());
      assert.deepStrictEqual([paused.status, paused.playbackSpeed], ["paused", 0.5]);
      assert.deepStrictEqual(playback.state, paused);
      assert.strictEqual((yield* Effect.promise(() => playback.seek(SECOND))).status, "paused");
      assert.strictEqual((yield* playback.playEffect()).status, "playing");
      assert.strictEqual((yield* Effect.promise(() => playback.setSpeed(4))).playbackSpeed, 4);
      assert.strictEqual((yield* playback.pauseEffect()).status, "paused");
    }));

  it.effect("is answered by its own request's state alone, though all viewers are told", () =>
    Effect.gen(function* () {
      const { hub, gateway, viewer } = yield* makePair({ gateway: { playback: source() } });
      const other = yield* Viewer.make(hub.transport({ identity: "viewer-2" }));
      yield* other.deviceEffect;
      const [mine, theirs] = [outcome(viewer.playback.play()), outcome(other.playback.pause())];
      yield* eventually("both are answered", () => mine.value !== undefined && theirs.value !== undefined);
      assert.deepStrictEqual([mine.value?.status, theirs.value?.status], ["playing", "paused"]);
      assert.strictEqual(gateway.status, "connected");
    }));

  it.effect("goes on from what was asked for last, answered or not", () =>
    Effect.gen(function* () {
      const { viewer, device, control } = yield* rawPair(["playbackControl"]);
      const asked = () => {
        const { command, playbackSpeed, seekTime } = device.last("playbackControlRequest");
        return [command, playbackSpeed, seekTime];
      };
      const { playback } = viewer;
      outcome(playback.seek(7n));
      yield* settle;
      assert.deepStrictEqual(asked(), ["pause", 1, 7n]);
      const fast = outcome(playback.setSpeed(3));
      outcome(playback.play());
      yield* settle;
      assert.deepStrictEqual(asked(), ["play", 3, undefined]);
      const { requestId } = device.last("playbackControlRequest");
      yield* say(control, state("playing", NaN, requestId));
      yield* settle;
      outcome(playback.pause());
      yield* settle;
      assert.deepStrictEqual([asked(), fast], [["pause", 1, undefined], {}]);
    }));

  it.effect("forgets what was refused", () =>
    Effect.gen(function* () {
      const { viewer, device, control } = yield* rawPair(["playbackControl"]);
      yield* say(control, state("buffering", 2));
      yield* settle;
      const refused = outcome(viewer.playback.setSpeed(99, { timeoutMs: 1_000 }));
      yield* settle;
      yield* say(control, { op: "status", level: "error", message: "that is too fast" });
      yield* advance(1_000);
      assert.instanceOf(refused.error, RequestTimeout);
      assert.deepStrictEqual(refused.error.statuses, ["that is too fast"]);
      outcome(viewer.playback.seek(1n));
      yield* settle;
      const { command, playbackSpeed } = device.last("playbackControlRequest");
      assert.deepStrictEqual([command, playbackSpeed], ["play", 2]);
    }));

  it.effect("is followed: state and time, and nothing of an earlier session", () =>
    Effect.gen(function* () {
      const { viewer, control } = yield* rawPair(["playbackControl", "time"]);
      const { playback } = viewer;
      const seen: Array<unknown> = [];
      const watch = playback.onChange(({ state, time }) => seen.push([state?.status, time]));
      yield* say(control, state("playing"), { op: "time", timestamp: 6n }, state("ended"));
      yield* settle;
      assert.deepStrictEqual(seen, [["playing", undefined], ["playing", 6n], ["ended", 6n]]);
      assert.strictEqual(playback.time, 6n);
      watch.close();
      yield* say(control, capable("playbackControl"));
      yield* settle;
      assert.deepStrictEqual([playback.state, playback.time, playback.dataStartTime], [
        undefined,
        undefined,
        undefined,
      ]);
      assert.strictEqual(seen.length, 3);
      const latest = playback.watch();
      yield* say(control, state("playing"), state("paused"));
      yield* settle;
      const { value } = yield* Effect.promise(() => latest[Symbol.asyncIterator]().next());
      assert.strictEqual(value?.state?.status, "paused");
      yield* viewer.closeEffect;
      assert.isTrue(latest.isClosed);
      assert.isTrue(playback.watch().isClosed);
    }));

  it.effect("refuses what makes no sense, and what the device cannot do", () =>
    Effect.gen(function* () {
      const hub = yield* LoopbackHub.make();
      const { viewer, device } = yield* rawPair(["playbackControl"]);
      for (const speed of [0, -1, NaN, Infinity, 1e39]) {
        const error = yield* Effect.flip(viewer.playback.setSpeedEffect(speed));
        assert.instanceOf(error, InvalidRequest);
        assert.include(error.message, '"speed"');
      }
      const number: unknown = 5;
      for (const time of [-1n, 2n ** 64n, number as bigint]) {
        assert.instanceOf(yield* Effect.flip(viewer.playback.seekEffect(time)), InvalidRequest);
      }
      const stop: string = "stop";
      const error = yield* Effect.flip(viewer.playback.controlEffect({ command: stop as "play" }));
      assert.instanceOf(error, InvalidRequest);
      assert.include(error.message, 'received "stop"');
      yield* settle;
      assert.deepStrictEqual(device.received, []);
      const alone = yield* Viewer.make(hub.transport({ identity: "viewer-1" }));
      assert.isUndefined(alone.playback.dataEndTime);
      const none = yield* rawPair([]);
      assert.instanceOf(yield* Effect.flip(none.viewer.playback.playEffect()), NotSupported);
    }));
});
