/**
 * Runs the command in this process: its services, its signals, its exit code.
 */
import process from "node:process";
import * as NodeChildProcessSpawner from "@effect/platform-node-shared/NodeChildProcessSpawner";
import * as NodeFileSystem from "@effect/platform-node-shared/NodeFileSystem";
import * as NodePath from "@effect/platform-node-shared/NodePath";
import * as NodeStdio from "@effect/platform-node-shared/NodeStdio";
import * as NodeTerminal from "@effect/platform-node-shared/NodeTerminal";
import * as Effect from "effect/Effect";
import * as Exit from "effect/Exit";
import * as Fiber from "effect/Fiber";
import * as Layer from "effect/Layer";
import * as References from "effect/References";
import * as CliConfig from "effect/cli/CliConfig";
import type * as CliError from "effect/cli/CliError";
import * as Command from "effect/cli/Command";
import * as GlobalFlag from "effect/cli/GlobalFlag";
import { VERSION } from "../mod.ts";
import { type CommandError, fieldlink } from "./command.ts";
import { printable } from "./format.ts";
import { Output, processOutput } from "./output.ts";
import { withBareServe } from "./serve/flags.ts";

/** What the process ends with. A signal gives 128 and its number, as shells do. */
const exitCodes = { ok: 0, failed: 1, misused: 2 } as const;
const signals = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;
const signalNames = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Errors that say that the command was called wrongly. */
const misuses: ReadonlySet<string> = new Set(["OptionConflict", "OptionMissing"]);

type SignalName = keyof typeof signals;

const platform = Layer.provideMerge(
  NodeChildProcessSpawner.layer,
  Layer.mergeAll(NodeFileSystem.layer, NodePath.layer, NodeStdio.layer, NodeTerminal.layer),
);

const settings = Layer.mergeAll(
  Layer.effect(Output, processOutput),
  CliConfig.layer({ builtIns: GlobalFlag.BuiltIns.filter((flag) => flag !== GlobalFlag.Wizard) }),
  Layer.succeed(References.MinimumLogLevel, "Warn"),
);

/**
 * Runs the command with the given arguments (without the names of program and script) and gives its exit code: 0 when it
 * has ended well, also because its output was closed; 1 when something has failed, with one line on standard error; 2
 * when it was called wrongly; 130 on Ctrl-C (SIGINT), 143 on SIGTERM, 129 on SIGHUP, after it has cleaned up. A second
 * signal is not waited for.
 *
 * @example
 * ```ts
 * import { run } from "@fieldlink/fieldlink/cli";
 *
 * console.log(await run(["demo", "--version"]));
 * ```
 */
export async function run(args: ReadonlyArray<string>): Promise<number> {
  const program = Command.runWith(fieldlink, { version: VERSION })(withBareServe(args)).pipe(
    Effect.as(exitCodes.ok),
    Effect.catch(failed),
    Effect.provide(Layer.mergeAll(platform, settings)),
  );
  const fiber = Effect.runFork(program);
  let received: SignalName | undefined;
  const onSignal = (signal: SignalName): void => {
    received = signal;
    ignoreSignals(onSignal);
    fiber.interruptUnsafe();
  };
  for (const name of signalNames) process.on(name, onSignal);
  try {
    const exit = await Effect.runPromise(Fiber.await(fiber));
    if (received !== undefined) return signals[received];
    if (Exit.isSuccess(exit)) return exit.value;
    return await Effect.runPromise(Effect.failCause(exit.cause));
  } finally {
    ignoreSignals(onSignal);
  }
}

function ignoreSignals(listener: (signal: SignalName) => void): void {
  for (const name of signalNames) process.off(name, listener);
}

/** Says in one line what has failed, unless it has been said already or nobody listens. */
const failed = Effect.fnUntraced(function* (error: CommandError | CliError.CliError) {
  if (error._tag === "ClosedPipe") return exitCodes.ok;
  if (error._tag === "ShowHelp") return error.errors.length === 0 ? exitCodes.ok : exitCodes.misused;
  const output = yield* Output;
  yield* output.writeError(`fieldlink: ${printable(error.message)}\n`);
  return misuses.has(error._tag) ? exitCodes.misused : exitCodes.failed;
});
