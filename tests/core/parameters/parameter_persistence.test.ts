import { assert, describe, it } from "@effect/vitest";
import * as Deferred from "effect/Deferred";
import * as Effect from "effect/Effect";
import * as Exit from "effect/Exit";
import * as Fiber from "effect/Fiber";
import * as Scope from "effect/Scope";
import * as TestClock from "effect/testing/TestClock";
import {
  type MaybeLater,
  type Parameter,
  type ParameterDeclaration,
  type ParameterPersistence,
  ParameterPersistenceError,
  ParameterStore,
  type PersistentParameterStoreOptions,
} from "../../../mod.ts";
import { CollectedLog } from "../../support/log.ts";
import { settle } from "../../support/settle.ts";

/** Where parameters are kept in memory, with what a test wants to happen on saving. */
class Memory implements ParameterPersistence {
  readonly saves: Array<string> = [];
  contents: ReadonlyArray<Parameter>;
  onSave: () => MaybeLater<void> = () => undefined;

  constructor(contents: ReadonlyArray<Parameter> = []) {
    this.contents = contents;
  }

  readonly load = (): ReadonlyArray<Parameter> => this.contents;

  readonly save = (parameters: ReadonlyArray<Parameter>): MaybeLater<void> => {
    this.contents = parameters;
    this.saves.push(parameters.map(({ name, value }) => `${name}=${value}`).join(" "));
    return this.onSave();
  };
}

const parameters: ReadonlyArray<ParameterDeclaration> = [
  { name: "speed", value: 1.5, validate: (value) => Number(value) < 10 },
  { name: "count", value: 3, type: "integer" },
  { name: "serial", value: "R7", readOnly: true },
];

function open(
  persistence: ParameterPersistence,
  log = new CollectedLog(),
  options: Partial<PersistentParameterStoreOptions> = {},
) {
  return ParameterStore.openEffect({ parameters, persistence, log: log.log, ...options });
}

describe("a parameter store that is saved", () => {
  it.effect("holds what was saved last, and saves what is set, without what is read-only", () =>
    Effect.gen(function* () {
      const memory = new Memory([{ name: "speed", type: "float64", value: 4 }, { name: "serial", value: "old" }]);
      const store = yield* open(memory);
      assert.deepEqual([store.value("speed"), store.value("serial")], [4, "R7"]);
      yield* settle;
      assert.deepEqual(memory.saves, []);
      yield* store.changeEffect("count", 5);
      yield* store.savedEffect;
      assert.deepEqual(memory.saves, ["speed=4 count=5"]);
      yield* store.changeEffect("serial", "R8");
      yield* store.savedEffect;
      assert.equal(memory.saves.length, 1);
    }));

  it.effect("leaves out saved values that will not do, says so, and keeps those that it does not know", () =>
    Effect.gen(function* () {
      const log = new CollectedLog();
      const memory = new Memory([
        { name: "speed", value: 99 },
        { name: "count", value: "three" },
        { name: "later", value: 7 },
      ]);
      const store = yield* open(memory, log);
      assert.deepEqual([store.value("speed"), store.value("count"), store.value("later")], [1.5, 3, undefined]);
      assert.equal(log.at("warning").length, 2);
      yield* store.changeEffect("count", 4);
      yield* store.savedEffect;
      assert.deepEqual(memory.saves, ["speed=1.5 count=4 later=7"]);
      store.declare({ name: "later", value: 1 });
      assert.equal(store.value("later"), 7);
      yield* store.changeEffect("count", 5);
      yield* store.savedEffect;
      assert.equal(memory.saves[1], "speed=1.5 count=5 later=7");
    }));

  it.effect("takes saved values only together when they will not do together", () =>
    Effect.gen(function* () {
      const memory = new Memory([{ name: "speed", value: 2 }, { name: "count", value: 9 }]);
      const store = yield* open(memory, undefined, { validate: (values) => values.length < 2 });
      assert.deepEqual([store.value("speed"), store.value("count")], [1.5, 3]);
    }));

  it.effect("is not opened, and saves nothing, when what was saved cannot be read or is too much", () =>
    Effect.gen(function* () {
      const memory = new Memory(Array.from({ length: 10 }, (_, index) => ({ name: `p${index}`, value: index })));
      const broken: ReadonlyArray<readonly [ParameterPersistence["load"], string]> = [
        [() => Promise.reject(new Error("it is corrupt")), "cannot load the parameters: it is corrupt"],
        [() => Effect.fail("no database"), "cannot load the parameters: no database"],
        [() => {
          throw new Error("at once");
        }, "cannot load the parameters: at once"],
        [memory.load, "cannot load the parameters: more is saved than the store may hold; raise its limits"],
      ];
      for (const [load, message] of broken) {
        const error = yield* Effect.flip(open({ load, save: memory.save }, undefined, { limits: { parameters: 8 } }));
        assert.instanceOf(error, ParameterPersistenceError);
        assert.equal(error.message, message);
      }
      const opening = yield* Effect.forkChild(Effect.flip(open({ load: () => Effect.never, save: memory.save })));
      yield* TestClock.adjust("10 seconds");
      assert.include((yield* Fiber.join(opening)).message, "it has taken over 10000 ms");
      assert.deepEqual(memory.saves, []);
    }));

  it.effect("saves once for all that changes while a save is under way", () =>
    Effect.gen(function* () {
      const gate = yield* Deferred.make<void>();
      const memory = new Memory();
      const store = yield* open(memory);
      memory.onSave = () => Deferred.await(gate);
      yield* store.changeEffect("count", 10);
      yield* settle;
      for (let count = 11; count < 100; count += 1) {
        yield* store.changeEffect("count", count);
        yield* settle;
      }
      const saved = yield* Effect.forkChild(store.savedEffect);
      yield* Deferred.succeed(gate, undefined);
      yield* Fiber.join(saved);
      assert.deepEqual(memory.saves, ["speed=1.5 count=10", "speed=1.5 count=99"]);
    }));

  it.effect("tries again after 1 s, then 2 s, when saving fails or hangs, and at once when that is waited for", () =>
    Effect.gen(function* () {
      const log = new CollectedLog();
      const memory = new Memory();
      const store = yield* open(memory, log);
      memory.onSave = () => Promise.reject(new Error("the disk is full"));
      yield* store.changeEffect("count", 4);
      const error = yield* Effect.flip(store.savedEffect);
      assert.equal(error.message, "cannot save the parameters: the disk is full");
      yield* TestClock.adjust("999 millis");
      assert.equal(memory.saves.length, 1);
      yield* TestClock.adjust("1 millis");
      yield* settle;
      assert.equal(memory.saves.length, 2);
      yield* TestClock.adjust("1999 millis");
      assert.equal(memory.saves.length, 2);
      memory.onSave = () => Effect.never;
      const waiting = yield* Effect.forkChild(Effect.flip(store.savedEffect));
      yield* settle;
      assert.equal(memory.saves.length, 3);
      yield* TestClock.adjust("10 seconds");
      assert.include((yield* Fiber.join(waiting)).message, "it has taken over 10000 ms");
      memory.onSave = () => undefined;
      yield* store.savedEffect;
      assert.equal(memory.saves.length, 4);
      assert.deepEqual(log.at("error"), Array(3).fill("the parameters are not saved; it is tried again"));
    }));

  it.effect("saves what has changed before it closes, and then nothing any more", () =>
    Effect.gen(function* () {
      const memory = new Memory();
      const scope = yield* Scope.make();
      const store = yield* Scope.provide(open(memory), scope);
      yield* store.changeEffect("count", 8);
      yield* Scope.close(scope, Exit.void);
      assert.deepEqual(memory.saves, ["speed=1.5 count=8"]);
      yield* Effect.exit(store.changeEffect("count", 9));
      yield* TestClock.adjust("1 minute");
      assert.equal(memory.saves.length, 1);
      yield* store.closeEffect;
    }));

  it("can be opened and closed with promises", async () => {
    const memory = new Memory();
    {
      await using store = await ParameterStore.open({ parameters, persistence: memory });
      await store.change("count", 6);
      await store.saved();
      await store.change("count", 7);
    }
    assert.deepEqual(memory.saves, ["speed=1.5 count=6", "speed=1.5 count=7"]);
  });
});
