/**
 * `fieldlink doctor`: what it takes, and what its help says.
 */
import process from "node:process";
import * as Effect from "effect/Effect";
import * as Command from "effect/cli/Command";
import * as Flag from "effect/cli/Flag";
import { connect } from "../connection/connection.ts";
import { connectionFlags, connectionOptions, type ParsedConnection } from "../connection/flags.ts";
import { variable } from "../connection/credentials.ts";
import type { OptionConflict, OptionMissing } from "../errors.ts";
import type { Nothing } from "../flags.ts";
import type { Output } from "../output.ts";
import type { Server } from "./options.ts";
import { type DoctorError, runDoctor } from "./run_doctor.ts";

/** What the flags have been given as. */
export interface ParsedDoctor extends ParsedConnection {
  readonly json: boolean;
}

const json = Flag.Boolean("json").pipe(
  Flag.withDescription("Print one JSON object with all that was found and measured"),
  Flag.withDefault(false),
);

/** The command. */
export const doctor: Command.Command<
  "doctor",
  ParsedDoctor,
  Nothing,
  DoctorError | OptionConflict | OptionMissing,
  Output
> = Command.make("doctor", { json, ...connectionFlags("a random one") }, (given) =>
  Effect.flatMap(
    serverOf(given),
    (server) => runDoctor({ json: given.json, server }),
  )).pipe(
    Command.withShortDescription("Say what this machine can do, and whether a server can be reached"),
    Command.withDescription(
      "Looks at the run-time and at WebRTC and, with a URL, at a LiveKit server: whether it answers and takes the token, " +
        "has data tracks on, which way packets take (UDP or TCP), and how far its clock is from this one; and, with " +
        "--room or a token, at the device in the room. Each line is ok, warn or fail, with what to do about it. Ends " +
        "with code 1 when something has failed. With a token it joins as whom the token says: somebody of that name " +
        "who is in the room is put out.",
    ),
    Command.withExamples(({ commandPath }) => examples(commandPath.join(" "))),
  );

/** The server that was asked for: in its own room, where none was named. */
const serverOf = Effect.fnUntraced(function* (given: ParsedDoctor) {
  const options = connectionOptions(given);
  if (options.url === undefined && variable(process.env, "LIVEKIT_URL") === undefined) return undefined;
  const name = `doctor-${crypto.randomUUID().slice(0, 8)}`;
  const connection = yield* connect(options, process.env, { identity: name, room: name });
  const { transport } = connection;
  if (connection.kind === "http") return { livekit: undefined, transport, hasDevice: true } satisfies Server;
  return { livekit: connection.livekit, transport, hasDevice: connection.isRoomGiven } satisfies Server;
});

function examples(name: string): Array<Command.Command.Example> {
  const local = "--url ws://localhost:7880 --api-key devkey --api-secret secret";
  return [
    { command: name, description: "This machine alone; and the server, where LIVEKIT_URL names one" },
    { command: `${name} ${local}`, description: "A LiveKit server in development mode" },
    { command: `${name} --room yard --json | jq .checks`, description: "And the device in a room, for programs" },
  ];
}
