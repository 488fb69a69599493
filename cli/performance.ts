/**
 * What a command does from its connection to its last word, however it ends.
 */
import * as Deferred from "effect/Deferred";
import * as Duration from "effect/Duration";
import * as Effect from "effect/Effect";
import * as Exit from "effect/Exit";
import type * as Scope from "effect/Scope";
import type { Display } from "./display.ts";
import { ClosedPipe, type OutputError } from "./output.ts";

/** What a command does, step by step. */
export interface Performance<Stage, E> {
  /** Brings about what is there while it lasts, and is let go of with the scope. */
  readonly setUp: Effect.Effect<Stage, E, Scope.Scope>;
  /** Does what was asked for. */
  readonly play: (stage: Stage) => Effect.Effect<void, E>;
  /** Fails when something beside it goes wrong, for example what is shown. */
  readonly failed: Deferred.Deferred<never, E>;
  /** Waits for what is under way, whichever way the playing has ended; it should not wait for long when interrupted. */
  readonly settle: (stage: Stage, isInterrupted: boolean) => Effect.Effect<void, E>;
  /** Completes what was written, once nothing of the stage is there any more. */
  readonly close: Effect.Effect<void, E>;
  /** Has the last word. */
  readonly end: Effect.Effect<void, OutputError>;
}

/**
 * Sets up and plays. However that ends (interruption included), what is under way is waited for, what was written is
 * completed, and the last word is said; only when nobody reads the output any more it ends without a word.
 */
export function perform<Stage, E>(performance: Performance<Stage, E>): Effect.Effect<void, E> {
  const { setUp, play, failed, settle, close, end } = performance;
  return Effect.uninterruptibleMask((restore) =>
    Effect.gen(function* () {
      const session = Effect.gen(function* () {
        const stage = yield* restore(setUp);
        const played = yield* Effect.exit(restore(Effect.raceFirst(play(stage), Deferred.await(failed))));
        const settled = isClosedPipe(played)
          ? Exit.void
          : yield* Effect.exit(settle(stage, Exit.hasInterrupts(played)));
        yield* played;
        // What has gone wrong while waiting for the rest counts as well.
        if (Deferred.isDoneUnsafe(failed)) yield* Deferred.await(failed);
        yield* settled;
      });
      const played = yield* Effect.exit(Effect.scoped(session));
      const closed = yield* Effect.exit(close);
      if (!isClosedPipe(played)) yield* Effect.ignore(end);
      yield* played;
      yield* closed;
    })
  );
}

/** Runs something beside the playing, for as long as the scope lasts; its failure is the command's. */
export function beside<E, F extends E>(
  failed: Deferred.Deferred<never, E>,
  effect: Effect.Effect<never, F>,
): Effect.Effect<void, never, Scope.Scope> {
  return Effect.asVoid(Effect.forkScoped(Effect.catchCause(effect, (cause) => Deferred.failCause(failed, cause))));
}

/** Shows something again and again, as often as the display wants it. */
export function showing(
  { interval }: Display,
  show: Effect.Effect<void, OutputError>,
): Effect.Effect<never, OutputError> {
  return Effect.forever(Effect.andThen(show, Effect.sleep(Duration.millis(interval))));
}

function isClosedPipe<A, E>(exit: Exit.Exit<A, E>): boolean {
  return Exit.isFailure(exit) &&
    exit.cause.reasons.some((reason) => reason._tag === "Fail" && reason.error instanceof ClosedPipe);
}
