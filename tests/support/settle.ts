/**
 * Letting everything happen that is to happen, at one moment of a test clock or over a stretch of it.
 */
import * as Effect from "effect/Effect";
import * as TestClock from "effect/testing/TestClock";

/** Turns of the scheduler: more than the longest chain of fibers that wake each other in these tests. */
const TURNS = 40;
const STEP_MS = 500;
/** Turns after which what has not come about will not. */
const PATIENCE = 2_000;

/** Lets all fibers run until each waits for time or for others. No time passes. */
export const settle: Effect.Effect<void> = Effect.gen(function* () {
  for (let turn = 0; turn < TURNS; turn += 1) yield* Effect.yieldNow;
});

/** Lets time pass, in steps at each of which all fibers run. */
export const advance: (ms: number, stepMs?: number) => Effect.Effect<void> = Effect.fnUntraced(
  function* (ms: number, stepMs: number = STEP_MS) {
    yield* settle;
    for (let left = ms; left > 0; left -= stepMs) {
      yield* TestClock.adjust(Math.min(left, stepMs));
      yield* settle;
    }
  },
);

/** Lets everything that can run go on until the condition holds; dies when it does not come to hold. */
export function eventually(what: string, condition: () => boolean): Effect.Effect<void> {
  return Effect.gen(function* () {
    for (let turn = 0; turn < PATIENCE; turn += 1) {
      if (condition()) return;
      yield* Effect.yieldNow;
    }
    yield* Effect.die(new Error(`it has not come about that ${what}`));
  });
}
