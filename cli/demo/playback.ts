/**
 * A recording that is played under the viewers' control: how it is started, shown and followed to its end.
 */
import * as Duration from "effect/Duration";
import * as Effect from "effect/Effect";
import type { Playback, PlaybackPosition, Viewer } from "../../mod.ts";
import { twoRecordings } from "../device/wording.ts";
import { OptionConflict } from "../errors.ts";
import type { DemoOptions } from "./options.ts";
import { type Step, type StepFailure, takeSteps } from "./tour.ts";

/** The part of the recording, up to so many seconds, that is played before the tour goes on. */
const FIRST_PART = 0.25;
const FIRST_SECONDS = 2;
/** How long the tour stands still, in ms. */
const PAUSE_MS = 1_000;
const LOOK_AGAIN_MS = 50;

/** What is wrong with options for a playback; `undefined`: nothing. */
export function playbackConflict({ file, play, speed }: DemoOptions): OptionConflict | undefined {
  if (play === undefined) return undefined;
  if (file !== undefined) return twoRecordings(file, play);
  if (speed !== "max") return undefined;
  return new OptionConflict({
    detail: "--play goes as fast as --speed says: give a number, or replay with FILE instead",
  });
}

/** Plays to the end, with the tour before that if it is wanted; over and over, where that is wanted. */
export const runPlayback: (
  viewer: Viewer,
  options: DemoOptions,
  say: (line: string) => void,
) => Effect.Effect<void> = Effect.fnUntraced(function* (viewer, options, say) {
  const { playback } = viewer;
  yield* Effect.ignore(viewer.deviceEffect);
  const speed = options.speed === "max" ? 1 : options.speed;
  const start: Step = {
    what: "playing",
    take: Effect.map(playback.playEffect({ speed }), (state) => `plays from ${place(playback, state)}`),
  };
  yield* takeSteps(options.tour ? [start, ...controlSteps(playback, speed)] : [start], say);
  for (;;) {
    yield* untilTime(playback, options.duration);
    if (!options.loop || playback.state?.status !== "ended") return;
    yield* takeSteps([{
      what: "beginning again",
      take: Effect.map(
        playback.controlEffect({ command: "play", seekTime: playback.dataStartTime ?? 0n }),
        (state) => `begins again at ${place(playback, state)}`,
      ),
    }], say);
  }
});

/** Where the playback stands, in a line. */
export function playbackLine(playback: Playback): string {
  const { state } = playback;
  if (state === undefined) return "playback: not known yet";
  const isMoving = state.status === "playing" || state.status === "buffering";
  const currentTime = isMoving ? playback.time ?? state.currentTime : state.currentTime;
  return `playback: ${state.status}, ${place(playback, { ...state, currentTime })}`;
}

function controlSteps(playback: Playback, speed: number): ReadonlyArray<Step> {
  const part = Math.min(FIRST_SECONDS, FIRST_PART * seconds(playback, playback.dataEndTime)) / speed;
  const told = (what: string, effect: Effect.Effect<PlaybackPosition, StepFailure>): Step => ({
    what,
    take: Effect.map(effect, (state) => `${what} at ${place(playback, state)}`),
  });
  const middle = (): bigint => ((playback.dataStartTime ?? 0n) + (playback.dataEndTime ?? 0n)) / 2n;
  return [
    told("pauses", Effect.andThen(Effect.sleep(Duration.seconds(part)), playback.pauseEffect())),
    told(
      "jumps to the middle and stands",
      Effect.andThen(
        Effect.sleep(Duration.millis(PAUSE_MS)),
        Effect.suspend(() => playback.seekEffect(middle())),
      ),
    ),
    told("plays on", playback.playEffect()),
  ];
}

/**
 * Waits until the playback has come to its end, or to so many seconds of it, or stands still, as it does where the file
 * turns out to be damaged.
 */
function untilTime(playback: Playback, duration: number | undefined): Effect.Effect<void> {
  const isThere = (): boolean => {
    const status = playback.state?.status;
    if (status === undefined || status === "ended" || status === "paused") return true;
    const time = playback.time ?? playback.state?.currentTime;
    return duration !== undefined && seconds(playback, time) >= duration;
  };
  const look: Effect.Effect<void> = Effect.suspend(() =>
    isThere() ? Effect.void : Effect.andThen(Effect.sleep(Duration.millis(LOOK_AGAIN_MS)), look)
  );
  return look;
}

function place(playback: Playback, { currentTime, playbackSpeed }: PlaybackPosition): string {
  const speed = Math.round(playbackSpeed * 1000) / 1000;
  const whole = seconds(playback, playback.dataEndTime).toFixed(1);
  return `${seconds(playback, currentTime).toFixed(1)} s of ${whole} s${speed === 1 ? "" : `, ${speed} times as fast`}`;
}

/** Seconds from the recording's start. */
function seconds({ dataStartTime }: Playback, time: bigint | undefined): number {
  return dataStartTime === undefined || time === undefined ? 0 : Number(time - dataStartTime) / 1e9;
}
