/**
 * What the promise side of the API shares: the same effects, run as promises.
 */
import * as Clock from "effect/Clock";
import * as Effect from "effect/Effect";
import * as Scheduler from "effect/Scheduler";
import * as Scope from "effect/Scope";
import { quietLogging } from "./log.ts";
import type { Transport } from "../transport/mod.ts";

/**
 * Runs a scoped constructor whose result closes itself: the scope has no other owner. Where the transport brings a clock,
 * time is that clock's. Only warnings and errors are logged.
 */
export function startAlone<A, E>(make: Effect.Effect<A, E, Scope.Scope>, transport: Transport): Promise<A> {
  const started = Effect.flatMap(Scope.make(), (scope) => Scope.provide(make, scope)).pipe(
    Effect.provideContext(quietLogging),
  );
  const { clock } = transport;
  if (clock === undefined) return Effect.runPromise(started);
  const timed = Effect.provideService(started, Clock.Clock, clock);
  return Effect.runPromise(
    clock.scheduler === undefined ? timed : Effect.provideService(timed, Scheduler.Scheduler, clock.scheduler),
  );
}
