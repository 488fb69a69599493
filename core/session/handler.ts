/**
 * Requests of viewers that the application answers: how it is asked, and what may come of it.
 */
import * as Cause from "effect/Cause";
import * as Effect from "effect/Effect";
import * as Exit from "effect/Exit";
import { asEffect, isLater, type MaybeLater } from "../maybe_later.ts";
import type { Client } from "./client.ts";

/** How much of an error's message a viewer is told, in UTF-16 units. */
const MAX_MESSAGE_LENGTH = 8_192;

/** What goes with a request. */
export interface RequestContext {
  /** The viewer that asks. */
  readonly client: Client;
  /** Aborts when the answer is of no use any more: the viewer has left, was reset or replaced, or the session has ended. */
  readonly signal: AbortSignal;
}

/** What a handler gives: the answer, now or later. Without one (`undefined`) the request has failed. */
export type HandlerResult<A> = MaybeLater<A | undefined | void>;

/**
 * Answers a viewer's request: a plain function, one that returns a promise, or one that returns an Effect. What it throws,
 * rejects or fails with is told to the viewer as its message and goes no further. When the viewer leaves, the signal
 * aborts and an Effect is interrupted.
 */
export type Handler<Request, A> = (request: Request, context: RequestContext) => HandlerResult<A>;

/** What has come of a request. */
export type Outcome<A> =
  | { readonly type: "answered"; readonly value: A }
  | { readonly type: "failed"; readonly message: string; readonly error: unknown }
  | { readonly type: "unanswered" };

/** A request that is under way: its signal is made when somebody asks for it. */
export class RequestScope implements RequestContext {
  readonly client: Client;
  #controller: AbortController | undefined;
  #isAborted = false;

  constructor(client: Client) {
    this.client = client;
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#isAborted) this.#controller.abort();
    }
    return this.#controller.signal;
  }

  /** Whether the answer is of no use any more. Asking does not make a signal. */
  get isAborted(): boolean {
    return this.#isAborted;
  }

  /** The answer is of no use any more. */
  abort(): void {
    this.#isAborted = true;
    this.#controller?.abort();
  }
}

/** Asks a handler. An outcome that is there at once is given as it is: no fiber, no promise. */
export function ask<Request, A>(
  handler: Handler<Request, A>,
  request: Request,
  context: RequestContext,
): Outcome<A> | Effect.Effect<Outcome<A>> {
  try {
    const result = handler(request, context);
    return isLater(result) ? settled(asEffect(result)) : answered(result);
  } catch (error) {
    return failed(error);
  }
}

function settled<A>(result: Effect.Effect<A | undefined | void, unknown>): Effect.Effect<Outcome<A>> {
  return Effect.map(
    Effect.exit(result),
    (exit) => Exit.isSuccess(exit) ? answered(exit.value) : failed(Cause.squash(exit.cause)),
  );
}

function answered<A>(value: A | undefined | void): Outcome<A> {
  return value === undefined ? { type: "unanswered" } : { type: "answered", value };
}

/** What comes of a request whose handler has failed, or whose answer cannot be sent. */
export function failed(error: unknown, words: string = messageOf(error)): Outcome<never> {
  return { type: "failed", message: words, error };
}

/** What a viewer is told of an error: its message, or what was thrown instead of one. */
function messageOf(error: unknown): string {
  try {
    const words = wordsOf(error);
    if (typeof words === "string" && words !== "") return words.slice(0, MAX_MESSAGE_LENGTH).toWellFormed();
  } catch {
    // Anything can be thrown, and asking it for its message can throw as well.
  }
  return "the handler has failed";
}

function wordsOf(error: unknown): unknown {
  if (error instanceof Error && error.message !== "") return error.message;
  return typeof error === "object" && error !== null && "_tag" in error ? error._tag : error;
}
