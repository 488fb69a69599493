/**
 * `fieldlink replay`: what it takes, and what its help says.
 */
import process from "node:process";
import * as Effect from "effect/Effect";
import * as Command from "effect/cli/Command";
import { connect } from "../connection/connection.ts";
import { connectionFlags, connectionOptions, type ParsedConnection } from "../connection/flags.ts";
import type { OptionMissing } from "../errors.ts";
import { type Nothing, type ParsedSource, sourceFlags, sourceOptions } from "../flags.ts";
import type { Output } from "../output.ts";
import { type ReplayError, runReplay } from "./run_replay.ts";

/** Who the device is, where nothing else is said. */
const IDENTITY = "device";

const source = sourceFlags({
  play: "An MCAP recording that viewers control instead: they play, pause and seek it; until Ctrl-C",
  wait:
    "Start once this many viewers (default 1) have subscribed, to all or to no more for half a second. 0: do not wait",
  duration: "Stop after this much of the recording's (or the rover's) own time; with --play, after this time",
});

/** The command. */
export const replay: Command.Command<
  "replay",
  ParsedSource & ParsedConnection,
  Nothing,
  ReplayError | OptionMissing,
  Output
> = Command.make("replay", { ...source, ...connectionFlags(IDENTITY) }, (given) =>
  Effect.flatMap(
    connect(connectionOptions(given), process.env, { identity: IDENTITY }),
    ({ transport, where }) => runReplay({ ...sourceOptions(given), transport, where }),
  )).pipe(
    Command.withShortDescription("Be a device that sends a recording, or a simulated rover, to whoever views it"),
    Command.withDescription(
      "Joins a room as a device, replays a recording (or drives a simulated rover) to the viewers there, and shows who " +
        "is here and what is sent. Ends with the recording, once all of it is written out, or with Ctrl-C. What " +
        "LiveKit's own tools read from the environment will do here: LIVEKIT_URL, LIVEKIT_TOKEN, LIVEKIT_API_KEY, " +
        "LIVEKIT_API_SECRET; flags win.",
    ),
    Command.withExamples(({ commandPath }) => examples(commandPath.join(" "))),
  );

function examples(name: string): Array<Command.Command.Example> {
  const local = "--url ws://localhost:7880 --api-key devkey --api-secret secret --room yard";
  return [
    { command: `${name} drive.mcap ${local}`, description: "A recording, by a LiveKit server in development mode" },
    { command: `${name} --room yard`, description: "A simulated rover; server and key from the environment" },
    { command: `${name} drive.mcap --reliable '*' --wait 2`, description: "Nothing lost, once two viewers are here" },
    { command: `${name} --play drive.mcap`, description: "A recording that viewers play, pause and seek" },
  ];
}
