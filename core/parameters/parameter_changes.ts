/**
 * What has changed in a parameter store, for whoever reads it at a pace of its own.
 */
import * as Arr from "effect/Array";
import * as Cause from "effect/Cause";
import * as Effect from "effect/Effect";
import * as Stream from "effect/Stream";
import type { Parameter, ParameterValue } from "../protocol/parameter.ts";
import type { Client } from "../session/client.ts";
import { Signal } from "../signal.ts";

/** A parameter that holds another value than before. */
export interface ParameterChange {
  /** The parameter's name. */
  readonly name: string;
  /** The parameter as it is now; without a value it is unset. */
  readonly parameter: Parameter;
  /** The value that it had before; `undefined`: it was unset or new. */
  readonly previous: ParameterValue | undefined;
  /** The viewer that has set it; `undefined`: the program itself. */
  readonly client: Client | undefined;
}

/**
 * The changes of a parameter store from the moment at which this was made. A reader that is slow gets one change for each
 * parameter, from the value that it has seen last to the latest, so that no more wait than there are parameters.
 *
 * @example
 * ```ts
 * import { ParameterStore } from "@fieldlink/fieldlink";
 *
 * async function follow(store: ParameterStore) {
 *   for await (const { name, parameter } of store.changes()) console.log(name, parameter.value);
 * }
 * console.log(follow);
 * ```
 */
export class ParameterChanges implements AsyncIterable<ParameterChange>, Disposable {
  readonly #closed: (changes: ParameterChanges) => void;
  readonly #waiting = new Map<string, ParameterChange>();
  readonly #arrived: Signal = new Signal();
  #readers: Array<(result: IteratorResult<ParameterChange, undefined>) => void> = [];
  #isClosed = false;

  /** Made by {@linkcode ParameterStore.changes}. */
  constructor(closed: (changes: ParameterChanges) => void) {
    this.#closed = closed;
  }

  /** The number of changes that wait to be read. */
  get length(): number {
    return this.#waiting.size;
  }

  /** The changes as an Effect stream; it ends when the store or this is closed, after what waits. */
  get stream(): Stream.Stream<ParameterChange> {
    return Stream.fromPull(Effect.succeed(this.#pull));
  }

  /** The changes one by one; leaving the loop closes this. */
  [Symbol.asyncIterator](): AsyncIterator<ParameterChange, undefined> {
    return {
      next: () => {
        const change = this.#take();
        if (change !== undefined) return Promise.resolve({ value: change, done: false });
        if (this.#isClosed) return Promise.resolve({ value: undefined, done: true });
        return new Promise((resolve) => this.#readers.push(resolve));
      },
      return: () => {
        this.close();
        this.#waiting.clear();
        return Promise.resolve({ value: undefined, done: true });
      },
    };
  }

  /** Hears of no further changes. Those that wait can still be read. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#closed(this);
    for (const resolve of this.#readers) resolve({ value: undefined, done: true });
    this.#readers = [];
    this.#arrived.notify();
  }

  /** As {@linkcode ParameterChanges.close}, for `using`. */
  [Symbol.dispose](): void {
    this.close();
  }

  /** For the store: something has changed. */
  deliver(change: ParameterChange): void {
    if (this.#isClosed) return;
    const resolve = this.#readers.shift();
    if (resolve !== undefined) return resolve({ value: change, done: false });
    const unseen = this.#waiting.get(change.name);
    // It takes its place among the others anew: what was set together is read together.
    this.#waiting.delete(change.name);
    this.#waiting.set(change.name, unseen === undefined ? change : { ...change, previous: unseen.previous });
    this.#arrived.notify();
  }

  #take(): ParameterChange | undefined {
    for (const [name, change] of this.#waiting) {
      this.#waiting.delete(name);
      return change;
    }
    return undefined;
  }

  readonly #pull: Effect.Effect<Arr.NonEmptyReadonlyArray<ParameterChange>, Cause.Done<void>> = Effect.suspend(() => {
    const changes = [...this.#waiting.values()];
    this.#waiting.clear();
    if (Arr.isArrayNonEmpty(changes)) return Effect.succeed(changes);
    if (this.#isClosed) return Cause.done();
    return Effect.andThen(this.#arrived.until(() => this.#waiting.size > 0 || this.#isClosed), this.#pull);
  });
}
