/**
 * Waking fibers from synchronous code.
 */
import * as Effect from "effect/Effect";

/** Counts what has been done to a player, and wakes fibers that wait for it: in a microtask, never within the call. */
export class Wake {
  #waiting: Array<() => void> = [];
  #count = 0;

  /** How often something has been done. */
  get count(): number {
    return this.#count;
  }

  /** Something has been done. */
  notify(): void {
    this.#count += 1;
    const waiting = this.#waiting;
    this.#waiting = [];
    if (waiting.length > 0) queueMicrotask(() => waiting.forEach((resume) => resume()));
  }

  /** Waits until a condition holds; it is looked at now and after each notification. */
  until(condition: () => boolean): Effect.Effect<void> {
    return Effect.callback<void>((resume) => {
      const look = (): void => {
        if (condition()) resume(Effect.void);
        else this.#waiting.push(look);
      };
      look();
      return Effect.sync(() => {
        this.#waiting = this.#waiting.filter((other) => other !== look);
      });
    });
  }
}
