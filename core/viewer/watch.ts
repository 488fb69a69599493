/**
 * Something of a device's that a viewer follows: by callback, as an async iterable, or as an Effect stream.
 */
import type * as Stream from "effect/Stream";
import { type Log, notify } from "../log.ts";
import { Readers } from "../readers.ts";

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
  readonly #readers: Readers<A> = new Readers({
    count: () => this.#changes.size,
    take: () => this.#take(),
    takeAll: () => this.#takeAll(),
    close: () => this.close(),
  });
  /** Changes that nobody has taken, by what they are of. */
  readonly #changes = new Map<unknown, A>();
  #listener: ((change: A) => void) | undefined;
  #replaced = 0;

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
    return this.#readers.hasEnded;
  }

  /** Calls back for each change, those that wait first. It takes the place of an earlier callback; what it throws is logged. */
  onChange(listener: (change: A) => void): this {
    this.#listener = listener;
    for (const change of this.#takeAll()) notify(this.#owner.log, "onChange", listener, change);
    return this;
  }

  /** The changes as an Effect stream; it ends when the watch is closed, after what waits. */
  get stream(): Stream.Stream<A> {
    return this.#readers.stream;
  }

  /** The changes one by one; leaving the loop closes the watch. */
  [Symbol.asyncIterator](): AsyncIterator<A, undefined> {
    return this.#readers.iterator();
  }

  /** Follows no more. Changes that wait can still be read; then the iteration or stream ends. */
  close(): void {
    if (this.isClosed) return;
    this.#readers.end();
    this.#owner.closed();
  }

  /** As {@linkcode Watch.close}, for `using`. */
  [Symbol.dispose](): void {
    this.close();
  }

  /** For the viewer: something has changed. */
  deliver(of: unknown, change: A): void {
    if (this.isClosed) return;
    if (this.#listener !== undefined) {
      notify(this.#owner.log, "onChange", this.#listener, change);
      return;
    }
    if (this.#readers.give(change)) return;
    if (this.#changes.delete(of)) this.#replaced += 1;
    this.#changes.set(of, change);
    this.#readers.arrived();
  }

  #take(): A | undefined {
    for (const [of, change] of this.#changes) {
      this.#changes.delete(of);
      return change;
    }
    return undefined;
  }

  #takeAll(): Array<A> {
    const changes = [...this.#changes.values()];
    this.#changes.clear();
    return changes;
  }
}
