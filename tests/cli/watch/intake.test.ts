import { assert, describe, it } from "@effect/vitest";
import * as Deferred from "effect/Deferred";
import * as Effect from "effect/Effect";
import * as Fiber from "effect/Fiber";
import { Intake, mergeByLogTime } from "../../../cli/watch/intake.ts";

interface Item {
  readonly logTime: bigint;
  readonly from: string;
}

function items(from: string, ...times: ReadonlyArray<number>): ReadonlyArray<Item> {
  return times.map((time) => ({ logTime: BigInt(time), from }));
}

function shown(list: ReadonlyArray<Item>): string {
  return list.map(({ logTime, from }) => `${from}${logTime}`).join(" ");
}

describe("mergeByLogTime", () => {
  it("goes by log time, earlier lists first in ties", () => {
    assert.strictEqual(shown(mergeByLogTime([items("a", 1, 3, 5), items("b", 2, 3, 9)])), "a1 b2 a3 b3 a5 b9");
    assert.strictEqual(shown(mergeByLogTime([[], items("a", 1), []])), "a1");
    assert.strictEqual(shown(mergeByLogTime([])), "");
  });

  it("never changes the order within a list", () => {
    assert.strictEqual(shown(mergeByLogTime([items("a", 5, 1), items("b", 2)])), "b2 a5 a1");
  });
});

describe("Intake", () => {
  it.effect("brings together what is there at the same time, and lets producers go on when it has been consumed", () =>
    Effect.gen(function* () {
      const intake = new Intake<Item>();
      const rounds: Array<string> = [];
      const gate = yield* Deferred.make<void>();
      const first = yield* Effect.forkChild(intake.offer(items("a", 1, 4)));
      const second = yield* Effect.forkChild(intake.offer(items("b", 2)));
      yield* Effect.yieldNow;
      yield* Effect.forkScoped(intake.consume((list) =>
        Effect.suspend(() => {
          rounds.push(shown(list));
          return Deferred.await(gate);
        })
      ));
      yield* Effect.yieldNow;
      assert.deepStrictEqual(rounds, ["a1 b2 a4"]);
      assert.isUndefined(first.pollUnsafe());
      assert.isTrue(intake.isBusy);
      yield* Deferred.succeed(gate, undefined);
      yield* Fiber.join(first);
      yield* Fiber.join(second);
      yield* intake.offer(items("c", 0));
      assert.deepStrictEqual(rounds, ["a1 b2 a4", "c0"]);
      assert.isFalse(intake.isBusy);
    }));

  it.effect("fails as its consumer does", () =>
    Effect.gen(function* () {
      const intake = new Intake<Item>();
      yield* Effect.forkScoped(intake.offer(items("a", 1)));
      const error = yield* Effect.flip(intake.consume(() => Effect.fail("full")));
      assert.strictEqual(error, "full");
    }));
});
