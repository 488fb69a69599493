/**
 * Handing items to readers: an async iterator, or an Effect stream.
 */
import * as Arr from "effect/Array";
import * as Cause from "effect/Cause";
import * as Effect from "effect/Effect";
import * as Stream from "effect/Stream";
import { Signal } from "./signal.ts";

/** The items that wait, as their owner keeps them. */
export interface WaitingItems<Item> {
  /** The number of items. */
  readonly count: () => number;
  /** Takes the oldest one. */
  readonly take: () => Item | undefined;
  /** Takes all of them. */
  readonly takeAll: () => Array<Item>;
  /** A reader wants no more: whatever the items come from is to be closed. */
  readonly close: () => void;
}

/** Those who read: each item goes to one of them. When it is ended, what waits can still be read. */
export class Readers<Item> {
  readonly #items: WaitingItems<Item>;
  readonly #arrived: Signal = new Signal();
  #waiting: Array<(result: IteratorResult<Item, undefined>) => void> = [];
  #hasEnded = false;

  constructor(items: WaitingItems<Item>) {
    this.#items = items;
  }

  /** Whether nothing more will come. */
  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** Gives an item to an iterator that waits for one. `false`: none does, so the item is to wait. */
  give(item: Item): boolean {
    const resolve = this.#waiting.shift();
    resolve?.({ value: item, done: false });
    return resolve !== undefined;
  }

  /** An item waits now that did not before. */
  arrived(): void {
    this.#arrived.notify();
  }

  /** Nothing more will come. */
  end(): void {
    this.#hasEnded = true;
    for (const resolve of this.#waiting) resolve({ value: undefined, done: true });
    this.#waiting = [];
    this.#arrived.notify();
  }

  /** The items as an Effect stream; it ends after what waits when this has ended. */
  get stream(): Stream.Stream<Item> {
    return Stream.fromPull(Effect.succeed(this.#pull));
  }

  /** The items one by one; leaving the loop closes what they come from. */
  iterator(): AsyncIterator<Item, undefined> {
    return {
      next: () => {
        const item = this.#items.take();
        if (item !== undefined) return Promise.resolve({ value: item, done: false });
        if (this.#hasEnded) return Promise.resolve({ value: undefined, done: true });
        return new Promise((resolve) => this.#waiting.push(resolve));
      },
      return: () => {
        this.#items.close();
        this.#items.takeAll();
        return Promise.resolve({ value: undefined, done: true });
      },
    };
  }

  readonly #pull: Effect.Effect<Arr.NonEmptyReadonlyArray<Item>, Cause.Done<void>> = Effect.suspend(() => {
    const items = this.#items.takeAll();
    if (Arr.isArrayNonEmpty(items)) return Effect.succeed(items);
    if (this.#hasEnded) return Cause.done();
    return Effect.andThen(this.#arrived.until(() => this.#items.count() > 0 || this.#hasEnded), this.#pull);
  });
}
