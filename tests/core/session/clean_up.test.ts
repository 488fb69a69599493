import { assert, describe, it } from "@effect/vitest";
import * as Effect from "effect/Effect";
import type { ClientMessage } from "../../../core/protocol/mod.ts";
import type { Channel, Gateway, Operation } from "../../../mod.ts";
import { RawViewer, subscribe } from "../../support/raw_viewer.ts";
import { goesOn, type Scene, setScene } from "../../support/requests.ts";
import { advance, settle } from "../../support/settle.ts";
import { bytes } from "../../support/streams.ts";

/** A device that notes all that it is told, with `viewer-1` in all of its tables. */
const start = Effect.fnUntraced(function* () {
  const events: Array<string> = [];
  const channels: Array<Channel> = [];
  const note = (event: string) => {
    const free = channels.filter((channel) => !channel.hasSubscribers).map(({ topic }) => topic);
    events.push(free.length === 0 ? event : `${event} (nobody on ${free.join(" ")})`);
  };
  const scene = yield* setScene({
    parameters: {},
    onParametersSubscribe: (names) => note(`+ parameters ${names.join()}`),
    onParametersUnsubscribe: (names) => note(`- parameters ${names.join()}`),
    onConnectionGraphSubscribe: () => note("+ graph"),
    onConnectionGraphUnsubscribe: () => note("- graph"),
    onSubscribe: ({ identity }, { topic }) => note(`+ ${identity} ${topic}`),
    onUnsubscribe: ({ identity }, { topic }) => note(`- ${identity} ${topic}`),
    onClientAdvertise: ({ identity }, { topic }) => note(`+ ${identity} own ${topic}`),
    onClientUnadvertise: ({ identity }, { topic }) => note(`- ${identity} own ${topic}`),
    onMessageData: ({ identity }, { topic }) => note(`${identity} ${topic}`),
  });
  for (const topic of ["/1", "/2"]) {
    channels.push(scene.device.context.channel({ topic, encoding: "json", qos: "reliable" }));
  }
  yield* enter(scene.viewer, channels);
  events.length = 0;
  return { ...scene, events, channels };
});

/** Puts a viewer into all tables of the device. */
const enter = Effect.fnUntraced(function* (viewer: RawViewer, channels: ReadonlyArray<Channel>) {
  yield* viewer.send(
    subscribe(...channels.map(({ id }) => id)),
    { op: "subscribeParameterUpdates", parameterNames: ["a", "b"] },
    { op: "subscribeConnectionGraph" },
    {
      op: "advertise",
      channels: [1, 2].map((id) => ({ id, topic: `/own${id}`, encoding: "json", schemaName: "" })),
    },
  );
  yield* viewer.drain;
});

const gone = { refused: "enough" };

/** What is told of a viewer that was in all tables alone, in the order of the specification. */
function told(identity: string): ReadonlyArray<string> {
  const free = "(nobody on /1 /2)";
  return [
    `- parameters a,b ${free}`,
    `- graph ${free}`,
    `- ${identity} /1 ${free}`,
    `- ${identity} /2 ${free}`,
    `- ${identity} own /own1 ${free}`,
    `- ${identity} own /own2 ${free}`,
  ];
}

type Ending = (scene: Scene) => Effect.Effect<unknown>;

/** The ways in which an instance ends. */
const endings: ReadonlyArray<readonly [what: string, end: Ending]> = [
  ["leaves", ({ viewer }) => viewer.leave],
  ["is reset", ({ hub, device: { gateway } }) =>
    Effect.suspend(() => {
      hub.participant("rover").failWrites(1);
      gateway.publishStatus({ level: "info", message: "lost" });
      return settle;
    })],
  ["is cut off", ({ hub }) => Effect.andThen(Effect.sync(() => hub.participant("viewer-1").kick()), settle)],
  ["loses its session", ({ hub }) => Effect.andThen(Effect.sync(() => hub.participant("rover").kick()), settle)],
  ["is closed upon", ({ device }) => device.gateway.closeEffect],
  [
    "is let go by a policy",
    ({ device }) => Effect.andThen(Effect.sync(() => device.gateway.setPolicy("viewer-1", gone)), settle),
  ],
];

describe("the clean-up after a viewer", () => {
  for (const [what, end] of endings) {
    it.effect(`that ${what} tells of every end once, in the order of the specification`, () =>
      Effect.gen(function* () {
        const scene = yield* start();
        yield* end(scene);
        assert.deepStrictEqual(scene.events, told("viewer-1"));
        yield* advance(60_000);
        assert.deepStrictEqual(scene.events, told("viewer-1"));
      }));

    it.effect(`that ${what} leaves what others share as it is`, () =>
      Effect.gen(function* () {
        const scene = yield* start();
        const { other, channels, events, device } = scene;
        yield* enter(other, channels);
        events.length = 0;
        yield* end(scene);
        const own = events.filter((event) => event.includes("viewer-1"));
        assert.deepStrictEqual(own.map((event) => event.replace(/ \(.*/, "")), [
          "- viewer-1 /1",
          "- viewer-1 /2",
          "- viewer-1 own /own1",
          "- viewer-1 own /own2",
        ]);
        if (what === "loses its session" || what === "is closed upon") {
          assert.strictEqual(events.filter((event) => event.startsWith("- parameters a,b")).length, 1);
          assert.strictEqual(events.filter((event) => event.startsWith("- graph")).length, 1);
          return;
        }
        assert.strictEqual(events.length, 4);
        yield* other.drain;
        device.gateway.publishParameterValues([{ name: "a", value: 1 }]);
        device.gateway.publishConnectionGraph({ publishedTopics: { "/a": ["n"] } });
        channels[0]?.log("x");
        yield* other.next("parameterValues");
        yield* other.next("connectionGraphUpdate");
        yield* other.next("messageData");
        yield* other.send({ op: "messageData", channelId: 1, data: bytes("x") });
        assert.strictEqual(events.at(-1), "viewer-2 /own1");
      }));
  }

  for (const order of ["old-first", "new-first"] as const) {
    it.effect(`whose identity connects anew, told ${order}, tells of every end once; the new instance has nothing`, () =>
      Effect.gen(function* () {
        const { hub, device, events, channels } = yield* start();
        hub.setReplacementOrder(order);
        const successor = yield* RawViewer.join(hub, "viewer-1");
        assert.deepStrictEqual(events, told("viewer-1"));
        yield* successor.drain;
        device.gateway.publishParameterValues([{ name: "a", value: 1 }]);
        device.gateway.publishConnectionGraph({ publishedTopics: { "/a": ["n"] } });
        channels[0]?.log("x");
        yield* goesOn(successor);
        yield* successor.send({ op: "messageData", channelId: 1, data: bytes("x") });
        assert.include((yield* successor.next("status")).message, "not advertised channel 1");
        yield* enter(successor, channels);
        events.length = 0;
        yield* advance(60_000);
        assert.deepStrictEqual(events, []);
        yield* successor.leave;
        assert.deepStrictEqual(events, told("viewer-1"));
      }));
  }

  it.effect("that is reset leaves its fresh start nothing", () =>
    Effect.gen(function* () {
      const { hub, device, viewer, events, channels } = yield* start();
      hub.participant("rover").failWrites(1);
      device.gateway.publishStatus({ level: "info", message: "lost" });
      yield* viewer.drain;
      assert.strictEqual(viewer.controls.length, 2);
      device.gateway.publishParameterValues([{ name: "a", value: 1 }]);
      device.gateway.publishConnectionGraph({ publishedTopics: { "/a": ["n"] } });
      channels[0]?.log("x");
      yield* goesOn(viewer);
      yield* viewer.send({ op: "messageData", channelId: 1, data: bytes("x") });
      assert.include((yield* viewer.next("status")).message, "not advertised channel 1");
      events.length = 0;
      yield* enter(viewer, channels);
      yield* viewer.leave;
      assert.deepStrictEqual(events.slice(-6), told("viewer-1"));
    }));

  it.effect("that had nothing tells of nothing", () =>
    Effect.gen(function* () {
      const { other, events } = yield* start();
      yield* other.leave;
      assert.deepStrictEqual(events, []);
    }));

  it.effect("that gave back what it had tells of nothing more", () =>
    Effect.gen(function* () {
      const { viewer, events, channels } = yield* start();
      yield* viewer.unsubscribe(...channels.map(({ id }) => id));
      yield* viewer.send(
        { op: "unsubscribeParameterUpdates", parameterNames: ["a", "b"] },
        { op: "unsubscribeConnectionGraph" },
        { op: "unadvertise", channelIds: [1, 2] },
      );
      assert.strictEqual(events.length, 6);
      yield* viewer.leave;
      assert.strictEqual(events.length, 6);
    }));

  it.effect("that ends with the gateway is told before the gateway is shut down, and nothing after", () =>
    Effect.gen(function* () {
      const { device, events, viewer } = yield* start();
      yield* device.gateway.closeEffect;
      assert.strictEqual(device.statuses.at(-1), "shut-down");
      const count = events.length;
      device.gateway.publishConnectionGraph({ publishedTopics: { "/a": ["n"] } });
      device.gateway.publishParameterValues([{ name: "a", value: 1 }]);
      yield* Effect.ignore(viewer.send({ op: "subscribeConnectionGraph" }));
      yield* advance(60_000);
      assert.strictEqual(events.length, count);
    }));

  it.effect("goes on where a callback of it throws", () =>
    Effect.gen(function* () {
      const events: Array<string> = [];
      const fails = (event: string) => () => {
        events.push(event);
        throw new Error(event);
      };
      const { device, viewer, other } = yield* setScene({
        parameters: {},
        onParametersUnsubscribe: fails("parameters"),
        onConnectionGraphUnsubscribe: fails("graph"),
        onUnsubscribe: fails("unsubscribe"),
        onClientUnadvertise: fails("unadvertise"),
      });
      const channels = ["/1", "/2"].map((topic) => device.context.channel({ topic, encoding: "json" }));
      yield* other.drain;
      yield* enter(viewer, channels);
      yield* viewer.leave;
      assert.deepStrictEqual(events, [
        "parameters",
        "graph",
        "unsubscribe",
        "unsubscribe",
        "unadvertise",
        "unadvertise",
      ]);
      assert.strictEqual(device.log.at("error").length, 6);
      yield* goesOn(other);
    }));
});

/** Messages that put a viewer into a table of the device, or ask its application. */
const entering: ReadonlyArray<readonly [operation: Operation, message: ClientMessage]> = [
  ["publish", {
    op: "advertise",
    channels: [1, 2].map((id) => ({ id, topic: `/own${id}`, encoding: "json", schemaName: "" })),
  }],
  ["get", { op: "subscribeParameterUpdates", parameterNames: ["a", "b"] }],
  ["graph", { op: "subscribeConnectionGraph" }],
  ["get", { op: "getParameters", parameterNames: ["a"] }],
  ["set", { op: "setParameters", parameters: [{ name: "a", value: 1 }] }],
  ["fetch", { op: "fetchAsset", requestId: 1, uri: "a" }],
];

describe("a viewer that is let go by the very question what it may do", () => {
  for (const [operation, message] of entering) {
    it.effect(`on ${message.op} is in no table, and the application is asked and told nothing of it`, () =>
      Effect.gen(function* () {
        const events: Array<string> = [];
        const scene: { gateway?: Gateway } = {};
        const asked = (event: string) => () => {
          events.push(event);
          return undefined;
        };
        let asking = false;
        const { device, viewer, other } = yield* setScene({
          authorize: ({ identity }) => ({
            allows: (one) => {
              if (asking && identity === "viewer-1" && one === operation) scene.gateway?.setPolicy(identity, gone);
              return true;
            },
          }),
          parameters: { get: asked("get"), set: asked("set") },
          assets: asked("fetch"),
          onParametersSubscribe: (names) => events.push(`+ ${names.join()}`),
          onParametersUnsubscribe: (names) => events.push(`- ${names.join()}`),
          onConnectionGraphSubscribe: () => events.push("+ graph"),
          onConnectionGraphUnsubscribe: () => events.push("- graph"),
          onClientAdvertise: ({ identity }, { topic }) => events.push(`+ ${identity} ${topic}`),
          onClientUnadvertise: ({ identity }, { topic }) => events.push(`- ${identity} ${topic}`),
        });
        scene.gateway = device.gateway;
        asking = true;
        yield* viewer.send(message);
        assert.deepStrictEqual(events, []);
        yield* other.send(
          { op: "subscribeParameterUpdates", parameterNames: ["a", "b"] },
          { op: "subscribeConnectionGraph" },
        );
        assert.deepStrictEqual(events, ["+ a,b", "+ graph"]);
        yield* device.gateway.closeEffect;
        assert.deepStrictEqual(events, ["+ a,b", "+ graph", "- a,b", "- graph"]);
      }));
  }

  it.effect("on subscribe is subscribed to nothing", () =>
    Effect.gen(function* () {
      const scene: { gateway?: Gateway } = {};
      const { device, viewer } = yield* setScene({
        authorize: () => ({
          allows: (operation) => {
            if (operation === "subscribe") scene.gateway?.setPolicy("viewer-1", gone);
            return true;
          },
        }),
      });
      scene.gateway = device.gateway;
      const channel = device.context.channel({ topic: "/a", encoding: "json" });
      yield* viewer.drain;
      yield* viewer.subscribe(channel.id);
      assert.isFalse(channel.hasSubscribers);
      assert.deepStrictEqual(device.events, []);
    }));
});
