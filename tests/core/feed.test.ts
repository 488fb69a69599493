import { assert, describe, it } from "@effect/vitest";
import * as Effect from "effect/Effect";
import * as Fiber from "effect/Fiber";
import * as Stream from "effect/Stream";
import { Feed } from "../../core/feed.ts";
import { settle } from "../support/settle.ts";

/** A number that a test changes. */
class Counter {
  value = 0;
  hasEnded = false;
  readonly feed: Feed<number> = new Feed({ read: () => this.value, hasEnded: () => this.hasEnded });

  set(value: number): void {
    this.value = value;
    this.feed.notify();
  }

  end(): void {
    this.hasEnded = true;
    this.feed.notify();
  }
}

describe("Feed", () => {
  it("gives the value as it is first, then the newest each time that it has changed", async () => {
    const counter = new Counter();
    const reader = counter.feed[Symbol.asyncIterator]();
    assert.deepStrictEqual(await reader.next(), { value: 0, done: false });
    const next = reader.next();
    counter.set(1);
    counter.set(2);
    assert.deepStrictEqual(await next, { value: 2, done: false });
    counter.set(3);
    counter.set(4);
    assert.deepStrictEqual(await reader.next(), { value: 4, done: false });
    assert.strictEqual(counter.feed.current, 4);
  });

  it("answers those who ask ahead in order, each with a value of its own", async () => {
    const counter = new Counter();
    const reader = counter.feed[Symbol.asyncIterator]();
    const asked = [reader.next(), reader.next(), reader.next()];
    assert.deepStrictEqual(await asked[0], { value: 0, done: false });
    await Promise.resolve();
    counter.set(1);
    assert.deepStrictEqual(await asked[1], { value: 1, done: false });
    counter.set(2);
    assert.deepStrictEqual(await asked[2], { value: 2, done: false });
  });

  it("gives several readers the same", async () => {
    const counter = new Counter();
    const readers = [counter.feed[Symbol.asyncIterator](), counter.feed[Symbol.asyncIterator]()];
    for (const reader of readers) await reader.next();
    const next = readers.map((reader) => reader.next());
    counter.set(7);
    assert.deepStrictEqual((await Promise.all(next)).map(({ value }) => value), [7, 7]);
  });

  it("ends with its owner, after a last change", async () => {
    const counter = new Counter();
    const seen: Array<number> = [];
    const read = (async () => {
      for await (const value of counter.feed) seen.push(value);
    })();
    await Promise.resolve();
    counter.value = 5;
    counter.end();
    await read;
    assert.deepStrictEqual(seen, [0, 5]);
    const late = counter.feed[Symbol.asyncIterator]();
    assert.deepStrictEqual(await late.next(), { value: 5, done: false });
    assert.deepStrictEqual(await late.next(), { value: undefined, done: true });
  });

  it("lets a reader go that leaves, and one that waits meanwhile hears of the end", async () => {
    const counter = new Counter();
    const reader = counter.feed[Symbol.asyncIterator]();
    await reader.next();
    const waiting = reader.next();
    await reader.return?.();
    assert.deepStrictEqual(await waiting, { value: undefined, done: true });
    counter.set(1);
    assert.deepStrictEqual(await reader.next(), { value: undefined, done: true });
  });

  it.effect("is a stream just as well", () =>
    Effect.gen(function* () {
      const counter = new Counter();
      const seen: Array<number> = [];
      const fiber = yield* Effect.forkChild(Stream.runForEach(counter.feed.stream, (value) =>
        Effect.sync(() => {
          seen.push(value);
        })));
      yield* settle;
      counter.set(1);
      counter.set(2);
      yield* settle;
      counter.end();
      yield* Fiber.join(fiber);
      assert.deepStrictEqual(seen, [0, 2, 2]);
    }));
});
