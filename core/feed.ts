/**
 * A value that changes, for whoever wants to follow it.
 */
import * as Arr from "effect/Array";
import * as Cause from "effect/Cause";
import * as Effect from "effect/Effect";
import * as Stream from "effect/Stream";
import { Signal } from "./signal.ts";

/** What following a value needs of the one that has it. */
export interface FeedOwner<A> {
  /** The value now. */
  readonly read: () => A;
  /** Whether it will never change again. */
  readonly hasEnded: () => boolean;
}

/**
 * A value that changes, as an async iterable and as an Effect stream. A reader gets the value as it is first, and then
 * the newest each time that it has changed: whoever is slow misses what was in between, and nothing waits for them. Any
 * number of readers may follow at the same time. It ends with its gateway or viewer. (A `Watch` of a viewer hands each
 * change to one reader, and keeps those that wait.)
 *
 * @example
 * ```ts
 * import type { Gateway } from "@fieldlink/fieldlink";
 *
 * async function watch(gateway: Gateway) {
 *   for await (const viewers of gateway.presence()) console.log(`${viewers.length} viewers`);
 * }
 * console.log(watch);
 * ```
 */
export class Feed<A> implements AsyncIterable<A> {
  readonly #owner: FeedOwner<A>;
  readonly #changed: Signal = new Signal();
  readonly #waiting: Set<() => void> = new Set();
  #version = 0;
  #isWaking = false;

  /** Made by the gateway or viewer that has the value. */
  constructor(owner: FeedOwner<A>) {
    this.#owner = owner;
  }

  /** The value as it is now. */
  get current(): A {
    return this.#owner.read();
  }

  /** For the owner: the value has changed, or will never change again. What changes in one go is told once. */
  notify(): void {
    this.#version += 1;
    this.#changed.notify();
    if (this.#isWaking || this.#waiting.size === 0) return;
    this.#isWaking = true;
    queueMicrotask(() => {
      this.#isWaking = false;
      const waiting = [...this.#waiting];
      this.#waiting.clear();
      for (const wake of waiting) wake();
    });
  }

  /** The values as an Effect stream. */
  get stream(): Stream.Stream<A> {
    return Stream.fromPull(Effect.sync(() => {
      let seen = -1;
      const pull: Effect.Effect<Arr.NonEmptyReadonlyArray<A>, Cause.Done<void>> = Effect.suspend(() => {
        if (seen !== this.#version) {
          seen = this.#version;
          return Effect.succeed(Arr.of(this.#owner.read()));
        }
        if (this.#owner.hasEnded()) return Cause.done();
        return Effect.andThen(this.#changed.until(() => seen !== this.#version), pull);
      });
      return pull;
    }));
  }

  /** The values one by one. Leaving the loop ends nothing but the loop. */
  [Symbol.asyncIterator](): AsyncIterator<A, undefined> {
    let seen = -1;
    let isOver = false;
    let pending: Promise<IteratorResult<A, undefined>> | undefined;
    const done: IteratorResult<A, undefined> = { value: undefined, done: true };
    let wake: () => void = () => {};
    const take = async (): Promise<IteratorResult<A, undefined>> => {
      while (!isOver) {
        if (seen !== this.#version) {
          seen = this.#version;
          return { value: this.#owner.read(), done: false };
        }
        if (this.#owner.hasEnded()) break;
        await new Promise<void>((resolve) => {
          wake = resolve;
          this.#waiting.add(resolve);
        });
      }
      return done;
    };
    return {
      // Each is answered after the one before it, so that asking twice does not bring the same value twice.
      next: () => pending = pending === undefined ? take() : pending.then(take),
      return: () => {
        isOver = true;
        this.#waiting.delete(wake);
        wake();
        return Promise.resolve(done);
      },
    };
  }
}
