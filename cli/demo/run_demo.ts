/**
 * The demo: a device that replays a source, viewers that watch it, and what is shown of that.
 */
import { realpath } from "node:fs/promises";
import * as Clock from "effect/Clock";
import * as Deferred from "effect/Deferred";
import * as Duration from "effect/Duration";
import * as Effect from "effect/Effect";
import * as Exit from "effect/Exit";
import type * as Scope from "effect/Scope";
import { LoopbackHub } from "../../adapters/loopback/mod.ts";
import { type ConfigurationError, VERSION, Viewer } from "../../mod.ts";
import { printable } from "../format.ts";
import { ClosedPipe, Output } from "../output.ts";
import { RecordError, recordError } from "../record/errors.ts";
import { Recorder } from "../record/recorder.ts";
import { roverSource } from "../rover/rover_source.ts";
import { type SourceError, sourceError } from "../source/errors.ts";
import type { MessageSource } from "../source/message_source.ts";
import { openSource } from "../source/open_source.ts";
import { anyTopicGlob } from "../topic_glob.ts";
import { Traffic } from "../traffic.ts";
import { makeView, type View } from "../view.ts";
import { type Device, makeDevice } from "./device.ts";
import { noticesLayer } from "./log_notices.ts";
import type { DemoOptions } from "./options.ts";
import { replay } from "./replay.ts";
import { introduction, notAdvertised, summary } from "./summary.ts";
import { milliseconds, type Watch, watch } from "./watch.ts";

/** What may end the demo early. */
export type DemoError = SourceError | RecordError | ClosedPipe | JoinFailure | ConfigurationError;

/** The room cannot be joined. */
export type JoinFailure = Effect.Error<ReturnType<typeof Viewer.make>>;
type Restore = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>;

/** What outlives the session. */
interface Run {
  readonly options: DemoOptions;
  readonly source: MessageSource;
  readonly recorder: Recorder | undefined;
  readonly view: View;
  readonly clock: Clock.Clock;
  readonly traffic: Traffic;
  readonly sent: Map<number, number>;
  started: number;
  device: Device | undefined;
}

/** What is there while the session lasts. */
interface Stage {
  readonly device: Device;
  readonly watched: Watch;
  /** Fails when what arrives cannot be recorded or shown. */
  readonly failed: Deferred.Deferred<never, RecordError | ClosedPipe>;
}

/** How long to wait at the end for what is under way, in ms, as long as nothing more arrives. */
const PATIENCE = { reliable: 5_000, lossy: 250 } as const;
const LOOK_AGAIN = 5;
const NANOSECONDS = 1e9;

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
  const source = yield* acquireSource(options.file, clock);
  const recorder = yield* acquireRecorder(options);
  const run: Run = {
    options,
    source,
    recorder,
    view,
    clock,
    traffic: new Traffic(),
    sent: new Map(),
    started: milliseconds(clock),
    device: undefined,
  };
  yield* Effect.uninterruptibleMask((restore) => perform(run, restore));
});

const perform = Effect.fnUntraced(function* (run: Run, restore: Restore) {
  const played = yield* Effect.exit(Effect.scoped(session(run, restore)));
  const closed = yield* Effect.exit(closeRecorder(run));
  if (!isClosedPipe(played)) yield* Effect.ignore(end(run));
  yield* played;
  yield* closed;
});

const session = Effect.fnUntraced(function* (run: Run, restore: Restore) {
  const stage = yield* restore(setUp(run));
  const played = yield* Effect.exit(restore(Effect.raceFirst(play(run, stage), Deferred.await(stage.failed))));
  if (!isClosedPipe(played)) yield* settle(run, stage);
  yield* played;
  // What has gone wrong while waiting for the rest counts as well.
  if (Deferred.isDoneUnsafe(stage.failed)) yield* Deferred.await(stage.failed);
});

/** Device, viewers, and what is shown of them. */
const setUp = Effect.fnUntraced(function* (run: Run) {
  const { options, view, traffic, recorder } = run;
  const wanted = anyTopicGlob(options.topics, true);
  const hub = yield* LoopbackHub.make();
  const device = yield* makeDevice({
    name: run.source.name,
    transport: hub.transport({ identity: "device" }),
    channels: run.source.channels.filter(({ topic }) => wanted(topic)),
    isReliable: anyTopicGlob(options.reliable, false),
  });
  run.device = device;
  openRows(device, traffic);
  const viewers = Math.max(1, options.wait);
  if (!options.json) view.notice(introduction(run.source.name, device.channels.length, viewers, options));
  for (const line of notAdvertised(device.unadvertised)) view.notice(line);
  const topics = [...new Set(device.channels.map(({ channel }) => channel.topic))];
  for (let number = 2; number <= viewers; number += 1) {
    const viewer = yield* Viewer.make(hub.transport({ identity: `viewer-${number}` }));
    // These only make up the company.
    for (const topic of topics) viewer.subscribe(topic).onMessage(() => undefined);
  }
  const viewer = yield* Viewer.make(hub.transport({ identity: "viewer-1" }), {
    onStatus: ({ level, message }) => view.notice(`device: ${level}: ${printable(message)}`),
  });
  const print = options.json ? view.print : undefined;
  const watched = yield* watch(viewer, topics, { traffic, recorder, record: options.record, print });
  const failed = Deferred.makeUnsafe<never, RecordError | ClosedPipe>();
  const report = (effect: Effect.Effect<never, RecordError | ClosedPipe>) =>
    Effect.forkScoped(Effect.catch(effect, (error) => Deferred.fail(failed, error)));
  yield* report(watched.handle);
  yield* report(Effect.forever(Effect.andThen(show(run), Effect.sleep(Duration.millis(view.interval)))));
  return { device, watched, failed };
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

const play = Effect.fnUntraced(function* (run: Run, { device }: Stage) {
  const { options, source, traffic, clock, sent } = run;
  yield* device.gateway.connectedEffect;
  yield* device.subscribed(options.wait);
  run.started = milliseconds(clock);
  const ids = new Map(device.channels.map(({ source, channel }) => [source.id, channel.id]));
  yield* replay({
    source,
    channels: new Map(device.channels.map(({ source, channel }) => [source.id, channel])),
    speed: options.speed,
    loop: options.loop,
    duration: options.duration === undefined ? undefined : BigInt(Math.round(options.duration * NANOSECONDS)),
    onLog: (sourceId, logTime) => {
      const id = ids.get(sourceId) ?? 0;
      sent.set(id, (sent.get(id) ?? 0) + 1);
      traffic.sent(id, logTime, milliseconds(clock));
    },
  });
});

/** Waits until all that was sent has been dealt with, or nothing more comes. */
const settle = Effect.fnUntraced(function* (run: Run, { device, watched, failed }: Stage) {
  yield* Effect.ignore(device.gateway.drainEffect(PATIENCE.reliable));
  const missing = () => {
    const behind = device.channels.filter(({ channel: { id } }) => watched.handled(id) < (run.sent.get(id) ?? 0));
    return { lossy: behind.length > 0, reliable: behind.some(({ channel }) => channel.qos === "reliable") };
  };
  const total = () => device.channels.reduce((sum, { channel }) => sum + watched.handled(channel.id), 0);
  let before = total();
  for (let waited = 0;;) {
    const { lossy, reliable } = missing();
    if (!lossy || Deferred.isDoneUnsafe(failed)) return;
    if (waited >= (reliable ? PATIENCE.reliable : PATIENCE.lossy)) return;
    yield* Effect.sleep(Duration.millis(LOOK_AGAIN));
    const now = total();
    waited = now === before ? waited + LOOK_AGAIN : 0;
    before = now;
  }
});

function show(run: Run): Effect.Effect<void, ClosedPipe> {
  return Effect.suspend(() => {
    const now = milliseconds(run.clock);
    return run.view.show(run.traffic.read(now), now - run.started);
  });
}

function end(run: Run): Effect.Effect<void, ClosedPipe> {
  return Effect.suspend(() => {
    const { device, recorder, options } = run;
    if (device === undefined) return Effect.void;
    const now = milliseconds(run.clock);
    const traffic = run.traffic.read(now);
    const recording = recorder === undefined || options.record === undefined
      ? undefined
      : { file: options.record, messages: recorder.messages, bytes: recorder.bytes };
    return run.view.end(
      traffic,
      summary({
        channels: device.channels.length,
        sent: [...run.sent.values()].reduce((sum, count) => sum + count, 0),
        received: traffic.reduce((sum, { messages }) => sum + messages, 0),
        bytes: traffic.reduce((sum, { bytes }) => sum + bytes, 0),
        elapsed: now - run.started,
        unadvertised: device.unadvertised,
        recording,
      }),
    );
  });
}

function acquireSource(
  file: string | undefined,
  clock: Clock.Clock,
): Effect.Effect<MessageSource, SourceError, Scope.Scope> {
  if (file === undefined) return Effect.sync(() => roverSource({ start: clock.currentTimeNanosUnsafe() }));
  const open = Effect.tryPromise({ try: () => openSource(file), catch: (error) => sourceError(file, error) });
  return Effect.acquireRelease(open, (source) => Effect.promise(() => source.close()));
}

function acquireRecorder(options: DemoOptions): Effect.Effect<Recorder | undefined, RecordError, Scope.Scope> {
  const { record, file } = options;
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

function closeRecorder({ recorder, options }: Run): Effect.Effect<void, RecordError> {
  if (recorder === undefined) return Effect.void;
  const catchError = (error: unknown) => recordError(options.record ?? "", error);
  return Effect.tryPromise({ try: () => recorder.close(), catch: catchError });
}

async function isSameFile(one: string, other: string | undefined): Promise<boolean> {
  if (other === undefined) return false;
  const [first, second] = await Promise.all([realpath(one).catch(() => undefined), realpath(other)]);
  return first === second;
}

function isClosedPipe<A, E>(exit: Exit.Exit<A, E>): boolean {
  return Exit.isFailure(exit) &&
    exit.cause.reasons.some((reason) => reason._tag === "Fail" && reason.error instanceof ClosedPipe);
}
