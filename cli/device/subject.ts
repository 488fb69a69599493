/**
 * What a device has to send: a recording, a simulated rover, or a recording that its viewers control.
 */
import type * as Clock from "effect/Clock";
import * as Effect from "effect/Effect";
import type * as Scope from "effect/Scope";
import { Player } from "../../files/mod.ts";
import { type SourceError, sourceError } from "../../files/source/errors.ts";
import type { MessageSource, SourceChannel } from "../../files/source/message_source.ts";
import { openSource } from "../../files/source/open_source.ts";
import { Context } from "../../mod.ts";
import { NoSuchTopic } from "../errors.ts";
import { type Offering, roverOffering } from "../rover/rover_offering.ts";
import { Rover } from "../rover/rover.ts";
import { roverSource } from "../rover/rover_source.ts";
import { anyTopicGlob } from "../topic_glob.ts";
import type { Played } from "./device.ts";
import type { SourceOptions } from "./source_options.ts";

/** What a device has to send, and what it offers beside that. */
export interface Subject {
  readonly name: string;
  /** What is logged; nothing, where a recording is played. */
  readonly source: MessageSource;
  /** Those of the source's channels that were asked for. */
  readonly channels: ReadonlyArray<SourceChannel>;
  /** A recording that viewers control; none: what the source has is logged. */
  readonly played: Played | undefined;
  /** None: nothing but the source's channels. */
  readonly offering: Offering | undefined;
  /** Whether log times are those of the present. */
  readonly isLive: boolean;
}

/** Opens the recording, or starts the rover; let go of with the scope. Fails when it has none of the topics asked for. */
export const acquireSubject: (
  options: SourceOptions,
  clock: Clock.Clock,
) => Effect.Effect<Subject, SourceError | NoSuchTopic, Scope.Scope> = Effect.fnUntraced(function* (options, clock) {
  const { file, play, speed, topics: patterns } = options;
  if (play !== undefined) return yield* acquirePlayed(play, options);
  if (file === undefined) return yield* wanted(rover(clock, speed === 1), patterns);
  const open = Effect.tryPromise({ try: () => openSource(file), catch: (error) => sourceError(file, error) });
  const source = yield* Effect.acquireRelease(open, (source) => Effect.promise(() => source.close()));
  return yield* wanted(plain(source), patterns);
});

function rover(clock: Clock.Clock, isLive: boolean): Subject {
  const rover = new Rover();
  const source = roverSource(rover, { start: () => clock.currentTimeNanosUnsafe() });
  return { ...plain(source), offering: roverOffering(rover), isLive };
}

function plain(source: MessageSource): Subject {
  const { name, channels } = source;
  return { name, source, channels, played: undefined, offering: undefined, isLive: false };
}

const acquirePlayed = Effect.fnUntraced(function* (file: string, options: SourceOptions) {
  const context = yield* Context.make;
  const isReliable = anyTopicGlob(options.reliable, false);
  const player = yield* Player.openEffect(file, {
    context,
    channel: (topic) => ({ qos: isReliable(topic) ? "reliable" : "lossy" }),
  });
  yield* checkTopics(file, player.channels, options.topics);
  const none: MessageSource = { name: file, channels: [], messages: async function* () {}, close: async () => {} };
  return { ...plain(none), played: { player, context, isWanted: anyTopicGlob(options.topics, true) } };
});

/** With the channels that were asked for. */
function wanted(subject: Subject, patterns: ReadonlyArray<string>): Effect.Effect<Subject, NoSuchTopic> {
  const isWanted = anyTopicGlob(patterns, true);
  const channels = subject.channels.filter(({ topic }) => isWanted(topic));
  return Effect.as(checkTopics(subject.name, subject.channels, patterns), { ...subject, channels });
}

function checkTopics(
  source: string,
  channels: ReadonlyArray<{ readonly topic: string }>,
  patterns: ReadonlyArray<string>,
): Effect.Effect<void, NoSuchTopic> {
  const topics = channels.map(({ topic }) => topic);
  if (patterns.length === 0 || topics.some(anyTopicGlob(patterns, true))) return Effect.void;
  return Effect.fail(new NoSuchTopic({ source, patterns, topics }));
}
