/**
 * Telling the application what has happened, in the order in which it happened.
 */
import { type Log, notify } from "../log.ts";

/**
 * Calls callbacks one at a time. What happens because of one of them, for example a channel that it closes, is told when
 * all that happened before has been told.
 */
export class Notices {
  readonly #log: Log;
  readonly #waiting: Array<() => void> = [];
  #isTelling = false;

  constructor(log: Log) {
    this.#log = log;
  }

  /** Calls the callback, now or when those that come before it have returned. What it throws is logged. */
  tell<A extends ReadonlyArray<unknown>>(
    name: string,
    callback: ((...args: A) => void) | undefined,
    ...args: A
  ): void {
    if (callback === undefined) return;
    if (this.#isTelling) {
      this.#waiting.push(() => notify(this.#log, name, callback, ...args));
      return;
    }
    this.#isTelling = true;
    notify(this.#log, name, callback, ...args);
    this.#tellWaiting();
  }

  /** As {@linkcode Notices.tell}, once for each of the arguments. */
  tellEach<A extends ReadonlyArray<unknown>>(
    name: string,
    callback: ((...args: A) => void) | undefined,
    each: ReadonlyArray<A>,
  ): void {
    if (callback === undefined) return;
    for (const args of each) this.#waiting.push(() => notify(this.#log, name, callback, ...args));
    if (this.#isTelling) return;
    this.#isTelling = true;
    this.#tellWaiting();
  }

  #tellWaiting(): void {
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) next();
    this.#isTelling = false;
  }
}
