import { assert, describe, it } from "@effect/vitest";
import * as Effect from "effect/Effect";
import { LoopbackHub } from "../../../adapters/loopback/mod.ts";
import { type ClientMessage, encodeClientFrame } from "../../../core/protocol/mod.ts";
import {
  observer,
  operator,
  type Parameter,
  type PlaybackPosition,
  type Policy,
  policyOf,
  type Service,
} from "../../../mod.ts";
import { startDevice } from "../../support/device.ts";
import { RawViewer } from "../../support/raw_viewer.ts";
import { goesOn } from "../../support/requests.ts";
import { settle } from "../../support/settle.ts";

const service = (name: string): Service => ({ name, handler: ({ payload }) => payload });
const values: ReadonlyArray<Parameter> = [{ name: "speed", value: 1 }, { name: "pin", value: "0000" }];
const position: PlaybackPosition = { status: "paused", currentTime: 1n, playbackSpeed: 1, didSeek: false };
const advertise = (id: number, topic: string): ClientMessage => ({
  op: "advertise",
  channels: [{ id, topic, encoding: "json", schemaName: "" }],
});

/** A device that can do everything, with a viewer of that policy and one that may do everything. */
const start = Effect.fnUntraced(function* (policy: Policy) {
  const told: Array<string> = [];
  const asked: Array<string> = [];
  const hub = yield* LoopbackHub.make();
  const device = yield* startDevice(hub, {
    authorize: ({ identity }) => identity === "viewer-1" ? policy : operator,
    services: [service("/echo"), service("/reset")],
    assets: (uri) => {
      asked.push(`fetch ${uri}`);
      return "asset";
    },
    parameters: {
      get: (names) => {
        asked.push(`get ${names.join()}`);
        return values.filter(({ name }) => names.length === 0 || names.includes(name));
      },
      set: (parameters) => {
        asked.push(`set ${parameters.map(({ name }) => name).join()}`);
        return parameters;
      },
    },
    playback: {
      startTime: 0n,
      endTime: 2n,
      current: () => position,
      control: () => {
        asked.push("playback");
        return position;
      },
    },
    onClientAdvertise: (_client, { topic }) => told.push(`+ own ${topic}`),
    onClientUnadvertise: (_client, { topic }) => told.push(`- own ${topic}`),
    onMessageData: (_client, { topic }) => told.push(`message ${topic}`),
    onParametersSubscribe: (names) => told.push(`+ ${names.join()}`),
    onParametersUnsubscribe: (names) => told.push(`- ${names.join()}`),
    onConnectionGraphSubscribe: () => told.push("+ graph"),
    onConnectionGraphUnsubscribe: () => told.push("- graph"),
    onSubscribe: (_client, { topic }) => told.push(`+ ${topic}`),
    onUnsubscribe: (_client, { topic }) => told.push(`- ${topic}`),
  });
  const { gateway, context } = device;
  const pose = context.channel({ topic: "/pose", encoding: "json", qos: "reliable" });
  yield* settle;
  const all = yield* RawViewer.join(hub, "viewer-2");
  const viewer = yield* RawViewer.join(hub, "viewer-1");
  const services = new Map<string, number>();
  for (const message of yield* all.drain) {
    if (message.op === "advertiseServices") { for (const { name, id } of message.services) services.set(name, id); }
  }
  return { hub, device, gateway, pose, viewer, all, told, asked, idOf: (name: string) => services.get(name) ?? 0 };
});

const call = (serviceId: number): ClientMessage => ({
  op: "serviceCallRequest",
  serviceId,
  callId: 7,
  encoding: "json",
  payload: new TextEncoder().encode("{}"),
});
const set = (...names: ReadonlyArray<string>): ClientMessage => ({
  op: "setParameters",
  parameters: names.map((name) => ({ name, value: 2 })),
  id: "set",
});
const play: ClientMessage = { op: "playbackControlRequest", command: "play", playbackSpeed: 1, requestId: "p" };

/** The names of services that the viewer has been told of so far. */
function servicesOf({ control }: RawViewer): ReadonlyArray<string> {
  return control.received.flatMap((message) =>
    message.op === "advertiseServices" ? message.services.map(({ name }) => name) : []
  );
}

describe("services under a policy", () => {
  it.effect("are advertised to a viewer that may call them, at the start and later, and so is their end", () =>
    Effect.gen(function* () {
      const { gateway, viewer, all } = yield* start(policyOf({ call: ["/echo", "/late"] }, observer));
      yield* viewer.drain;
      assert.deepStrictEqual(servicesOf(viewer), ["/echo"]);
      gateway.addServices([service("/hidden")]);
      yield* viewer.silence;
      gateway.addServices([service("/late"), service("/later")]);
      assert.deepStrictEqual((yield* viewer.next("advertiseServices")).services.map(({ name }) => name), ["/late"]);
      yield* all.drain;
      gateway.removeServices(["/reset", "/hidden"]);
      yield* viewer.silence;
      assert.strictEqual((yield* all.next("unadvertiseServices")).serviceIds.length, 2);
      gateway.removeServices(["/late", "/later"]);
      assert.strictEqual((yield* viewer.next("unadvertiseServices")).serviceIds.length, 1);
      assert.strictEqual((yield* all.next("unadvertiseServices")).serviceIds.length, 2);
    }));

  it.effect("are not told of at all where none may be called", () =>
    Effect.gen(function* () {
      const { viewer } = yield* start(observer);
      yield* viewer.drain;
      assert.deepStrictEqual(servicesOf(viewer), []);
    }));

  it.effect("refuse a call that is not allowed with a failure that names the service, and answer the others", () =>
    Effect.gen(function* () {
      const { viewer, idOf } = yield* start(policyOf({ call: ["/echo"] }));
      yield* viewer.drain;
      yield* viewer.send(call(idOf("/reset")), call(999_999), call(idOf("/echo")));
      assert.include((yield* viewer.next("serviceCallFailure")).message, "not allowed: call /reset");
      assert.strictEqual((yield* viewer.next("serviceCallFailure")).message, "Unknown service");
      assert.strictEqual((yield* viewer.next("serviceCallResponse")).callId, 7);
    }));
});

describe("parameters under a policy", () => {
  it.effect("that may not be had are left out of a get, with a Status that names those asked for by name", () =>
    Effect.gen(function* () {
      const { viewer, asked } = yield* start(policyOf({ get: ["speed"] }));
      yield* viewer.drain;
      yield* viewer.send({ op: "getParameters", parameterNames: ["speed", "pin"], id: "a" });
      assert.include((yield* viewer.next("status")).message, "not allowed: get pin");
      assert.deepStrictEqual((yield* viewer.next("parameterValues")).parameters.map(({ name }) => name), ["speed"]);
      yield* viewer.send({ op: "getParameters", parameterNames: ["pin"], id: "b" });
      assert.include((yield* viewer.next("status")).message, "not allowed: get pin");
      yield* viewer.send({ op: "getParameters", parameterNames: [], id: "c" });
      assert.deepStrictEqual((yield* viewer.next("parameterValues")).parameters.map(({ name }) => name), ["speed"]);
      yield* viewer.silence;
      assert.deepStrictEqual(asked, ["get speed", "get "]);
    }));

  it.effect("that may not be set are not set, with a Status that names them; the others are", () =>
    Effect.gen(function* () {
      const { viewer, asked } = yield* start(policyOf({ set: ["speed"] }));
      yield* viewer.drain;
      yield* viewer.send(set("pin", "speed"));
      assert.include((yield* viewer.next("status")).message, "not allowed: set pin");
      assert.deepStrictEqual((yield* viewer.next("parameterValues")).parameters.map(({ name }) => name), ["speed"]);
      yield* viewer.send(set("pin"));
      yield* viewer.next("status");
      yield* viewer.silence;
      assert.deepStrictEqual(asked, ["set speed"]);
    }));

  it.effect("that may not be had are not subscribed to", () =>
    Effect.gen(function* () {
      const { gateway, viewer, told } = yield* start(policyOf({ get: ["speed"] }));
      yield* viewer.drain;
      yield* viewer.send({ op: "subscribeParameterUpdates", parameterNames: ["pin", "speed"] });
      assert.include((yield* viewer.next("status")).message, "not allowed: get pin");
      gateway.publishParameterValues(values);
      assert.deepStrictEqual((yield* viewer.next("parameterValues")).parameters.map(({ name }) => name), ["speed"]);
      assert.deepStrictEqual(told, ["+ speed"]);
    }));

  it.effect("refused in great number or with long names are told within bounds", () =>
    Effect.gen(function* () {
      const { viewer } = yield* start(policyOf({}));
      yield* viewer.drain;
      const parameterNames = Array.from({ length: 1_000 }, (_, n) => `${n}`.padEnd(300, "x"));
      yield* viewer.send({ op: "getParameters", parameterNames });
      const { message } = yield* viewer.next("status");
      assert.isBelow(message.length, 5_000);
      assert.include(message, "and 984 more");
      yield* viewer.silence;
    }));
});

describe("other capabilities under a policy", () => {
  it.effect("an observer publishes nothing, plays nothing and fetches what it likes", () =>
    Effect.gen(function* () {
      const { viewer, told, asked } = yield* start(observer);
      yield* viewer.drain;
      yield* viewer.send(advertise(1, "/cmd_vel"), { op: "messageData", channelId: 1, data: new Uint8Array(1) }, play);
      assert.include((yield* viewer.next("status")).message, "not allowed: publish /cmd_vel");
      assert.include((yield* viewer.next("status")).message, "not advertised channel 1");
      assert.include((yield* viewer.next("status")).message, "not allowed: playback");
      yield* viewer.send({ op: "fetchAsset", requestId: 1, uri: "package://a" });
      assert.strictEqual((yield* viewer.next("fetchAssetResponse")).status, "success");
      assert.deepStrictEqual(told, []);
      assert.deepStrictEqual(asked, ["fetch package://a"]);
    }));

  it.effect("an asset, the graph and the playback may be denied, each in the way that it is refused in", () =>
    Effect.gen(function* () {
      const { viewer, told, asked } = yield* start(policyOf({ fetch: (uri) => uri !== "package://a" }));
      yield* viewer.drain;
      yield* viewer.send(
        { op: "fetchAsset", requestId: 1, uri: "package://a" },
        { op: "subscribeConnectionGraph" },
        { op: "fetchAsset", requestId: 2, uri: "package://b" },
      );
      const answer = yield* viewer.next("fetchAssetResponse");
      assert.include(answer.status === "error" && answer.message, "not allowed: fetch package://a");
      assert.include((yield* viewer.next("status")).message, "not allowed: graph");
      assert.strictEqual((yield* viewer.next("fetchAssetResponse")).status, "success");
      assert.deepStrictEqual(told, []);
      assert.deepStrictEqual(asked, ["fetch package://b"]);
    }));

  it.effect("publishing is allowed by topic, channel by channel", () =>
    Effect.gen(function* () {
      const { viewer, told } = yield* start(policyOf({ publish: ["/goal"] }));
      yield* viewer.drain;
      yield* viewer.send(advertise(1, "/cmd_vel"), advertise(2, "/goal"), {
        op: "messageData",
        channelId: 2,
        data: new Uint8Array(1),
      });
      assert.include((yield* viewer.next("status")).message, "not allowed: publish /cmd_vel");
      yield* viewer.silence;
      assert.deepStrictEqual(told, ["+ own /goal", "message /goal"]);
    }));
});

describe("setPolicy", () => {
  it.effect("ends at once all that is not allowed any more, with the callbacks in the order of a clean-up", () =>
    Effect.gen(function* () {
      const { gateway, viewer, all, pose, told, idOf } = yield* start(operator);
      yield* viewer.send(
        advertise(1, "/cmd_vel"),
        advertise(2, "/goal"),
        { op: "subscribeConnectionGraph" },
        { op: "subscribeParameterUpdates", parameterNames: ["speed", "pin"] },
      );
      yield* viewer.subscribe(pose.id);
      yield* viewer.drain;
      yield* all.drain;
      told.length = 0;
      assert.isTrue(gateway.setPolicy("viewer-1", policyOf({ see: true, publish: ["/goal"], get: ["speed"] })));
      assert.deepStrictEqual(told, ["- pin", "- graph", "- /pose", "- own /cmd_vel"]);
      assert.sameMembers([...(yield* viewer.next("unadvertiseServices")).serviceIds], [idOf("/echo"), idOf("/reset")]);
      const statuses = yield* viewer.drain;
      assert.deepStrictEqual(statuses.map((message) => message.op === "status" && message.message), [
        "not allowed: get pin",
        "not allowed: graph",
        "not allowed: subscribe /pose",
        "not allowed: publish /cmd_vel",
      ]);
      gateway.publishConnectionGraph({ publishedTopics: { "/pose": ["node"] } });
      gateway.publishParameterValues(values);
      yield* settle;
      assert.deepStrictEqual((yield* viewer.next("parameterValues")).parameters.map(({ name }) => name), ["speed"]);
      yield* viewer.send({ op: "messageData", channelId: 1, data: new Uint8Array(1) });
      yield* viewer.send({ op: "messageData", channelId: 2, data: new Uint8Array(1) });
      assert.strictEqual(told.at(-1), "message /goal");
      yield* all.silence;
    }));

  it.effect("advertises services that may be called now, and those alone that were not told before", () =>
    Effect.gen(function* () {
      const { gateway, viewer } = yield* start(policyOf({ call: ["/echo"] }, observer));
      yield* viewer.drain;
      gateway.setPolicy("viewer-1", operator);
      const { services } = yield* viewer.next("advertiseServices");
      assert.deepStrictEqual(services.map(({ name }) => name), ["/reset"]);
      yield* viewer.silence;
      gateway.removeServices(["/echo", "/reset"]);
      assert.strictEqual((yield* viewer.next("unadvertiseServices")).serviceIds.length, 2);
    }));

  it.effect("with a refusal ends everything, as if the viewer had left", () =>
    Effect.gen(function* () {
      const { gateway, viewer, told, pose } = yield* start(operator);
      yield* viewer.send(
        advertise(1, "/cmd_vel"),
        { op: "subscribeConnectionGraph" },
        { op: "subscribeParameterUpdates", parameterNames: ["speed"] },
      );
      yield* viewer.subscribe(pose.id);
      told.length = 0;
      gateway.setPolicy("viewer-1", "refused");
      assert.deepStrictEqual(told, ["- speed", "- graph", "- /pose", "- own /cmd_vel"]);
    }));

  it.effect("holds for the answer to a get that is under way", () =>
    Effect.gen(function* () {
      const hub = yield* LoopbackHub.make();
      const answers: Array<(values: ReadonlyArray<Parameter>) => void> = [];
      const { gateway } = yield* startDevice(hub, {
        parameters: { get: () => new Promise<ReadonlyArray<Parameter>>((resolve) => answers.push(resolve)) },
      });
      const viewer = yield* RawViewer.join(hub);
      yield* viewer.drain;
      yield* viewer.send({ op: "getParameters", parameterNames: ["speed", "pin"], id: "a" });
      gateway.setPolicy("viewer-1", policyOf({ get: ["speed"] }));
      answers[0]?.(values);
      yield* settle;
      assert.deepStrictEqual((yield* viewer.next("parameterValues")).parameters.map(({ name }) => name), ["speed"]);
    }));

  it.effect("refuses any number of things in one Status, which resets nobody", () =>
    Effect.gen(function* () {
      const { device, viewer } = yield* start(policyOf({ see: true }));
      yield* viewer.drain;
      const numbers = Array.from({ length: 1_500 }, (_, n) => n + 1);
      const ids = numbers.map((n) => device.context.channel({ topic: `/many/${n}`, encoding: "json" }).id);
      yield* viewer.next("advertise");
      yield* viewer.subscribe(...ids);
      assert.match((yield* viewer.next("status")).message, /^not allowed: subscribe \/many\/1, .* and 1484 more$/);
      const channels = numbers.map((id) => ({ id, topic: `/own/${id}`, encoding: "json", schemaName: "" }));
      yield* viewer.send({ op: "advertise", channels });
      assert.match((yield* viewer.next("status")).message, /^not allowed: publish \/own\/1, .* and 1484 more$/);
      // More than a function can have arguments.
      const parameterNames = Array.from({ length: 200_000 }, (_, n) => `${n}`);
      const get = encodeClientFrame({ op: "getParameters", parameterNames });
      if (get instanceof Uint8Array) yield* viewer.write(get);
      assert.match((yield* viewer.next("status")).message, /^not allowed: get 0, .* and 199984 more$/);
      yield* goesOn(viewer);
      assert.strictEqual(viewer.controls.length, 1);
    }));
});
