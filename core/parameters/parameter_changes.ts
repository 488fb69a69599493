/**
 * What has changed in a parameter store, for whoever reads it at a pace of its own.
 */
import type * as Stream from "effect/Stream";
import type { Parameter, ParameterValue } from "../protocol/parameter.ts";
import { Readers } from "../readers.ts";
import type { Client } from "../session/client.ts";

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
  readonly #readers: Readers<ParameterChange> = new Readers({
    count: () => this.#waiting.size,
    take: () => this.#take(),
    takeAll: () => this.#takeAll(),
    close: () => this.close(),
  });

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
    return this.#readers.stream;
  }

  /** The changes one by one; leaving the loop closes this. */
  [Symbol.asyncIterator](): AsyncIterator<ParameterChange, undefined> {
    return this.#readers.iterator();
  }

  /** Hears of no further changes. Those that wait can still be read. */
  close(): void {
    if (this.#readers.hasEnded) return;
    this.#readers.end();
    this.#closed(this);
  }

  /** As {@linkcode ParameterChanges.close}, for `using`. */
  [Symbol.dispose](): void {
    this.close();
  }

  /** For the store: something has changed. */
  deliver(change: ParameterChange): void {
    if (this.#readers.hasEnded || this.#readers.give(change)) return;
    const unseen = this.#waiting.get(change.name);
    // It takes its place among the others anew: what was set together is read together.
    this.#waiting.delete(change.name);
    this.#waiting.set(change.name, unseen === undefined ? change : { ...change, previous: unseen.previous });
    this.#readers.arrived();
  }

  #take(): ParameterChange | undefined {
    for (const [name, change] of this.#waiting) {
      this.#waiting.delete(name);
      return change;
    }
    return undefined;
  }

  #takeAll(): Array<ParameterChange> {
    const changes = [...this.#waiting.values()];
    this.#waiting.clear();
    return changes;
  }
}
