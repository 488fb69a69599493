/**
 * The files that the demo reads and writes.
 */
import { realpath } from "node:fs/promises";
import type * as Clock from "effect/Clock";
import * as Effect from "effect/Effect";
import type * as Scope from "effect/Scope";
import { Player } from "../../files/mod.ts";
import { Context, VERSION } from "../../mod.ts";
import { anyTopicGlob } from "../topic_glob.ts";
import type { Played } from "./device.ts";
import { RecordError, recordError } from "../record/errors.ts";
import { Recorder } from "../record/recorder.ts";
import { type Offering, roverOffering } from "../rover/rover_offering.ts";
import { Rover } from "../rover/rover.ts";
import { roverSource } from "../rover/rover_source.ts";
import { type SourceError, sourceError } from "../../files/source/errors.ts";
import type { MessageSource } from "../../files/source/message_source.ts";
import { openSource } from "../../files/source/open_source.ts";
import type { DemoOptions } from "./options.ts";
import { roverTour } from "./rover_tour.ts";
import type { Tour } from "./tour.ts";

/** What the demo's device has to send, and what it offers beside that. */
export interface Subject {
  readonly name: string;
  /** What the demo logs; nothing, where a recording is played. */
  readonly source: MessageSource;
  /** A recording that viewers control; none: the demo logs what the source has. */
  readonly played: Played | undefined;
  /** None: nothing but the source's channels. */
  readonly offering: Offering | undefined;
  /** Shows what it offers; none: there is nothing to show. */
  readonly tour: Tour | undefined;
  /** Whether log times are those of the present. */
  readonly isLive: boolean;
  /** All topics that there are. */
  readonly topics: ReadonlyArray<string>;
}

/** Opens the recording, or starts the rover; let go of with the scope. */
export function acquireSubject(
  options: DemoOptions,
  clock: Clock.Clock,
): Effect.Effect<Subject, SourceError, Scope.Scope> {
  const { file, play, speed } = options;
  if (play !== undefined) return acquirePlayed(play, options);
  if (file === undefined) return Effect.sync(() => rover(clock, speed === 1));
  const open = Effect.tryPromise({ try: () => openSource(file), catch: (error) => sourceError(file, error) });
  const opened = Effect.acquireRelease(open, (source) => Effect.promise(() => source.close()));
  return Effect.map(opened, (source) => plain(source));
}

function rover(clock: Clock.Clock, isLive: boolean): Subject {
  const rover = new Rover();
  const source = roverSource(rover, { start: () => clock.currentTimeNanosUnsafe() });
  return { ...plain(source), offering: roverOffering(rover), tour: roverTour, isLive };
}

function plain(source: MessageSource): Subject {
  const topics = source.channels.map(({ topic }) => topic);
  return { name: source.name, source, played: undefined, offering: undefined, tour: undefined, isLive: false, topics };
}

const acquirePlayed: (
  file: string,
  options: DemoOptions,
) => Effect.Effect<Subject, SourceError, Scope.Scope> = Effect.fnUntraced(function* (file, options) {
  const context = yield* Context.make;
  const isReliable = anyTopicGlob(options.reliable, false);
  const player = yield* Player.openEffect(file, {
    context,
    channel: (topic) => ({ qos: isReliable(topic) ? "reliable" : "lossy" }),
  });
  const none: MessageSource = { name: file, channels: [], messages: async function* () {}, close: async () => {} };
  const topics = player.channels.map(({ topic }) => topic);
  return { ...plain(none), played: { player, context, isWanted: anyTopicGlob(options.topics, true) }, topics };
});

/** Creates the recording that was asked for, if one was; completed with the scope at the latest. */
export function acquireRecorder(options: DemoOptions): Effect.Effect<Recorder | undefined, RecordError, Scope.Scope> {
  const { record, file = options.play } = options;
  if (record === undefined) return Effect.as(Effect.void, undefined);
  const create = Effect.tryPromise({
    try: async () => {
      if (await isSameFile(record, file)) {
        throw new RecordError({ file: record, detail: "it is the recording that is to be replayed" });
      }
      return await Recorder.create(record, `fieldlink ${VERSION}`);
    },
    catch: (error) => recordError(record, error),
  });
  return Effect.acquireRelease(create, (recorder) => Effect.ignore(Effect.promise(() => recorder.close())));
}

/** Completes the recording; fails when it cannot be written to its end. */
export function closeRecorder(
  recorder: Recorder | undefined,
  { record }: DemoOptions,
): Effect.Effect<void, RecordError> {
  if (recorder === undefined) return Effect.void;
  return Effect.tryPromise({ try: () => recorder.close(), catch: (error) => recordError(record ?? "", error) });
}

async function isSameFile(one: string, other: string | undefined): Promise<boolean> {
  if (other === undefined) return false;
  const [first, second] = await Promise.all([one, other].map((path) => realpath(path).catch(() => undefined)));
  return first !== undefined && first === second;
}
