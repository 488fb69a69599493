import { assert, describe, it } from "@effect/vitest";
import * as Effect from "effect/Effect";
import * as Fiber from "effect/Fiber";
import { Signal } from "../../core/signal.ts";

const turns = Effect.forEach(Array.from({ length: 5 }), () => Effect.yieldNow, { discard: true });

describe("Signal", () => {
  it.effect("does not wait for a condition that holds", () => new Signal().until(() => true));

  it.effect("looks at the condition again with each notification, and goes on when it holds", () =>
    Effect.gen(function* () {
      const signal = new Signal();
      let value = 0;
      const waiting = yield* Effect.forkChild(signal.until(() => value === 2), { startImmediately: true });
      value = 1;
      signal.notify();
      yield* turns;
      assert.isUndefined(waiting.pollUnsafe());
      value = 2;
      yield* turns;
      assert.isUndefined(waiting.pollUnsafe());
      signal.notify();
      yield* Fiber.join(waiting);
    }));

  it.effect("wakes nobody within the notification, so that a change is complete before it is seen", () =>
    Effect.gen(function* () {
      const signal = new Signal();
      let value = 0;
      let seen: number | undefined;
      yield* Effect.forkChild(
        Effect.andThen(signal.until(() => value > 0), Effect.sync(() => seen = value)),
        { startImmediately: true },
      );
      value = 1;
      signal.notify();
      assert.isUndefined(seen);
      value = 2;
      yield* turns;
      assert.strictEqual(seen, 2);
    }));

  it.effect("wakes all whose condition holds, and only those", () =>
    Effect.gen(function* () {
      const signal = new Signal();
      let value = 0;
      const fibers = [1, 2, 2, 3].map((wanted) => signal.until(() => value === wanted));
      const waiting = yield* Effect.forEach(fibers, (one) => Effect.forkChild(one, { startImmediately: true }));
      value = 2;
      signal.notify();
      yield* turns;
      assert.deepStrictEqual(waiting.map((fiber) => fiber.pollUnsafe() !== undefined), [false, true, true, false]);
      yield* Effect.forEach(waiting, (fiber) => Fiber.interrupt(fiber), { discard: true });
    }));

  it.effect("forgets who was interrupted", () =>
    Effect.gen(function* () {
      const signal = new Signal();
      let looked = 0;
      const waiting = yield* Effect.forkChild(signal.until(() => (looked += 1, false)), { startImmediately: true });
      yield* Fiber.interrupt(waiting);
      const before = looked;
      signal.notify();
      yield* turns;
      assert.strictEqual(looked, before);
    }));
});
