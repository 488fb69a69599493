/**
 * A data track, as one of the other participants sees it.
 */
import * as Effect from "effect/Effect";
import * as Scope from "effect/Scope";
import { TrackError } from "../../transport/errors.ts";
import type { FrameListener, RemoteDataTrack } from "../../transport/track.ts";
import type { Fabric } from "./fabric.ts";
import { type LocalTrack, Subscription } from "./local_track.ts";
import type { Station } from "./station.ts";

/** Where the track is seen from. */
export interface TrackObserver {
  /** Its connection. */
  readonly station: Station;
  /** Whether its room is over. */
  readonly over: boolean;
  /** Whether nothing is to be told to it any more. */
  readonly deaf: boolean;
}

/** The track. */
export class RemoteTrack implements RemoteDataTrack {
  /** The track itself. */
  readonly local: LocalTrack;
  readonly name: string;
  readonly publisher: string;
  readonly #fabric: Fabric;
  readonly #observer: TrackObserver;

  constructor(fabric: Fabric, local: LocalTrack, observer: TrackObserver) {
    this.#fabric = fabric;
    this.local = local;
    this.name = local.name;
    this.publisher = local.publisher;
    this.#observer = observer;
  }

  /** See the port. */
  subscribe(listener: FrameListener): Effect.Effect<void, TrackError, Scope.Scope> {
    return Effect.flatMap(Effect.scope, (scope) => Effect.uninterruptible(this.#subscribe(listener, scope)));
  }

  #subscribe(listener: FrameListener, scope: Scope.Scope): Effect.Effect<void, TrackError> {
    return Effect.suspend(() => {
      if (this.#observer.over) return Effect.fail(this.#gone("the room is over"));
      if (!this.local.live) return Effect.fail(this.#gone(`"${this.publisher}" has taken it back or has left`));
      const subscription = new Subscription({
        fabric: this.#fabric,
        from: this.publisher,
        to: this.#observer.station,
        listener,
        closed: () => scope.state._tag === "Closed" || this.#observer.deaf,
      });
      this.local.add(subscription);
      return Scope.addFinalizer(scope, Effect.sync(() => this.local.remove(subscription)));
    });
  }

  #gone(detail: string): TrackError {
    return new TrackError({ reason: "unavailable", track: this.name, detail });
  }
}
