/**
 * Playback of a recording that viewers control (capability `playbackControl`; wire protocol, section 4).
 */
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
  /** Does what a viewer wants. The answer is told to all viewers, under the request's id. */
  readonly control: Handler<PlaybackRequest, PlaybackPosition>;
  /** Called when the gateway starts; the function it gives back when the gateway ends. */
  readonly attach?: (output: PlaybackOutput) => () => void;
}

/** The message that tells a position. */
export function playbackState(position: PlaybackPosition, requestId?: string): ServerMessage {
  const { status, currentTime, playbackSpeed, didSeek } = position;
  const state = { op: "playbackState", status, currentTime, playbackSpeed, didSeek } as const;
  return requestId === undefined ? state : { ...state, requestId };
}
