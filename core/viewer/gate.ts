/**
 * Whether the viewer may read on.
 */
import * as Effect from "effect/Effect";
import * as Latch from "effect/Latch";

/** Shut while any subscription's reliable messages have reached their bound. */
export class Gate {
  readonly #open: Latch.Latch = Latch.makeUnsafe(true);
  #blocked = 0;

  /** One more subscription has reached its bound, or one less has. */
  change(isBlocked: boolean): void {
    this.#blocked += isBlocked ? 1 : -1;
    if (this.#blocked > 0) this.#open.closeUnsafe();
    else this.#open.openUnsafe();
  }

  /** What to wait for before reading on; `undefined`: nothing. */
  wait(): Effect.Effect<void> | undefined {
    return this.#blocked > 0 ? this.#open.await : undefined;
  }
}
