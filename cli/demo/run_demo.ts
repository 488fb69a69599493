/**
 * The demo: a device that replays a source, viewers that watch it, and what is shown of that.
 */
import * as Clock from "effect/Clock";
import * as Deferred from "effect/Deferred";
import * as Duration from "effect/Duration";
import * as Effect from "effect/Effect";
import * as Exit from "effect/Exit";
import { LoopbackHub } from "../../adapters/loopback/mod.ts";
import { type Closed, type ConfigurationError, type Reliability, Viewer } from "../../mod.ts";
import { printable } from "../format.ts";
import { ClosedPipe, Output, type OutputError } from "../output.ts";
import type { RecordError } from "../record/errors.ts";
import type { Recorder } from "../record/recorder.ts";
import type { SourceError } from "../../files/source/errors.ts";
import type { SourceChannel } from "../../files/source/message_source.ts";
import { anyTopicGlob } from "../topic_glob.ts";
import { type ChannelTraffic, Traffic } from "../traffic.ts";
import { makeView, type View } from "../view.ts";
import { type Device, makeDevice } from "./device.ts";
import { NoSuchTopic, type OptionConflict } from "./errors.ts";
import { noticesLayer } from "./log_notices.ts";
import { meter, offered, presenceLine } from "./metering.ts";
import type { DemoOptions } from "./options.ts";
import { playbackConflict, playbackLine, runPlayback } from "./playback.ts";
import { replay } from "./replay.ts";
import { acquireRecorder, acquireSubject, closeRecorder, type Subject } from "./resources.ts";
import { introduction, notAdvertised, summary } from "./summary.ts";
import { Tally } from "./tally.ts";
import { milliseconds, type Watch, watch } from "./watch.ts";

/** What may end the demo early. */
export type DemoError =
  | SourceError
  | NoSuchTopic
  | OptionConflict
  | RecordError
  | OutputError
  | JoinFailure
  | Closed
  | ConfigurationError;

/** The room cannot be joined. */
export type JoinFailure = Effect.Error<ReturnType<typeof Viewer.make>>;
type Restore = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>;

/** What outlives the session. */
interface Run {
  readonly options: DemoOptions;
  readonly subject: Subject;
  /** Those of the source that were asked for. */
  readonly channels: ReadonlyArray<SourceChannel>;
  readonly recorder: Recorder | undefined;
  readonly view: View;
  readonly clock: Clock.Clock;
  readonly traffic: Traffic;
  readonly tally: Tally;
  started: number;
  stage: Stage | undefined;
}

/** What is there while the session lasts. */
interface Stage {
  readonly device: Device;
  /** The first of them is watched; the others are company. */
  readonly viewers: readonly [Viewer, ...ReadonlyArray<Viewer>];
  readonly watched: Watch;
  /** Fails when what arrives cannot be recorded or shown. */
  readonly failed: Deferred.Deferred<never, RecordError | OutputError>;
}

/** How long to wait at the end for what is under way, in ms, as long as nothing more arrives. */
const PATIENCE = { reliable: 2_000, lossy: 250 } as const;
const LOOK_AGAIN = 5;
const NANOSECONDS = 1e9;
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
  const view = makeView(options.json ? "json" : output.isTerminal ? "table" : "lines", output);
  yield* Effect.provide(prepare(options, view), noticesLayer(view.notice));
}, Effect.scoped);

const prepare = Effect.fnUntraced(function* (options: DemoOptions, view: View) {
  const clock = yield* Clock.clockWith(Effect.succeed);
  const conflict = playbackConflict(options);
  if (conflict !== undefined) return yield* conflict;
  const subject = yield* acquireSubject(options, clock);
  const { source, name, topics } = subject;
  const wanted = anyTopicGlob(options.topics, true);
  const channels = source.channels.filter(({ topic }) => wanted(topic));
  if (options.topics.length > 0 && !topics.some(wanted)) {
    return yield* new NoSuchTopic({ source: name, patterns: options.topics, topics });
  }
  const recorder = yield* acquireRecorder(options);
  const run: Run = {
    options,
    subject,
    channels,
    recorder,
    view,
    clock,
    traffic: new Traffic(),
    tally: new Tally(),
    started: milliseconds(clock),
    stage: undefined,
  };
  yield* Effect.uninterruptibleMask((restore) => perform(run, restore));
});

const perform = Effect.fnUntraced(function* (run: Run, restore: Restore) {
  const played = yield* Effect.exit(Effect.scoped(session(run, restore)));
  const closed = yield* Effect.exit(closeRecorder(run.recorder, run.options));
  if (!isClosedPipe(played)) yield* Effect.ignore(end(run));
  yield* played;
  yield* closed;
});

const session = Effect.fnUntraced(function* (run: Run, restore: Restore) {
  const stage = yield* restore(setUp(run));
  const played = yield* Effect.exit(restore(Effect.raceFirst(play(run, stage), Deferred.await(stage.failed))));
  if (!isClosedPipe(played)) yield* settle(run, stage, Exit.hasInterrupts(played));
  yield* played;
  // What has gone wrong while waiting for the rest counts as well.
  if (Deferred.isDoneUnsafe(stage.failed)) yield* Deferred.await(stage.failed);
});

/** Device, viewers, and what is shown of them. */
const setUp = Effect.fnUntraced(function* (run: Run) {
  const { options, view, traffic, recorder } = run;
  const hub = yield* LoopbackHub.make();
  const device = yield* makeDevice({
    name: run.subject.name,
    transport: hub.transport({ identity: "device" }),
    channels: run.channels,
    isReliable: anyTopicGlob(options.reliable, false),
    offering: run.subject.offering,
    played: run.subject.played,
  });
  openRows(device, traffic);
  const viewers = Math.max(1, options.wait);
  if (!options.json) view.notice(introduction(run.subject.name, device.channels.length, viewers, options));
  for (const line of notAdvertised(device.unadvertised)) view.notice(line);
  const topics = [...new Set(device.channels.map(({ channel }) => channel.topic))];
  const company: Array<Viewer> = [];
  for (let number = 2; number <= viewers; number += 1) {
    const viewer = yield* Viewer.make(hub.transport({ identity: `viewer-${number}` }));
    company.push(viewer);
    // These only make up the company.
    for (const topic of topics) viewer.subscribe(topic).onMessage(() => undefined);
  }
  const viewer = yield* Viewer.make(hub.transport({ identity: WATCHED }), {
    onStatus: ({ level, message }) => view.notice(`device: ${level}: ${printable(message)}`),
  });
  const print = options.json ? view.print : undefined;
  const watched = yield* watch(viewer, topics, {
    traffic,
    isLive: run.subject.isLive,
    recorder,
    record: options.record,
    print,
  });
  const failed = Deferred.makeUnsafe<never, RecordError | OutputError>();
  const report = (effect: Effect.Effect<never, RecordError | OutputError>) =>
    Effect.forkScoped(Effect.catchCause(effect, (cause) => Deferred.failCause(failed, cause)));
  const stage: Stage = { device, viewers: [viewer, ...company], watched, failed };
  run.stage = stage;
  yield* report(watched.handle);
  yield* report(Effect.forever(Effect.andThen(show(run), Effect.sleep(Duration.millis(view.interval)))));
  return stage;
});

/** Channels that share a topic are told apart by a number. */
function openRows({ channels }: Device, traffic: Traffic): void {
  const seen = new Map<string, number>();
  for (const { channel: { id, topic } } of channels) {
    const number = (seen.get(topic) ?? 0) + 1;
    seen.set(topic, number);
    traffic.open(id, number === 1 ? topic : `${topic} (${number})`);
  }
}

const play = Effect.fnUntraced(function* (run: Run, { device, viewers }: Stage) {
  const { options, subject: { tour, played }, clock, view } = run;
  yield* device.gateway.connectedEffect;
  yield* device.subscribed(options.wait);
  run.started = milliseconds(clock);
  // At the utmost speed the rover's time would fly by.
  if (options.tour && options.speed !== "max" && tour !== undefined) {
    yield* Effect.forkScoped(tour(viewers[0], view.notice));
  }
  yield* played === undefined ? replayAll(run, device) : runPlayback(viewers[0], options, view.notice);
  // A source may be at its end before they have joined, and leaving on the way in would be reported as a failure.
  yield* Effect.forEach(viewers, (viewer) => viewer.deviceEffect, { discard: true });
}, Effect.scoped);

function replayAll({ options, subject: { source }, traffic, clock, tally }: Run, device: Device) {
  const channels = new Map(device.channels.map(({ sourceId, channel }) => [sourceId, channel]));
  return replay({
    source,
    channels,
    speed: options.speed,
    loop: options.loop,
    duration: options.duration === undefined ? undefined : BigInt(Math.round(options.duration * NANOSECONDS)),
    onLog: (sourceId, logTime, bytes) => {
      const channel = channels.get(sourceId);
      if (channel === undefined) return;
      tally.add(channel, bytes);
      traffic.sent(channel.id, logTime, milliseconds(clock));
    },
  });
}

/**
 * Waits until all that was sent has been dealt with, or nothing more comes. A reader that takes its time is waited for,
 * unless the demo was interrupted.
 */
const settle = Effect.fnUntraced(function* (run: Run, stage: Stage, isInterrupted: boolean) {
  const { device, watched, failed } = stage;
  // What a player logs is not the demo's to count.
  if (run.subject.played !== undefined) {
    run.subject.played.player.pause();
    run.tally.offered(offered(device.gateway.stats(), WATCHED));
  }
  let before = -1;
  for (let waited = 0; !Deferred.isDoneUnsafe(failed);) {
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
    return run.view.show(run.traffic.read(now), now - run.started, below);
  });
}

function end(run: Run): Effect.Effect<void, OutputError> {
  return Effect.suspend(() => {
    const { stage, recorder, options } = run;
    if (stage === undefined) return Effect.void;
    const { device } = stage;
    const now = milliseconds(run.clock);
    const elapsed = now - run.started;
    const traffic = overall(run.traffic.read(now), elapsed);
    const recording = recorder === undefined || options.record === undefined
      ? undefined
      : { file: options.record, messages: recorder.messages, bytes: recorder.bytes };
    return run.view.end(
      traffic,
      summary({
        channels: device.channels.length,
        sent: run.tally.sent,
        early: run.tally.early,
        tooLarge: run.tally.tooLarge,
        lost: { lossy: lost(run, device, "lossy"), reliable: lost(run, device, "reliable") },
        received: traffic.reduce((sum, { messages }) => sum + messages, 0),
        bytes: traffic.reduce((sum, { bytes }) => sum + bytes, 0),
        elapsed,
        unadvertised: device.unadvertised,
        recording,
      }),
    );
  });
}

/** With the rates of the whole run in place of those of its last seconds. */
function overall(traffic: ReadonlyArray<ChannelTraffic>, elapsed: number): ReadonlyArray<ChannelTraffic> {
  const per = (amount: number): number => elapsed > 0 ? amount / (elapsed / 1000) : 0;
  return traffic.map((row) => ({ ...row, rate: per(row.messages), bandwidth: per(row.bytes) }));
}

/** Messages that might have arrived and have not. */
function lost({ tally, traffic }: Run, { channels }: Device, qos: Reliability): number {
  return channels
    .filter(({ channel }) => channel.qos === qos)
    .reduce((sum, { channel: { id } }) => sum + Math.max(0, tally.awaited(id) - traffic.messages(id)), 0);
}

function isClosedPipe<A, E>(exit: Exit.Exit<A, E>): boolean {
  return Exit.isFailure(exit) &&
    exit.cause.reasons.some((reason) => reason._tag === "Fail" && reason.error instanceof ClosedPipe);
}
