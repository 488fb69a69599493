/**
 * Flags that several commands take.
 */
import * as Option from "effect/Option";
import * as Argument from "effect/cli/Argument";
import * as Flag from "effect/cli/Flag";
import type { SourceOptions, Speed } from "./device/source_options.ts";
import { messageOf } from "./format.ts";
import { topicGlob } from "./topic_glob.ts";

type Optional<A> = Flag.Flag<Option.Option<A>>;

/** No flags or arguments of its own. */
export type Nothing = Record<never, never>;

const MAX_VIEWERS = 100;

/** The flags that say what a device sends; the parsed values of which {@linkcode sourceOptions} reads. */
export interface SourceFlags {
  readonly file: Argument.Argument<Option.Option<string>>;
  readonly play: Optional<string>;
  readonly speed: Flag.Flag<Speed>;
  readonly loop: Flag.Flag<boolean>;
  readonly topic: Flag.Flag<ReadonlyArray<string>>;
  readonly reliable: Flag.Flag<ReadonlyArray<string>>;
  readonly wait: Flag.Flag<number>;
  readonly duration: Optional<number>;
}

/** What the flags have been given as. */
export interface ParsedSource {
  readonly file: Option.Option<string>;
  readonly play: Option.Option<string>;
  readonly speed: Speed;
  readonly loop: boolean;
  readonly topic: ReadonlyArray<string>;
  readonly reliable: ReadonlyArray<string>;
  readonly wait: number;
  readonly duration: Option.Option<number>;
}

/** What differs between commands in how the flags are described. */
export interface SourceTexts {
  readonly play: string;
  readonly wait: string;
  readonly duration: string;
}

/** The flags that say what a device sends. */
export function sourceFlags(texts: SourceTexts): SourceFlags {
  return {
    file: Argument.String("FILE").pipe(
      Argument.withDescription(
        "An MCAP recording or a ROS 1 bag to replay; without it, a simulated rover drives and sends",
      ),
      Argument.optional,
    ),
    play: Flag.String("play").pipe(Flag.withDescription(texts.play), Flag.withMetavar("FILE"), Flag.optional),
    speed: Flag.String("speed").pipe(
      Flag.withDescription("How many times as fast as recorded (default 1), or max: as fast as it goes"),
      Flag.withMetavar("N|max"),
      Flag.filterMap(readSpeed, (text) => `a positive number or "max": received "${text}"`),
      Flag.withDefault<Speed>(1),
    ),
    loop: Flag.Boolean("loop").pipe(
      Flag.withDescription("Begin again at the end, log times going on; until Ctrl-C"),
      Flag.withDefault(false),
    ),
    topic: globs(
      "topic",
      "Replay only topics like this: * is any characters, ? is one, {a,b} is either; repeatable",
    ),
    reliable: globs("reliable", "Lose nothing of topics like this, '*' for all; the others are lossy; repeatable"),
    wait: Flag.Int("wait").pipe(
      Flag.withDescription(texts.wait),
      Flag.withMetavar("N"),
      Flag.filter(
        (viewers) => viewers >= 0 && viewers <= MAX_VIEWERS,
        (viewers) => `a number of viewers from 0 to ${MAX_VIEWERS}: received ${viewers}`,
      ),
      Flag.withDefault(1),
    ),
    duration: Flag.optional(seconds("duration", texts.duration)),
  };
}

/** The parsed flags as options. */
export function sourceOptions(given: ParsedSource): SourceOptions {
  return {
    file: Option.getOrUndefined(given.file),
    play: Option.getOrUndefined(given.play),
    speed: given.speed,
    loop: given.loop,
    topics: given.topic,
    reliable: given.reliable,
    wait: given.wait,
    duration: Option.getOrUndefined(given.duration),
  };
}

/** The flag for a recording of what a viewer receives. */
export const record: Optional<string> = Flag.String("record").pipe(
  Flag.withDescription(
    "Write what the viewer receives to an MCAP file, which is overwritten; channels without a message, publish times " +
      "and the source's sequence numbers are not kept",
  ),
  Flag.withMetavar("OUT.mcap"),
  Flag.optional,
);

/** The flag for messages as JSON. */
export const json: Flag.Flag<boolean> = Flag.Boolean("json").pipe(
  Flag.withDescription("Print each message as a line of JSON instead of the table; all else goes to standard error"),
  Flag.withDefault(false),
);

/** A flag for a time in seconds, which is positive. */
export function seconds(name: string, description: string): Flag.Flag<number> {
  return Flag.Finite(name).pipe(
    Flag.withDescription(description),
    Flag.withMetavar("SECONDS"),
    Flag.filter((seconds) => seconds > 0, (seconds) => `a positive number of seconds: received ${seconds}`),
  );
}

/** A flag for patterns of topics. */
export function globs(name: string, description: string): Flag.Flag<ReadonlyArray<string>> {
  return Flag.String(name).pipe(
    Flag.withDescription(description),
    Flag.withMetavar("GLOB"),
    Flag.mapTryCatch(
      (pattern) => {
        topicGlob(pattern);
        return pattern;
      },
      messageOf,
    ),
    Flag.atLeast(0),
  );
}

function readSpeed(text: string): Option.Option<Speed> {
  if (text === "max") return Option.some("max");
  const factor = Number(text);
  return text.trim() !== "" && Number.isFinite(factor) && factor > 0 ? Option.some(factor) : Option.none();
}
