/**
 * A device that replays a source to whoever views it.
 */
import * as Clock from "effect/Clock";
import * as Deferred from "effect/Deferred";
import * as Duration from "effect/Duration";
import * as Effect from "effect/Effect";
import type { SourceError } from "../../files/source/errors.ts";
import type { Closed, ConfigurationError, DrainTimeout, PresenceChange, ViewerPresence } from "../../mod.ts";
import type { JoinError } from "../../transport/mod.ts";
import { type Device, type DeviceChannel, makeDevice } from "../device/device.ts";
import { logSource } from "../device/log_source.ts";
import { presenceLine } from "../device/presence_line.ts";
import { acquireSubject, type Subject } from "../device/subject.ts";
import { Tally } from "../device/tally.ts";
import { invitation, notAdvertised, twoRecordings } from "../device/wording.ts";
import { type Display, makeDisplay } from "../display.ts";
import { type NoSuchTopic, OptionConflict } from "../errors.ts";
import { plural, printable } from "../format.ts";
import { noticesLayer } from "../log_notices.ts";
import { Output, type OutputError } from "../output.ts";
import { beside, perform, showing } from "../performance.ts";
import { anyTopicGlob } from "../topic_glob.ts";
import { overall, Traffic } from "../traffic.ts";
import { milliseconds } from "../watch/watch.ts";
import { sent } from "./metering.ts";
import type { ReplayOptions } from "./options.ts";
import { introduction, summary } from "./summary.ts";

/** What may end the replay early, or before all of it was written out. */
export type ReplayError =
  | SourceError
  | NoSuchTopic
  | OptionConflict
  | OutputError
  | JoinError
  | Closed
  | ConfigurationError
  | DrainTimeout;

/** What outlives the session. */
interface Run {
  readonly options: ReplayOptions;
  readonly subject: Subject;
  readonly display: Display;
  readonly clock: Clock.Clock;
  readonly traffic: Traffic;
  readonly tally: Tally;
  /** Fails when it cannot be shown what is sent. */
  readonly failed: Deferred.Deferred<never, ReplayError>;
  /** When the sending began; none: it has not. */
  started: number | undefined;
  device: Device | undefined;
  /** Whether the device is on its way out, and every viewer with it. */
  isLeaving: boolean;
}

/** How long to wait at the end for viewers to take what is queued, in ms. */
const PATIENCE = { ended: 30_000, interrupted: 2_000 } as const;

/**
 * Runs the device until its source ends. However it ends (interruption included), what was logged is written out to
 * reliable viewers, the device leaves, and a summary is shown.
 */
export const runReplay: (options: ReplayOptions) => Effect.Effect<void, ReplayError, Output> = Effect.fnUntraced(
  function* (options) {
    const output = yield* Output;
    const display = makeDisplay(output.isTerminal ? "table" : "lines", output);
    yield* Effect.provide(prepare(options, display), noticesLayer(display.notice));
  },
  Effect.scoped,
);

const prepare = Effect.fnUntraced(function* (options: ReplayOptions, display: Display) {
  const clock = yield* Clock.clockWith(Effect.succeed);
  const conflict = playbackConflict(options);
  if (conflict !== undefined) return yield* conflict;
  const run: Run = {
    options,
    subject: yield* acquireSubject(options, clock),
    display,
    clock,
    traffic: new Traffic(),
    tally: new Tally(),
    failed: Deferred.makeUnsafe(),
    started: undefined,
    device: undefined,
    isLeaving: false,
  };
  yield* perform<Device, ReplayError>({
    setUp: setUp(run),
    play: (device) => play(run, device),
    failed: run.failed,
    settle: (device, isInterrupted) => settle(run, device, isInterrupted),
    close: Effect.void,
    end: end(run),
  });
});

/** The device, and what is shown of it. */
const setUp = Effect.fnUntraced(function* (run: Run) {
  const { options, subject, display, traffic } = run;
  const device = yield* makeDevice({
    name: subject.name,
    transport: options.transport,
    channels: subject.channels,
    isReliable: anyTopicGlob(options.reliable, false),
    offering: subject.offering,
    played: subject.played,
    onPresence: (viewer, change) => {
      const line = presenceNotice(viewer, change);
      if (line !== undefined && !run.isLeaving) display.notice(line);
    },
  });
  run.device = device;
  for (const { channel: { id, topic } } of device.channels) traffic.open(id, topic);
  display.notice(introduction(subject.name, device.channels.length, options));
  for (const line of invitation(options.urls ?? [])) display.notice(line);
  for (const line of notAdvertised(device.unadvertised)) display.notice(line);
  yield* beside(run.failed, showing(display, show(run, device)));
  return device;
});

/** Until the source has ended, or the gateway has: its credentials may be refused at any time. */
function play(run: Run, device: Device): Effect.Effect<void, SourceError | JoinError | Closed> {
  return Effect.raceFirst(send(run, device), Effect.asVoid(device.gateway.endedEffect));
}

const send = Effect.fnUntraced(function* (run: Run, device: Device) {
  const { options, subject: { source, played }, clock, display, tally } = run;
  yield* device.gateway.connectedEffect;
  run.started = milliseconds(clock);
  if (options.wait > 0 && played === undefined) {
    display.notice(`connected; waiting for ${plural(options.wait, "viewer")} to subscribe`);
    yield* device.subscribed(options.wait);
  } else display.notice("connected");
  run.started = milliseconds(clock);
  const onLog = (channel: DeviceChannel["channel"], _: bigint, bytes: number): void => tally.add(channel, bytes);
  if (played === undefined) return yield* logSource(source, device, options, onLog);
  yield* options.duration === undefined ? Effect.never : Effect.sleep(Duration.seconds(options.duration));
});

/** What was logged is written out; only who has interrupted it does not wait for long. */
function settle(run: Run, { gateway }: Device, isInterrupted: boolean): Effect.Effect<void, DrainTimeout> {
  const { played } = run.subject;
  if (played !== undefined) played.player.pause();
  const drained = isInterrupted
    ? Effect.ignore(gateway.drainEffect(PATIENCE.interrupted))
    : gateway.drainEffect(PATIENCE.ended);
  const leave = Effect.sync(() => {
    run.traffic.count(sent(gateway));
    run.isLeaving = true;
  });
  return Effect.ensuring(drained, leave);
}

function show(run: Run, { gateway }: Device): Effect.Effect<void, OutputError> {
  return Effect.suspend(() => {
    const now = milliseconds(run.clock);
    run.traffic.count(sent(gateway));
    const below = [gateway.status === "connecting" ? "not connected" : presenceLine(gateway.viewers)];
    return run.display.show(run.traffic.read(now), now - (run.started ?? now), below);
  });
}

function end(run: Run): Effect.Effect<void, OutputError> {
  return Effect.suspend(() => {
    const { device, subject, tally, display, started } = run;
    if (device === undefined || started === undefined) return display.flush;
    const now = milliseconds(run.clock);
    const elapsed = now - started;
    const traffic = overall(run.traffic.read(now), elapsed);
    const lines = summary({
      channels: device.channels.length,
      logged: subject.played === undefined ? tally : undefined,
      sent: traffic.reduce((sum, { messages }) => sum + messages, 0),
      bytes: traffic.reduce((sum, { bytes }) => sum + bytes, 0),
      dropped: traffic.reduce((sum, { lost }) => sum + lost, 0),
      elapsed,
      unadvertised: device.unadvertised,
    });
    return display.end(traffic, lines);
  });
}

function presenceNotice({ client, protocolVersion }: ViewerPresence, change: PresenceChange): string | undefined {
  const who = printable(client.identity);
  if (change === "joined") return `${who} is here (protocol ${printable(protocolVersion)})`;
  if (change === "left") return `${who} has left`;
  return change === "active" ? `${who} is heard again` : `${who} is ${change}`;
}

function playbackConflict({ file, play, speed, loop }: ReplayOptions): OptionConflict | undefined {
  if (play === undefined) return undefined;
  if (file !== undefined) return twoRecordings(file, play);
  if (speed === 1 && !loop) return undefined;
  return new OptionConflict({ detail: "viewers decide how --play goes: leave out --speed and --loop" });
}
