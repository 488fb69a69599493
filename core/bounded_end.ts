/**
 * Ending what depends on a transport, which may hang, within a bound of time.
 */
import * as Effect from "effect/Effect";
import * as Fiber from "effect/Fiber";
import * as Option from "effect/Option";

/** Runs an end; the result tells whether it was done in time. It goes on by itself when it takes longer. */
export function endInTime(end: Effect.Effect<void>, timeoutMs: number): Effect.Effect<boolean> {
  return Effect.gen(function* () {
    const ending = yield* Effect.forkDetach(end, { startImmediately: true });
    return Option.isSome(yield* Effect.timeoutOption(Fiber.await(ending), timeoutMs));
  });
}
