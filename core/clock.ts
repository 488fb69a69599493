/**
 * Time as the core reads it in synchronous code.
 */
import * as Clock from "effect/Clock";
import * as Effect from "effect/Effect";

/** What the core needs of a clock outside of fibers. Any Effect `Clock` is one. */
export interface WallClock {
  /** Nanoseconds since the Unix epoch. */
  readonly currentTimeNanosUnsafe: () => bigint;
  /** Milliseconds since the Unix epoch. */
  readonly currentTimeMillisUnsafe: () => number;
}

/** The clock of the calling fiber. */
export const currentClock: Effect.Effect<Clock.Clock> = Clock.clockWith(Effect.succeed);

/** The system's clock. */
export const systemClock: WallClock = Clock.Clock.defaultValue();
