/**
 * Why a channel's messages cannot be shown.
 */
import type * as Cause from "effect/Cause";
import * as Data from "effect/Data";

/** Fields of {@linkcode UndecodableChannel}. */
export interface UndecodableChannelFields {
  readonly topic: string;
  readonly encoding: string;
  /** Why not, in words. */
  readonly detail: string;
  /** The underlying error, if there was one. */
  readonly cause?: unknown;
}

const UndecodableChannelBase: new (fields: UndecodableChannelFields) =>
  & Cause.YieldableError
  & { readonly _tag: "UndecodableChannel" }
  & Readonly<UndecodableChannelFields> = Data.TaggedError("UndecodableChannel");

/** No message of a channel can be decoded here, for its encoding or for its schema. */
export class UndecodableChannel extends UndecodableChannelBase {
  /** What was wrong, in one line. */
  override get message(): string {
    return `the messages of ${this.topic} cannot be shown: ${this.detail}`;
  }
}

/** Fields of {@linkcode UndecodableMessage}. */
export interface UndecodableMessageFields {
  readonly topic: string;
  readonly encoding: string;
  /** The size of the message. */
  readonly bytes: number;
  /** What is wrong with it, in words. */
  readonly detail: string;
  /** The underlying error, if there was one. */
  readonly cause?: unknown;
}

const UndecodableMessageBase: new (fields: UndecodableMessageFields) =>
  & Cause.YieldableError
  & { readonly _tag: "UndecodableMessage" }
  & Readonly<UndecodableMessageFields> = Data.TaggedError("UndecodableMessage");

/** The bytes of a message are not what its channel's encoding and schema say. */
export class UndecodableMessage extends UndecodableMessageBase {
  /** What was wrong, in one line. */
  override get message(): string {
    return `a message of ${this.topic} (${this.bytes} bytes) is no ${this.encoding} of its schema: ${this.detail}`;
  }
}
