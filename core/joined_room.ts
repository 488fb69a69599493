/**
 * Being in a room: joining it, and leaving it within a bound of time.
 */
import * as Duration from "effect/Duration";
import * as Effect from "effect/Effect";
import * as Exit from "effect/Exit";
import * as Scope from "effect/Scope";
import { JoinError, type JoinOptions, type Room, type Transport } from "../transport/mod.ts";
import { Backoff } from "./backoff.ts";
import { endInTime } from "./bounded_end.ts";
import type { Log } from "./log.ts";

const FIRST_RETRY_MS = 1_000;
const MAX_RETRY_MS = 30_000;
const STEADY_MS = 60_000;

/** A room that has been joined. */
interface JoinedRoom {
  readonly room: Room;
  /** Leaves the room. Waits for the transport for a bounded time; then the room is left to itself, with a warning. */
  readonly leave: Effect.Effect<void>;
}

/** How a room is joined and left. */
export interface JoinRoomOptions {
  readonly transport: Transport;
  readonly join?: JoinOptions;
  readonly joinTimeoutMs: number;
  readonly closeTimeoutMs: number;
  readonly log: Log;
  /** Told before it waits to join the room again: how long, in ms, and why. */
  readonly onRetry?: ((delayMs: number, why: string) => void) | undefined;
}

/** What is done in a room, and when to join it. */
export interface StayOptions<A> extends JoinRoomOptions {
  /** Whether a first attempt that fails is tried again, as later ones are; otherwise its failure is the outcome. */
  readonly retriesFirst: boolean;
  /** What is done in the room until it ends, for one reason or another. */
  readonly stay: (room: Room) => Effect.Effect<A>;
  /** Whether to leave for good, for that reason. If not, the room is lost, and joined again. */
  readonly isOver: (end: A) => boolean;
}

/**
 * Is in a room, and joins it again when it is lost, until it is over, the credentials are refused, or it cannot be done here. There are 1 s before
 * the first attempt after a loss, twice as long before each one that follows, up to 30 s. It starts from 1 s again when a
 * stay has lasted for a minute: two participants that replace each other for ever must not do so without pause.
 */
export function stayInRoom<A>(options: StayOptions<A>): Effect.Effect<A, JoinError> {
  const backoff = new Backoff(FIRST_RETRY_MS, MAX_RETRY_MS);
  const stayed = (join: Effect.Effect<JoinedRoom, JoinError>) =>
    Effect.acquireUseRelease(join, ({ room }) => Effect.timed(options.stay(room)), ({ leave }) => leave);
  return Effect.gen(function* () {
    let join = options.retriesFirst ? joinAgain(options, backoff) : joinRoom(options);
    while (true) {
      const [lasted, end] = yield* stayed(join);
      if (options.isOver(end)) return end;
      if (Duration.toMillis(lasted) >= STEADY_MS) backoff.reset();
      const delayMs = backoff.next();
      options.log("warning", "the room is lost; it is joined again", { reason: end, delayMs });
      options.onRetry?.(delayMs, String(end));
      join = waitThen(delayMs, joinAgain(options, backoff));
    }
  });
}

/** Whether no further attempt can help: the credentials stay refused, and what is missing here or there stays missing. */
function isFinal({ reason }: JoinError): boolean {
  return reason === "refused" || reason === "unsupported";
}

/** Joins a room, trying again until it is joined or that cannot help. */
function joinAgain(options: JoinRoomOptions, backoff: Backoff): Effect.Effect<JoinedRoom, JoinError> {
  return Effect.catch(joinRoom(options), (error) => {
    if (isFinal(error)) return Effect.fail(error);
    const delayMs = backoff.next();
    options.log("warning", "the room cannot be joined; it is tried again", { error, delayMs });
    options.onRetry?.(delayMs, error.detail);
    return waitThen(delayMs, joinAgain(options, backoff));
  });
}

/** What acquires a resource cannot be interrupted, but waiting can. */
function waitThen<A, E>(ms: number, effect: Effect.Effect<A, E>): Effect.Effect<A, E> {
  return Effect.andThen(Effect.interruptible(Effect.sleep(ms)), effect);
}

/** Joins a room. It can always be interrupted, and leaves nothing behind when it is or when it fails. */
function joinRoom(options: JoinRoomOptions): Effect.Effect<JoinedRoom, JoinError> {
  const join = Effect.gen(function* () {
    const scope = yield* Scope.make();
    const leave = leaveRoom(scope, options);
    const attempt = Effect.timeoutOrElse(Scope.provide(options.transport.join(options.join), scope), {
      duration: options.joinTimeoutMs,
      orElse: () => new JoinError({ reason: "timeout", detail: `it took longer than ${options.joinTimeoutMs} ms` }),
    });
    const room = yield* Effect.interruptible(attempt).pipe(
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
  return Effect.map(endInTime(close, closeTimeoutMs), (isDone) => {
    if (isDone) return;
    log("warning", "leaving the room takes too long; it is left to itself", {
      transport: transport.name,
      closeTimeoutMs,
    });
  });
}
