/**
 * Waking fibers from synchronous code.
 */
import * as Effect from "effect/Effect";

interface Waiter {
  readonly condition: () => boolean;
  readonly resume: () => void;
}

/**
 * Fibers wait here until a condition holds; whoever changes something that conditions look at says so.
 *
 * A woken fiber goes on in a microtask, never within {@linkcode Signal.notify}: a change is complete before anybody sees
 * it, and what is queued in one go is seen in one go.
 */
export class Signal {
  #waiters: Array<Waiter> = [];
  #isChecking = false;

  /** Something has changed. */
  notify(): void {
    if (this.#isChecking || this.#waiters.length === 0) return;
    this.#isChecking = true;
    queueMicrotask(this.#check);
  }

  /** Waits until the condition holds; at once, when it does. It is looked at now and after each notification. */
  until(condition: () => boolean): Effect.Effect<void> {
    return Effect.callback<void>((resume) => {
      if (condition()) return resume(Effect.void);
      const waiter: Waiter = { condition, resume: () => resume(Effect.void) };
      this.#waiters.push(waiter);
      return Effect.sync(() => {
        this.#waiters = this.#waiters.filter((other) => other !== waiter);
      });
    });
  }

  readonly #check = (): void => {
    this.#isChecking = false;
    const waiters = this.#waiters;
    this.#waiters = [];
    const ready: Array<Waiter> = [];
    for (const waiter of waiters) (waiter.condition() ? ready : this.#waiters).push(waiter);
    for (const waiter of ready) waiter.resume();
  };
}
