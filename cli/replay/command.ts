/**
 * `fieldlink replay`: what it takes, and what its help says.
 */
import process from "node:process";
import * as Effect from "effect/Effect";
import * as Option from "effect/Option";
import * as Command from "effect/cli/Command";
import { connect } from "../connection/connection.ts";
import { connectionFlags, connectionOptions, type ParsedConnection } from "../connection/flags.ts";
import { OptionConflict, type OptionMissing } from "../errors.ts";
import { type Nothing, type ParsedSource, sourceFlags, sourceOptions } from "../flags.ts";
import type { Output } from "../output.ts";
import { type ParsedServe, serveFlags, serveOptions, unserved } from "../serve/flags.ts";
import { serve, type ServeError } from "../serve/serving.ts";
import { type ReplayError, runReplay } from "./run_replay.ts";

/** What may end it, or be in its way. */
type ReplayFailure = ReplayError | OptionMissing | ServeError;

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
  ParsedSource & ParsedConnection & ParsedServe,
  Nothing,
  ReplayFailure,
  Output
> = Command.make(
  "replay",
  { ...source, ...connectionFlags(IDENTITY), ...serveFlags },
  (given): Effect.Effect<void, ReplayFailure, Output> => Option.isSome(given.serve) ? serveIt(given) : joinRoom(given),
)
  .pipe(
    Command.withShortDescription("Be a device that sends a recording, or a simulated rover, to whoever views it"),
    Command.withDescription(
      "Replays a recording (or drives a simulated rover) as a device, to the viewers in a LiveKit room or, with " +
        "--serve, to those who come over HTTP, and shows who is here and what is sent. Ends with the recording, once " +
        "all of it is written out, or with Ctrl-C. What LiveKit's own tools read from the environment will do here: LIVEKIT_URL, LIVEKIT_TOKEN, LIVEKIT_API_KEY, " +
        "LIVEKIT_API_SECRET; flags win.",
    ),
    Command.withExamples(({ commandPath }) => examples(commandPath.join(" "))),
  );

const joinRoom = Effect.fnUntraced(function* (given: ParsedSource & ParsedConnection & ParsedServe) {
  // A token is the room's here.
  const inVain = unserved(given, Option.none(), "or say --serve");
  if (inVain !== undefined) return yield* inVain;
  const { kind, transport, where } = yield* connect(connectionOptions(given), process.env, { identity: IDENTITY });
  if (kind === "http") {
    return yield* new OptionConflict({
      detail:
        "nobody takes a device at an http:// URL: --serve [PORT] serves it, or give the ws:// URL of a LiveKit server",
    });
  }
  yield* runReplay({ ...sourceOptions(given), transport, where });
});

const serveIt = Effect.fnUntraced(function* (given: ParsedSource & ParsedConnection & ParsedServe) {
  const { transport, url, apiKey, apiSecret, room, identity } = connectionOptions(given);
  const others = {
    "--transport": transport,
    "--url": url,
    "--api-key": apiKey,
    "--api-secret": apiSecret,
    "--room": room,
  };
  const [other] = Object.entries(others).flatMap(([flag, value]) => value === undefined ? [] : [flag]);
  if (other !== undefined) {
    return yield* new OptionConflict({ detail: `--serve needs no server: leave out ${other}, or --serve` });
  }
  const served = yield* serve(identity ?? IDENTITY, serveOptions(given, given.token));
  yield* runReplay({ ...sourceOptions(given), transport: served.transport, where: "HTTP", urls: served.urls });
}, Effect.scoped);

function examples(name: string): Array<Command.Command.Example> {
  const local = "--url ws://localhost:7880 --api-key devkey --api-secret secret --room yard";
  return [
    { command: `${name} drive.mcap ${local}`, description: "A recording, by a LiveKit server in development mode" },
    { command: `${name} --room yard`, description: "A simulated rover; server and key from the environment" },
    { command: `${name} drive.mcap --reliable '*' --wait 2`, description: "Nothing lost, once two viewers are here" },
    { command: `${name} --serve --play drive.mcap`, description: "A recording that browsers play, pause and seek" },
  ];
}
