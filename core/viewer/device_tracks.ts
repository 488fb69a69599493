/**
 * The data tracks that others publish in a room, and those of them that a viewer receives.
 */
import * as Effect from "effect/Effect";
import type * as Fiber from "effect/Fiber";
import type { FrameListener, RemoteDataTrack } from "../../transport/mod.ts";
import type { Log } from "../log.ts";

/** What receiving tracks needs of the view. */
export interface DeviceTracksOptions {
  readonly log: Log;
  /** Runs for as long as the view does. */
  readonly fork: (effect: Effect.Effect<void>) => Fiber.Fiber<void>;
}

/** The known tracks by publisher and name; a track that is wanted is received for as long as it is there. */
export class DeviceTracks {
  readonly #options: DeviceTracksOptions;
  readonly #known = new Map<string, Map<string, RemoteDataTrack>>();
  readonly #received = new Map<RemoteDataTrack, Fiber.Fiber<void>>();

  constructor(options: DeviceTracksOptions) {
    this.#options = options;
  }

  /** A track has been published. */
  published(track: RemoteDataTrack): void {
    const own = this.#known.get(track.publisher);
    // A track that is told of twice, or anew before its end was told, must not be received twice.
    const before = own?.get(track.name);
    if (before !== undefined && before !== track) this.#release(before);
    if (own === undefined) this.#known.set(track.publisher, new Map([[track.name, track]]));
    else own.set(track.name, track);
  }

  /** A track is there no more. */
  unpublished(track: RemoteDataTrack): void {
    this.#release(track);
    const own = this.#known.get(track.publisher);
    if (own?.get(track.name) !== track) return;
    own.delete(track.name);
    if (own.size === 0) this.#known.delete(track.publisher);
  }

  /** Receives a track, if it is there and not received yet. */
  receive(publisher: string, name: string, listener: FrameListener): void {
    const track = this.#known.get(publisher)?.get(name);
    if (track === undefined || this.#received.has(track)) return;
    const receiving = Effect.scoped(Effect.andThen(track.subscribe(listener), Effect.never)).pipe(
      Effect.catch((error) =>
        Effect.sync(() => {
          this.#received.delete(track);
          this.#options.log("warning", "a data track cannot be received", { publisher, track: name, error });
        })
      ),
    );
    this.#received.set(track, this.#options.fork(receiving));
  }

  /** Receives a track no more. */
  release(publisher: string, name: string): void {
    const track = this.#known.get(publisher)?.get(name);
    if (track !== undefined) this.#release(track);
  }

  /** Receives no track any more. */
  releaseAll(): void {
    for (const track of [...this.#received.keys()]) this.#release(track);
  }

  #release(track: RemoteDataTrack): void {
    const fiber = this.#received.get(track);
    this.#received.delete(track);
    fiber?.interruptUnsafe();
  }
}
