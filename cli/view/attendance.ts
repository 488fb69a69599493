/**
 * Whether the device that was met is still here.
 */
import * as Deferred from "effect/Deferred";
import * as Effect from "effect/Effect";
import type { ViewerOptions, ViewerStatus } from "../../mod.ts";

/** How a device's being here ends: it has left the room, or the viewer has lost its own connection to it. */
export type Departure = "left" | "lost";

/** Follows one viewer by its callbacks. */
export class Attendance {
  #status: ViewerStatus = "connecting";
  #departure: Deferred.Deferred<Departure> = Deferred.makeUnsafe();

  /** The callbacks that it lives on. */
  readonly callbacks: Pick<ViewerOptions, "onConnection" | "onDevice" | "onDeviceLeft"> = {
    onConnection: (status) => {
      this.#status = status;
    },
    onDevice: () => {
      if (Deferred.isDoneUnsafe(this.#departure)) this.#departure = Deferred.makeUnsafe();
    },
    // A viewer that is out of the room is told that the device is gone, too.
    onDeviceLeft: () => {
      Deferred.doneUnsafe(this.#departure, Effect.succeed(this.#status === "connected" ? "left" : "lost"));
    },
  };

  /** Waits until the device that is here is not here any more. */
  get departure(): Effect.Effect<Departure> {
    return Effect.suspend(() => Deferred.await(this.#departure));
  }
}
