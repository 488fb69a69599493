/**
 * Requests that a viewer makes of its device and that are answered, or not: one table for each kind.
 */
import * as Deferred from "effect/Deferred";
import * as Effect from "effect/Effect";
import { type Capability, type ClientMessage, FrameTooLarge } from "../protocol/mod.ts";
import type { DeviceAccess } from "./device_access.ts";
import { type DeviceLink, mayHaveArrived, type SentFrame } from "./device_link.ts";
import {
  type AwaitedByRequest,
  type ConnectionEnd,
  ConnectionLost,
  InvalidRequest,
  NotSupported,
  type RequestError,
  RequestTimeout,
  RequestTooLarge,
  TooManyPending,
} from "./request_errors.ts";

const MAX_ID = 2 ** 32;
/** The longest time that timers of all run-times take, in ms; about 25 days. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1;

/** How long an answer is waited for where nothing is said. */
export const DEFAULT_REQUEST_TIMEOUT_MS = 10_000;

/** How a request is made. */
export interface RequestOptions {
  /** How long the answer may take, in ms, waiting for a device included. Default 10,000. */
  readonly timeoutMs?: number;
}

/** How a request is made by those who use promises. */
export interface AbortableRequestOptions extends RequestOptions {
  /** Gives the request up; the promise rejects with the signal's reason. What was sent is not taken back. */
  readonly signal?: AbortSignal;
}

/** What is to be done with a request now. */
export type NextStep<E> =
  | { readonly send: ClientMessage }
  | { readonly awaited: AwaitedByRequest }
  | { readonly fail: E };

/** One request. */
export interface Request<E> {
  /** What it is for, in words that errors begin with. */
  readonly what: string;
  readonly timeoutMs?: number | undefined;
  /** Looked at whenever the device or what it offers has changed, until it is sent. */
  readonly next: (link: DeviceLink, id: number) => NextStep<E>;
}

/** A request on its way. */
interface Pending<Reply, E> {
  readonly id: number;
  readonly request: Request<E>;
  readonly answer: Deferred.Deferred<Reply, E | RequestError>;
  hasEnded: boolean;
  awaited: AwaitedByRequest;
  sent: { readonly frame: SentFrame; readonly message: ClientMessage } | undefined;
  /** What the device has complained of since. */
  statuses: () => ReadonlyArray<string>;
}

/** What a table of requests needs. */
export interface RequestsOptions {
  readonly access: DeviceAccess;
  /** What a device must be able to do. */
  readonly capability: Capability;
  /** Begins to collect what the device complains of; the function tells what it was. */
  readonly complaints?: () => () => ReadonlyArray<string>;
}

/** The requests of one kind: bounded in number, and each ends, by its timeout at the latest. */
export class Requests<Reply, E = never> {
  readonly #access: DeviceAccess;
  readonly #options: RequestsOptions;
  readonly #pending = new Map<number, Pending<Reply, E>>();
  #lastId: number;

  constructor(options: RequestsOptions) {
    this.#access = options.access;
    this.#lastId = options.access.firstNumber;
    this.#options = options;
  }

  /** How many have not ended. */
  get size(): number {
    return this.#pending.size;
  }

  /** Asks the device once there is one, and waits for what it answers. */
  ask(request: Request<E>): Effect.Effect<Reply, E | RequestError> {
    const { what, timeoutMs = DEFAULT_REQUEST_TIMEOUT_MS } = request;
    const detail = invalidTimeout(timeoutMs);
    if (detail !== undefined) return Effect.fail(new InvalidRequest({ what, detail }));
    return Effect.acquireUseRelease(
      Effect.suspend(() => this.#begin(request)),
      (pending) =>
        Effect.timeoutOrElse(this.#run(pending), {
          duration: timeoutMs,
          orElse: () => {
            const { awaited } = pending;
            return Effect.fail(new RequestTimeout({ what, timeoutMs, awaited, statuses: pending.statuses() }));
          },
        }),
      ({ id }) => Effect.sync(() => this.#pending.delete(id)),
    );
  }

  /** The message of a request that has been sent and has not ended. */
  sent(id: number): ClientMessage | undefined {
    const pending = this.#pending.get(id);
    return pending?.hasEnded === false ? pending.sent?.message : undefined;
  }

  /** Answers a request; one that has not been sent, or has ended, is left alone. */
  answer(id: number, reply: Reply): void {
    const pending = this.#pending.get(id);
    if (pending?.sent !== undefined) end(pending, Effect.succeed(reply));
  }

  /** The session is over, or the stream has failed: what was sent is not answered any more. */
  lost(reason: ConnectionEnd): void {
    for (const pending of [...this.#pending.values()]) {
      if (pending.sent !== undefined || reason === "closed") this.#fail(pending, reason);
    }
  }

  #begin(request: Request<E>): Effect.Effect<Pending<Reply, E>, ConnectionLost | TooManyPending> {
    const { what } = request;
    const limit = this.#access.limits.pendingRequests;
    if (this.#access.isClosed) return Effect.fail(new ConnectionLost({ what, reason: "closed", sent: "no" }));
    if (this.#pending.size >= limit) return Effect.fail(new TooManyPending({ what, limit }));
    const pending: Pending<Reply, E> = {
      id: this.#nextId(),
      request,
      answer: Deferred.makeUnsafe(),
      hasEnded: false,
      awaited: "device",
      sent: undefined,
      statuses: () => [],
    };
    this.#pending.set(pending.id, pending);
    return Effect.succeed(pending);
  }

  /** Ids count up from the viewer's first number, and go on from 1 after 2^32 - 1; those that are taken are left out. */
  #nextId(): number {
    do this.#lastId = (this.#lastId + 1) % MAX_ID; while (this.#lastId === 0 || this.#pending.has(this.#lastId));
    return this.#lastId;
  }

  #run(pending: Pending<Reply, E>): Effect.Effect<Reply, E | RequestError> {
    return Effect.suspend(() => {
      if (this.#advance(pending)) return Deferred.await(pending.answer);
      const goesOn = this.#access.changed.until(() => this.#advance(pending));
      return Effect.andThen(goesOn, Deferred.await(pending.answer));
    });
  }

  /** Takes the request as far as it goes now; whether it is sent, or has ended. */
  #advance(pending: Pending<Reply, E>): boolean {
    if (pending.sent !== undefined || pending.hasEnded) return true;
    const { link } = this.#access;
    if (link === undefined) return this.#await(pending, "device");
    const { what, next } = pending.request;
    const { capability } = this.#options;
    if (!link.serverInfo.capabilities.includes(capability)) {
      return fail(pending, new NotSupported({ what, device: link.serverInfo.name, capability }));
    }
    if (link.outgoing === undefined) return this.#await(pending, "device");
    const step = next(link, pending.id);
    if ("awaited" in step) return this.#await(pending, step.awaited);
    if ("fail" in step) return fail(pending, step.fail);
    const sent = link.request(step.send);
    if (sent === undefined) return fail(pending, new ConnectionLost({ what, reason: "stream-failed", sent: "no" }));
    if (sent === "full") return this.#await(pending, "room");
    if (sent instanceof FrameTooLarge) {
      return fail(pending, new RequestTooLarge({ what, bytes: sent.bytes, limit: sent.limit }));
    }
    pending.sent = { frame: sent, message: step.send };
    pending.awaited = "answer";
    pending.statuses = this.#options.complaints?.() ?? pending.statuses;
    return true;
  }

  #await(pending: Pending<Reply, E>, awaited: AwaitedByRequest): false {
    pending.awaited = awaited;
    return false;
  }

  #fail(pending: Pending<Reply, E>, reason: ConnectionEnd): void {
    const { what } = pending.request;
    const sent = pending.sent !== undefined && mayHaveArrived(pending.sent.frame) ? "maybe" : "no";
    fail(pending, new ConnectionLost({ what, reason, sent }));
  }
}

/** Ends a request. Whoever waits goes on in a microtask, when all that changes with the answer has changed. */
function end<Reply, E>(pending: Pending<Reply, E>, outcome: Effect.Effect<Reply, E | RequestError>): void {
  if (pending.hasEnded) return;
  pending.hasEnded = true;
  queueMicrotask(() => Deferred.doneUnsafe(pending.answer, outcome));
}

function fail<Reply, E>(pending: Pending<Reply, E>, error: E | RequestError): true {
  end(pending, Effect.fail(error));
  return true;
}

function invalidTimeout(timeoutMs: number): string | undefined {
  if (typeof timeoutMs === "number" && timeoutMs > 0 && timeoutMs <= MAX_TIMEOUT_MS) return undefined;
  return `"timeoutMs" must be a number of ms above 0 and at most ${MAX_TIMEOUT_MS}: received ${timeoutMs}`;
}
