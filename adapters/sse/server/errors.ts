/**
 * Why a request is refused.
 */
import type * as Cause from "effect/Cause";
import * as Data from "effect/Data";

/** Fields of {@linkcode SseForbidden}. */
export interface SseForbiddenFields {
  /** What is not allowed, and what to do; the client is told. */
  readonly detail: string;
}

const SseForbiddenBase: new (fields: SseForbiddenFields) =>
  & Cause.YieldableError
  & { readonly _tag: "SseForbidden" }
  & Readonly<SseForbiddenFields> = Data.TaggedError("SseForbidden");

/**
 * To be thrown by `authorize`: it is known who makes the request, and that they may not (403).
 *
 * @example
 * ```ts
 * import { sse, SseForbidden } from "@fieldlink/fieldlink/sse";
 *
 * const transport = sse({
 *   authorize: (request) => {
 *     if (request.headers.get("Authorization") !== "Bearer secret") throw new SseForbidden({ detail: "ask for access" });
 *     return { subject: "operator" };
 *   },
 * });
 * console.log(transport.name); // sse
 * ```
 */
export class SseForbidden extends SseForbiddenBase {
  /** What was wrong, in one line. */
  override get message(): string {
    return `forbidden: ${this.detail}`;
  }
}

/** Fields of {@linkcode HttpRefusal}. */
export interface HttpRefusalFields {
  readonly status: number;
  /** What was wrong, in a word. */
  readonly error: string;
  /** What was wrong, with which limit, and what to do. */
  readonly detail: string;
  readonly expected?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

const HttpRefusalBase: new (fields: HttpRefusalFields) =>
  & Cause.YieldableError
  & { readonly _tag: "HttpRefusal" }
  & Readonly<HttpRefusalFields> = Data.TaggedError("HttpRefusal");

/** A request is refused. It is thrown from wherever that is found, and ends as an answer. */
export class HttpRefusal extends HttpRefusalBase {
  /** What was wrong, in one line. */
  override get message(): string {
    return this.detail;
  }
}

/** Nothing is there; or nothing that whoever asks may know of. */
export function notFound(detail: string): HttpRefusal {
  return new HttpRefusal({ status: 404, error: "not-found", detail });
}

/** A session is not known (any more). */
export function noSession(): HttpRefusal {
  return notFound("there is no such session, or it is over; make a new one with POST sessions");
}

/** Too much at once. */
export function tooMany(error: string, detail: string): HttpRefusal {
  return new HttpRefusal({ status: 429, error, detail, headers: { "Retry-After": "1" } });
}

/** It cannot be done now, and may be later. */
export function unavailable(error: string, detail: string): HttpRefusal {
  return new HttpRefusal({ status: 503, error, detail, headers: { "Retry-After": "1" } });
}

/** A session is not in the room (yet), and nothing is taken from it. */
export function inactive(isRead: boolean): HttpRefusal {
  return unavailable(
    "inactive",
    "this session is not in the room yet, so that nothing of this post is taken; " +
      (isRead
        ? "it was reset over and over, and has to wait: repeat this later, with its number"
        : "open its events first, with GET sessions/{id}/events, and then repeat this, with its number"),
  );
}

/** The request does not make sense. */
export function badRequest(detail: string): HttpRefusal {
  return new HttpRefusal({ status: 400, error: "bad-request", detail });
}
