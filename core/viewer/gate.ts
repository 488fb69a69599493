/**
 * Whether the viewer may read on.
 */
import type * as Effect from "effect/Effect";
import { Signal } from "../signal.ts";

/** Shut while any subscription's reliable messages have reached their bound. */
export class Gate {
  readonly #changed: Signal = new Signal();
  #blocked = 0;

  /** One more subscription has reached its bound, or one less has. */
  change(isBlocked: boolean): void {
    this.#blocked += isBlocked ? 1 : -1;
    if (this.#blocked === 0) this.#changed.notify();
  }

  /** What to wait for before reading on; `undefined`: nothing. */
  wait(): Effect.Effect<void> | undefined {
    return this.#blocked > 0 ? this.#changed.until(() => this.#blocked === 0) : undefined;
  }
}
