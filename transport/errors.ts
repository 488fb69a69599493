/**
 * Errors that a transport reports. Each says what was wrong, with whom or what, and what to do.
 */
import type * as Cause from "effect/Cause";
import * as Data from "effect/Data";

/**
 * Why a room could not be joined. Two are final, as trying again cannot help: `refused`, with the same credentials, and
 * `unsupported`, where this machine or the server cannot do what is needed, for example without a package.
 */
export type JoinErrorReason = "refused" | "unreachable" | "timeout" | "unsupported";

/** Fields of {@linkcode JoinError}. */
export interface JoinErrorFields {
  /** What went wrong, as a class: see {@linkcode JoinErrorReason}. */
  readonly reason: JoinErrorReason;
  /** What went wrong, in words. */
  readonly detail: string;
  /** The underlying error, if there was one. */
  readonly cause?: unknown;
}

const JoinErrorBase: new (
  fields: JoinErrorFields,
) => Cause.YieldableError & { readonly _tag: "JoinError" } & Readonly<JoinErrorFields> = Data.TaggedError("JoinError");

/**
 * A room could not be joined.
 *
 * @example
 * ```ts
 * import { JoinError } from "@fieldlink/fieldlink/transport";
 *
 * const error = new JoinError({ reason: "refused", detail: "the token has expired" });
 * console.log(error.message); // cannot join the room (refused): the token has expired
 * ```
 */
export class JoinError extends JoinErrorBase {
  /** What was wrong, in one line. */
  override get message(): string {
    return `cannot join the room (${this.reason}): ${this.detail}`;
  }
}

/** What was being done with a byte stream when it failed. */
export type StreamErrorReason = "open" | "write" | "read" | "closed";

/** Fields of {@linkcode StreamError}. */
export interface StreamErrorFields {
  /** What was being done; `closed`: the stream had been closed or aborted before. */
  readonly reason: StreamErrorReason;
  /** The stream's topic. */
  readonly topic: string;
  /** The identities at the other end. */
  readonly peers: ReadonlyArray<string>;
  /** What went wrong, in words. */
  readonly detail: string;
  /** The underlying error, if there was one. */
  readonly cause?: unknown;
}

const StreamErrorBase: new (fields: StreamErrorFields) =>
  & Cause.YieldableError
  & { readonly _tag: "StreamError" }
  & Readonly<StreamErrorFields> = Data.TaggedError("StreamError");

/**
 * A byte stream could not be opened, written, or read.
 *
 * @example
 * ```ts
 * import { StreamError } from "@fieldlink/fieldlink/transport";
 *
 * const error = new StreamError({ reason: "write", topic: "control", peers: ["viewer-1"], detail: "the peer has left" });
 * console.log(error.message); // byte stream "control" with viewer-1: write failed: the peer has left
 * ```
 */
export class StreamError extends StreamErrorBase {
  /** What was wrong, in one line. */
  override get message(): string {
    const failed = this.reason === "closed" ? "already closed" : `${this.reason} failed`;
    return `byte stream "${this.topic}" with ${this.peers.join(", ") || "nobody"}: ${failed}: ${this.detail}`;
  }
}

/** Why a track could not be published. `duplicate`: this participant has a track of that name. */
export type TrackErrorReason = "duplicate" | "refused" | "unavailable" | "timeout";

/** Fields of {@linkcode TrackError}. */
export interface TrackErrorFields {
  /** What went wrong, as a class. */
  readonly reason: TrackErrorReason;
  /** The name of the track. */
  readonly track: string;
  /** What went wrong, in words. */
  readonly detail: string;
  /** The underlying error, if there was one. */
  readonly cause?: unknown;
}

const TrackErrorBase: new (
  fields: TrackErrorFields,
) => Cause.YieldableError & { readonly _tag: "TrackError" } & Readonly<TrackErrorFields> = Data.TaggedError(
  "TrackError",
);

/**
 * A data track could not be published or subscribed.
 *
 * @example
 * ```ts
 * import { TrackError } from "@fieldlink/fieldlink/transport";
 *
 * const error = new TrackError({ reason: "duplicate", track: "data-ch-7", detail: "publish it once" });
 * console.log(error.message); // track "data-ch-7" (duplicate): publish it once
 * ```
 */
export class TrackError extends TrackErrorBase {
  /** What was wrong, in one line. */
  override get message(): string {
    return `track "${this.track}" (${this.reason}): ${this.detail}`;
  }
}
