/**
 * Waiting, without time, until what was set in motion has come about.
 */
import * as Effect from "effect/Effect";

const TURNS = 2_000;

/** Lets everything that can run go on until the condition holds; dies when it does not come to hold. */
export function eventually(what: string, condition: () => boolean): Effect.Effect<void> {
  return Effect.gen(function* () {
    for (let turn = 0; turn < TURNS; turn += 1) {
      if (condition()) return;
      yield* Effect.yieldNow;
    }
    yield* Effect.die(new Error(`it has not come about that ${what}`));
  });
}

/** Lets everything that can run without time passing do so. */
export const settle: Effect.Effect<void> = Effect.gen(function* () {
  for (let turn = 0; turn < 100; turn += 1) yield* Effect.yieldNow;
});
