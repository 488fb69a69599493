import { assert, describe, it } from "@effect/vitest";
import * as Effect from "effect/Effect";
import { InvalidArgument, InvalidParameter, type Parameter } from "../../../mod.ts";
import type { DeviceOptions } from "../../support/device.ts";
import { RawViewer } from "../../support/raw_viewer.ts";
import { allTold, goesOn, setScene } from "../../support/requests.ts";
import { advance } from "../../support/settle.ts";

/** A device with some parameters, and all that its application is told, in order. */
const start = Effect.fnUntraced(function* (options: DeviceOptions = {}) {
  const events: Array<string> = [];
  const known = new Map<string, Parameter>([
    ["foo", { name: "foo", value: "hello" }],
    ["bar", { name: "bar", type: "float64", value: 42 }],
    ["color", { name: "color", value: "red" }],
    ["none", { name: "none" }],
  ]);
  const scene = yield* setScene({
    parameters: {
      get: (names) => {
        events.push(`get ${names.join()}`);
        return names.length === 0 ? [...known.values()] : names.flatMap((name) => known.get(name) ?? []);
      },
      set: (parameters) => {
        events.push(`set ${parameters.map(({ name }) => name).join()}`);
        for (const parameter of parameters) known.set(parameter.name, parameter);
        return parameters;
      },
    },
    onParametersSubscribe: (names) => events.push(`+ ${names.join()}`),
    onParametersUnsubscribe: (names) => events.push(`- ${names.join()}`),
    ...options,
  });
  return { ...scene, gateway: scene.device.gateway, events };
});

const subscribe = (...parameterNames: ReadonlyArray<string>) =>
  ({ op: "subscribeParameterUpdates", parameterNames }) as const;
const unsubscribe = (...parameterNames: ReadonlyArray<string>) =>
  ({ op: "unsubscribeParameterUpdates", parameterNames }) as const;
const get = (parameterNames: ReadonlyArray<string>, id?: string) =>
  ({ op: "getParameters", parameterNames, ...(id === undefined ? {} : { id }) }) as const;
const set = (parameters: ReadonlyArray<Parameter>, id?: string) =>
  ({ op: "setParameters", parameters, ...(id === undefined ? {} : { id }) }) as const;

describe("parameters", () => {
  it.effect("bring both their capabilities with the handler", () =>
    Effect.gen(function* () {
      const { hub } = yield* start();
      const late = yield* RawViewer.join(hub, "viewer-3");
      const { capabilities } = yield* late.next("serverInfo");
      assert.deepStrictEqual([...capabilities].sort(), ["parameters", "parametersSubscribe"]);
    }));

  it.effect("that are asked for are answered with one message, which has the request's id", () =>
    Effect.gen(function* () {
      const { viewer, other } = yield* start();
      yield* viewer.send(get(["foo"], "req-1"));
      const answer = yield* viewer.next("parameterValues");
      assert.strictEqual(answer.id, "req-1");
      assert.deepStrictEqual(answer.parameters, [{ name: "foo", value: "hello" }]);
      yield* viewer.silence;
      yield* other.silence;
    }));

  it.effect("that are asked for without an id are answered without one", () =>
    Effect.gen(function* () {
      const { viewer } = yield* start();
      yield* viewer.send(get(["bar"]));
      const answer = yield* viewer.next("parameterValues");
      assert.isUndefined(answer.id);
      assert.deepStrictEqual(answer.parameters, [{ name: "bar", type: "float64", value: 42 }]);
    }));

  it.effect("are all asked for by no names; those that are unset or unknown are left out of the answer", () =>
    Effect.gen(function* () {
      const { viewer } = yield* start();
      yield* viewer.send(get([], "all"), get(["none", "unknown"], "few"));
      const all = yield* viewer.next("parameterValues");
      assert.deepStrictEqual(all.parameters.map(({ name }) => name), ["foo", "bar", "color"]);
      assert.deepStrictEqual((yield* viewer.next("parameterValues")).parameters, []);
    }));

  it.effect("that are set are told to the one who has set them, who gave an id, and to nobody else", () =>
    Effect.gen(function* () {
      const { viewer, other } = yield* start();
      yield* other.send(subscribe("color"));
      yield* viewer.send(subscribe("color"), set([{ name: "color", value: "blue" }, { name: "foo" }], "set-1"));
      const answer = yield* viewer.next("parameterValues");
      assert.strictEqual(answer.id, "set-1");
      assert.deepStrictEqual(answer.parameters, [{ name: "color", value: "blue" }]);
      yield* viewer.silence;
      yield* other.silence;
    }));

  it.effect("that are set without an id are answered by nothing, also where the handler's values are none", () =>
    Effect.gen(function* () {
      const { viewer, events } = yield* start();
      yield* viewer.send(set([{ name: "color", value: "blue" }]));
      assert.deepStrictEqual(events, ["set color"]);
      yield* goesOn(viewer);
      const odd = yield* setScene({ parameters: { set: () => 42 as never } });
      yield* odd.viewer.send(set([{ name: "color", value: "blue" }]));
      yield* goesOn(odd.viewer);
    }));

  it.effect("whose set fails are told by an error status, also without an id", () =>
    Effect.gen(function* () {
      const { viewer } = yield* setScene({ parameters: { set: () => Promise.reject(new Error("read-only")) } });
      yield* viewer.send(set([{ name: "color", value: "blue" }]));
      assert.deepStrictEqual(yield* allTold(viewer), [
        "error: setParameters: the handler failed to send a response: read-only",
      ]);
    }));

  it.effect("without a handler for what is asked are told by an error status", () =>
    Effect.gen(function* () {
      const { viewer } = yield* setScene({ capabilities: ["parameters"] });
      yield* viewer.send(get(["a"], "1"), set([{ name: "a", value: 1 }], "2"));
      assert.deepStrictEqual(yield* allTold(viewer), [
        "error: getParameters: the handler failed to send a response",
        "error: setParameters: the handler failed to send a response",
      ]);
    }));

  it.effect("are got, set, subscribed to and unsubscribed from once each, when all of it is sent at once", () =>
    Effect.gen(function* () {
      const { viewer, events } = yield* start();
      yield* viewer.send(
        subscribe("foo"),
        get(["foo"], "g1"),
        set([{ name: "foo", value: "x" }], "s1"),
        unsubscribe("foo"),
      );
      assert.deepStrictEqual(events, ["+ foo", "get foo", "set foo", "- foo"]);
      assert.deepStrictEqual(yield* allTold(viewer), ["values g1: foo", "values s1: foo"]);
    }));
});

describe("subscriptions to parameters", () => {
  it.effect("bring what is published of them, without an id, and nothing else", () =>
    Effect.gen(function* () {
      const { gateway, viewer, other } = yield* start();
      yield* viewer.send(subscribe("speed", "mode"));
      gateway.publishParameterValues([{ name: "speed", type: "float64", value: 99 }, { name: "other", value: 1 }]);
      const told = yield* viewer.next("parameterValues");
      assert.isUndefined(told.id);
      assert.deepStrictEqual(told.parameters, [{ name: "speed", type: "float64", value: 99 }]);
      yield* viewer.silence;
      yield* other.silence;
      gateway.publishParameterValues([{ name: "other", value: 1 }]);
      yield* viewer.silence;
      gateway.publishParameterValues([]);
      yield* viewer.silence;
    }));

  it.effect("bring each viewer one message with its own names", () =>
    Effect.gen(function* () {
      const { gateway, viewer, other } = yield* start();
      yield* viewer.send(subscribe("alpha", "beta"));
      yield* other.send(subscribe("beta", "gamma"));
      gateway.publishParameterValues(["alpha", "beta", "gamma"].map((name, value) => ({ name, value })));
      assert.deepStrictEqual(yield* allTold(viewer), ["values undefined: alpha,beta"]);
      assert.deepStrictEqual(yield* allTold(other), ["values undefined: beta,gamma"]);
    }));

  it.effect("bring an empty list where all that was published is unset", () =>
    Effect.gen(function* () {
      const { gateway, viewer, other } = yield* start();
      yield* viewer.send(subscribe("a", "b"));
      yield* other.send(subscribe("c"));
      gateway.publishParameterValues([{ name: "a" }, { name: "b", value: 1 }]);
      assert.deepStrictEqual(yield* allTold(viewer), ["values undefined: b"]);
      gateway.publishParameterValues([{ name: "a" }]);
      assert.deepStrictEqual(yield* allTold(viewer), ["values undefined: "]);
      yield* other.silence;
    }));

  it.effect("are told to the application by the first and the last of each name: one call a message", () =>
    Effect.gen(function* () {
      const { viewer, other, events } = yield* start();
      yield* viewer.send(subscribe("p1"));
      yield* other.send(subscribe("p1"));
      yield* viewer.send(subscribe("p1"));
      yield* viewer.send(subscribe("p1", "p2", "p2", "p3"));
      assert.deepStrictEqual(events.splice(0), ["+ p1", "+ p2,p3"]);
      yield* viewer.send(unsubscribe("p1"));
      yield* viewer.send(unsubscribe("unknown"), unsubscribe());
      assert.deepStrictEqual(events.splice(0), []);
      yield* other.send(unsubscribe("p1", "p1", "p2"));
      assert.deepStrictEqual(events.splice(0), ["- p1"]);
      yield* viewer.send(unsubscribe("p2", "p3"));
      assert.deepStrictEqual(events.splice(0), ["- p2,p3"]);
      yield* viewer.send(unsubscribe("p2", "p3"));
      assert.deepStrictEqual(events.splice(0), []);
      yield* goesOn(viewer);
    }));

  it.effect("end with a viewer that leaves, once, with all names that it was the last for", () =>
    Effect.gen(function* () {
      const { gateway, viewer, other, events } = yield* start();
      yield* viewer.send(subscribe("a", "b", "c"));
      yield* other.send(subscribe("b"));
      events.length = 0;
      yield* viewer.leave;
      assert.deepStrictEqual(events, ["- a,c"]);
      gateway.publishParameterValues([{ name: "b", value: 1 }]);
      assert.deepStrictEqual(yield* allTold(other), ["values undefined: b"]);
      yield* other.leave;
      assert.deepStrictEqual(events, ["- a,c", "- b"]);
    }));

  it.effect("are not told of a viewer that leaves others behind on all of its names", () =>
    Effect.gen(function* () {
      const { viewer, other, events } = yield* start();
      yield* viewer.send(subscribe("a"));
      yield* other.send(subscribe("a"));
      events.length = 0;
      yield* viewer.leave;
      assert.deepStrictEqual(events, []);
    }));

  it.effect("of more names than the bound are refused with an error status; those up to it stand", () =>
    Effect.gen(function* () {
      const { gateway, viewer, events } = yield* start({ limits: { parameterNames: 2, parameterNameBytes: 100 } });
      yield* viewer.send(subscribe("a", "b", "c", "d"));
      assert.deepStrictEqual(events, ["+ a,b"]);
      assert.deepStrictEqual(yield* allTold(viewer), [
        "error: 2 of the parameters are not subscribed to: a viewer may subscribe to 2, with 100 bytes of names",
      ]);
      gateway.publishParameterValues(["a", "c"].map((name) => ({ name, value: 1 })));
      assert.deepStrictEqual(yield* allTold(viewer), ["values undefined: a"]);
      yield* viewer.send(unsubscribe("a"), subscribe("c"));
      assert.deepStrictEqual(events, ["+ a,b", "- a", "+ c"]);
    }));

  it.effect("of names that are too long together are refused with an error status; those that fit stand", () =>
    Effect.gen(function* () {
      const { viewer, events } = yield* start({ limits: { parameterNameBytes: 10 } });
      yield* viewer.send(subscribe("abc", "long", "d"));
      assert.deepStrictEqual(events, ["+ abc,d"]);
      const [told] = yield* allTold(viewer);
      assert.include(told, "1 of the parameters are not subscribed to");
      yield* viewer.send(unsubscribe("abc"), subscribe("long"));
      assert.deepStrictEqual(events, ["+ abc,d", "- abc", "+ long"]);
    }));

  it.effect("may be of names that are names of an object's own members", () =>
    Effect.gen(function* () {
      const { gateway, viewer, events } = yield* start();
      yield* viewer.send(subscribe("__proto__", "constructor", ""));
      assert.deepStrictEqual(events, ["+ __proto__,constructor,"]);
      gateway.publishParameterValues([{ name: "constructor", value: 1 }, { name: "", value: 2 }]);
      assert.deepStrictEqual(yield* allTold(viewer), ["values undefined: constructor,"]);
    }));
});

describe("publishParameterValues", () => {
  it.effect("refuses what no parameter can hold, and sends nothing", () =>
    Effect.gen(function* () {
      const { gateway, viewer } = yield* start();
      yield* viewer.send(subscribe("a"));
      const publish = (values: unknown): void => gateway.publishParameterValues(values as ReadonlyArray<Parameter>);
      const bad: ReadonlyArray<unknown> = [
        null,
        {},
        { name: 42 },
        { name: "a", value: Number.NaN },
        { name: "a", value: { x: 1 } },
        { name: "a", value: [1, "text"] },
        { name: "a", value: 2n ** 63n },
        { name: "a", type: "int", value: 1 },
      ];
      for (const parameter of bad) {
        assert.throws(() => publish([{ name: "a", value: 1 }, parameter]), InvalidParameter);
      }
      for (const values of [null, undefined, "a", { name: "a", value: 1 }]) {
        assert.throws(() => publish(values), InvalidArgument);
      }
      yield* goesOn(viewer);
    }));

  it.effect("without the capability is an error in the log, and sends nothing", () =>
    Effect.gen(function* () {
      const { device, viewer } = yield* setScene();
      device.gateway.publishParameterValues([{ name: "a", value: 1 }]);
      assert.deepStrictEqual(device.log.at("error"), ["parameter values are not sent"]);
      yield* viewer.silence;
    }));

  it.effect("keeps nothing: those who come or subscribe later are not told, nor is the next session", () =>
    Effect.gen(function* () {
      const { hub, gateway, device, viewer } = yield* start();
      gateway.publishParameterValues([{ name: "a", value: 1 }]);
      yield* viewer.send(subscribe("a"));
      yield* viewer.silence;
      hub.participant("rover").kick();
      gateway.publishParameterValues([{ name: "a", value: 2 }]);
      yield* advance(2_000);
      yield* viewer.next("serverInfo");
      yield* viewer.silence;
      gateway.publishParameterValues([{ name: "a", value: 3 }]);
      yield* viewer.silence;
      yield* gateway.closeEffect;
      gateway.publishParameterValues([{ name: "a", value: 4 }]);
      assert.notInclude(device.log.at("error"), "parameter values are not sent");
    }));

  it.effect("that is too large for one viewer is an error in the log; the others have theirs", () =>
    Effect.gen(function* () {
      const { device, gateway, viewer, other } = yield* start();
      yield* viewer.send(subscribe("large", "small"));
      yield* other.send(subscribe("small"));
      gateway.publishParameterValues([{ name: "large", value: "x".repeat(17_000_000) }, { name: "small", value: 1 }]);
      assert.deepStrictEqual(device.log.at("error"), ["parameter values are not sent"]);
      yield* viewer.silence;
      assert.deepStrictEqual(yield* allTold(other), ["values undefined: small"]);
    }));
});

describe("a source of parameters", () => {
  it.effect("that cannot be attached is an error in the log; the gateway goes on, and so does what it detaches", () =>
    Effect.gen(function* () {
      const events: Array<string> = [];
      const { device, viewer } = yield* setScene({
        parameters: {
          attach: () => {
            throw new Error("no");
          },
        },
        playback: {
          startTime: 0n,
          endTime: 1n,
          current: () => ({ status: "paused", currentTime: 0n, playbackSpeed: 1, didSeek: false }),
          control: () => undefined,
          attach: () => () => {
            events.push("detached");
            throw new Error("no");
          },
        },
      });
      yield* goesOn(viewer);
      yield* device.gateway.closeEffect;
      assert.deepStrictEqual(events, ["detached"]);
      assert.strictEqual(device.gateway.status, "shut-down");
      assert.deepStrictEqual(device.log.at("error"), [
        "parameters.attach has failed; the gateway goes on without it",
        "the callback detach has failed; the session goes on",
      ]);
    }));

  it.effect("is attached when the gateway starts, and publishes until it has ended", () =>
    Effect.gen(function* () {
      const source: { publish?: (values: ReadonlyArray<Parameter>) => void } = {};
      const events: Array<string> = [];
      const { device, viewer } = yield* setScene({
        parameters: {
          attach: (publish) => {
            source.publish = publish;
            events.push("attached");
            return () => events.push("detached");
          },
        },
        onStatus: (status) => events.push(status),
      });
      yield* viewer.send(subscribe("a"));
      source.publish?.([{ name: "a", value: 1 }]);
      assert.deepStrictEqual(yield* allTold(viewer), ["values undefined: a"]);
      yield* device.gateway.closeEffect;
      assert.deepStrictEqual(events.filter((event) => event.endsWith("tached")), ["attached", "detached"]);
      assert.strictEqual(events.at(-1), "shut-down");
      source.publish?.([{ name: "a", value: 2 }]);
    }));
});
