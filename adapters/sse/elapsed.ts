/**
 * Time that only goes forward: a machine whose clock is set anew has not been away for as long.
 */
import * as Clock from "effect/Clock";
import * as Effect from "effect/Effect";

/** Milliseconds, since some moment, as a clock has them now. */
export function elapsedMsOf(clock: Clock.Clock): number {
  return Number(clock.monotonicTimeNanosUnsafe() / 1_000n) / 1_000;
}

/** Milliseconds, since some moment, on the calling fiber's clock. */
export const elapsedMs: Effect.Effect<number> = Clock.clockWith((clock) => Effect.sync(() => elapsedMsOf(clock)));
