/**
 * What a tour is made of: steps that are told in a line each, whatever comes of them.
 */
import * as Clock from "effect/Clock";
import * as Duration from "effect/Duration";
import * as Effect from "effect/Effect";
import type * as Scope from "effect/Scope";
import type { Viewer } from "../../mod.ts";
import { printable } from "../format.ts";
import { milliseconds } from "../watch/watch.ts";

/** Shows what a viewer can do; never fails, and says what it does a line at a time. */
export type Tour = (viewer: Viewer, say: (line: string) => void) => Effect.Effect<void>;

/** Something that has gone wrong in a step, or has not come about in time. */
export interface StepFailure {
  readonly message: string;
}

/** One step: what it is for, and what it comes to, as a line. */
export interface Step {
  readonly what: string;
  readonly take: Effect.Effect<string, StepFailure, Scope.Scope>;
}

/** Between the steps of a tour, for those who watch, in ms. */
const PAUSE_MS = 400;
/** For something to come about that should at once, in ms. */
const PATIENCE_MS = 3_000;

/** Takes the steps one after another. A step that fails is told like any other, and the next one is taken. */
export const takeSteps: (steps: ReadonlyArray<Step>, say: (line: string) => void) => Effect.Effect<void> = Effect
  .fnUntraced(function* (steps: ReadonlyArray<Step>, say: (line: string) => void) {
    for (const { what, take } of steps) {
      const line = yield* Effect.scoped(take).pipe(
        Effect.catch((error) => Effect.succeed(`${what}: ${error.message}`)),
      );
      say(printable(`tour: ${line}`));
      yield* Effect.sleep(Duration.millis(PAUSE_MS));
    }
  });

/** An effect with the time that it took, in ms. */
export const timed: <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<readonly [A, number], E, R> = Effect
  .fnUntraced(function* <A, E, R>(effect: Effect.Effect<A, E, R>) {
    const clock = yield* Clock.clockWith(Effect.succeed);
    const begin = milliseconds(clock);
    const result = yield* effect;
    return [result, milliseconds(clock) - begin] as const;
  });

/** Fails when what is waited for does not come about. */
export function inTime<A, E, R>(effect: Effect.Effect<A, E, R>, what: string): Effect.Effect<A, E | StepFailure, R> {
  return Effect.timeoutOrElse(effect, {
    duration: Duration.millis(PATIENCE_MS),
    orElse: () => Effect.fail({ message: `${what} has not come about within ${PATIENCE_MS / 1000} s` }),
  });
}
