/**
 * Being in a room: joining it, and leaving it within a bound of time.
 */
import * as Effect from "effect/Effect";
import * as Exit from "effect/Exit";
import * as Fiber from "effect/Fiber";
import * as Option from "effect/Option";
import * as Scope from "effect/Scope";
import type { JoinError, JoinOptions, Room, Transport } from "../transport/mod.ts";
import { Backoff } from "./backoff.ts";
import type { Log } from "./log.ts";

const FIRST_RETRY_MS = 1_000;
const MAX_RETRY_MS = 30_000;

/** A room that has been joined. */
export interface JoinedRoom {
  readonly room: Room;
  /** Leaves the room. Waits for the transport for a bounded time; then the room is left to itself, with a warning. */
  readonly leave: Effect.Effect<void>;
}

/** How a room is joined and left. */
export interface JoinRoomOptions {
  readonly transport: Transport;
  readonly join?: JoinOptions;
  readonly closeTimeoutMs: number;
  readonly log: Log;
}

/**
 * Joins a room, trying again with back-off until it is joined or refused. It can be interrupted even in a region that
 * cannot, so that it may be what acquires a resource.
 */
export function joinAgain(options: JoinRoomOptions): Effect.Effect<JoinedRoom, JoinError> {
  const backoff = new Backoff(FIRST_RETRY_MS, MAX_RETRY_MS);
  const attempt: Effect.Effect<JoinedRoom, JoinError> = Effect.catch(joinRoom(options), (error) => {
    if (error.reason === "refused") return Effect.fail(error);
    const delayMs = backoff.next();
    options.log("warning", "the room cannot be joined; it is tried again", { error, delayMs });
    return Effect.andThen(Effect.interruptible(Effect.sleep(delayMs)), attempt);
  });
  return attempt;
}

/** Joins a room. Nothing is left behind when that fails or is interrupted; it can be interrupted as {@linkcode joinAgain} can. */
export function joinRoom(options: JoinRoomOptions): Effect.Effect<JoinedRoom, JoinError> {
  const join = Effect.gen(function* () {
    const scope = yield* Scope.make();
    const leave = leaveRoom(scope, options);
    const room = yield* Effect.interruptible(Scope.provide(options.transport.join(options.join), scope)).pipe(
      Effect.onError(() => leave),
    );
    return { room, leave };
  });
  return Effect.uninterruptible(join);
}

function leaveRoom(scope: Scope.Closeable, { closeTimeoutMs, log, transport }: JoinRoomOptions): Effect.Effect<void> {
  const close = Effect.catchCause(
    Scope.close(scope, Exit.void),
    (cause) => Effect.sync(() => log("error", "leaving the room has failed", { transport: transport.name, cause })),
  );
  // The closing goes on by itself when it takes too long: a transport that hangs must not hang its user.
  return Effect.gen(function* () {
    const closing = yield* Effect.forkDetach(close, { startImmediately: true });
    const done = yield* Effect.timeoutOption(Fiber.await(closing), closeTimeoutMs);
    if (Option.isNone(done)) {
      log("warning", "leaving the room takes too long; it is left to itself", {
        transport: transport.name,
        closeTimeoutMs,
      });
    }
  });
}
