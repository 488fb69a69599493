/**
 * Lets fibers wait until something holds that others change.
 */
import * as Effect from "effect/Effect";

interface Waiter {
  readonly holds: () => boolean;
  readonly resume: () => void;
}

/** Whoever changes what is waited for says so; those who wait go on in a microtask. */
export class Signal {
  #waiters: Array<Waiter> = [];
  #isLooking = false;

  /** Something has changed. */
  notify(): void {
    if (this.#isLooking || this.#waiters.length === 0) return;
    this.#isLooking = true;
    queueMicrotask(() => {
      this.#isLooking = false;
      const ready = this.#waiters.filter(({ holds }) => holds());
      this.#waiters = this.#waiters.filter((waiter) => !ready.includes(waiter));
      for (const { resume } of ready) resume();
    });
  }

  /** Waits until it holds. */
  until(holds: () => boolean): Effect.Effect<void> {
    return Effect.callback((resume) => {
      if (holds()) return resume(Effect.void);
      const waiter: Waiter = { holds, resume: () => resume(Effect.void) };
      this.#waiters.push(waiter);
      return Effect.sync(() => void (this.#waiters = this.#waiters.filter((other) => other !== waiter)));
    });
  }
}
