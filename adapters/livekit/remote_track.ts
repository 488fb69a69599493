/**
 * The data tracks that others publish.
 */
import * as Effect from "effect/Effect";
import * as Scope from "effect/Scope";
import { TrackError } from "../../transport/errors.ts";
import type { FrameListener, RemoteDataTrack } from "../../transport/track.ts";
import { systemTime, type Time } from "./time.ts";
import type { LiveKitLimits } from "./limits.ts";
import { messageOf } from "../../transport/message_of.ts";
import { type ReceivedFrame, type SubscribableTrack, subscribeTo } from "./track_subscription.ts";

/**
 * Between the end of a subscription and the next request. A server that gets the two within a moment finds nothing to do
 * and confirms nothing.
 */
const SETTLE_MS = 300;

/** The server's answer is waited for this long. What it has put off it looks at every 3 s. */
const CONFIRM_MS = 4_000;
/** How often a server that is connected is asked. */
const ATTEMPTS = 3;

/** What {@linkcode RemoteTrack} needs. */
export interface RemoteTrackOptions {
  /** livekit-client's track. */
  readonly track: SubscribableTrack;
  /** The identity of its publisher. */
  readonly publisher: string;
  /** The room it was told in. `state` is `connected` while requests are answered. */
  readonly room: { readonly state: string };
  readonly limits: LiveKitLimits;
  /** Default: the run-time's own time. */
  readonly time?: Time;
}

/**
 * A data track of another participant. Call {@linkcode RemoteTrack.end} when livekit-client says that it is unpublished,
 * and when nothing is to be told of the room any more. livekit-client's object stays the same when its publisher has
 * reconnected, and only its `info.sid` changes: find the track by the sid that it has when the event comes.
 */
export class RemoteTrack implements RemoteDataTrack {
  readonly name: string;
  readonly publisher: string;
  readonly #options: RemoteTrackOptions;
  readonly #subscriptions = new Set<Subscription>();
  readonly #time: Time;
  /** When the server has settled after the end of the last subscription. */
  #settledAt = 0;
  #isGone = false;

  constructor(options: RemoteTrackOptions) {
    this.#options = options;
    this.#time = options.time ?? systemTime;
    this.name = options.track.info.name;
    this.publisher = options.publisher;
  }

  /**
   * See the port. Success means that the server has confirmed the subscription: frames that are pushed from now on are
   * sent to this participant. It fails with `timeout` when a server that is connected says nothing for some 13 s.
   */
  subscribe(listener: FrameListener): Effect.Effect<void, TrackError, Scope.Scope> {
    return Effect.flatMap(
      Effect.scope,
      (scope) => Effect.uninterruptibleMask((restore) => this.#subscribe(listener, scope, restore)),
    );
  }

  /** It is there no more: nothing more is received, and nobody can subscribe to it. */
  end(): void {
    this.#isGone = true;
    for (const subscription of this.#subscriptions) subscription.stop();
  }

  #subscribe(
    listener: FrameListener,
    scope: Scope.Scope,
    restore: <A, E>(effect: Effect.Effect<A, E>) => Effect.Effect<A, E>,
  ): Effect.Effect<void, TrackError> {
    return Effect.suspend(() => {
      if (this.#isGone) return Effect.fail(this.#gone());
      const subscription = new Subscription({
        ...this.#options,
        time: this.#time,
        listener,
        isClosed: () => scope.state._tag === "Closed",
      });
      this.#subscriptions.add(subscription);
      const stop = Effect.sync(() => this.#stop(subscription));
      const confirmed = Effect.tryPromise({
        try: () => subscription.start(this.#settledAt - this.#time.now()),
        catch: (cause) => this.#isGone ? this.#gone() : subscribeError(this.name, cause),
      });
      return Scope.addFinalizer(scope, stop).pipe(
        Effect.andThen(restore(confirmed)),
        Effect.onError(() => stop),
      );
    });
  }

  #stop(subscription: Subscription): void {
    subscription.stop();
    if (!this.#subscriptions.delete(subscription) || this.#subscriptions.size > 0) return;
    this.#settledAt = this.#time.now() + SETTLE_MS;
  }

  #gone(): TrackError {
    const detail = `"${this.publisher}" has taken it back or has left, or the room is over`;
    return new TrackError({ reason: "unavailable", track: this.name, detail });
  }
}

/** One listener of a track, until it is stopped. */
class Subscription {
  readonly #options: SubscriptionOptions;
  #attempt = new AbortController();
  #isStopped = false;
  #wake: () => void = () => {};

  constructor(options: SubscriptionOptions) {
    this.#options = options;
  }

  /** Ends it, confirmed or not. */
  stop(): void {
    this.#isStopped = true;
    this.#attempt.abort();
    this.#wake();
  }

  /** Asks for the frames after that many ms; resolves when the server has confirmed, and goes on receiving. */
  async start(afterMs: number): Promise<void> {
    if (afterMs > 0) await this.#pause(afterMs);
    const frames = await this.#open();
    void this.#receive(frames);
  }

  /** What is not answered, or fails because the connection is being restored, is asked for again. */
  async #open(): Promise<ReadableStreamDefaultReader<ReceivedFrame>> {
    for (let unanswered = 0;;) {
      this.#attempt = new AbortController();
      if (this.#isStopped) throw new Error("the subscription was given up");
      try {
        return await this.#ask(this.#attempt);
      } catch (error) {
        if (this.#isStopped) throw error;
        const isUnanswered = this.#attempt.signal.aborted || isReason(error, "Timeout");
        if (!isUnanswered && !isReason(error, "Disconnected")) throw error;
        if (isUnanswered && this.#options.room.state === "connected" && ++unanswered === ATTEMPTS) {
          throw new Unanswered();
        }
      }
      await this.#pause(SETTLE_MS);
    }
  }

  async #ask(attempt: AbortController): Promise<ReadableStreamDefaultReader<ReceivedFrame>> {
    const { track, limits, time } = this.#options;
    const cancel = time.after(CONFIRM_MS, () => attempt.abort());
    try {
      const { frames, confirmed } = subscribeTo(track, attempt.signal, limits.receivedFrames);
      await confirmed;
      return frames.getReader();
    } finally {
      cancel();
    }
  }

  /**
   * Hands on what arrives. Should livekit-client end the frames while the track is still there, as it does when this
   * participant has made a new connection, it is subscribed to again.
   */
  async #receive(first: ReadableStreamDefaultReader<ReceivedFrame>): Promise<void> {
    let reader = first;
    for (;;) {
      await this.#read(reader);
      await this.#pause(SETTLE_MS);
      if (this.#isStopped) return;
      try {
        reader = await this.#open();
      } catch (error) {
        if (!(error instanceof Unanswered)) return;
      }
    }
  }

  async #read(reader: ReadableStreamDefaultReader<ReceivedFrame>): Promise<void> {
    const { listener, isClosed } = this.#options;
    try {
      for (let next = await reader.read(); !next.done; next = await reader.read()) {
        if (this.#isStopped || isClosed()) return;
        listener(next.value.payload, next.value.userTimestamp ?? 0n);
      }
    } catch {
      // The stream is broken off when the subscription is stopped; what ended it otherwise shows when it is asked again.
    }
  }

  #pause(ms: number): Promise<void> {
    if (this.#isStopped) return Promise.resolve();
    return new Promise((resolve) => {
      const cancel = this.#options.time.after(ms, resolve);
      this.#wake = () => {
        cancel();
        resolve();
      };
    });
  }
}

interface SubscriptionOptions extends RemoteTrackOptions {
  readonly time: Time;
  readonly listener: FrameListener;
  /** Whether nothing is to be handed on any more. */
  readonly isClosed: () => boolean;
}

/** The server has not answered, however often it was asked. */
class Unanswered extends Error {
  override readonly message: string = "the server has not confirmed the subscription";
}

/** By name: see livekit-client's DataTrackSubscribeErrorReason. */
function isReason(error: unknown, name: "Timeout" | "Disconnected"): boolean {
  return error instanceof Error && "reasonName" in error && error.reasonName === name;
}

function subscribeError(track: string, cause: unknown): TrackError {
  const reason = cause instanceof Unanswered ? "timeout" : "unavailable";
  return new TrackError({ reason, track, detail: messageOf(cause), cause });
}
