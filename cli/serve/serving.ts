/**
 * A device served over HTTP, with the page to view and drive it.
 */
import type { Buffer } from "node:buffer";
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { isIP } from "node:net";
import { networkInterfaces } from "node:os";
import * as Effect from "effect/Effect";
import * as Redacted from "effect/Redacted";
import type * as Scope from "effect/Scope";
import { isLoopbackHost, type Page, sse, sseClient } from "../../adapters/sse/mod.ts";
import type { Transport } from "../../transport/mod.ts";
import { OptionConflict } from "../errors.ts";
import { messageOf } from "../format.ts";
import { type CannotListen, PageMissing } from "./errors.ts";
import { listen } from "./listen.ts";
import { hostsConflict } from "./hosts.ts";
import { DEFAULT_PORT, LOOPBACK, type ServeOptions } from "./options.ts";

/** All who have the token are one subject: only the sum of sessions counts. */
const SESSIONS = 1_000;
/** Bytes of a token that is made up. */
const TOKEN_BYTES = 16;
const BEARER = "Bearer ";

/** What may be in the way of serving. */
export type ServeError = CannotListen | PageMissing | OptionConflict;

/** A device that is served. */
export interface Served {
  /** For the device. */
  readonly transport: Transport;
  /** For viewers in this process: they need no socket. */
  readonly inside: (identity: string) => Transport;
  /** What to open in a browser, the likeliest first, with the token where one is needed. */
  readonly urls: ReadonlyArray<string>;
}

/** Serves until the scope closes; the device is to leave before. */
export const serve: (
  identity: string,
  options: ServeOptions,
) => Effect.Effect<Served, ServeError, Scope.Scope> = Effect.fnUntraced(function* (
  identity: string,
  options: ServeOptions,
) {
  const { host = LOOPBACK, allowHosts } = options;
  const conflict = hostsConflict(options);
  if (conflict !== undefined) return yield* conflict;
  const token = tokenOf(options);
  if (token instanceof OptionConflict) return yield* token;
  const page = yield* builtPage;
  const carrier = yield* Effect.try({
    try: () =>
      sse({
        identity,
        hostname: host,
        hosts: allowHosts,
        page,
        limits: { sessions: SESSIONS, sessionsPerSubject: SESSIONS },
        ...(token === undefined ? {} : { authorize: (request: Request) => subjectOf(request, token) }),
      }),
    catch: (error) => new OptionConflict({ detail: messageOf(error) }),
  });
  const port = yield* listen({
    fetch: carrier.fetch,
    hostname: host,
    port: options.port ?? DEFAULT_PORT,
    isAnyPort: options.port === undefined,
  });
  const fragment = token === undefined ? "" : `#token=${encodeURIComponent(token)}`;
  const url = `http://${LOOPBACK}:${port}/`;
  return {
    transport: carrier,
    inside: (identity) => sseClient({ url, identity, fetch: carrier.fetch, ...(token === undefined ? {} : { token }) }),
    urls: addressesOf(host).map((address) => `http://${address}:${port}/${fragment}`),
  };
});

const builtPage: Effect.Effect<Page, PageMissing> = Effect.tryPromise({
  try: async () => (await import("../../page/mod.ts")).page,
  catch: (cause) => new PageMissing({ cause }),
});

/** The token that viewers need; none: they need none. */
function tokenOf({ host, token, insecure, allowHosts }: ServeOptions): string | undefined | OptionConflict {
  // A further name is one that others come by, for example through a tunnel.
  const isOpen = (host !== undefined && !isLoopbackHost(host)) || allowHosts.length > 0;
  if (insecure && (token !== undefined || !isOpen)) {
    return new OptionConflict({
      detail: isOpen
        ? "--insecure is for serving without a token: leave out one of the two"
        : "--insecure goes with a --host that others reach, or an --allow-host: this machine alone needs no token",
    });
  }
  if (token !== undefined) {
    const text = Redacted.value(token);
    const problem = problemOf(text);
    return problem === undefined ? text : new OptionConflict({ detail: `--token ${problem}` });
  }
  return isOpen && !insecure ? randomBytes(TOKEN_BYTES).toString("base64url") : undefined;
}

/** Why no header can hold a token, which is not told; `undefined`: one can. */
function problemOf(token: string): string | undefined {
  if (token === "") return "is empty: is a variable set that it was made of?";
  if (/[\r\n]/.test(token)) return "has a line break in it, which no header can hold: was it read from a file?";
  if (!/^[\x20-\x7e]*$/.test(token)) {
    return "has characters in it that no header can hold: use ASCII without control characters";
  }
  if (token.trim() !== token) return "has spaces at an end, which a header loses: leave them out";
  return undefined;
}

function subjectOf(request: Request, token: string): { readonly subject: string } | undefined {
  const given = request.headers.get("authorization") ?? "";
  if (!given.startsWith(BEARER)) return undefined;
  return timingSafeEqual(digest(given.slice(BEARER.length)), digest(token)) ? { subject: "token" } : undefined;
}

/** Of equal length, whatever was given. */
function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

/** The addresses by which a host is reached, as they stand in a URL. */
function addressesOf(host: string): ReadonlyArray<string> {
  if (host !== "0.0.0.0" && host !== "::") return [isIP(host) === 6 ? `[${host}]` : host];
  const outer = Object.values(networkInterfaces()).flat()
    .flatMap((address) =>
      address === undefined || address.internal || address.family !== "IPv4" ? [] : [address.address]
    );
  return [...outer, LOOPBACK];
}
