import { assert, describe, it } from "@effect/vitest";
import * as Clock from "effect/Clock";
import * as Deferred from "effect/Deferred";
import * as Effect from "effect/Effect";
import * as Fiber from "effect/Fiber";
import * as TestClock from "effect/testing/TestClock";
import type { Speed } from "../../../cli/device/source_options.ts";
import { replay, type ReplayChannel, type ReplayPlan } from "../../../cli/device/replay.ts";
import { SourceError } from "../../../files/source/errors.ts";
import type { MessageSource, SourceMessage } from "../../../files/source/message_source.ts";

const BEGIN = 1_700_000_000_000_000_000n;

/** A source with a message on channel 1 at each of the given times, in ms. */
function sourceOf(times: ReadonlyArray<number>, channelId = 1): MessageSource & { readonly isOpen: () => boolean } {
  let open = 0;
  return {
    name: "test",
    channels: [],
    messages: async function* (): AsyncGenerator<SourceMessage, void> {
      open += 1;
      try {
        for (const time of times) {
          yield { channelId, logTime: BEGIN + BigInt(time) * 1_000_000n, data: new Uint8Array() };
        }
      } finally {
        open -= 1;
      }
    },
    close: () => Promise.resolve(),
    isOpen: () => open > 0,
  };
}

interface Logged {
  /** When it was logged, and its log time, both in ms since the beginning. */
  readonly entries: Array<readonly [at: number, logTime: number]>;
  readonly channel: ReplayChannel;
}

const recorder: Effect.Effect<Logged> = Effect.gen(function* () {
  const clock = yield* Clock.clockWith(Effect.succeed);
  const entries: Array<readonly [number, number]> = [];
  const channel: ReplayChannel = {
    hasRoom: true,
    readyEffect: Effect.void,
    log: (_, { logTime }) => {
      entries.push([clock.currentTimeMillisUnsafe(), Number((logTime - BEGIN) / 1_000_000n)]);
    },
  };
  return { entries, channel };
});

function plan(source: MessageSource, channel: ReplayChannel, speed: Speed, more: Partial<ReplayPlan> = {}): ReplayPlan {
  return { source, channels: new Map([[1, channel]]), speed, loop: false, ...more };
}

describe("replay", () => {
  it.effect("keeps the recorded timing", () =>
    Effect.gen(function* () {
      const { entries, channel } = yield* recorder;
      const fiber = yield* Effect.forkChild(replay(plan(sourceOf([0, 100, 100, 250]), channel, 1)));
      yield* TestClock.adjust("99 millis");
      assert.deepStrictEqual(entries, [[0, 0]]);
      yield* TestClock.adjust("1 millis");
      assert.deepStrictEqual(entries, [[0, 0], [100, 100], [100, 100]]);
      yield* TestClock.adjust("1 second");
      assert.deepStrictEqual(entries.at(-1), [250, 250]);
      yield* Fiber.join(fiber);
    }));

  it.effect("goes faster or slower as asked, and without any wait at the utmost speed", () =>
    Effect.gen(function* () {
      const fast = yield* recorder;
      yield* Effect.forkChild(replay(plan(sourceOf([0, 100, 200]), fast.channel, 4)));
      const slow = yield* recorder;
      yield* Effect.forkChild(replay(plan(sourceOf([0, 100]), slow.channel, 0.5)));
      yield* TestClock.adjust("1 second");
      assert.deepStrictEqual(fast.entries.map(([at]) => at), [0, 25, 50]);
      assert.deepStrictEqual(slow.entries.map(([at]) => at), [0, 200]);
      const now = yield* Clock.currentTimeMillis;
      const max = yield* recorder;
      yield* replay(plan(sourceOf([0, 100, 1_000_000]), max.channel, "max"));
      assert.deepStrictEqual(max.entries.map(([at]) => at - now), [0, 0, 0]);
    }));

  it.effect("waits for room before it logs", () =>
    Effect.gen(function* () {
      const { entries, channel } = yield* recorder;
      const room = yield* Deferred.make<void>();
      let hasRoom = false;
      const full: ReplayChannel = {
        get hasRoom() {
          return hasRoom;
        },
        readyEffect: Effect.andThen(Deferred.await(room), Effect.sync(() => void (hasRoom = true))),
        log: channel.log,
      };
      const fiber = yield* Effect.forkChild(replay(plan(sourceOf([0, 1]), full, "max")));
      yield* TestClock.adjust("1 second");
      assert.deepStrictEqual(entries, []);
      yield* Deferred.succeed(room, undefined);
      yield* Fiber.join(fiber);
      assert.strictEqual(entries.length, 2);
    }));

  it.effect("begins again at the end when it is to loop, with log times that go on", () =>
    Effect.gen(function* () {
      const { entries, channel } = yield* recorder;
      const fiber = yield* Effect.forkChild(replay(plan(sourceOf([0, 300]), channel, 1, { loop: true })));
      yield* TestClock.adjust("1200 millis");
      assert.deepStrictEqual(entries, [[0, 0], [300, 300], [400, 400], [700, 700], [800, 800], [1100, 1100], [
        1200,
        1200,
      ]]);
      yield* Fiber.interrupt(fiber);
    }));

  it.effect("fails before the log times of a further round would be past 64 bits", () =>
    Effect.gen(function* () {
      const logTimes: Array<bigint> = [];
      const channel: ReplayChannel = {
        hasRoom: true,
        readyEffect: Effect.void,
        log: (_, { logTime }) => void logTimes.push(logTime),
      };
      const last = 2n ** 64n - 1n;
      const source: MessageSource = {
        ...sourceOf([]),
        messages: async function* (): AsyncGenerator<SourceMessage, void> {
          yield { channelId: 1, logTime: last - 150_000_000n, data: new Uint8Array() };
          yield { channelId: 1, logTime: last - 100_000_000n, data: new Uint8Array() };
        },
      };
      const error = yield* Effect.flip(replay(plan(source, channel, "max", { loop: true })));
      assert.strictEqual(
        error.message,
        'cannot replay "test": it cannot be looped any further: log times would be past 2^64 - 1 ns',
      );
      assert.deepStrictEqual(logTimes, [last - 150_000_000n, last - 100_000_000n, last]);
    }));

  it.effect("does not loop over a source that has nothing to say", () =>
    Effect.gen(function* () {
      const { channel } = yield* recorder;
      yield* replay(plan(sourceOf([]), channel, "max", { loop: true }));
      yield* replay(plan(sourceOf([1, 2], 99), channel, "max", { loop: true }));
    }));

  it.effect("stops after the duration, counted in the source's own time", () =>
    Effect.gen(function* () {
      const { entries, channel } = yield* recorder;
      const options = { loop: true, duration: 1_000_000_000n };
      yield* replay(plan(sourceOf([0, 300]), channel, "max", options));
      assert.deepStrictEqual(entries.map(([, logTime]) => logTime), [0, 300, 400, 700, 800]);
    }));

  it.effect("can be interrupted at any point, also when it passes all messages over, and lets go of the source", () =>
    Effect.gen(function* () {
      const { entries, channel } = yield* recorder;
      for (const [channelId, speed] of [[1, 1], [1, "max"], [99, "max"]] as const) {
        const times = Array.from({ length: 2_000_000 }, (_, index) => index);
        const source = sourceOf(times, channelId);
        const fiber = yield* Effect.forkChild(replay(plan(source, channel, speed)));
        yield* TestClock.adjust("10 millis");
        yield* Fiber.interrupt(fiber);
        const before = entries.length;
        assert.isFalse(source.isOpen());
        yield* TestClock.adjust("1 second");
        assert.strictEqual(entries.length, before);
        assert.isBelow(before, 2_000_000);
      }
    }));

  it.effect("fails as the source does", () =>
    Effect.gen(function* () {
      const { channel } = yield* recorder;
      const source: MessageSource = {
        ...sourceOf([]),
        messages: () => {
          throw new SourceError({ file: "x", reason: "damaged", detail: "checksum" });
        },
      };
      const error = yield* Effect.flip(replay(plan(source, channel, "max")));
      assert.strictEqual(error.message, 'cannot replay "x": checksum');
    }));
});
