import { assert, describe, it } from "@effect/vitest";
import * as Effect from "effect/Effect";
import * as Fiber from "effect/Fiber";
import * as Stream from "effect/Stream";
import { LoopbackHub } from "../../../adapters/loopback/mod.ts";
import {
  Float64,
  InvalidParameter,
  InvalidRequest,
  NotSupported,
  type Parameter,
  type ParameterWatch,
  RequestTimeout,
  Viewer,
} from "../../../mod.ts";
import { makePair } from "../../support/pair.ts";
import { capable, RawDevice, say, sayAtOnce } from "../../support/raw_device.ts";
import { outcome, rawPair } from "../../support/raw_pair.ts";
import { advance, eventually, settle } from "../../support/settle.ts";

const BOTH = ["parameters", "parametersSubscribe"] as const;

/** What a map of parameters holds, as plain pairs. */
function pairs(parameters: ReadonlyMap<string, Parameter> | undefined): ReadonlyArray<readonly [string, unknown]> {
  return [...(parameters ?? [])].map(([name, { value }]) => [name, value]);
}

/** The changes of a watch, as `name=value`, as they come. */
function changes(watch: ParameterWatch): Array<string> {
  const seen: Array<string> = [];
  watch.onChange(({ name, value }) => seen.push(`${name}=${String(value)}`));
  return seen;
}

function values(parameters: Readonly<Record<string, number | string>>, id?: string) {
  const list = Object.entries(parameters).map(([name, value]) => ({ name, value }));
  return id === undefined
    ? { op: "parameterValues", parameters: list } as const
    : { op: "parameterValues", parameters: list, id } as const;
}

describe("Viewer: getting and setting parameters", () => {
  it.effect("gives the values, and those that were really applied", () =>
    Effect.gen(function* () {
      const store = new Map<string, Parameter>([["speed", { name: "speed", value: 1 }], ["mode", {
        name: "mode",
        value: "auto",
      }]]);
      const { viewer } = yield* makePair({
        gateway: {
          parameters: {
            get: (names) => [...store.values()].filter(({ name }) => names.length === 0 || names.includes(name)),
            set: (parameters) =>
              parameters.map((parameter) => {
                const applied = parameter.name === "speed" ? { name: "speed", value: 3 } : parameter;
                store.set(parameter.name, applied);
                return applied;
              }),
          },
        },
      });
      const all = yield* Effect.promise(() => viewer.getParameters());
      assert.deepStrictEqual(pairs(all), [["speed", 1], ["mode", "auto"]]);
      const applied = yield* Effect.promise(() => viewer.setParameters({ speed: 99, mode: "manual" }));
      assert.deepStrictEqual(pairs(applied), [["speed", 3], ["mode", "manual"]]);
      const one = yield* viewer.getParametersEffect(["mode", "unknown"]);
      assert.deepStrictEqual(pairs(one), [["mode", "manual"]]);
      const floats = yield* viewer.setParametersEffect([{ name: "gain", type: "float64", value: 2 }]);
      assert.strictEqual(floats.get("gain")?.type, "float64");
    }));

  it.effect("tells answers apart by ids of their own", () =>
    Effect.gen(function* () {
      const { viewer, device, control } = yield* rawPair(BOTH);
      const [first, second] = [outcome(viewer.getParameters(["a"])), outcome(viewer.setParameters({ b: 2 }))];
      yield* eventually("both are sent", () => device.received.length === 2);
      yield* say(control, values({ b: 2 }, device.last("setParameters").id));
      yield* say(control, values({ a: 1 }, device.last("getParameters").id));
      yield* eventually("both have ended", () => first.value !== undefined && second.value !== undefined);
      assert.deepStrictEqual([pairs(first.value), pairs(second.value)], [[["a", 1]], [["b", 2]]]);
    }));

  it.effect("refuses values that the protocol cannot carry, before anything is sent", () =>
    Effect.gen(function* () {
      const { viewer, device } = yield* rawPair(BOTH);
      const invalid: ReadonlyArray<unknown> = [
        { a: NaN },
        { a: 1, b: null },
        { a: { plain: "object" } },
        { a: [1, "two"] },
        { a: 2n ** 63n },
        [{ name: 3, value: 1 }],
        [{ name: "\ud800", value: 1 }],
      ];
      for (const given of invalid) {
        const error = yield* Effect.flip(viewer.setParametersEffect(given as Record<string, number>));
        assert.instanceOf(error, InvalidParameter);
      }
      const names: unknown = [3];
      assert.instanceOf(yield* Effect.flip(viewer.getParametersEffect(names as Array<string>)), InvalidRequest);
      yield* settle;
      assert.deepStrictEqual(device.received, []);
    }));

  it.effect("ends by its timeout when the device refuses, and tells what the device has said meanwhile", () =>
    Effect.gen(function* () {
      const { viewer, control, device } = yield* rawPair(BOTH);
      const error = { op: "status", level: "error" } as const;
      yield* say(control, { ...error, message: "before" });
      yield* settle;
      const set = outcome(viewer.setParameters({ a: 1 }, { timeoutMs: 1_000 }));
      yield* eventually("it is sent", () => device.received.length === 1);
      yield* say(control, { ...error, message: "standing", id: "s" }, {
        ...error,
        level: "warning",
        message: "warned",
      });
      for (let n = 0; n < 10; n += 1) yield* say(control, { ...error, message: `refused ${n}` });
      yield* advance(1_000);
      assert.instanceOf(set.error, RequestTimeout);
      assert.deepStrictEqual(set.error.statuses, [2, 3, 4, 5, 6, 7, 8, 9].map((n) => `refused ${n}`));
      assert.include(set.error.message, "meanwhile the device has said: refused 2 |");
    }));

  it.effect("fails at once when the device has none", () =>
    Effect.gen(function* () {
      const { viewer } = yield* rawPair([]);
      assert.instanceOf(yield* Effect.flip(viewer.getParametersEffect()), NotSupported);
      assert.instanceOf(yield* Effect.flip(viewer.setParametersEffect({ a: new Float64(1) })), NotSupported);
    }));
});

describe("Viewer: watching parameters", () => {
  it.effect("gives the values at first and follows the changes", () =>
    Effect.gen(function* () {
      const { gateway, viewer } = yield* makePair({
        gateway: { parameters: { get: (names) => names.map((name) => ({ name, value: 1 })) } },
      });
      const watch = viewer.watchParameters(["a", "b"]);
      assert.isFalse(watch.isCurrent);
      const seen = changes(watch);
      yield* eventually("the values are there", () => watch.isCurrent);
      gateway.publishParameterValues([{ name: "a", value: 2 }, { name: "c", value: 9 }]);
      yield* eventually("the change is there", () => watch.values.get("a")?.value === 2);
      assert.deepStrictEqual(seen, ["a=1", "b=1", "a=2"]);
      assert.deepStrictEqual(pairs(watch.values), [["a", 2], ["b", 1]]);
    }));

  it.effect("shares one subscription among watches, told in one go, and ends it with the last", () =>
    Effect.gen(function* () {
      const { viewer, device } = yield* rawPair(BOTH);
      const [one, two] = [viewer.watchParameters(["a", "b"]), viewer.watchParameters(["b", "c", "b"])];
      yield* eventually("it is subscribed", () => device.received.length > 1);
      assert.deepStrictEqual(device.of("subscribeParameterUpdates").map(({ parameterNames }) => parameterNames), [[
        "a",
        "b",
        "c",
      ]]);
      assert.deepStrictEqual(device.ops, ["subscribeParameterUpdates", "getParameters"]);
      assert.deepStrictEqual(device.last("getParameters").parameterNames, ["a", "b", "c"]);
      const three = viewer.watchParameters(["a"], { get: false });
      one.close();
      yield* settle;
      assert.deepStrictEqual(device.of("unsubscribeParameterUpdates"), []);
      three.close();
      two.close();
      two.close();
      yield* settle;
      assert.deepStrictEqual(device.of("unsubscribeParameterUpdates").map(({ parameterNames }) => parameterNames), [[
        "a",
        "b",
        "c",
      ]]);
      assert.strictEqual(device.of("subscribeParameterUpdates").length, 1);
    }));

  it.effect("is subscribed and asked for anew on each session; what was not told since is told apart", () =>
    Effect.gen(function* () {
      const { viewer, device, control } = yield* rawPair(BOTH);
      const watch = viewer.watchParameters(["a", "b"]);
      const unasked = viewer.watchParameters(["n"], { get: false });
      const seen = changes(watch);
      yield* eventually("it is asked for", () => device.of("getParameters").length === 1);
      yield* say(control, values({ a: 1, b: 1 }, device.last("getParameters").id));
      yield* eventually("it is known", () => watch.isCurrent);
      device.received.length = 0;
      yield* say(control, capable(...BOTH));
      yield* eventually("it is asked for again", () => device.of("getParameters").length === 1);
      assert.deepStrictEqual(device.ops, ["subscribeParameterUpdates", "getParameters"]);
      assert.deepStrictEqual(device.last("subscribeParameterUpdates").parameterNames, ["a", "b", "n"]);
      assert.deepStrictEqual(device.last("getParameters").parameterNames, ["a", "b"]);
      assert.deepStrictEqual([watch.isCurrent, pairs(watch.values)], [false, [["a", 1], ["b", 1]]]);
      yield* say(control, values({ a: 1 }, device.last("getParameters").id));
      yield* eventually("it is current", () => watch.isCurrent);
      assert.deepStrictEqual(pairs(watch.values), [["a", 1]]);
      assert.deepStrictEqual(seen, ["a=1", "b=1", "b=undefined"]);
      assert.isFalse(unasked.isCurrent);
    }));

  it.effect("keeps a change that is newer than the answer to what was asked before it", () =>
    Effect.gen(function* () {
      const { viewer, device, control } = yield* rawPair(BOTH);
      const watch = viewer.watchParameters(["a", "b"]);
      yield* eventually("it is asked for", () => device.of("getParameters").length === 1);
      yield* say(control, values({ a: 2 }), values({ a: 1, b: 1 }, device.last("getParameters").id));
      yield* eventually("both are there", () => watch.isCurrent);
      assert.deepStrictEqual(pairs(watch.values), [["a", 2], ["b", 1]]);
    }));

  it.effect("hears of what its own viewer sets and gets", () =>
    Effect.gen(function* () {
      const { viewer, device, control } = yield* rawPair(BOTH);
      const seen = changes(viewer.watchParameters(["a"], { get: false }));
      outcome(viewer.setParameters({ a: 1, other: 1 }));
      yield* eventually("it is sent", () => device.of("setParameters").length === 1);
      yield* say(control, values({ a: 5, other: 1 }, device.last("setParameters").id));
      yield* eventually("it is told", () => seen.length === 1);
      outcome(viewer.getParameters(["a"]));
      yield* eventually("it is sent", () => device.of("getParameters").length === 1);
      yield* say(control, values({ a: 5 }, device.last("getParameters").id));
      yield* settle;
      assert.deepStrictEqual(seen, ["a=5"]);
    }));

  it.effect("asks again, with back-off, while the values are not to be had", () =>
    Effect.gen(function* () {
      const { viewer, device, control, log } = yield* rawPair(BOTH);
      const watch = viewer.watchParameters(["a"]);
      yield* advance(10_000);
      assert.strictEqual(device.of("getParameters").length, 1);
      yield* advance(1_000);
      assert.strictEqual(device.of("getParameters").length, 2);
      assert.strictEqual(log.at("warning").length, 1);
      yield* advance(10_000);
      yield* advance(1_999, 1_999);
      assert.strictEqual(device.of("getParameters").length, 2);
      yield* advance(1);
      assert.strictEqual(device.of("getParameters").length, 3);
      yield* say(control, values({ a: 1 }, device.last("getParameters").id));
      yield* eventually("it is there", () => watch.isCurrent);
      yield* advance(60_000, 10_000);
      assert.strictEqual(device.of("getParameters").length, 3);
    }));

  it.effect("asks a new session at once, though it was waiting to ask the one before", () =>
    Effect.gen(function* () {
      const { viewer, device, control } = yield* rawPair(BOTH);
      viewer.watchParameters(["a"]);
      yield* advance(10_000);
      yield* say(control, capable(...BOTH));
      yield* eventually("it is asked for", () => device.of("getParameters").length === 2);
    }));

  it.effect("asks for many in several messages, one after another", () =>
    Effect.gen(function* () {
      const { viewer, device, control } = yield* rawPair(BOTH);
      const names = Array.from({ length: 1_500 }, (_, n) => `p${n}`);
      const watch = viewer.watchParameters(names);
      yield* eventually("the first are asked for", () => device.of("getParameters").length === 1);
      yield* settle;
      assert.strictEqual(device.last("getParameters").parameterNames.length, 1_024);
      yield* say(control, values({ p0: 1 }, device.last("getParameters").id));
      yield* eventually("the others are asked for", () => device.of("getParameters").length === 2);
      assert.strictEqual(device.last("getParameters").parameterNames.length, 476);
      yield* say(control, values({ p1499: 1 }, device.last("getParameters").id));
      yield* eventually("all is known", () => watch.isCurrent);
      assert.deepStrictEqual(pairs(watch.values), [["p0", 1], ["p1499", 1]]);
    }));

  it.effect("tells on another stream of the session what was dropped while there was none", () =>
    Effect.gen(function* () {
      const { hub, viewer, device } = yield* rawPair(BOTH, { log: () => {} });
      const [kept, gone] = [viewer.watchParameters(["kept"]), viewer.watchParameters(["gone"])];
      yield* settle;
      hub.participant("viewer-1").failWrites(1);
      outcome(viewer.getParameters());
      yield* settle;
      gone.close();
      device.received.length = 0;
      yield* advance(1_000);
      yield* eventually("there is a second stream", () => device.streams === 2);
      yield* settle;
      assert.deepStrictEqual(device.last("unsubscribeParameterUpdates").parameterNames, ["gone"]);
      assert.deepStrictEqual(device.last("subscribeParameterUpdates").parameterNames, ["kept"]);
      assert.isFalse(kept.isClosed);
    }));

  it.effect("waits for a device that tells of changes, which is said in the log", () =>
    Effect.gen(function* () {
      const { viewer, device, control, log } = yield* rawPair(["parameters"]);
      const watch = viewer.watchParameters(["a"]);
      yield* eventually("its value is asked for all the same", () => device.of("getParameters").length === 1);
      assert.strictEqual(log.at("warning").length, 1);
      assert.deepStrictEqual(device.of("subscribeParameterUpdates"), []);
      yield* say(control, capable());
      yield* advance(20_000);
      assert.deepStrictEqual([device.of("getParameters").length, watch.isClosed], [1, false]);
    }));

  it.effect("is an async iterable and a stream, in which a late change takes the place of an early one", () =>
    Effect.gen(function* () {
      const { viewer, control } = yield* rawPair(BOTH);
      const [one, two] = [viewer.watchParameters(["a", "b"], { get: false }), viewer.watchParameters(["a"])];
      const streamed = yield* Effect.forkChild(Stream.runCollect(two.stream));
      yield* settle;
      yield* say(control, values({ a: 1 }), values({ b: 1 }), values({ a: 2 }), values({ a: 3 }));
      yield* settle;
      const read: Array<string> = [];
      yield* Effect.promise(async () => {
        for await (const { name, value } of one) if (read.push(`${name}=${String(value)}`) === 2) break;
      });
      assert.deepStrictEqual([read, one.replaced, one.isClosed], [["b=1", "a=3"], 2, true]);
      two.close();
      assert.strictEqual((yield* Fiber.join(streamed)).at(-1)?.value, 3);
    }));

  it.effect("tells a watch that comes later what is known already", () =>
    Effect.gen(function* () {
      const { viewer, control, device } = yield* rawPair(BOTH);
      viewer.watchParameters(["a"], { get: false });
      yield* settle;
      yield* say(control, values({ a: 1 }));
      yield* settle;
      assert.deepStrictEqual(changes(viewer.watchParameters(["a"])), ["a=1"]);
      yield* settle;
      assert.strictEqual(device.of("subscribeParameterUpdates").length, 1);
    }));

  it.effect("does not take an answer for current that is followed by a new session in the same chunk", () =>
    Effect.gen(function* () {
      const { viewer, control, device } = yield* rawPair(BOTH);
      const watch = viewer.watchParameters(["speed"]);
      yield* eventually("it is asked for", () => device.of("getParameters").length === 1);
      yield* sayAtOnce(control, values({ speed: 1 }, device.last("getParameters").id), capable(...BOTH));
      yield* settle;
      assert.isFalse(watch.isCurrent);
      yield* advance(1_000);
      assert.strictEqual(device.of("getParameters").length, 2);
      yield* say(control, values({ speed: 2 }, device.last("getParameters").id));
      yield* settle;
      assert.deepStrictEqual([pairs(watch.values), watch.isCurrent], [[["speed", 2]], true]);
    }));

  it.effect("is closed with its viewer, and refused where it makes no sense", () =>
    Effect.gen(function* () {
      const hub = yield* LoopbackHub.make();
      const viewer = yield* Viewer.make(hub.transport({ identity: "viewer-1" }), { limits: { watchedParameters: 2 } });
      assert.throws(() => viewer.watchParameters([]), InvalidRequest, "one parameter");
      // Text is a list of its letters, which nobody means.
      assert.throws(() => viewer.watchParameters("speed"), InvalidRequest, 'give ["speed"]');
      assert.throws(() => viewer.watchParameters(["a", "b", "c"]), InvalidRequest, '"watchedParameters"');
      assert.throws(() => viewer.watchParameters(["x".repeat(17 * 1024 * 1024)]), InvalidRequest);
      const watch = viewer.watchParameters(["a", "b", "a"]);
      viewer.watchParameters(["b"]).close();
      assert.throws(() => viewer.watchParameters(["c"]), InvalidRequest, "close a watch");
      const waiting = watch[Symbol.asyncIterator]().next();
      const device = yield* RawDevice.join(hub);
      yield* say(yield* device.open(), capable(...BOTH));
      yield* settle;
      yield* viewer.closeEffect;
      assert.deepStrictEqual(yield* Effect.promise(() => waiting), { value: undefined, done: true });
      assert.isTrue(watch.isClosed);
      assert.isTrue(viewer.watchParameters(["a"]).isClosed);
    }));
});
