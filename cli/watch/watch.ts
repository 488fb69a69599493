/**
 * The viewer's side: takes what arrives, records it, prints it, and looks how old it is.
 */
import * as Clock from "effect/Clock";
import * as Effect from "effect/Effect";
import * as FiberSet from "effect/FiberSet";
import type * as Scope from "effect/Scope";
import * as Stream from "effect/Stream";
import type { Message, Viewer } from "../../mod.ts";
import { jsonLine } from "../json_line.ts";
import type { OutputError } from "../output.ts";
import { type RecordError, recordError } from "../record/errors.ts";
import type { Recorder } from "../record/recorder.ts";
import type { Recording } from "../record/recording.ts";
import type { Traffic } from "../traffic.ts";
import { Intake } from "./intake.ts";

/** Where messages go, beside being counted. */
export interface WatchOptions {
  readonly traffic: Traffic;
  /** Whether log times are those of the present, so that messages have an age. */
  readonly isLive: boolean;
  readonly recording?: Recording | undefined;
  /** Prints lines of JSON; none: messages are not printed. */
  readonly print?: ((text: string) => Effect.Effect<void, OutputError>) | undefined;
}

/** A viewer being watched. */
export interface Watch {
  /** Subscribes to a topic, now and whenever it is offered; at most once. */
  readonly follow: (topic: string) => void;
  /** Messages of a channel that have been counted, recorded and printed. */
  readonly handled: (channelId: number) => number;
  /** Whether messages that have arrived are being handled, or wait for that. */
  readonly isBusy: () => boolean;
  /** Handles messages for ever; fails when they cannot be recorded or printed. */
  readonly handle: Effect.Effect<never, RecordError | OutputError>;
}

/** A line that is longer is written before further ones are made. */
const WRITE_BYTES = 64 * 1024;
/** Lossy messages that may wait for a slow disk or reader, for each topic. */
const LOSSY_MESSAGES = 4096;
/** What is older, in ms, was not logged when it was sent: its log times are those of a recording. */
const OLD_MS = 3_600_000;

/** Takes what comes of the topics that are followed, until the scope ends. */
export const watch: (
  viewer: Viewer,
  options: WatchOptions,
) => Effect.Effect<Watch, never, Scope.Scope> = Effect.fnUntraced(function* (viewer, options) {
  const clock = yield* Clock.clockWith(Effect.succeed);
  const run = yield* FiberSet.makeRuntime<never>();
  const intake = new Intake<Message>();
  const handled = new Map<number, number>();
  const followed = new Set<string>();
  const follow = (topic: string): void => {
    if (followed.has(topic)) return;
    followed.add(topic);
    const subscription = viewer.subscribe(topic, { lossyMessages: LOSSY_MESSAGES });
    run(Stream.runForEachArray(subscription.stream, (messages) => {
      const now = milliseconds(clock);
      for (const message of messages) measure(message, options, now);
      return intake.offer(messages);
    }));
  };
  return {
    follow,
    isBusy: () => intake.isBusy,
    handled: (channelId) => handled.get(channelId) ?? 0,
    handle: intake.consume((messages) => Effect.andThen(keep(messages, options), count(messages, handled))),
  };
});

/** The time in ms, with its fraction. */
export function milliseconds(clock: Clock.Clock): number {
  return Number(clock.currentTimeNanosUnsafe() / 1000n) / 1000;
}

function measure(message: Message, { traffic, isLive }: WatchOptions, now: number): void {
  const { channel, logTime } = message;
  if (!isLive) return traffic.received(channel.id, logTime, now);
  const { age } = message;
  if (age !== undefined && Math.abs(age.ms) < OLD_MS) traffic.aged(channel.id, age);
}

function count(messages: ReadonlyArray<Message>, handled: Map<number, number>): Effect.Effect<void> {
  return Effect.sync(() => {
    for (const { channel } of messages) handled.set(channel.id, (handled.get(channel.id) ?? 0) + 1);
  });
}

function keep(
  messages: ReadonlyArray<Message>,
  { recording, print }: WatchOptions,
): Effect.Effect<void, RecordError | OutputError> {
  const recorded = recording === undefined ? Effect.void : Effect.tryPromise({
    try: () => addAll(recording.recorder, messages),
    catch: (error) => recordError(recording.path, error),
  });
  return print === undefined ? recorded : Effect.andThen(recorded, printAll(print, messages));
}

async function addAll(recorder: Recorder, messages: ReadonlyArray<Message>): Promise<void> {
  for (const message of messages) await recorder.add(message);
}

function printAll(
  print: (text: string) => Effect.Effect<void, OutputError>,
  messages: ReadonlyArray<Message>,
): Effect.Effect<void, OutputError> {
  return Effect.forEach(texts(messages), print, { discard: true });
}

/** The messages as lines, several in one text as long as it is short. */
function* texts(messages: ReadonlyArray<Message>): Generator<string, void> {
  let text = "";
  for (const message of messages) {
    text += `${jsonLine(message)}\n`;
    if (text.length < WRITE_BYTES) continue;
    yield text;
    text = "";
  }
  if (text !== "") yield text;
}
