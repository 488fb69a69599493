import { assert, describe, it } from "@effect/vitest";
import * as Effect from "effect/Effect";
import * as Fiber from "effect/Fiber";
import * as Stream from "effect/Stream";
import { Watch } from "../../../core/viewer/watch.ts";
import { CollectedLog } from "../../support/log.ts";
import { settle } from "../../support/settle.ts";

function make(): { watch: Watch<string>; log: CollectedLog; ends: Array<string> } {
  const log = new CollectedLog();
  const ends: Array<string> = [];
  return { watch: new Watch<string>({ log: log.log, closed: () => ends.push("closed") }), log, ends };
}

describe("Watch", () => {
  it.effect("keeps the latest of each thing for whoever reads later, in the order of the latest changes", () =>
    Effect.gen(function* () {
      const { watch } = make();
      for (const change of ["a1", "b1", "a2", "c1", "a3"]) watch.deliver(change[0], change);
      assert.strictEqual(watch.replaced, 2);
      const seen: Array<string> = [];
      watch.onChange((change) => seen.push(change));
      watch.deliver("a", "a4");
      watch.deliver("a", "a5");
      assert.deepStrictEqual(seen, ["b1", "c1", "a3", "a4", "a5"]);
      yield* settle;
    }));

  it.effect("hands changes to those who wait, in the order in which they asked", () =>
    Effect.gen(function* () {
      const { watch } = make();
      const iterator = watch[Symbol.asyncIterator]();
      const waiting = [iterator.next(), iterator.next(), iterator.next()];
      watch.deliver("a", "1");
      watch.deliver("a", "2");
      watch.close();
      const results = yield* Effect.promise(() => Promise.all(waiting));
      assert.deepStrictEqual(results.map(({ value }) => value), ["1", "2", undefined]);
      assert.isTrue(results.at(-1)?.done);
    }));

  it.effect("can be read to the end of what waits once it is closed, and takes no more", () =>
    Effect.gen(function* () {
      const { watch, ends } = make();
      watch.deliver("a", "1");
      watch.deliver("b", "2");
      watch.close();
      watch[Symbol.dispose]();
      watch.deliver("c", "3");
      const changes: Array<string> = [];
      yield* Effect.promise(async () => {
        for await (const change of watch) changes.push(change);
      });
      assert.deepStrictEqual([changes, ends], [["1", "2"], ["closed"]]);
      const rest = yield* Stream.runCollect(watch.stream);
      assert.deepStrictEqual(rest, []);
    }));

  it.effect("is a stream that goes on with each change, and ends when it is closed", () =>
    Effect.gen(function* () {
      const { watch } = make();
      const reading = yield* Effect.forkChild(Stream.runCollect(watch.stream));
      yield* settle;
      watch.deliver("a", "1");
      watch.deliver("b", "2");
      yield* settle;
      watch.deliver("a", "3");
      yield* settle;
      watch.close();
      assert.deepStrictEqual(yield* Fiber.join(reading), ["1", "2", "3"]);
    }));

  it.effect("is closed by leaving the loop, and throws away what waits then", () =>
    Effect.gen(function* () {
      const { watch } = make();
      watch.deliver("a", "1");
      watch.deliver("b", "2");
      yield* Effect.promise(async () => {
        for await (const _ of watch) break;
      });
      assert.isTrue(watch.isClosed);
      const { done } = yield* Effect.promise(() => watch[Symbol.asyncIterator]().next());
      assert.isTrue(done);
    }));

  it.effect("goes on when a callback throws, and says so in the log", () =>
    Effect.gen(function* () {
      const { watch, log } = make();
      let calls = 0;
      watch.onChange(() => {
        calls += 1;
        throw new Error("no");
      });
      watch.deliver("a", "1");
      watch.deliver("a", "2");
      yield* settle;
      assert.deepStrictEqual([calls, log.at("error").length], [2, 2]);
    }));
});
