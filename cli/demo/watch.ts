/**
 * The viewer's side of the demo: takes what arrives, records it, prints it, and looks how old it is.
 */
import * as Clock from "effect/Clock";
import * as Effect from "effect/Effect";
import type * as Scope from "effect/Scope";
import * as Stream from "effect/Stream";
import type { Message, Viewer } from "../../mod.ts";
import { jsonLine } from "../json_line.ts";
import type { OutputError } from "../output.ts";
import { type RecordError, recordError } from "../record/errors.ts";
import type { Recorder } from "../record/recorder.ts";
import type { Traffic } from "../traffic.ts";
import { Intake } from "./intake.ts";

/** Where messages go, beside being counted. */
export interface WatchOptions {
  readonly traffic: Traffic;
  /** Whether log times are those of the present, so that messages have an age. */
  readonly isLive: boolean;
  readonly recorder?: Recorder | undefined;
  /** The recording's path, for errors. */
  readonly record?: string | undefined;
  /** Prints lines of JSON; none: messages are not printed. */
  readonly print?: ((text: string) => Effect.Effect<void, OutputError>) | undefined;
}

/** A viewer being watched. */
export interface Watch {
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

/** Subscribes to the topics, and takes what comes until the scope ends. */
export const watch: (
  viewer: Viewer,
  topics: ReadonlyArray<string>,
  options: WatchOptions,
) => Effect.Effect<Watch, never, Scope.Scope> = Effect.fnUntraced(function* (viewer, topics, options) {
  const clock = yield* Clock.clockWith(Effect.succeed);
  const intake = new Intake<Message>();
  const handled = new Map<number, number>();
  for (const topic of topics) {
    const subscription = viewer.subscribe(topic, { lossyMessages: LOSSY_MESSAGES });
    const taken = Stream.runForEachArray(subscription.stream, (messages) => {
      const now = milliseconds(clock);
      for (const message of messages) measure(message, options, now);
      return intake.offer(messages);
    });
    yield* Effect.forkScoped(taken);
  }
  return {
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
  if (age !== undefined) traffic.aged(channel.id, age);
}

function count(messages: ReadonlyArray<Message>, handled: Map<number, number>): Effect.Effect<void> {
  return Effect.sync(() => {
    for (const { channel } of messages) handled.set(channel.id, (handled.get(channel.id) ?? 0) + 1);
  });
}

function keep(
  messages: ReadonlyArray<Message>,
  { recorder, record, print }: WatchOptions,
): Effect.Effect<void, RecordError | OutputError> {
  const recorded = recorder === undefined ? Effect.void : Effect.tryPromise({
    try: () => addAll(recorder, messages),
    catch: (error) => recordError(record ?? "", error),
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
