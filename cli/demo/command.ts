/**
 * `fieldlink demo`: what it takes, and what its help says.
 */
import * as Option from "effect/Option";
import * as Command from "effect/cli/Command";
import * as Flag from "effect/cli/Flag";
import { json, type Nothing, type ParsedSource, record, sourceFlags, sourceOptions } from "../flags.ts";
import type { Output } from "../output.ts";
import { type DemoError, runDemo } from "./run_demo.ts";

/** What the flags have been given as. */
export interface ParsedDemo extends ParsedSource {
  readonly record: Option.Option<string>;
  readonly json: boolean;
  readonly noTour: boolean;
}

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
  { ...source, record, json, noTour },
  (given) =>
    runDemo({
      ...sourceOptions(given),
      record: Option.getOrUndefined(given.record),
      json: given.json,
      tour: !given.noTour,
    }),
).pipe(
  Command.withShortDescription("Watch a device stream a recording, or a simulated rover, to a viewer"),
  Command.withDescription(
    "Streams a recording, or a simulated rover, from a device to a viewer in this process, over the loopback " +
      "transport, and shows what arrives: topic, messages, rate, bandwidth, latency or age, and loss. Ends with the recording, or " +
      "with Ctrl-C.",
  ),
  Command.withExamples(({ commandPath }) => examples(commandPath.join(" "))),
);

function examples(name: string): Array<Command.Command.Example> {
  return [
    { command: name, description: "A simulated rover, until Ctrl-C, with a tour of what it offers" },
    { command: `${name} drive.mcap --speed 2`, description: "A recording at twice its speed" },
    {
      command: `${name} drive.bag --speed max --reliable '*' --record copy.mcap`,
      description: "A bag as fast as it goes, losing nothing, recorded at the viewer",
    },
    { command: `${name} --play drive.mcap`, description: "A recording that the viewer plays, pauses and seeks" },
    { command: `${name} drive.mcap --topic '/{tf,odom}*' --json | jq .message`, description: "Some topics, as JSON" },
  ];
}
