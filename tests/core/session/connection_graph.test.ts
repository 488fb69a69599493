import { assert, describe, it } from "@effect/vitest";
import * as Effect from "effect/Effect";
import type { ConnectionGraphUpdate } from "../../../core/protocol/mod.ts";
import { CapabilityMissing, type ConnectionGraphOptions, FrameTooLarge, InvalidArgument } from "../../../mod.ts";
import type { DeviceOptions } from "../../support/device.ts";
import { type RawViewer, subscribe as subscribeTo } from "../../support/raw_viewer.ts";
import { goesOn, setScene } from "../../support/requests.ts";
import { advance, settle } from "../../support/settle.ts";

const subscribe = { op: "subscribeConnectionGraph" } as const;
const unsubscribe = { op: "unsubscribeConnectionGraph" } as const;

/** A device with the capability, and what its application is told. */
const start = Effect.fnUntraced(function* (options: DeviceOptions = {}) {
  const events: Array<string> = [];
  const scene = yield* setScene({
    onConnectionGraphSubscribe: () => events.push("+"),
    onConnectionGraphUnsubscribe: () => events.push("-"),
    ...options,
  });
  return { ...scene, gateway: scene.device.gateway, events };
});

const nothing: ConnectionGraphUpdate = {
  op: "connectionGraphUpdate",
  publishedTopics: [],
  subscribedTopics: [],
  advertisedServices: [],
  removedTopics: [],
  removedServices: [],
};
const update = (fields: Partial<ConnectionGraphUpdate>): ConnectionGraphUpdate => ({ ...nothing, ...fields });
const next = (viewer: RawViewer) => viewer.next("connectionGraphUpdate");

const camera: ConnectionGraphOptions = {
  publishedTopics: { "/camera": ["node_1"] },
  subscribedTopics: { "/camera": ["node_2"] },
  advertisedServices: { "/set_mode": ["node_1"] },
};

describe("following the connection graph", () => {
  it.effect("begins with the whole of it, an empty one too", () =>
    Effect.gen(function* () {
      const { gateway, viewer, other } = yield* start();
      yield* viewer.send(subscribe);
      assert.deepStrictEqual(yield* next(viewer), nothing);
      yield* viewer.silence;
      gateway.publishConnectionGraph(camera);
      const whole = update({
        publishedTopics: [{ name: "/camera", publisherIds: ["node_1"] }],
        subscribedTopics: [{ name: "/camera", subscriberIds: ["node_2"] }],
        advertisedServices: [{ name: "/set_mode", providerIds: ["node_1"] }],
      });
      assert.deepStrictEqual(yield* next(viewer), whole);
      yield* other.silence;
      yield* other.send(subscribe);
      assert.deepStrictEqual(yield* next(other), whole);
      yield* viewer.silence;
    }));

  it.effect("brings what has changed: new entries, removed topics and services", () =>
    Effect.gen(function* () {
      const { gateway, viewer } = yield* start();
      yield* viewer.send(subscribe);
      yield* viewer.drain;
      gateway.publishConnectionGraph({
        publishedTopics: { "/camera": ["node_1"] },
        advertisedServices: { "/set_mode": ["node_1"] },
      });
      yield* viewer.drain;
      gateway.publishConnectionGraph({
        publishedTopics: { "/lidar": ["node_1"] },
        advertisedServices: { "/set_mode": ["node_2"] },
      });
      assert.deepStrictEqual(
        yield* next(viewer),
        update({
          publishedTopics: [{ name: "/lidar", publisherIds: ["node_1"] }],
          advertisedServices: [{ name: "/set_mode", providerIds: ["node_2"] }],
          removedTopics: ["/camera"],
        }),
      );
    }));

  it.effect("brings each difference by itself", () =>
    Effect.gen(function* () {
      const { gateway, viewer } = yield* start();
      yield* viewer.send(subscribe);
      yield* viewer.drain;
      const steps: ReadonlyArray<readonly [ConnectionGraphOptions, Partial<ConnectionGraphUpdate>]> = [
        [{ publishedTopics: { a: ["1"] } }, { publishedTopics: [{ name: "a", publisherIds: ["1"] }] }],
        [{ publishedTopics: { a: ["2"] } }, { publishedTopics: [{ name: "a", publisherIds: ["2"] }] }],
        [{ publishedTopics: { a: ["2", "3"] } }, { publishedTopics: [{ name: "a", publisherIds: ["2", "3"] }] }],
        [{ publishedTopics: { a: ["2", "3"] }, subscribedTopics: { a: ["4"] } }, {
          subscribedTopics: [{ name: "a", subscriberIds: ["4"] }],
        }],
        [{ subscribedTopics: { a: ["4"] } }, { publishedTopics: [{ name: "a", publisherIds: [] }] }],
        [{ advertisedServices: { s: ["1"] } }, {
          advertisedServices: [{ name: "s", providerIds: ["1"] }],
          removedTopics: ["a"],
        }],
        [{ advertisedServices: { t: ["1"] } }, {
          advertisedServices: [{ name: "t", providerIds: ["1"] }],
          removedServices: ["s"],
        }],
        [{}, { removedServices: ["t"] }],
      ];
      for (const [graph, difference] of steps) {
        gateway.publishConnectionGraph(graph);
        assert.deepStrictEqual(yield* next(viewer), update(difference));
      }
      yield* viewer.silence;
    }));

  it.effect("names a topic that has gone from both lists once", () =>
    Effect.gen(function* () {
      const { gateway, viewer } = yield* start();
      const of = (n: number): ConnectionGraphOptions => ({
        publishedTopics: { [`topic${n}`]: ["p"] },
        subscribedTopics: { [`topic${n}`]: ["s"] },
        advertisedServices: { [`service${n}`]: ["v"] },
      });
      gateway.publishConnectionGraph(of(1));
      yield* viewer.send(subscribe);
      yield* viewer.drain;
      gateway.publishConnectionGraph(of(2));
      assert.deepStrictEqual(
        yield* next(viewer),
        update({
          publishedTopics: [{ name: "topic2", publisherIds: ["p"] }],
          subscribedTopics: [{ name: "topic2", subscriberIds: ["s"] }],
          advertisedServices: [{ name: "service2", providerIds: ["v"] }],
          removedTopics: ["topic1"],
          removedServices: ["service1"],
        }),
      );
    }));

  it.effect("brings nothing where nothing has changed: ids are sets, in whatever order and form", () =>
    Effect.gen(function* () {
      const { gateway, viewer } = yield* start();
      gateway.publishConnectionGraph({ publishedTopics: { a: ["1", "2"], b: [] } });
      yield* viewer.send(subscribe);
      assert.deepStrictEqual((yield* next(viewer)).publishedTopics, [{ name: "a", publisherIds: ["1", "2"] }]);
      gateway.publishConnectionGraph({ publishedTopics: { a: ["2", "1", "2"] } });
      gateway.publishConnectionGraph({ publishedTopics: new Map([["a", new Set(["2", "1"])]]) });
      gateway.publishConnectionGraph({ publishedTopics: new Map([["a", ["1", "2"].values()]]), subscribedTopics: {} });
      yield* viewer.silence;
    }));

  it.effect("is not disturbed by what the application does to the graph that it has published", () =>
    Effect.gen(function* () {
      const { gateway, viewer } = yield* start();
      const ids = ["1"];
      const publishedTopics = new Map([["a", ids]]);
      gateway.publishConnectionGraph({ publishedTopics });
      ids.push("2");
      publishedTopics.clear();
      yield* viewer.send(subscribe);
      assert.deepStrictEqual((yield* next(viewer)).publishedTopics, [{ name: "a", publisherIds: ["1"] }]);
    }));

  it.effect("twice changes nothing", () =>
    Effect.gen(function* () {
      const { gateway, viewer, events } = yield* start();
      yield* viewer.send(subscribe, subscribe);
      yield* next(viewer);
      yield* viewer.silence;
      gateway.publishConnectionGraph(camera);
      yield* next(viewer);
      yield* viewer.silence;
      assert.deepStrictEqual(events, ["+"]);
    }));

  it.effect("ends with unsubscribing, and nothing else does", () =>
    Effect.gen(function* () {
      const { gateway, device, viewer } = yield* start();
      const channel = device.context.channel({ topic: "/a", encoding: "json", qos: "reliable" });
      yield* viewer.send(subscribe);
      yield* viewer.drain;
      yield* viewer.send(unsubscribe);
      gateway.publishConnectionGraph(camera);
      yield* viewer.send(subscribeTo(channel.id));
      channel.log("x");
      yield* viewer.next("messageData");
      yield* viewer.silence;
    }));

  it.effect("is told to the application by the first follower and the last", () =>
    Effect.gen(function* () {
      const { viewer, other, events } = yield* start();
      yield* viewer.send(unsubscribe);
      assert.deepStrictEqual(events, []);
      yield* viewer.send(subscribe);
      yield* other.send(subscribe);
      assert.deepStrictEqual(events, ["+"]);
      yield* viewer.send(unsubscribe, unsubscribe);
      assert.deepStrictEqual(events, ["+"]);
      yield* other.send(unsubscribe);
      assert.deepStrictEqual(events, ["+", "-"]);
      yield* other.send(unsubscribe);
      assert.deepStrictEqual(events, ["+", "-"]);
      yield* viewer.send(subscribe);
      assert.deepStrictEqual(events, ["+", "-", "+"]);
    }));

  it.effect("ends with the viewer that leaves", () =>
    Effect.gen(function* () {
      const { gateway, viewer, other, events } = yield* start();
      yield* viewer.send(subscribe);
      yield* viewer.leave;
      assert.deepStrictEqual(events, ["+", "-"]);
      gateway.publishConnectionGraph(camera);
      yield* other.silence;
    }));

  it.effect("ends with the session, told once whatever the number of followers; the graph stays", () =>
    Effect.gen(function* () {
      const { hub, gateway, viewer, other, events } = yield* start();
      gateway.publishConnectionGraph(camera);
      yield* viewer.send(subscribe);
      yield* other.send(subscribe);
      hub.participant("rover").kick();
      yield* settle;
      assert.deepStrictEqual(events, ["+", "-"]);
      gateway.publishConnectionGraph({ publishedTopics: { "/lidar": ["node_3"] } });
      yield* advance(2_000);
      yield* viewer.next("serverInfo");
      yield* viewer.silence;
      viewer.reopen();
      yield* viewer.send(subscribe);
      assert.deepStrictEqual(
        yield* next(viewer),
        update({ publishedTopics: [{ name: "/lidar", publisherIds: ["node_3"] }] }),
      );
      yield* gateway.closeEffect;
      assert.deepStrictEqual(events, ["+", "-", "+", "-"]);
    }));

  it.effect("comes in two messages where the difference does not fit into one", () =>
    Effect.gen(function* () {
      const { gateway, viewer, device } = yield* start();
      const graph = (letter: string): ConnectionGraphOptions => ({
        publishedTopics: { [letter.repeat(9_000_000)]: ["1"] },
        advertisedServices: { [letter]: ["1"] },
      });
      gateway.publishConnectionGraph(graph("a"));
      yield* viewer.send(subscribe);
      yield* viewer.drain;
      gateway.publishConnectionGraph(graph("b"));
      const gone = yield* next(viewer);
      assert.deepStrictEqual(gone.removedTopics.map((name) => name.length), [9_000_000]);
      assert.deepStrictEqual(gone.removedServices, ["a"]);
      assert.deepStrictEqual([gone.publishedTopics, gone.advertisedServices], [[], []]);
      const come = yield* next(viewer);
      assert.deepStrictEqual(come.publishedTopics.map(({ name }) => name.slice(0, 1)), ["b"]);
      assert.deepStrictEqual(come.advertisedServices.map(({ name }) => name), ["b"]);
      assert.deepStrictEqual([come.removedTopics, come.removedServices], [[], []]);
      assert.deepStrictEqual(device.log.at("error"), []);
    }));

  it.effect("harms nobody where the callbacks throw", () =>
    Effect.gen(function* () {
      const { viewer } = yield* start({
        onConnectionGraphSubscribe: () => {
          throw new Error("no");
        },
      });
      yield* viewer.send(subscribe);
      yield* next(viewer);
      yield* goesOn(viewer);
    }));
});

describe("publishConnectionGraph", () => {
  it.effect("may be called before there is a session", () =>
    Effect.gen(function* () {
      const { hub, gateway, viewer } = yield* start();
      hub.participant("rover").kick();
      yield* settle;
      gateway.publishConnectionGraph(camera);
      yield* advance(2_000);
      yield* viewer.send(subscribe);
      yield* viewer.next("serverInfo");
      assert.strictEqual((yield* next(viewer)).publishedTopics.length, 1);
    }));

  it.effect("fails without the capability, and sends nothing", () =>
    Effect.gen(function* () {
      const { device, viewer } = yield* setScene();
      assert.throws(() => device.gateway.publishConnectionGraph(camera), CapabilityMissing, "connectionGraph");
      yield* viewer.silence;
    }));

  it.effect("fails with what is no graph, and changes nothing", () =>
    Effect.gen(function* () {
      const { gateway, viewer } = yield* start();
      gateway.publishConnectionGraph(camera);
      yield* viewer.send(subscribe);
      yield* viewer.drain;
      const bad: ReadonlyArray<unknown> = [
        null,
        "graph",
        { publishedTopics: "a" },
        { publishedTopics: ["a"] },
        { subscribedTopics: { a: "node_1" } },
        { subscribedTopics: { a: undefined } },
        { subscribedTopics: { a: null } },
        { subscribedTopics: { a: { id: "1" } } },
        { advertisedServices: { a: ["1", 2] } },
        { advertisedServices: { a: [["1"]] } },
        { advertisedServices: new Map([[1, ["1"]]]) },
        { advertisedServices: null },
      ];
      for (const graph of bad) {
        assert.throws(() => gateway.publishConnectionGraph(graph as ConnectionGraphOptions), InvalidArgument);
      }
      const large = { publishedTopics: { a: ["x".repeat(17_000_000)] } };
      assert.throws(() => gateway.publishConnectionGraph(large), FrameTooLarge);
      yield* goesOn(viewer);
      gateway.publishConnectionGraph(camera);
      yield* viewer.silence;
    }));
});
