/**
 * Something of a device's that a viewer follows: by callback, as an async iterable, or as an Effect stream.
 */
import * as Arr from "effect/Array";
import * as Cause from "effect/Cause";
import * as Effect from "effect/Effect";
import * as Stream from "effect/Stream";
import { type Log, notify } from "../log.ts";
import { Signal } from "../signal.ts";

/** What a watch needs of the viewer that it belongs to. */
export interface WatchOwner {
  /** Where diagnostics go. */
  readonly log: Log;
  /** The watch is closing. */
  readonly closed: () => void;
}

/**
 * Follows something until it is closed, through resets, reconnects and devices that come and go. Each change goes to one
 * reader, whichever way it reads. A callback is told of every change; to other readers, a change that nobody has taken
 * gives way to the next one of the same thing, so that what waits is bounded and always the latest.
 *
 * @example
 * ```ts
 * import type { Viewer } from "@fieldlink/fieldlink";
 *
 * async function follow(viewer: Viewer) {
 *   using watch = viewer.watchConnectionGraph();
 *   for await (const graph of watch) console.log(graph.publishedTopics.size);
 * }
 * console.log(follow);
 * ```
 */
export class Watch<A> implements AsyncIterable<A>, Disposable {
  readonly #owner: WatchOwner;
  readonly #arrived: Signal = new Signal();
  /** Changes that nobody has taken, by what they are of. */
  readonly #changes = new Map<unknown, A>();
  #waiting: Array<(result: IteratorResult<A, undefined>) => void> = [];
  #listener: ((change: A) => void) | undefined;
  #replaced = 0;
  #closed = false;

  /** Made by the viewer. */
  constructor(owner: WatchOwner) {
    this.#owner = owner;
  }

  /** The number of changes that gave way to a later one because nobody took them in time. */
  get replaced(): number {
    return this.#replaced;
  }

  /** Whether it has been closed, by itself or with its viewer. */
  get isClosed(): boolean {
    return this.#closed;
  }

  /** Calls back for each change, those that wait first. It takes the place of an earlier callback; what it throws is logged. */
  onChange(listener: (change: A) => void): this {
    this.#listener = listener;
    for (const change of this.#takeAll()) notify(this.#owner.log, "onChange", listener, change);
    return this;
  }

  /** The changes as an Effect stream; it ends when the watch is closed, after what waits. */
  get stream(): Stream.Stream<A> {
    return Stream.fromPull(Effect.succeed(this.#pull));
  }

  /** The changes one by one; leaving the loop closes the watch. */
  [Symbol.asyncIterator](): AsyncIterator<A, undefined> {
    return {
      next: () => {
        const [first] = this.#changes;
        if (first !== undefined) {
          this.#changes.delete(first[0]);
          return Promise.resolve({ value: first[1], done: false });
        }
        if (this.#closed) return Promise.resolve({ value: undefined, done: true });
        return new Promise((resolve) => this.#waiting.push(resolve));
      },
      return: () => {
        this.close();
        this.#changes.clear();
        return Promise.resolve({ value: undefined, done: true });
      },
    };
  }

  /** Follows no more. Changes that wait can still be read; then the iteration or stream ends. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#owner.closed();
    for (const resolve of this.#waiting) resolve({ value: undefined, done: true });
    this.#waiting = [];
    this.#arrived.notify();
  }

  /** As {@linkcode Watch.close}, for `using`. */
  [Symbol.dispose](): void {
    this.close();
  }

  /** For the viewer: something has changed. */
  deliver(of: unknown, change: A): void {
    if (this.#closed) return;
    if (this.#listener !== undefined) {
      notify(this.#owner.log, "onChange", this.#listener, change);
      return;
    }
    const resolve = this.#waiting.shift();
    if (resolve !== undefined) {
      resolve({ value: change, done: false });
      return;
    }
    if (this.#changes.delete(of)) this.#replaced += 1;
    this.#changes.set(of, change);
    this.#arrived.notify();
  }

  #takeAll(): Array<A> {
    const changes = [...this.#changes.values()];
    this.#changes.clear();
    return changes;
  }

  readonly #pull: Effect.Effect<Arr.NonEmptyReadonlyArray<A>, Cause.Done<void>> = Effect.suspend(() => {
    const changes = this.#takeAll();
    if (Arr.isArrayNonEmpty(changes)) return Effect.succeed(changes);
    if (this.#closed) return Cause.done();
    return Effect.andThen(this.#arrived.until(() => this.#changes.size > 0 || this.#closed), this.#pull);
  });
}
