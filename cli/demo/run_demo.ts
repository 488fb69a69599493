/**
 * The demo: a device that replays a source, viewers that watch it, and what is shown of that.
 */
import * as Clock from "effect/Clock";
import * as Deferred from "effect/Deferred";
import * as Duration from "effect/Duration";
import * as Effect from "effect/Effect";
import type * as Scope from "effect/Scope";
import { LoopbackHub } from "../../adapters/loopback/mod.ts";
import type { SourceError } from "../../files/source/errors.ts";
import { type Closed, type ConfigurationError, type Reliability, Viewer } from "../../mod.ts";
import { type Device, type DeviceChannel, makeDevice } from "../device/device.ts";
import { logSource } from "../device/log_source.ts";
import { presenceLine } from "../device/presence_line.ts";
import { acquireSubject, type Subject } from "../device/subject.ts";
import { Tally } from "../device/tally.ts";
import { invitation, notAdvertised } from "../device/wording.ts";
import { type Display, makeDisplay } from "../display.ts";
import type { NoSuchTopic, OptionConflict } from "../errors.ts";
import { printable } from "../format.ts";
import { noticesLayer } from "../log_notices.ts";
import { Output, type OutputError } from "../output.ts";
import { serve, type Served, type ServeError } from "../serve/serving.ts";
import { beside, perform, showing } from "../performance.ts";
import type { RecordError } from "../record/errors.ts";
import { acquireRecording, closeRecording, recordedLines, type Recording } from "../record/recording.ts";
import { anyTopicGlob } from "../topic_glob.ts";
import { overall, Traffic } from "../traffic.ts";
import { milliseconds, type Watch, watch } from "../watch/watch.ts";
import { meter, offered } from "./metering.ts";
import type { DemoOptions } from "./options.ts";
import { playbackConflict, playbackLine, runPlayback } from "./playback.ts";
import { roverTour } from "./rover_tour.ts";
import { introduction, summary } from "./summary.ts";

/** What may end the demo early. */
export type DemoError =
  | SourceError
  | NoSuchTopic
  | OptionConflict
  | RecordError
  | OutputError
  | JoinFailure
  | Closed
  | ConfigurationError
  | ServeError;

/** The room cannot be joined. */
export type JoinFailure = Effect.Error<ReturnType<typeof Viewer.make>>;

/** What outlives the session. */
interface Run {
  readonly options: DemoOptions;
  readonly subject: Subject;
  readonly recording: Recording | undefined;
  readonly display: Display;
  readonly clock: Clock.Clock;
  readonly traffic: Traffic;
  readonly tally: Tally;
  /** Fails when what arrives cannot be recorded or shown. */
  readonly failed: Deferred.Deferred<never, DemoError>;
  started: number;
  stage: Stage | undefined;
}

/** What is there while the session lasts. */
interface Stage {
  readonly device: Device;
  /** The first of them is watched; the others are company. */
  readonly viewers: readonly [Viewer, ...ReadonlyArray<Viewer>];
  readonly watched: Watch;
}

/** How long to wait at the end for what is under way, in ms, as long as nothing more arrives. */
const PATIENCE = { reliable: 2_000, lossy: 250 } as const;
const LOOK_AGAIN = 5;
const DEVICE = "device";
/** The identity of the viewer that is watched. */
const WATCHED = "viewer-1";

/**
 * Runs the demo until its source ends. However it ends (interruption included), what is under way is waited for, the
 * recording is closed, and a summary is shown; only when nobody reads the output any more it ends without a word.
 */
export const runDemo: (options: DemoOptions) => Effect.Effect<void, DemoError, Output> = Effect.fnUntraced(function* (
  options,
) {
  const output = yield* Output;
  const display = makeDisplay(options.json ? "json" : output.isTerminal ? "table" : "lines", output);
  yield* Effect.provide(prepare(options, display), noticesLayer(display.notice));
}, Effect.scoped);

const prepare = Effect.fnUntraced(function* (options: DemoOptions, display: Display) {
  const clock = yield* Clock.clockWith(Effect.succeed);
  const conflict = playbackConflict(options);
  if (conflict !== undefined) return yield* conflict;
  const subject = yield* acquireSubject(options, clock);
  const recording = yield* acquireRecording(options.record, options.file ?? options.play);
  const run: Run = {
    options,
    subject,
    recording,
    display,
    clock,
    traffic: new Traffic(),
    tally: new Tally(),
    failed: Deferred.makeUnsafe(),
    started: milliseconds(clock),
    stage: undefined,
  };
  yield* perform<Stage, DemoError>({
    setUp: setUp(run),
    play: (stage) => play(run, stage),
    failed: run.failed,
    settle: (stage, isInterrupted) => settle(run, stage, isInterrupted),
    close: closeRecording(recording),
    end: end(run),
  });
});

/** Over HTTP, or within this process. */
function wayOf({ serve: given }: DemoOptions): Effect.Effect<Served, ServeError, Scope.Scope> {
  if (given !== undefined) return serve(DEVICE, given);
  return Effect.map(LoopbackHub.make(), (hub) => ({
    transport: hub.transport({ identity: DEVICE }),
    inside: (identity) => hub.transport({ identity }),
    urls: [],
  }));
}

/** Device, viewers, and what is shown of them. */
const setUp = Effect.fnUntraced(function* (run: Run) {
  const { options, subject, display, traffic, recording } = run;
  const way = yield* wayOf(options);
  const device = yield* makeDevice({
    name: subject.name,
    transport: way.transport,
    channels: subject.channels,
    isReliable: anyTopicGlob(options.reliable, false),
    offering: subject.offering,
    played: subject.played,
  });
  for (const { channel: { id, topic } } of device.channels) traffic.open(id, topic);
  const viewers = Math.max(1, options.wait);
  if (!options.json) display.notice(introduction(subject.name, device.channels.length, viewers, options));
  for (const line of invitation(way.urls)) display.notice(line);
  for (const line of notAdvertised(device.unadvertised)) display.notice(line);
  const topics = [...new Set(device.channels.map(({ channel }) => channel.topic))];
  const company: Array<Viewer> = [];
  for (let number = 2; number <= viewers; number += 1) {
    const viewer = yield* Viewer.make(way.inside(`viewer-${number}`));
    company.push(viewer);
    // These only make up the company.
    for (const topic of topics) viewer.subscribe(topic).onMessage(() => undefined);
  }
  const viewer = yield* Viewer.make(way.inside(WATCHED), {
    onStatus: ({ level, message }) => display.notice(`device: ${level}: ${printable(message)}`),
  });
  const print = options.json ? display.print : undefined;
  const watched = yield* watch(viewer, { traffic, isLive: subject.isLive, recording, print });
  for (const topic of topics) watched.follow(topic);
  const stage: Stage = { device, viewers: [viewer, ...company], watched };
  run.stage = stage;
  yield* beside(run.failed, watched.handle);
  yield* beside(run.failed, showing(display, show(run)));
  return stage;
});

const play = Effect.fnUntraced(function* (run: Run, { device, viewers }: Stage) {
  const { options, subject: { source, offering, played }, clock, display, tally, traffic } = run;
  yield* device.gateway.connectedEffect;
  yield* device.subscribed(options.wait);
  run.started = milliseconds(clock);
  // At the utmost speed the rover's time would fly by.
  if (options.tour && options.speed !== "max" && offering !== undefined) {
    yield* Effect.forkScoped(roverTour(viewers[0], display.notice));
  }
  const onLog = (channel: DeviceChannel["channel"], logTime: bigint, bytes: number): void => {
    tally.add(channel, bytes);
    traffic.sent(channel.id, logTime, milliseconds(clock));
  };
  yield* played === undefined
    ? logSource(source, device, options, onLog)
    : runPlayback(viewers[0], options, display.notice);
  // A source may be at its end before they have joined, and leaving on the way in would be reported as a failure.
  yield* Effect.forEach(viewers, (viewer) => viewer.deviceEffect, { discard: true });
}, Effect.scoped);

/**
 * Waits until all that was sent has been dealt with, or nothing more comes. A reader that takes its time is waited for,
 * unless the demo was interrupted.
 */
const settle = Effect.fnUntraced(function* (run: Run, stage: Stage, isInterrupted: boolean) {
  const { device, watched } = stage;
  // What a player logs is not the demo's to count.
  if (run.subject.played !== undefined) {
    run.subject.played.player.pause();
    run.tally.offered(offered(device.gateway.stats(), WATCHED));
  }
  let before = -1;
  for (let waited = 0; !Deferred.isDoneUnsafe(run.failed);) {
    const behind = device.channels.filter(({ channel: { id } }) => watched.handled(id) < run.tally.awaited(id));
    if (behind.length === 0) break;
    const patience = behind.some(({ channel }) => channel.qos === "reliable") ? PATIENCE.reliable : PATIENCE.lossy;
    if (waited >= patience && (isInterrupted || !watched.isBusy())) break;
    yield* Effect.sleep(Duration.millis(LOOK_AGAIN));
    const now = device.channels.reduce((sum, { channel }) => sum + watched.handled(channel.id), 0);
    waited = now === before ? waited + LOOK_AGAIN : 0;
    before = now;
  }
  yield* Effect.ignore(device.gateway.drainEffect(PATIENCE.reliable));
  count(run, stage);
});

/** Takes over the library's own figures. */
function count({ traffic }: Run, { device, viewers: [viewer] }: Stage): void {
  traffic.count(meter(device.gateway, viewer, WATCHED));
}

function show(run: Run): Effect.Effect<void, OutputError> {
  return Effect.suspend(() => {
    const now = milliseconds(run.clock);
    const { stage, subject } = run;
    if (stage === undefined) return Effect.void;
    count(run, stage);
    const below = [presenceLine(stage.device.gateway.viewers)];
    if (subject.played !== undefined) below.push(playbackLine(stage.viewers[0].playback));
    return run.display.show(run.traffic.read(now), now - run.started, below);
  });
}

function end(run: Run): Effect.Effect<void, OutputError> {
  return Effect.suspend(() => {
    const { stage, tally } = run;
    if (stage === undefined) return Effect.void;
    const { device } = stage;
    const now = milliseconds(run.clock);
    const elapsed = now - run.started;
    const traffic = overall(run.traffic.read(now), elapsed);
    const lines = summary({
      channels: device.channels.length,
      sent: tally.sent,
      early: tally.early,
      tooLarge: tally.tooLarge,
      lost: { lossy: lost(run, device, "lossy"), reliable: lost(run, device, "reliable") },
      received: traffic.reduce((sum, { messages }) => sum + messages, 0),
      bytes: traffic.reduce((sum, { bytes }) => sum + bytes, 0),
      elapsed,
      unadvertised: device.unadvertised,
    });
    return run.display.end(traffic, [...lines, ...recordedLines(run.recording)]);
  });
}

/** Messages that might have arrived and have not. */
function lost({ tally, traffic }: Run, { channels }: Device, qos: Reliability): number {
  return channels
    .filter(({ channel }) => channel.qos === qos)
    .reduce((sum, { channel: { id } }) => sum + Math.max(0, tally.awaited(id) - traffic.messages(id)), 0);
}
