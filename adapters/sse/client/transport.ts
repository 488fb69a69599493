/**
 * The way to a device over server-sent events.
 */
import * as Effect from "effect/Effect";
import * as Exit from "effect/Exit";
import * as FiberSet from "effect/FiberSet";
import * as Scope from "effect/Scope";
import { JoinError } from "../../../transport/errors.ts";
import { currentLog } from "../../../transport/log.ts";
import type { JoinOptions, Room, Transport } from "../../../transport/room.ts";
import { Attributes, signsOfLife } from "./attributes.ts";
import { ClientRoom } from "./client_room.ts";
import { Connection } from "./connection.ts";
import { Http } from "./http.ts";
import { type SseClientLimits, sseClientLimits } from "./limits.ts";
import { baseUrl, type SseClientOptions } from "./options.ts";
import { makeSession, Session, type SessionInfo } from "./session.ts";

/** Waiting between two attempts to tell the server of attributes, in ms. */
const ATTRIBUTES_RETRY_MS = 1_000;

/**
 * The viewer's side of a connection over server-sent events, in browsers and everywhere else: needs `fetch` and nothing
 * else. The room is a star: a viewer sees the device only. Throws a RangeError for options that cannot work.
 *
 * A connection that breaks is resumed by itself: what must not be lost is not, for as long as the device keeps it, and
 * neither end is told of more than the connection's quality (`lost`, then `excellent`). What was lost after all is told to
 * `onReset`, with the bounds of what the device had not kept.
 *
 * Backpressure: all streams of the device share one connection, so that a reader who does not read holds them all up, and
 * the viewer is reset when the device's memory of what it has sent turns over meanwhile. Lossy messages are dropped then.
 *
 * @example
 * ```ts
 * import { Viewer } from "@fieldlink/fieldlink";
 * import { sseClient } from "@fieldlink/fieldlink/sse";
 *
 * async function watch(token: string) {
 *   await using viewer = await Viewer.connect(sseClient({ url: "http://127.0.0.1:8787/", token }));
 *   for await (const message of viewer.subscribe("/pose")) console.log(message.json());
 * }
 * console.log(watch);
 * ```
 */
export function sseClient(options: SseClientOptions): Transport {
  const base = baseUrl(options);
  const limits = sseClientLimits(options.limits);
  return { name: "sse", join: (joinOptions) => join(options, base, limits, joinOptions ?? {}) };
}

function join(
  options: SseClientOptions,
  base: URL,
  limits: SseClientLimits,
  { attributes = new Map() }: JoinOptions,
): Effect.Effect<Room, JoinError, Scope.Scope> {
  return Effect.uninterruptibleMask((restore) =>
    Effect.gen(function* () {
      const scope = yield* Effect.scope;
      const http = new Http(base, options);
      const late = new JoinError({ reason: "timeout", detail: `no answer has come for ${limits.joinTimeoutMs} ms` });
      const inTime = Effect.timeoutOrElse({ duration: limits.joinTimeoutMs, orElse: () => Effect.fail(late) });
      const info = yield* restore(inTime(makeSession(http, options.identity, attributes)));
      const { room, opened, leave } = yield* start(options, http, limits, info, scope);
      yield* restore(inTime(opened)).pipe(Effect.onError(() => leave));
      return room;
    })
  );
}

interface Started {
  readonly room: Room;
  /** The stream of events is open for the first time. */
  readonly opened: Effect.Effect<void, JoinError>;
  /** Leaves, once. */
  readonly leave: Effect.Effect<void>;
}

/** Starts everything that a session needs; it ends with the scope. */
const start: (
  options: SseClientOptions,
  http: Http,
  limits: SseClientLimits,
  info: SessionInfo,
  scope: Scope.Scope,
) => Effect.Effect<Started> = Effect.fnUntraced(function* (
  options: SseClientOptions,
  http: Http,
  limits: SseClientLimits,
  { sessionId, sid, identity, resumeTtlMs }: SessionInfo,
  scope: Scope.Scope,
) {
  const log = yield* currentLog;
  const background = yield* Scope.make();
  const fork = yield* Scope.provide(FiberSet.makeRuntime<never, void, never>(), background);
  const path = `sessions/${encodeURIComponent(sessionId)}`;
  const session = new Session({ http, path, limits, log, lost: (reason) => room.end(reason) });
  const known = new Attributes(session, ATTRIBUTES_RETRY_MS);
  const room: ClientRoom = new ClientRoom({
    identity,
    sid,
    scope,
    limits,
    log,
    callbacks: options,
    post: session.post.bind(session),
    patch: (attributes) => known.set(attributes),
    fork,
  });
  let failure: JoinError | undefined;
  const failed = (error: JoinError): void => {
    failure = error;
    room.changed.notify();
  };
  const connection = new Connection({ http, path: `${path}/events`, room, limits, resumeTtlMs, log, failed });
  const forgetPage = whenPageGoes(() => session.endNow());
  // First what was written, then the goodbye; the stream of events ends last, or the server would take it for a break.
  const goodbye = Effect.andThen(room.leave, Effect.suspend(() => isGone(room) ? Effect.void : session.end)).pipe(
    Effect.andThen(Scope.close(background, Exit.void)),
    Effect.andThen(Effect.sync(forgetPage)),
  );
  let hasLeft = false;
  const leave = Effect.suspend(() => {
    if (hasLeft) return Effect.void;
    hasLeft = true;
    return goodbye;
  });
  yield* Scope.addFinalizer(scope, leave);
  for (const effect of [connection.run, known.run, signsOfLife(session, resumeTtlMs)]) fork(effect);
  const settled = room.changed.until(() => room.isOpen || failure !== undefined || room.ended !== undefined);
  const opened = Effect.andThen(
    settled,
    Effect.suspend(() => {
      if (failure !== undefined) return Effect.fail(failure);
      if (room.isOpen) return Effect.void;
      const detail = "the device has ended the session before its stream of events was open";
      return Effect.fail(new JoinError({ reason: "unreachable", detail }));
    }),
  );
  return { room: room.room, opened, leave };
});

/** Whether the server has ended the session by itself, so that there is nothing to leave. */
function isGone({ ended }: ClientRoom): boolean {
  return ended !== undefined && ended !== "connection-lost";
}

/** What a page has. */
interface PageEvents {
  readonly document?: unknown;
  readonly addEventListener?: (type: "pagehide", listener: (event: { readonly persisted: boolean }) => void) => void;
  readonly removeEventListener?: (type: "pagehide", listener: (event: { readonly persisted: boolean }) => void) => void;
}

/** In a page: does it when the page goes for good, as nothing else runs then. Returns what takes that back. */
function whenPageGoes(leave: () => void): () => void {
  const page = globalThis as PageEvents;
  if (page.document === undefined) return () => undefined;
  const listener = ({ persisted }: { readonly persisted: boolean }): void => {
    if (!persisted) leave();
  };
  page.addEventListener?.("pagehide", listener);
  return () => page.removeEventListener?.("pagehide", listener);
}
