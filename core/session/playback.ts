/**
 * Playback of a recording that viewers control (capability `playbackControl`; wire protocol, section 4).
 */
import { received, timeProblem } from "../invalid_argument.ts";
import type { PlaybackControlRequest, PlaybackStatus, ServerMessage } from "../protocol/mod.ts";
import type { Handler } from "./handler.ts";

/** Where a playback stands. */
export interface PlaybackPosition {
  /** What the playback does. */
  readonly status: PlaybackStatus;
  /** Where it is, in ns since the Unix epoch, between the source's start and end. */
  readonly currentTime: bigint;
  /** How fast it goes, as a multiple of real time; a float32 on the wire. */
  readonly playbackSpeed: number;
  /** Whether it has jumped since the position told before. */
  readonly didSeek: boolean;
}

/** What a viewer wants of a playback. */
export type PlaybackRequest = Omit<PlaybackControlRequest, "op">;

/** How a playback tells its viewers of itself. */
export interface PlaybackOutput {
  /** The playback stands elsewhere, or does something else now. */
  readonly state: (position: PlaybackPosition) => void;
  /** What time it is in the recording, in ns since the Unix epoch. */
  readonly time: (nanos: bigint) => void;
}

/** A recording that viewers play, pause and seek. Giving one brings the capabilities `playbackControl` and `time`. */
export interface PlaybackSource {
  /** When the recording begins, in ns since the Unix epoch. Told to viewers as `dataStartTime`. */
  readonly startTime: bigint;
  /** When it ends. Told as `dataEndTime`. */
  readonly endTime: bigint;
  /** Where the playback stands now: told to each viewer when it has come. */
  readonly current: () => PlaybackPosition;
  /** Does what a viewer wants. The answer is told to all viewers, under the request's id, if that viewer is still there. */
  readonly control: Handler<PlaybackRequest, PlaybackPosition>;
  /** Called when the gateway starts; the function it gives back when the gateway ends. */
  readonly attach?: (output: PlaybackOutput) => () => void;
}

const STATUSES: Readonly<Record<PlaybackStatus, true>> = { playing: true, paused: true, buffering: true, ended: true };

/** What keeps a position from being told; `undefined`: nothing. A program without types can give anything. */
export function positionProblem(position: unknown): string | undefined {
  if (typeof position !== "object" || position === null) {
    return `a playback's position must be an object: received ${received(position)}`;
  }
  const { status, currentTime, playbackSpeed }: Partial<Record<keyof PlaybackPosition, unknown>> = position;
  if (typeof status !== "string" || !Object.hasOwn(STATUSES, status)) {
    return `the status of a playback must be playing, paused, buffering or ended: received ${received(status)}`;
  }
  if (typeof playbackSpeed !== "number" || !Number.isFinite(playbackSpeed)) {
    return `the speed of a playback must be a finite number: received ${received(playbackSpeed)}`;
  }
  return timeProblem("the time of a playback", currentTime);
}

/** The message that tells a position. */
export function playbackState(position: PlaybackPosition, requestId?: string): ServerMessage {
  const { status, currentTime, playbackSpeed, didSeek } = position;
  const state = { op: "playbackState", status, currentTime, playbackSpeed, didSeek } as const;
  return requestId === undefined ? state : { ...state, requestId };
}
