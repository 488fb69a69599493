import { assert, describe, it } from "@effect/vitest";
import * as Clock from "effect/Clock";
import * as Effect from "effect/Effect";
import type { DemoOptions } from "../../../cli/demo/options.ts";
import { playbackConflict, playbackLine, runPlayback } from "../../../cli/demo/playback.ts";
import type { PlaybackPosition, PlaybackSource } from "../../../mod.ts";
import { makePair } from "../../support/pair.ts";
import { advance } from "../../support/settle.ts";

const BEGIN = 1_700_000_000_000_000_000n;
const options: DemoOptions = {
  file: undefined,
  play: "drive.mcap",
  speed: 1,
  loop: false,
  topics: [],
  reliable: [],
  wait: 1,
  record: undefined,
  json: false,
  tour: true,
  duration: undefined,
  serve: undefined,
};

interface Recording extends PlaybackSource {
  /** What it was asked for, for example `play 1`. */
  readonly asked: Array<string>;
}

/** A recording of 12 s that has nothing but a time. */
const recording: Effect.Effect<Recording, never, never> = Effect.gen(function* () {
  const clock = yield* Clock.clockWith(Effect.succeed);
  const services = yield* Effect.context<never>();
  const end = BEGIN + 12_000_000_000n;
  const asked: Array<string> = [];
  let position: PlaybackPosition = { status: "paused", currentTime: BEGIN, playbackSpeed: 1, didSeek: false };
  let since = 0n;
  const now = (): PlaybackPosition => {
    if (position.status !== "playing") return position;
    const passed = Number(clock.currentTimeNanosUnsafe() - since) * position.playbackSpeed;
    const currentTime = position.currentTime + BigInt(Math.round(passed));
    return currentTime >= end ? { ...position, status: "ended", currentTime: end } : { ...position, currentTime };
  };
  return {
    asked,
    startTime: BEGIN,
    endTime: end,
    current: now,
    control: ({ command, playbackSpeed, seekTime }) => {
      const at = seekTime === undefined ? "" : ` at ${Number(seekTime - BEGIN) / 1e9}`;
      asked.push(`${command} ${playbackSpeed}${at}`);
      const currentTime = seekTime ?? now().currentTime;
      const status = command === "play" ? "playing" : "paused";
      position = { status, currentTime, playbackSpeed, didSeek: seekTime !== undefined };
      since = clock.currentTimeNanosUnsafe();
      return position;
    },
    attach: (output) => {
      const tell = Effect.sync(() => {
        output.time(now().currentTime);
        if (now().status === "ended") output.state(now());
      });
      const fiber = Effect.runForkWith(services)(Effect.forever(Effect.andThen(Effect.sleep(100), tell)));
      return () => fiber.interruptUnsafe();
    },
  };
});

const start = Effect.fnUntraced(function* (more: Partial<DemoOptions> = {}) {
  const playback = yield* recording;
  const { viewer } = yield* makePair({ gateway: { playback } });
  const said: Array<string> = [];
  const fiber = yield* Effect.forkScoped(runPlayback(viewer, { ...options, ...more }, (line) => said.push(line)));
  return { viewer, said, fiber, asked: playback.asked };
});

describe("the demo's playback", () => {
  it.effect("plays, pauses, jumps and plays on as a tour, and ends with the recording", () =>
    Effect.gen(function* () {
      const { viewer, said, fiber, asked } = yield* start();
      yield* advance(1_000, 50);
      assert.strictEqual(playbackLine(viewer.playback), "playback: playing, 1.0 s of 12.0 s");
      yield* advance(3_000, 50);
      assert.strictEqual(playbackLine(viewer.playback), "playback: paused, 6.0 s of 12.0 s");
      yield* advance(6_000, 50);
      assert.isUndefined(fiber.pollUnsafe());
      yield* advance(2_000, 50);
      assert.isDefined(fiber.pollUnsafe());
      assert.deepStrictEqual(said, [
        "tour: plays from 0.0 s of 12.0 s",
        "tour: pauses at 2.4 s of 12.0 s",
        "tour: jumps to the middle and stands at 6.0 s of 12.0 s",
        "tour: plays on at 6.0 s of 12.0 s",
      ]);
      assert.deepStrictEqual(asked, ["play 1", "pause 1", "pause 1 at 6", "play 1"]);
    }));

  it.effect("plays at another speed from the start to the end without the tour", () =>
    Effect.gen(function* () {
      const { said, fiber, asked } = yield* start({ tour: false, speed: 4 });
      yield* advance(2_900, 50);
      assert.isUndefined(fiber.pollUnsafe());
      yield* advance(400, 50);
      assert.isDefined(fiber.pollUnsafe());
      assert.deepStrictEqual(said, ["tour: plays from 0.0 s of 12.0 s, 4 times as fast"]);
      assert.deepStrictEqual(asked, ["play 4"]);
    }));

  it.effect("begins again at the end when it is to loop, and stops at the time that was asked for", () =>
    Effect.gen(function* () {
      const looped = yield* start({ tour: false, speed: 8, loop: true });
      yield* advance(4_000, 50);
      assert.isUndefined(looped.fiber.pollUnsafe());
      assert.deepStrictEqual(looped.asked.slice(0, 2), ["play 8", "play 8 at 0"]);
      const short = yield* start({ tour: false, duration: 3 });
      yield* advance(2_900, 50);
      assert.isUndefined(short.fiber.pollUnsafe());
      yield* advance(300, 50);
      assert.isDefined(short.fiber.pollUnsafe());
    }));

  it.effect("ends, having said why, when the recording cannot be played", () =>
    Effect.gen(function* () {
      const playback = yield* recording;
      const refusing = (): never => {
        throw new Error("the disk is gone");
      };
      const { viewer } = yield* makePair({ gateway: { playback: { ...playback, control: refusing } } });
      const said: Array<string> = [];
      const fiber = yield* Effect.forkScoped(
        runPlayback(viewer, { ...options, tour: false }, (line) => said.push(line)),
      );
      yield* advance(15_000);
      assert.isDefined(fiber.pollUnsafe());
      assert.match(said.join(), /^tour: playing: /);
    }));

  it("tells which options do not go together", () => {
    assert.isUndefined(playbackConflict(options));
    assert.isUndefined(playbackConflict({ ...options, play: undefined, file: "a.bag", speed: "max" }));
    assert.include(playbackConflict({ ...options, file: "a.bag" })?.message, "give one");
    assert.include(playbackConflict({ ...options, speed: "max" })?.message, "give a number");
  });
});
