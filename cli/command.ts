/**
 * The command line: what `fieldlink` takes, and what its help says.
 */
import * as Option from "effect/Option";
import * as Argument from "effect/cli/Argument";
import * as Command from "effect/cli/Command";
import * as Flag from "effect/cli/Flag";
import { type DemoError, runDemo } from "./demo/run_demo.ts";
import type { Speed } from "./demo/options.ts";
import type { Output } from "./output.ts";
import { topicGlob } from "./topic_glob.ts";

const MAX_VIEWERS = 100;

const file = Argument.String("FILE").pipe(
  Argument.withDescription(
    "An MCAP recording or a ROS 1 bag to replay; without it, a simulated rover drives and sends",
  ),
  Argument.optional,
);

const play = Flag.String("play").pipe(
  Flag.withDescription(
    "An MCAP recording that viewers control instead: they play, pause and seek it; the demo's own shows how in a tour",
  ),
  Flag.withMetavar("FILE"),
  Flag.optional,
);

const speed = Flag.String("speed").pipe(
  Flag.withDescription("How many times as fast as recorded (default 1), or max: as fast as it goes"),
  Flag.withMetavar("N|max"),
  Flag.filterMap(readSpeed, (text) => `a positive number or "max": received "${text}"`),
  Flag.withDefault<Speed>(1),
);

const loop = Flag.Boolean("loop").pipe(
  Flag.withDescription("Begin again at the end, log times going on; until Ctrl-C"),
  Flag.withDefault(false),
);

const topic = globs(
  "topic",
  "Replay only topics like this: * is any characters, ? is one, {a,b} is either; repeatable",
);

const reliable = globs("reliable", "Lose nothing of topics like this, '*' for all; the others are lossy; repeatable");

const wait = Flag.Int("wait").pipe(
  Flag.withDescription(
    "Start once this many viewers (default 1) have subscribed; the demo brings them. 0: one viewer, at once",
  ),
  Flag.withMetavar("N"),
  Flag.filter(
    (viewers) => viewers >= 0 && viewers <= MAX_VIEWERS,
    (viewers) => `a number of viewers from 0 to ${MAX_VIEWERS}: received ${viewers}`,
  ),
  Flag.withDefault(1),
);

const record = Flag.String("record").pipe(
  Flag.withDescription(
    "Write what the viewer receives to an MCAP file, which is overwritten; channels without a message, publish times " +
      "and the source's sequence numbers are not kept",
  ),
  Flag.withMetavar("OUT.mcap"),
  Flag.optional,
);

const json = Flag.Boolean("json").pipe(
  Flag.withDescription("Print each message as a line of JSON instead of the table; all else goes to standard error"),
  Flag.withDefault(false),
);

const duration = Flag.Finite("duration").pipe(
  Flag.withDescription("Stop after this much of the recording's (or the rover's) own time"),
  Flag.withMetavar("SECONDS"),
  Flag.filter((seconds) => seconds > 0, (seconds) => `a positive number of seconds: received ${seconds}`),
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

const flags = { file, play, speed, loop, topic, reliable, wait, record, json, noTour, duration };

const demo = Command.make("demo", flags, (given) =>
  runDemo({
    file: Option.getOrUndefined(given.file),
    play: Option.getOrUndefined(given.play),
    speed: given.speed,
    loop: given.loop,
    topics: given.topic,
    reliable: given.reliable,
    wait: given.wait,
    record: Option.getOrUndefined(given.record),
    json: given.json,
    tour: !given.noTour,
    duration: Option.getOrUndefined(given.duration),
  })).pipe(
    Command.withShortDescription("Watch a device stream a recording, or a simulated rover, to a viewer"),
    Command.withDescription(
      "Streams a recording, or a simulated rover, from a device to a viewer in this process, over the loopback " +
        "transport, and shows what arrives: topic, messages, rate, bandwidth, latency or age, and loss. Ends with the recording, or " +
        "with Ctrl-C.",
    ),
    Command.withExamples(({ commandPath }) => examples(commandPath.join(" "))),
  );

/** No flags or arguments of its own. */
export type Nothing = Record<never, never>;

/** The whole command: `fieldlink` with its subcommand `demo`. */
export const fieldlink: Command.Command<"fieldlink", Nothing, Nothing, DemoError, Output> = Command.make("fieldlink")
  .pipe(
    Command.withDescription("Reach robots and edge devices live."),
    Command.withSubcommands([demo]),
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

function globs(name: string, description: string): Flag.Flag<ReadonlyArray<string>> {
  return Flag.String(name).pipe(
    Flag.withDescription(description),
    Flag.withMetavar("GLOB"),
    Flag.mapTryCatch(
      (pattern) => {
        topicGlob(pattern);
        return pattern;
      },
      (error) => error instanceof Error ? error.message : String(error),
    ),
    Flag.atLeast(0),
  );
}

function readSpeed(text: string): Option.Option<Speed> {
  if (text === "max") return Option.some("max");
  const factor = Number(text);
  return text.trim() !== "" && Number.isFinite(factor) && factor > 0 ? Option.some(factor) : Option.none();
}
