import { assert, describe, it } from "@effect/vitest";
import * as Deferred from "effect/Deferred";
import * as Effect from "effect/Effect";
import * as Fiber from "effect/Fiber";
import * as Stream from "effect/Stream";
import * as TestClock from "effect/testing/TestClock";
import { LoopbackHub } from "../../../adapters/loopback/mod.ts";
import {
  ConfigurationError,
  type ParameterChange,
  type ParameterDeclaration,
  ParameterRefused,
  ParameterStore,
  type ParameterStoreOptions,
} from "../../../mod.ts";
import { startDevice } from "../../support/device.ts";
import { CollectedLog } from "../../support/log.ts";
import { RawViewer } from "../../support/raw_viewer.ts";
import { settle } from "../../support/settle.ts";

const viewer = { client: { id: 1, identity: "viewer-1" } };
const declared: ReadonlyArray<ParameterDeclaration> = [
  { name: "speed", value: 1.5 },
  { name: "serial", value: "R7", readOnly: true },
  { name: "note", type: "string", optional: true },
  { name: "count", value: 3, type: "integer" },
];

function make(options: Partial<ParameterStoreOptions> = {}): ParameterStore {
  return new ParameterStore({ parameters: declared, ...options });
}

function heard(store: ParameterStore): Array<string> {
  const changes: Array<string> = [];
  store.onChange(({ name, parameter, previous, client }) => {
    changes.push(`${name} ${previous} -> ${parameter.value} by ${client?.identity ?? "itself"}`);
  });
  return changes;
}

const refusal = <A>(effect: Effect.Effect<A, ParameterRefused>): Effect.Effect<ParameterRefused, A> =>
  Effect.flip(effect);

describe("a parameter store", () => {
  it.effect("gives all parameters that are set, or those that are asked for, each once", () =>
    Effect.sync(() => {
      const store = make();
      assert.deepEqual(store.get([]), [
        { name: "speed", type: "float64", value: 1.5 },
        { name: "serial", value: "R7" },
        { name: "count", value: 3 },
      ]);
      assert.deepEqual(store.get(["count", "note", "nothing", "count"]), [{ name: "count", value: 3 }]);
      assert.deepEqual([store.value("serial"), store.value("note"), store.value("nothing")], [
        "R7",
        undefined,
        undefined,
      ]);
    }));

  it.effect("sets what a viewer asks for, answers with what holds, and tells who has done it", () =>
    Effect.gen(function* () {
      const store = make();
      const changes = heard(store);
      const applied = yield* store.set([{ name: "speed", value: 2 }, { name: "note", value: "fast" }], viewer);
      assert.deepEqual(applied, [{ name: "speed", type: "float64", value: 2 }, { name: "note", value: "fast" }]);
      assert.deepEqual(changes, ["speed 1.5 -> 2 by viewer-1", "note undefined -> fast by viewer-1"]);
      assert.deepEqual(yield* store.set([{ name: "note" }], viewer), []);
      assert.equal(store.value("note"), undefined);
    }));

  it.effect("sets nothing when one of the values will not do, and says which and why", () =>
    Effect.gen(function* () {
      const store = make();
      const changes = heard(store);
      const good = { name: "speed", value: 9 };
      const bad = [
        [{ name: "serial", value: "R8" }, "read-only", 'cannot set the parameter "serial": viewers may not set it'],
        [{ name: "nothing", value: 1 }, "unknown", 'cannot set the parameter "nothing": there is no such parameter'],
        [{ name: "count" }, "wrong-type", 'cannot set the parameter "count": it may not be unset'],
        [
          { name: "count", value: 1.5 },
          "wrong-type",
          'cannot set the parameter "count": it must be an integer of 64 bits: received number 1.5',
        ],
      ] as const;
      for (const [parameter, reason, message] of bad) {
        const error = yield* refusal(store.set([good, parameter], viewer));
        assert.deepEqual([error.reason, error.message], [reason, message]);
      }
      assert.deepEqual([store.value("speed"), changes], [1.5, []]);
    }));

  it.effect("lets the program set what viewers may not, already on return when nothing is waited for", () =>
    Effect.gen(function* () {
      const store = make({
        parameters: [...declared, { name: "odd", value: 1, validate: (value) => Number(value) % 2 === 1 }],
      });
      const changes = heard(store);
      const done = store.changeAll([{ name: "serial", value: "R8" }, { name: "count" }, { name: "odd", value: 3 }]);
      assert.deepEqual(changes, [
        "serial R7 -> R8 by itself",
        "count 3 -> undefined by itself",
        "odd 1 -> 3 by itself",
      ]);
      yield* Effect.promise(() => done);
      const error = yield* Effect.promise(() => store.change("odd", 4).catch((thrown: unknown) => thrown));
      assert.instanceOf(error, ParameterRefused);
    }));

  it.effect("has all values in place before anybody hears of one, and says nothing of a value that stays", () =>
    Effect.gen(function* () {
      const store = make();
      const seen: Array<unknown> = [];
      store.onChange(() => seen.push([store.value("speed"), store.value("count")]));
      yield* store.changeAllEffect([{ name: "speed", value: 3 }, { name: "count", value: 5 }]);
      yield* store.changeAllEffect([{ name: "speed", value: 3 }, { name: "count", value: 5n }]);
      assert.deepEqual(seen, [[3, 5], [3, 5]]);
    }));

  it.effect("judges by validate: plainly, by a promise, by an Effect, each value and all together", () =>
    Effect.gen(function* () {
      const verdicts: Record<string, () => ReturnType<NonNullable<ParameterDeclaration["validate"]>>> = {
        fine: () => undefined,
        yes: () => true,
        no: () => false,
        words: () => "too fast",
        throws: () => {
          throw new Error("it throws");
        },
        promise: () => Promise.resolve("not today"),
        rejects: () => Promise.reject(new Error("it rejects")),
        effect: () => Effect.succeed(true),
        fails: () => Effect.fail("it fails"),
        dies: () => Effect.die(new Error("it dies")),
      };
      const store = make({
        parameters: Object.entries(verdicts).map(([name, validate]) => ({ name, value: 0, validate })),
        validate: (parameters, { client }) =>
          parameters.length < 3 || `at most 2 at once, ${client?.identity ?? "program"}`,
      });
      const outcome = (...names: ReadonlyArray<string>) =>
        Effect.match(store.set(names.map((name) => ({ name, value: 1 })), viewer), {
          onFailure: ({ reason, detail }) => `${reason}: ${detail}`,
          onSuccess: (applied) => applied.length,
        });
      assert.equal(yield* outcome("fine", "yes"), 2);
      assert.equal(yield* outcome("effect"), 1);
      assert.equal(yield* outcome("no"), "rejected: its value is rejected");
      assert.equal(yield* outcome("fine", "words"), "rejected: too fast");
      assert.equal(yield* outcome("throws"), "rejected: it throws");
      assert.equal(yield* outcome("promise"), "rejected: not today");
      assert.equal(yield* outcome("rejects"), "rejected: it rejects");
      assert.equal(yield* outcome("fails"), "rejected: it fails");
      assert.equal(yield* outcome("dies"), "rejected: it dies");
      assert.equal(yield* outcome("fine", "yes", "effect"), "rejected: at most 2 at once, viewer-1");
    }));

  it.effect("judges one set after another, so that a later one does not overtake", () =>
    Effect.gen(function* () {
      const gate = yield* Deferred.make<boolean>();
      const slow = { name: "x", value: 0, validate: (value: unknown) => value === 1 ? Deferred.await(gate) : true };
      const store = make({ parameters: [slow] });
      const changes = heard(store);
      const first = yield* Effect.forkChild(store.set([{ name: "x", value: 1 }], viewer));
      const second = yield* Effect.forkChild(store.set([{ name: "x", value: 2 }], viewer));
      yield* settle;
      assert.deepEqual(changes, []);
      yield* Deferred.succeed(gate, true);
      yield* Fiber.join(first);
      yield* Fiber.join(second);
      assert.deepEqual(changes, ["x 0 -> 1 by viewer-1", "x 1 -> 2 by viewer-1"]);
    }));

  it.effect("gives up on a validate that hangs, and goes on when the viewer that asked has left", () =>
    Effect.gen(function* () {
      const store = make({ parameters: [...declared, { name: "x", value: 0, validate: () => Effect.never }] });
      const hanging = yield* Effect.forkChild(refusal(store.set([{ name: "x", value: 1 }], viewer)));
      const waiting = yield* Effect.forkChild(store.set([{ name: "speed", value: 2 }], viewer));
      yield* TestClock.adjust("10 seconds");
      const error = yield* Fiber.join(hanging);
      assert.deepEqual([error.reason, error.detail], ["timeout", "it was not decided on within 10000 ms"]);
      yield* Fiber.join(waiting);
      const left = yield* Effect.forkChild(store.set([{ name: "x", value: 1 }], viewer));
      yield* settle;
      yield* Fiber.interrupt(left);
      yield* store.set([{ name: "speed", value: 3 }], viewer);
      assert.deepEqual([store.value("x"), store.value("speed")], [0, 3]);
    }));

  it.effect("has bounds: parameters, bytes and sets that wait", () =>
    Effect.gen(function* () {
      assert.throws(() => make({ limits: { parameters: 3 } }), ConfigurationError, '"count" is one too many: 3 may be');
      assert.throws(
        () => make({ limits: { bytes: 50 } }),
        ConfigurationError,
        "is too large: all together may have 50",
      );
      const gate = yield* Deferred.make<boolean>();
      const store = make({
        parameters: [...declared, { name: "x", value: 0, validate: () => Deferred.await(gate) }],
        limits: { bytes: 400, pendingSets: 2 },
      });
      const large = yield* refusal(store.set([{ name: "note", value: "é".repeat(200) }], viewer));
      assert.equal(large.reason, "too-large");
      assert.equal(store.value("note"), undefined);
      yield* store.set([{ name: "note", value: "é".repeat(50) }], viewer);
      yield* store.set([{ name: "note", value: "x".repeat(100) }], viewer);
      yield* Effect.forkChild(store.set([{ name: "x", value: 1 }], viewer));
      const waiting = yield* Effect.forkChild(store.changeEffect("speed", 2));
      yield* settle;
      assert.equal((yield* refusal(store.changeEffect("speed", 3))).reason, "busy");
      yield* Deferred.succeed(gate, true);
      yield* Fiber.join(waiting);
      yield* store.changeEffect("speed", 3);
    }));

  it("is refused with a declaration or limit that cannot be", () => {
    const wrong: ReadonlyArray<readonly [ParameterDeclaration, string]> = [
      [{ name: "" }, "a parameter's name must be text that is not empty"],
      [{ name: "\ud800" }, "a parameter's name must be text"],
      [{ name: "speed" }, 'the parameter "speed" is declared already'],
      [{ name: "x", type: "boolean", value: 1 }, 'the parameter "x" cannot be as declared: it must be true or false'],
      [{ name: "x", value: NaN }, "NaN is no JSON number"],
    ];
    const store = make();
    for (const [declaration, words] of wrong) {
      assert.throws(() => store.declare(declaration), ConfigurationError, words);
    }
    assert.throws(() => make({ limits: { bytes: 0 } }), ConfigurationError, '"bytes" must be a positive whole number');
  });

  it.effect("cannot be changed behind its back", () =>
    Effect.sync(() => {
      const store = make({ parameters: [{ name: "bytes", value: new Uint8Array([1]) }] });
      const given = store.value("bytes");
      if (given instanceof Uint8Array) given[0] = 9;
      assert.deepEqual(store.value("bytes"), new Uint8Array([1]));
    }));

  it.effect("tells what listeners change in turn after what they were told, whatever one of them throws", () =>
    Effect.gen(function* () {
      const log = new CollectedLog();
      const store = make({ log: log.log });
      store.onChange(({ name }) => {
        if (name === "speed") store.declare({ name: "late", value: 1 });
        throw new Error("a bad listener");
      });
      const changes = heard(store);
      yield* store.changeAllEffect([{ name: "speed", value: 2 }, { name: "count", value: 4 }]);
      assert.deepEqual(changes, [
        "speed 1.5 -> 2 by itself",
        "count 3 -> 4 by itself",
        "late undefined -> 1 by itself",
      ]);
      assert.equal(log.at("error").length, 3);
    }));

  it.effect("calls a listener no more once it is stopped", () =>
    Effect.gen(function* () {
      const store = make();
      const seen: Array<ParameterChange> = [];
      const stop = store.onChange((change) => seen.push(change));
      stop();
      yield* store.changeEffect("speed", 2);
      assert.deepEqual(seen, []);
    }));
});

describe("the changes of a parameter store", () => {
  it.effect("wait for a slow reader as one a parameter, from what it has seen to the latest, in order", () =>
    Effect.gen(function* () {
      const store = make();
      const changes = store.changes();
      for (let value = 10; value < 1000; value += 1) yield* store.changeEffect("count", value);
      yield* store.changeEffect("speed", 2);
      yield* store.changeEffect("count", 1000);
      assert.equal(changes.length, 2);
      const iterator = changes[Symbol.asyncIterator]();
      const read = () => Effect.promise(() => iterator.next());
      assert.deepInclude((yield* read()).value, { name: "speed", previous: 1.5 });
      assert.deepInclude((yield* read()).value, {
        name: "count",
        previous: 3,
        parameter: { name: "count", value: 1000 },
      });
      const next = iterator.next();
      yield* store.changeEffect("note", "now");
      assert.deepInclude((yield* Effect.promise(() => next)).value, { name: "note", previous: undefined });
      const last = iterator.next();
      changes.close();
      assert.deepEqual(yield* Effect.promise(() => last), { value: undefined, done: true });
    }));

  it.effect("are an Effect stream, which ends with the store after what waits", () =>
    Effect.gen(function* () {
      const store = make();
      const changes = store.changes();
      yield* store.changeEffect("speed", 2);
      const reader = yield* Effect.forkChild(Stream.runCollect(changes.stream));
      yield* settle;
      yield* store.changeEffect("speed", 3);
      yield* store.changeEffect("count", 4);
      yield* store.closeEffect;
      assert.deepEqual((yield* Fiber.join(reader)).map(({ name, previous }) => [name, previous]), [
        ["speed", 1.5],
        ["speed", 2],
        ["count", 3],
      ]);
      assert.equal((yield* refusal(store.changeEffect("speed", 4))).reason, "closed");
      assert.deepEqual(yield* Stream.runCollect(store.changes().stream), []);
      assert.equal(store.value("speed"), 3);
    }));
});

describe("a parameter store of a gateway", () => {
  it.effect("answers viewers, publishes what changes, and tells again what holds after a refused set", () =>
    Effect.gen(function* () {
      const hub = yield* LoopbackHub.make();
      const parameters = make();
      yield* startDevice(hub, { parameters });
      const watching = yield* RawViewer.join(hub, "viewer-1");
      const setting = yield* RawViewer.join(hub, "viewer-2");
      yield* watching.drain;
      yield* setting.drain;
      yield* watching.send({ op: "getParameters", parameterNames: ["count", "note"], id: "g" });
      assert.deepEqual(yield* watching.drain, [
        { op: "parameterValues", parameters: [{ name: "count", value: 3 }], id: "g" },
      ]);
      yield* watching.send({ op: "subscribeParameterUpdates", parameterNames: ["speed", "serial"] });
      yield* setting.send({ op: "setParameters", parameters: [{ name: "speed", value: 2 }], id: "s" });
      const speed = [{ name: "speed", type: "float64" as const, value: 2 }];
      assert.deepEqual(yield* setting.drain, [{ op: "parameterValues", parameters: speed, id: "s" }]);
      assert.deepEqual(yield* watching.drain, [{ op: "parameterValues", parameters: speed }]);
      yield* watching.send({ op: "setParameters", parameters: [{ name: "serial", value: "R8" }], id: "r" });
      const told = yield* watching.drain;
      assert.deepEqual(told[0], { op: "parameterValues", parameters: [{ name: "serial", value: "R7" }] });
      assert.deepInclude(told[1], { op: "status", level: "error" });
      assert.include(JSON.stringify(told[1]), "viewers may not set it");
      assert.deepEqual(yield* setting.drain, []);
      yield* parameters.changeEffect("serial", "R9");
      assert.deepEqual(yield* watching.drain, [
        { op: "parameterValues", parameters: [{ name: "serial", value: "R9" }] },
      ]);
    }));
});
