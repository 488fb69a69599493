/**
 * The command line: what `fieldlink` takes, and what its help says.
 */
import * as Command from "effect/cli/Command";
import { demo } from "./demo/command.ts";
import type { DemoError } from "./demo/run_demo.ts";
import type { Nothing } from "./flags.ts";
import type { Output } from "./output.ts";

/** What a command may end with before its time. */
export type CommandError = DemoError;

/** The whole command: `fieldlink` with its subcommands. */
export const fieldlink: Command.Command<"fieldlink", Nothing, Nothing, CommandError, Output> = Command.make("fieldlink")
  .pipe(
    Command.withDescription("Reach robots and edge devices live."),
    Command.withSubcommands([demo]),
  );
