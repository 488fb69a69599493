/**
 * Why a viewer does not get what it has asked a device for.
 */
import type * as Cause from "effect/Cause";
import * as Data from "effect/Data";
import type { Capability } from "../protocol/mod.ts";

/** Fields of {@linkcode NotSupported}. */
export interface NotSupportedFields {
  /** What was asked for, for example `the call of "/reboot"`. */
  readonly what: string;
  /** The name of the device. */
  readonly device: string;
  /** What the device would have to be able to do. */
  readonly capability: Capability;
}

const NotSupportedBase: new (fields: NotSupportedFields) =>
  & Cause.YieldableError
  & { readonly _tag: "NotSupported" }
  & Readonly<NotSupportedFields> = Data.TaggedError("NotSupported");

/**
 * The device has said that it cannot do what was asked of it. Nothing was sent.
 *
 * @example
 * ```ts
 * import { NotSupported } from "@fieldlink/fieldlink";
 *
 * const error = new NotSupported({ what: 'the asset "a.urdf"', device: "rover-7", capability: "assets" });
 * console.log(error.message);
 * // the asset "a.urdf" cannot be had: the device "rover-7" does not have the capability "assets"; look at viewer.serverInfo first
 * ```
 */
export class NotSupported extends NotSupportedBase {
  /** What was wrong, in one line. */
  override get message(): string {
    return `${this.what} cannot be had: the device "${this.device}" does not have the capability "${this.capability}"; ` +
      "look at viewer.serverInfo first";
  }
}

/** What a request waits for: something to send it to, the service it is for, room among what waits for the device, or its answer. */
export type AwaitedByRequest = "device" | "service" | "room" | "answer";

/** Fields of {@linkcode RequestTimeout}. */
export interface RequestTimeoutFields {
  /** What was asked for, for example `the call of "/reboot"`. */
  readonly what: string;
  /** How long it might take, in ms. */
  readonly timeoutMs: number;
  /** What had not come when the time was over. */
  readonly awaited: AwaitedByRequest;
  /**
   * What the device has said since the request was sent, in statuses of level error without an id: the latest, 8 at most.
   * A refusal to get or set parameters is among them, if there was one; the protocol does not say which it is.
   */
  readonly statuses: ReadonlyArray<string>;
}

const RequestTimeoutBase: new (fields: RequestTimeoutFields) =>
  & Cause.YieldableError
  & { readonly _tag: "RequestTimeout" }
  & Readonly<RequestTimeoutFields> = Data.TaggedError("RequestTimeout");

const AWAITED: Readonly<Record<AwaitedByRequest, string>> = {
  device: "there was no device to send it to",
  service: "the device has not advertised the service",
  room: "it was not sent: too much waits for the device already",
  answer: "it was sent, and no answer has come: it may have been carried out",
};

/**
 * A request has taken too long. An answer that comes later is dropped.
 *
 * @example
 * ```ts
 * import { RequestTimeout } from "@fieldlink/fieldlink";
 *
 * const error = new RequestTimeout({ what: 'the call of "/reboot"', timeoutMs: 500, awaited: "device", statuses: [] });
 * console.log(error.message);
 * // the call of "/reboot" was given up after 500 ms: there was no device to send it to
 * ```
 */
export class RequestTimeout extends RequestTimeoutBase {
  /** What was wrong, in one line. */
  override get message(): string {
    const said = this.statuses.length === 0 ? "" : `; meanwhile the device has said: ${this.statuses.join(" | ")}`;
    return `${this.what} was given up after ${this.timeoutMs} ms: ${AWAITED[this.awaited]}${said}`;
  }
}

/**
 * Why a session with a device is over: it has begun anew (`reset`), its stream to the viewer has ended, the viewer's stream
 * to it has failed, the room was lost, or the viewer was closed. Where a room is lost, the end of the stream may be heard
 * of first.
 */
export type ConnectionEnd = "reset" | "stream-ended" | "stream-failed" | "room-lost" | "closed";

/** Fields of {@linkcode ConnectionLost}. */
export interface ConnectionLostFields {
  /** What was asked for, for example `the call of "/reboot"`. */
  readonly what: string;
  /** Why. */
  readonly reason: ConnectionEnd;
  /** Whether the request may have reached the device: `no` when it never left the viewer. */
  readonly sent: "no" | "maybe";
}

const ConnectionLostBase: new (fields: ConnectionLostFields) =>
  & Cause.YieldableError
  & { readonly _tag: "ConnectionLost" }
  & Readonly<ConnectionLostFields> = Data.TaggedError("ConnectionLost");

const ENDS: Readonly<Record<ConnectionEnd, string>> = {
  "reset": "the device has begun its session anew",
  "stream-ended": "the device has ended its stream",
  "stream-failed": "the stream to the device has failed",
  "room-lost": "the room was lost",
  "closed": "the viewer was closed",
};

/**
 * The connection was lost before the answer came.
 *
 * @example
 * ```ts
 * import { ConnectionLost } from "@fieldlink/fieldlink";
 *
 * const error = new ConnectionLost({ what: 'the call of "/reboot"', reason: "room-lost", sent: "no" });
 * console.log(error.message);
 * // the call of "/reboot" was not answered: the room was lost; it was not sent, so it can be asked again
 * ```
 */
export class ConnectionLost extends ConnectionLostBase {
  /** What was wrong, in one line. */
  override get message(): string {
    const advice = this.sent === "no"
      ? "it was not sent, so it can be asked again"
      : "it may have been carried out: find out before you ask again";
    return `${this.what} was not answered: ${ENDS[this.reason]}; ${advice}`;
  }
}

/** Fields of {@linkcode TooManyPending}. */
export interface TooManyPendingFields {
  /** What was asked for, for example `the call of "/reboot"`. */
  readonly what: string;
  /** How many of its kind may wait for an answer at the same time. */
  readonly limit: number;
}

const TooManyPendingBase: new (fields: TooManyPendingFields) =>
  & Cause.YieldableError
  & { readonly _tag: "TooManyPending" }
  & Readonly<TooManyPendingFields> = Data.TaggedError("TooManyPending");

/**
 * As many requests of one kind as may be pending are. Nothing was sent.
 *
 * @example
 * ```ts
 * import { TooManyPending } from "@fieldlink/fieldlink";
 *
 * console.log(new TooManyPending({ what: 'the call of "/reboot"', limit: 32 }).message);
 * // the call of "/reboot" was not sent: 32 of its kind wait for an answer already; wait for one of them, or raise the limit "pendingRequests"
 * ```
 */
export class TooManyPending extends TooManyPendingBase {
  /** What was wrong, in one line. */
  override get message(): string {
    return `${this.what} was not sent: ${this.limit} of its kind wait for an answer already; ` +
      'wait for one of them, or raise the limit "pendingRequests"';
  }
}

/** Fields of {@linkcode RequestTooLarge}. */
export interface RequestTooLargeFields {
  /** What was asked for, for example `the call of "/reboot"`. */
  readonly what: string;
  /** How many bytes its message takes. */
  readonly bytes: number;
  /** How many a frame holds. */
  readonly limit: number;
}

const RequestTooLargeBase: new (fields: RequestTooLargeFields) =>
  & Cause.YieldableError
  & { readonly _tag: "RequestTooLarge" }
  & Readonly<RequestTooLargeFields> = Data.TaggedError("RequestTooLarge");

/**
 * A request is too long to be sent. Nothing was sent (session section 2).
 *
 * @example
 * ```ts
 * import { RequestTooLarge } from "@fieldlink/fieldlink";
 *
 * console.log(new RequestTooLarge({ what: 'the call of "/map"', bytes: 16777217, limit: 16777216 }).message);
 * // the call of "/map" was not sent: it takes 16777217 bytes, a frame holds 16777216; ask for less at once
 * ```
 */
export class RequestTooLarge extends RequestTooLargeBase {
  /** What was wrong, in one line. */
  override get message(): string {
    return `${this.what} was not sent: it takes ${this.bytes} bytes, a frame holds ${this.limit}; ask for less at once`;
  }
}

/** Fields of {@linkcode InvalidRequest}. */
export interface InvalidRequestFields {
  /** What was asked for, for example `the call of "/reboot"`. */
  readonly what: string;
  /** What is wrong with it. */
  readonly detail: string;
}

const InvalidRequestBase: new (fields: InvalidRequestFields) =>
  & Cause.YieldableError
  & { readonly _tag: "InvalidRequest" }
  & Readonly<InvalidRequestFields> = Data.TaggedError("InvalidRequest");

/**
 * A request cannot be asked as it was given. Nothing was sent.
 *
 * @example
 * ```ts
 * import { InvalidRequest } from "@fieldlink/fieldlink";
 *
 * console.log(new InvalidRequest({ what: 'the call of "/a"', detail: '"timeoutMs" must be positive: received 0' }).message);
 * // the call of "/a" cannot be asked: "timeoutMs" must be positive: received 0
 * ```
 */
export class InvalidRequest extends InvalidRequestBase {
  /** What was wrong, in one line. */
  override get message(): string {
    return `${this.what} cannot be asked: ${this.detail}`;
  }
}

/** What any request can fail with. */
export type RequestError =
  | ConnectionLost
  | InvalidRequest
  | NotSupported
  | RequestTimeout
  | RequestTooLarge
  | TooManyPending;
