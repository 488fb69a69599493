/**
 * A viewer: it watches a device, records what comes of it, and asks it for what it was told to.
 */
import * as Clock from "effect/Clock";
import * as Deferred from "effect/Deferred";
import * as Duration from "effect/Duration";
import * as Effect from "effect/Effect";
import { type ChannelInfo, type Closed, type ConfigurationError, Viewer } from "../../mod.ts";
import type { JoinError } from "../../transport/mod.ts";
import { type Display, makeDisplay } from "../display.ts";
import { NoSuchTopic, type OptionConflict } from "../errors.ts";
import { printable } from "../format.ts";
import { noticesLayer } from "../log_notices.ts";
import { Output, type OutputError } from "../output.ts";
import { beside, perform, showing } from "../performance.ts";
import type { RecordError } from "../record/errors.ts";
import { acquireRecording, closeRecording, recordedLines, type Recording } from "../record/recording.ts";
import { anyTopicGlob } from "../topic_glob.ts";
import { overall, Traffic } from "../traffic.ts";
import { milliseconds, type Watch, watch } from "../watch/watch.ts";
import { Attendance } from "./attendance.ts";
import { NoDevice } from "./errors.ts";
import { deviceLine, received } from "./metering.ts";
import { onlyAsks, type ViewOptions } from "./options.ts";
import { ask, type AskError } from "./requests.ts";
import { summary } from "./summary.ts";

/** What may end the viewing other than well. */
export type ViewError =
  | AskError
  | Closed
  | ConfigurationError
  | JoinError
  | NoDevice
  | OptionConflict
  | OutputError
  | RecordError;

/** What outlives the session. */
interface Run {
  readonly options: ViewOptions;
  readonly recording: Recording | undefined;
  readonly display: Display;
  readonly clock: Clock.Clock;
  readonly traffic: Traffic;
  readonly attendance: Attendance;
  /** Fails when what arrives cannot be recorded or shown. */
  readonly failed: Deferred.Deferred<never, ViewError>;
  /** Topics that the device has offered and that were not asked for; none, once one of them was. */
  unwanted: Set<string> | undefined;
  /** When a device was met first; none: not yet. */
  started: number | undefined;
}

/** What is there while the session lasts. */
interface Stage {
  readonly viewer: Viewer;
  readonly watched: Watch;
}

/** How long to wait at the end for what has arrived to be dealt with, in ms, as long as none of it is. */
const PATIENCE_MS = 2_000;
const LOOK_AGAIN_MS = 5;

/**
 * Watches a device until it has left. However it ends (interruption included), what has arrived is dealt with, the
 * recording is completed, and a summary is shown. Where the device is only asked, it ends with the answers.
 */
export const runView: (options: ViewOptions) => Effect.Effect<void, ViewError, Output> = Effect.fnUntraced(
  function* (options) {
    const output = yield* Output;
    const form = options.json || onlyAsks(options) ? "json" : output.isTerminal ? "table" : "lines";
    const display = makeDisplay(form, output);
    yield* Effect.provide(prepare(options, display), noticesLayer(display.notice));
  },
  Effect.scoped,
);

const prepare = Effect.fnUntraced(function* (options: ViewOptions, display: Display) {
  const clock = yield* Clock.clockWith(Effect.succeed);
  const recording = yield* acquireRecording(options.record, undefined);
  const run: Run = {
    options,
    recording,
    display,
    clock,
    traffic: new Traffic(),
    attendance: new Attendance(),
    failed: Deferred.makeUnsafe(),
    unwanted: new Set(),
    started: undefined,
  };
  yield* perform<Stage, ViewError>({
    setUp: setUp(run),
    play: (stage) => Effect.raceFirst(play(run, stage), stage.viewer.closedEffect),
    failed: run.failed,
    settle: (stage, isInterrupted) => settle(run, stage, isInterrupted),
    close: closeRecording(recording),
    end: end(run),
  });
});

/** The viewer, and what is shown of it. */
const setUp = Effect.fnUntraced(function* (run: Run) {
  const { options, display, traffic, recording, attendance } = run;
  let take: ((channels: ReadonlyArray<ChannelInfo>) => void) | undefined;
  const viewer = yield* Viewer.make(options.transport, {
    ...attendance.callbacks,
    ...(options.device === undefined ? {} : { device: options.device }),
    onStatus: ({ level, message }) => display.notice(`device: ${level}: ${printable(message)}`),
    onChannels: (advertised) => take?.(advertised),
  });
  if (!options.json && !onlyAsks(options)) display.notice(`connected: ${options.where}`);
  const print = options.json ? display.print : undefined;
  const watched = yield* watch(viewer, { traffic, isLive: true, recording, print });
  if (!onlyAsks(options)) {
    const isWanted = anyTopicGlob(options.topics, true);
    take = (channels) => follow(run, watched, channels, isWanted);
    take([...viewer.channels.values()]);
  }
  yield* beside(run.failed, watched.handle);
  yield* beside(run.failed, showing(display, show(run, viewer)));
  return { viewer, watched };
});

/** Channels are offered: those that are wanted have a row and are subscribed to. */
function follow(
  run: Run,
  watched: Watch,
  channels: ReadonlyArray<ChannelInfo>,
  isWanted: (topic: string) => boolean,
): void {
  for (const { id, topic } of channels) {
    if (isWanted(topic)) {
      run.unwanted = undefined;
      run.traffic.open(id, topic);
      watched.follow(topic);
    } else run.unwanted?.add(topic);
  }
}

const play = Effect.fnUntraced(function* (run: Run, { viewer }: Stage) {
  const { options, clock, display } = run;
  yield* meet(run, viewer, false);
  run.started = milliseconds(clock);
  const isPrinted = options.json || onlyAsks(options);
  const answered = (line: string) =>
    isPrinted ? display.print(`${line}\n`) : Effect.sync(() => display.notice(printable(line)));
  const asked = ask(viewer, options, answered);
  if (onlyAsks(options)) return yield* asked;
  const stay = options.duration === undefined
    ? untilLeft(run, viewer)
    : Effect.raceFirst(untilLeft(run, viewer), Effect.sleep(Duration.seconds(options.duration)));
  yield* Effect.all([asked, stay], { concurrency: "unbounded", discard: true });
});

/** Waits for a device, but not for ever. */
function meet(run: Run, viewer: Viewer, again: boolean): Effect.Effect<void, JoinError | Closed | NoDevice> {
  const { device, wait } = run.options;
  return Effect.asVoid(Effect.timeoutOrElse(viewer.deviceEffect, {
    duration: Duration.seconds(wait),
    orElse: () => Effect.fail(new NoDevice({ device, seconds: wait, again })),
  }));
}

/** Waits until the device has left. Where it is the viewer that was away, the device has to come again. */
const untilLeft: (run: Run, viewer: Viewer) => Effect.Effect<void, JoinError | Closed | NoDevice> = Effect.fnUntraced(
  function* (run, viewer) {
    while ((yield* run.attendance.departure) === "lost") yield* meet(run, viewer, true);
  },
);

/**
 * Waits until all that has arrived has been recorded and shown. A reader that takes its time is waited for, unless the
 * command was interrupted.
 */
const settle = Effect.fnUntraced(function* (run: Run, { viewer, watched }: Stage, isInterrupted: boolean) {
  let before = -1;
  for (let waited = 0; !Deferred.isDoneUnsafe(run.failed);) {
    const open = viewer.stats().channels
      .reduce(
        (sum, { channelId, received, dropped }) =>
          sum + Math.max(0, received.messages - dropped - watched.handled(channelId)),
        0,
      );
    if (open === 0) break;
    if (waited >= PATIENCE_MS && (isInterrupted || !watched.isBusy())) break;
    yield* Effect.sleep(Duration.millis(LOOK_AGAIN_MS));
    waited = open === before ? waited + LOOK_AGAIN_MS : 0;
    before = open;
  }
  run.traffic.count(received(viewer));
});

function show(run: Run, viewer: Viewer): Effect.Effect<void, OutputError> {
  return Effect.suspend(() => {
    const now = milliseconds(run.clock);
    run.traffic.count(received(viewer));
    return run.display.show(run.traffic.read(now), now - (run.started ?? now), [deviceLine(viewer)]);
  });
}

function end(run: Run): Effect.Effect<void, OutputError> {
  return Effect.suspend(() => {
    const { options, unwanted, display, recording, started } = run;
    if (started === undefined || onlyAsks(options)) return display.flush;
    const now = milliseconds(run.clock);
    const traffic = overall(run.traffic.read(now), now - started);
    const missed = options.topics.length === 0 || unwanted === undefined || unwanted.size === 0
      ? []
      : [new NoSuchTopic({ source: "the device", patterns: options.topics, topics: [...unwanted] }).message];
    return display.end(traffic, [...missed, summary(traffic, now - started), ...recordedLines(recording)]);
  });
}
