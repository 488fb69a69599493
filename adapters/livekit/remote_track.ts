/**
 * The data tracks that others publish.
 */
import * as Effect from "effect/Effect";
import * as Scope from "effect/Scope";
import { TrackError } from "../../transport/errors.ts";
import type { FrameListener, RemoteDataTrack } from "../../transport/track.ts";
import { type PacerTime, systemTime } from "./frame_pacer.ts";
import type { LiveKitLimits } from "./limits.ts";
import { type ReceivedFrame, type SubscribableTrack, subscribeTo } from "./track_subscription.ts";

/** Before a subscription that livekit-client has ended or refused for want of a connection is asked for again. */
const RESUBSCRIBE_MS = 100;

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
  readonly time?: PacerTime;
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
  #isGone = false;

  constructor(options: RemoteTrackOptions) {
    this.#options = options;
    this.name = options.track.info.name;
    this.publisher = options.publisher;
  }

  /**
   * See the port. Success means that the server has confirmed the subscription: frames that are pushed from now on are
   * sent to this participant. It fails with `timeout` when the server says nothing for 10 s while it is connected.
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
      const subscription = new Subscription(this.#options, listener, () => scope.state._tag === "Closed");
      this.#subscriptions.add(subscription);
      const stop = Effect.sync(() => {
        subscription.stop();
        this.#subscriptions.delete(subscription);
      });
      const confirmed = Effect.tryPromise({
        try: () => subscription.start(),
        catch: (cause) => this.#isGone ? this.#gone() : subscribeError(this.name, cause),
      });
      return Scope.addFinalizer(scope, stop).pipe(
        Effect.andThen(restore(confirmed)),
        Effect.onError(() => stop),
      );
    });
  }

  #gone(): TrackError {
    const detail = `"${this.publisher}" has taken it back or has left, or the room is over`;
    return new TrackError({ reason: "unavailable", track: this.name, detail });
  }
}

/** One listener of a track, until it is stopped. */
class Subscription {
  readonly #options: RemoteTrackOptions;
  readonly #time: PacerTime;
  readonly #listener: FrameListener;
  readonly #isClosed: () => boolean;
  readonly #stopped = new AbortController();

  constructor(options: RemoteTrackOptions, listener: FrameListener, isClosed: () => boolean) {
    this.#options = options;
    this.#time = options.time ?? systemTime;
    this.#listener = listener;
    this.#isClosed = isClosed;
  }

  /** Ends it, confirmed or not. */
  stop(): void {
    this.#stopped.abort();
  }

  /** Asks for the frames; resolves when the server has confirmed, and goes on receiving. */
  async start(): Promise<void> {
    const frames = await this.#open();
    void this.#receive(frames);
  }

  /** What fails because the connection is being restored is asked for again. */
  async #open(): Promise<ReadableStreamDefaultReader<ReceivedFrame>> {
    for (;;) {
      const { track, limits, room } = this.#options;
      try {
        const { frames, confirmed } = subscribeTo(track, this.#stopped.signal, limits.receivedFrames);
        await confirmed;
        return frames.getReader();
      } catch (error) {
        const isLasting = isReason(error, "Timeout") ? room.state === "connected" : !isReason(error, "Disconnected");
        if (this.#stopped.signal.aborted || isLasting) throw error;
      }
      await this.#pause();
    }
  }

  /**
   * Hands on what arrives. livekit-client ends the frames of all tracks when this participant has lost its connection
   * and made a new one; a track that is still there then is subscribed to again.
   */
  async #receive(first: ReadableStreamDefaultReader<ReceivedFrame>): Promise<void> {
    let reader = first;
    for (;;) {
      await this.#read(reader);
      await this.#pause();
      if (this.#stopped.signal.aborted) return;
      try {
        reader = await this.#open();
      } catch (error) {
        if (!isReason(error, "Timeout")) return;
      }
    }
  }

  async #read(reader: ReadableStreamDefaultReader<ReceivedFrame>): Promise<void> {
    try {
      for (let next = await reader.read(); !next.done; next = await reader.read()) {
        if (this.#stopped.signal.aborted || this.#isClosed()) return;
        this.#listener(next.value.payload, next.value.userTimestamp ?? 0n);
      }
    } catch {
      // The stream is broken off when the subscription is stopped; what ended it otherwise shows when it is asked again.
    }
  }

  #pause(): Promise<void> {
    if (this.#stopped.signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const cancel = this.#time.after(RESUBSCRIBE_MS, resolve);
      this.#stopped.signal.addEventListener("abort", () => {
        cancel();
        resolve();
      }, { once: true });
    });
  }
}

/** By name: see livekit-client's DataTrackSubscribeErrorReason. */
function isReason(error: unknown, name: "Timeout" | "Disconnected"): boolean {
  return error instanceof Error && "reasonName" in error && error.reasonName === name;
}

function subscribeError(track: string, cause: unknown): TrackError {
  const detail = cause instanceof Error ? cause.message : String(cause);
  return new TrackError({ reason: isReason(cause, "Timeout") ? "timeout" : "unavailable", track, detail, cause });
}
