/**
 * The replaying device and the viewer as the command runs them, on one hub.
 */
import * as Effect from "effect/Effect";
import type * as Fiber from "effect/Fiber";
import * as References from "effect/References";
import type * as Scope from "effect/Scope";
import type { LoopbackHub } from "../../../adapters/loopback/mod.ts";
import { Output } from "../../../cli/output.ts";
import type { ReplayOptions } from "../../../cli/replay/options.ts";
import { type ReplayError, runReplay } from "../../../cli/replay/run_replay.ts";
import type { ViewOptions } from "../../../cli/view/options.ts";
import { runView, type ViewError } from "../../../cli/view/run_view.ts";
import { type FakeOutput, fakeOutput, type FakeOutputOptions } from "./fake_output.ts";

/** A command that runs, and what it writes. */
export interface Started<E> extends FakeOutput {
  /** Ends with its error, if it has one. */
  readonly fiber: Fiber.Fiber<E | undefined>;
}

/** Starts a device; by default a rover, which waits for nobody. */
export function startReplay(
  hub: LoopbackHub,
  options: Partial<ReplayOptions> = {},
  output: FakeOutputOptions = {},
): Effect.Effect<Started<ReplayError>, never, Scope.Scope> {
  return start(
    runReplay({
      file: undefined,
      play: undefined,
      speed: 1,
      loop: false,
      topics: [],
      reliable: [],
      wait: 0,
      duration: undefined,
      transport: hub.transport({ identity: "device" }),
      where: "loopback",
      ...options,
    }),
    output,
  );
}

/** Starts a viewer; by default of all topics. */
export function startView(
  hub: LoopbackHub,
  options: Partial<ViewOptions> = {},
  output: FakeOutputOptions = {},
): Effect.Effect<Started<ViewError>, never, Scope.Scope> {
  return start(
    runView({
      transport: hub.transport({ identity: "viewer-1" }),
      where: "loopback",
      device: undefined,
      topics: [],
      json: false,
      record: undefined,
      duration: undefined,
      wait: 30,
      set: [],
      call: undefined,
      ...options,
    }),
    output,
  );
}

function start<E>(
  program: Effect.Effect<void, E, Output>,
  options: FakeOutputOptions,
): Effect.Effect<Started<E>, never, Scope.Scope> {
  const fake = fakeOutput(options);
  const caught: Effect.Effect<E | undefined, never, Output> = Effect.matchEffect(program, {
    onFailure: (error) => Effect.succeed(error),
    onSuccess: () => Effect.as(Effect.void, undefined),
  });
  const running = caught.pipe(
    Effect.provideService(Output, fake.output),
    Effect.provideService(References.MinimumLogLevel, "Warn"),
  );
  return Effect.map(Effect.forkScoped(running), (fiber) => ({ ...fake, fiber }));
}
