/**
 * `fieldlink demo`: what it takes, and what its help says.
 */
import type * as Effect from "effect/Effect";
import * as Option from "effect/Option";
import type * as Redacted from "effect/Redacted";
import * as Command from "effect/cli/Command";
import * as Flag from "effect/cli/Flag";
import { OptionConflict } from "../errors.ts";
import { json, type Nothing, type ParsedSource, record, sourceFlags, sourceOptions } from "../flags.ts";
import type { Output } from "../output.ts";
import { type ParsedServe, serveFlags, serveOptions, unserved } from "../serve/flags.ts";
import { type DemoError, runDemo } from "./run_demo.ts";

/** What the flags have been given as. */
export interface ParsedDemo extends ParsedSource, ParsedServe {
  readonly noServe: boolean;
  readonly token: Option.Option<Redacted.Redacted<string>>;
  readonly record: Option.Option<string>;
  readonly json: boolean;
  readonly noTour: boolean;
}

const noServe = Flag.Boolean("no-serve").pipe(
  Flag.withDescription(
    "Serve nothing: device and viewer stay within this process, over loopback; so it is with --json, without --serve",
  ),
  Flag.withoutNegation,
  Flag.withDefault(false),
);

const token = Flag.Redacted("token").pipe(
  Flag.withDescription("What viewers have to present (default with --host: one that is made up)"),
  Flag.withMetavar("TOKEN"),
  Flag.optional,
);

const noTour = Flag.Boolean("no-tour").pipe(
  Flag.withDescription(
    "Leave out the tour of what the rover offers (a service, a parameter, an asset, the graph, a drive; not at --speed " +
      "max), or of how playback is controlled",
  ),
  Flag.withoutNegation,
  Flag.withDefault(false),
);

const source = sourceFlags({
  play:
    "An MCAP recording that viewers control instead: they play, pause and seek it; the demo's own shows how in a tour",
  wait: "Start once this many viewers (default 1) have subscribed; the demo brings them. 0: one viewer, at once",
  duration: "Stop after this much of the recording's (or the rover's) own time",
});

/** The command. */
export const demo: Command.Command<"demo", ParsedDemo, Nothing, DemoError, Output> = Command.make(
  "demo",
  { ...source, record, json, noTour, noServe, token, ...serveFlags },
  (given): Effect.Effect<void, DemoError, Output> =>
    conflictOf(given) ?? runDemo({
      ...sourceOptions(given),
      serve: isServed(given) ? serveOptions(given, given.token) : undefined,
      record: Option.getOrUndefined(given.record),
      json: given.json,
      tour: !given.noTour,
    }),
).pipe(
  Command.withShortDescription("Watch a device stream a recording, or a simulated rover, to a viewer"),
  Command.withDescription(
    "Streams a recording, or a simulated rover, from a device to a viewer in this process, and shows what arrives: " +
      "topic, messages, rate, bandwidth, latency or age, and loss. The device is served over HTTP, with a page to see " +
      "and drive it: the URL is printed. Ends with the recording, or with Ctrl-C.",
  ),
  Command.withExamples(({ commandPath }) => examples(commandPath.join(" "))),
);

/** What prints messages for programs to read is served only where that is asked for. */
function isServed({ noServe, json, serve }: ParsedDemo): boolean {
  return !noServe && (!json || Option.isSome(serve));
}

/** What does not go together, or is given in vain. */
function conflictOf(given: ParsedDemo): OptionConflict | undefined {
  if (given.noServe && Option.isSome(given.serve)) {
    return new OptionConflict({ detail: "--serve and --no-serve say the opposite: leave out one of the two" });
  }
  return isServed(given)
    ? undefined
    : unserved(given, given.token, `or ${given.noServe ? "--no-serve" : "say --serve"}`);
}

function examples(name: string): Array<Command.Command.Example> {
  return [
    { command: name, description: "A simulated rover, until Ctrl-C, with a tour of what it offers; open the URL" },
    { command: `${name} --host 0.0.0.0`, description: "The same for others on the network, with a token" },
    { command: `${name} drive.mcap --speed 2`, description: "A recording at twice its speed" },
    {
      command: `${name} drive.bag --speed max --reliable '*' --record copy.mcap`,
      description: "A bag as fast as it goes, losing nothing, recorded at the viewer",
    },
    { command: `${name} --play drive.mcap`, description: "A recording that the viewer plays, pauses and seeks" },
    { command: `${name} drive.mcap --topic '/{tf,odom}*' --json | jq .message`, description: "Some topics, as JSON" },
  ];
}
