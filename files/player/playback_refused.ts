/**
 * Why a playback does not do what it is asked for.
 */
import type * as Cause from "effect/Cause";
import * as Data from "effect/Data";

/** Fields of {@linkcode PlaybackRefused}. */
export interface PlaybackRefusedFields {
  /** What is wrong with the request, in words. */
  readonly detail: string;
}

const PlaybackRefusedBase: new (fields: PlaybackRefusedFields) =>
  & Cause.YieldableError
  & { readonly _tag: "PlaybackRefused" }
  & Readonly<PlaybackRefusedFields> = Data.TaggedError("PlaybackRefused");

/**
 * A playback cannot go as it was asked for. It goes on as it did.
 *
 * @example
 * ```ts
 * import { PlaybackRefused } from "@fieldlink/fieldlink/files";
 *
 * const error = new PlaybackRefused({ detail: "the speed must be from 0.001 to 1000: received 0" });
 * console.log(error.message); // cannot play: the speed must be from 0.001 to 1000: received 0
 * ```
 */
export class PlaybackRefused extends PlaybackRefusedBase {
  /** What was wrong, in one line. */
  override get message(): string {
    return `cannot play: ${this.detail}`;
  }
}
