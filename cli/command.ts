/**
 * The command line: what `fieldlink` takes, and what its help says.
 */
import * as Command from "effect/cli/Command";
import { demo } from "./demo/command.ts";
import type { DemoError } from "./demo/run_demo.ts";
import { doctor } from "./doctor/command.ts";
import type { DoctorError } from "./doctor/run_doctor.ts";
import type { OptionMissing } from "./errors.ts";
import type { Nothing } from "./flags.ts";
import type { Output } from "./output.ts";
import { replay } from "./replay/command.ts";
import type { ReplayError } from "./replay/run_replay.ts";
import type { ServeError } from "./serve/serving.ts";
import { view } from "./view/command.ts";
import type { ViewError } from "./view/run_view.ts";

/** What a command may end with before its time. */
export type CommandError = DemoError | ReplayError | ViewError | DoctorError | ServeError | OptionMissing;

/** The whole command: `fieldlink` with its subcommands. */
export const fieldlink: Command.Command<"fieldlink", Nothing, Nothing, CommandError, Output> = Command.make("fieldlink")
  .pipe(
    Command.withDescription("Reach robots and edge devices live."),
    Command.withSubcommands([demo, replay, view, doctor]),
  );
