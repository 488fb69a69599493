/**
 * What can be wrong with bytes and text from a peer, and with what is to be sent. All of these are returned as values by
 * the codecs; none of them is thrown.
 */
import type * as Cause from "effect/Cause";
import * as Data from "effect/Data";

/** Why a message could not be read, as a class. */
export type DecodeErrorReason =
  // Binary messages, and text that is no text.
  | "empty-binary"
  | "unknown-opcode"
  | "buffer-too-short"
  | "invalid-utf8"
  | "invalid-fetch-asset-status"
  | "invalid-playback-command"
  | "invalid-playback-status"
  | "invalid-data-offset"
  // JSON as such.
  | "json-eof"
  | "json-syntax"
  | "json-recursion-limit"
  | "json-number-range"
  // The shape of a message.
  | "missing-op"
  | "missing-field"
  | "invalid-type"
  | "invalid-value"
  | "duplicate-field"
  | "unknown-field"
  | "unknown-variant"
  | "no-variant"
  | "mixed-array"
  | "parameter-type-mismatch"
  | "invalid-base64";

/** Fields of {@linkcode DecodeError}. */
export interface DecodeErrorFields {
  /** What was wrong, as a class. */
  readonly reason: DecodeErrorReason;
  /** What was being read: the message's `op` where it is known, else for example `text message`. */
  readonly what: string;
  /** Where in it: a path such as `channels[2].id`, or an offset such as `offset 17`. */
  readonly where: string;
  /** What was wrong, in words. */
  readonly detail: string;
}

const DecodeErrorBase: new (fields: DecodeErrorFields) =>
  & Cause.YieldableError
  & { readonly _tag: "DecodeError" }
  & Readonly<DecodeErrorFields> = Data.TaggedError("DecodeError");

/**
 * A message could not be read. The stream that it came on can be read on (wire protocol, section 2).
 *
 * @example
 * ```ts
 * import { DecodeError } from "@fieldlink/fieldlink";
 *
 * const error = new DecodeError({
 *   reason: "invalid-type",
 *   what: "unadvertise",
 *   where: "channelIds[0]",
 *   detail: "expected an integer, found a string",
 * });
 * error.message; // => cannot read unadvertise at channelIds[0] (invalid-type): expected an integer, found a string
 * ```
 */
export class DecodeError extends DecodeErrorBase {
  /** What was wrong, in one line. */
  override get message(): string {
    return `cannot read ${this.what} at ${this.where} (${this.reason}): ${this.detail}`;
  }
}

/** Why a stream of frames cannot be read on. */
export type FrameErrorReason = "frame-too-large" | "unknown-frame-opcode";

/** Fields of {@linkcode FrameError}. */
export interface FrameErrorFields {
  /** What was wrong, as a class. */
  readonly reason: FrameErrorReason;
  /** The frame's opcode, as it was read. */
  readonly opcode: number;
  /** The length of the payload that the header announces, in bytes. */
  readonly length: number;
  /** The largest payload that is taken, in bytes. */
  readonly limit: number;
}

const FrameErrorBase: new (fields: FrameErrorFields) =>
  & Cause.YieldableError
  & { readonly _tag: "FrameError" }
  & Readonly<FrameErrorFields> = Data.TaggedError("FrameError");

/**
 * A stream of frames has gone wrong for good: what follows cannot be told apart any more, so the stream is not read on.
 *
 * @example
 * ```ts
 * const error = new FrameError({ reason: "unknown-frame-opcode", opcode: 3, length: 2, limit: 16777216 });
 * error.message; // => unknown frame opcode 3: the peer probably speaks a newer protocol
 * ```
 */
export class FrameError extends FrameErrorBase {
  /** What was wrong, in one line. */
  override get message(): string {
    return this.reason === "frame-too-large"
      ? `a frame of ${this.length} bytes is over the limit of ${this.limit} bytes`
      : `unknown frame opcode ${this.opcode}: the peer probably speaks a newer protocol`;
  }
}

/** Fields of {@linkcode FrameTooLarge}. */
export interface FrameTooLargeFields {
  /** The payload's length, in bytes. */
  readonly bytes: number;
  /** The largest payload that a peer takes, in bytes. */
  readonly limit: number;
}

const FrameTooLargeBase: new (fields: FrameTooLargeFields) =>
  & Cause.YieldableError
  & { readonly _tag: "FrameTooLarge" }
  & Readonly<FrameTooLargeFields> = Data.TaggedError("FrameTooLarge");

/**
 * A message is too long to be sent: its frame would end the stream at the other side (wire protocol, section 2).
 *
 * @example
 * ```ts
 * import { FrameTooLarge } from "@fieldlink/fieldlink";
 *
 * const error = new FrameTooLarge({ bytes: 16777217, limit: 16777216 });
 * error.message; // => the message takes 16777217 bytes, a frame holds 16777216: send less at once
 * ```
 */
export class FrameTooLarge extends FrameTooLargeBase {
  /** What was wrong, in one line. */
  override get message(): string {
    return `the message takes ${this.bytes} bytes, a frame holds ${this.limit}: send less at once`;
  }
}

/** Fields of {@linkcode UnsupportedProtocolVersion}. */
export interface UnsupportedProtocolVersionFields {
  /** The version as the peer has written it. */
  readonly version: string;
  /** The version that this library speaks. */
  readonly supported: string;
}

const UnsupportedProtocolVersionBase: new (fields: UnsupportedProtocolVersionFields) =>
  & Cause.YieldableError
  & { readonly _tag: "UnsupportedProtocolVersion" }
  & Readonly<UnsupportedProtocolVersionFields> = Data.TaggedError("UnsupportedProtocolVersion");

/**
 * A viewer speaks a version of the protocol that this library does not (wire protocol, section 1).
 *
 * @example
 * ```ts
 * const error = new UnsupportedProtocolVersion({ version: "3.0.0", supported: "2.3.0" });
 * error.message; // => protocol version "3.0.0" is not supported: this device speaks 2.3.0
 * ```
 */
export class UnsupportedProtocolVersion extends UnsupportedProtocolVersionBase {
  /** What was wrong, in one line. */
  override get message(): string {
    return `protocol version "${this.version}" is not supported: this device speaks ${this.supported}`;
  }
}

/** Fields of {@linkcode InvalidParameter}. */
export interface InvalidParameterFields {
  /** The parameter's name. */
  readonly name: string;
  /** What cannot be written, in words. */
  readonly detail: string;
}

const InvalidParameterBase: new (fields: InvalidParameterFields) =>
  & Cause.YieldableError
  & { readonly _tag: "InvalidParameter" }
  & Readonly<InvalidParameterFields> = Data.TaggedError("InvalidParameter");

/**
 * A parameter has a value that the protocol cannot carry.
 *
 * @example
 * ```ts
 * const error = new InvalidParameter({ name: "gain", detail: "NaN is no JSON number" });
 * error.message; // => parameter "gain" cannot be sent: NaN is no JSON number
 * ```
 */
export class InvalidParameter extends InvalidParameterBase {
  /** What was wrong, in one line. */
  override get message(): string {
    return `parameter "${this.name}" cannot be sent: ${this.detail}`;
  }
}
