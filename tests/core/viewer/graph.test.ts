import { assert, describe, it } from "@effect/vitest";
import * as Effect from "effect/Effect";
import * as Fiber from "effect/Fiber";
import * as Stream from "effect/Stream";
import { LoopbackHub } from "../../../adapters/loopback/mod.ts";
import { type ConnectionGraph, Viewer } from "../../../mod.ts";
import type { ConnectionGraphUpdate } from "../../../core/protocol/mod.ts";
import { MAX_GRAPH_SIZE } from "../../../core/viewer/graph.ts";
import { makePair } from "../../support/pair.ts";
import { capable, RawDevice, say } from "../../support/raw_device.ts";
import { outcome, rawPair } from "../../support/raw_pair.ts";
import { advance, eventually, settle } from "../../support/settle.ts";

/** An update in which only what is given happens. */
function update(given: Partial<ConnectionGraphUpdate> = {}): ConnectionGraphUpdate {
  return {
    op: "connectionGraphUpdate",
    publishedTopics: [],
    subscribedTopics: [],
    advertisedServices: [],
    removedTopics: [],
    removedServices: [],
    ...given,
  };
}

const published = (name: string, ...publisherIds: ReadonlyArray<string>) => ({
  publishedTopics: [{ name, publisherIds }],
});

/** A graph as plain text. */
function plain({ publishedTopics, subscribedTopics, advertisedServices }: ConnectionGraph): string {
  return [publishedTopics, subscribedTopics, advertisedServices]
    .map((entries) => [...entries].map(([name, ids]) => `${name}:${[...ids].join("+")}`).join(" "))
    .join(" | ");
}

describe("Viewer: watching the connection graph", () => {
  it.effect("gives the whole graph and follows its changes", () =>
    Effect.gen(function* () {
      const { gateway, viewer } = yield* makePair({ gateway: { capabilities: ["connectionGraph"] } });
      gateway.publishConnectionGraph({ publishedTopics: { "/camera": ["n1"] }, advertisedServices: { "/s": ["n1"] } });
      const watch = viewer.watchConnectionGraph();
      assert.deepStrictEqual([plain(watch.graph), watch.isCurrent], [" |  | ", false]);
      const seen: Array<string> = [];
      watch.onChange((graph) => seen.push(plain(graph)));
      yield* eventually("it is there", () => watch.isCurrent);
      gateway.publishConnectionGraph({ publishedTopics: { "/lidar": ["n1", "n2"] }, advertisedServices: {} });
      yield* eventually("it has changed", () => seen.length === 2);
      assert.deepStrictEqual(seen, ["/camera:n1 |  | /s:n1", "/lidar:n1+n2 |  | "]);
      assert.strictEqual(plain(watch.graph), seen[1]);
    }));

  it.effect("takes out what is removed, and what has no ids any more", () =>
    Effect.gen(function* () {
      const { viewer, control } = yield* rawPair(["connectionGraph"]);
      const watch = viewer.watchConnectionGraph();
      yield* settle;
      const one = { name: "/a", publisherIds: ["n"] };
      yield* say(
        control,
        update({
          publishedTopics: [one, { name: "/b", publisherIds: ["n"] }],
          subscribedTopics: [{ name: "/a", subscriberIds: ["m"] }],
          advertisedServices: [{ name: "/s", providerIds: ["n"] }, { name: "/t", providerIds: ["n"] }],
        }),
      );
      yield* say(control, update({ ...published("/b"), removedServices: ["/s", "/unknown"] }));
      yield* settle;
      assert.strictEqual(plain(watch.graph), "/a:n | /a:m | /t:n");
      yield* say(control, update({ removedTopics: ["/a", "/unknown"] }));
      yield* settle;
      assert.strictEqual(plain(watch.graph), " |  | /t:n");
    }));

  it.effect("shares one subscription, and ends it with the last watch; a later one begins anew", () =>
    Effect.gen(function* () {
      const { viewer, device, control } = yield* rawPair(["connectionGraph"]);
      const [one, two] = [viewer.watchConnectionGraph(), viewer.watchConnectionGraph()];
      yield* eventually("it is subscribed", () => device.received.length === 1);
      yield* say(control, update(published("/a", "n")));
      yield* eventually("it is there", () => two.isCurrent);
      const three = viewer.watchConnectionGraph();
      assert.strictEqual(plain(three.graph), "/a:n |  | ");
      for (const watch of [one, two, three]) watch.close();
      three.close();
      yield* settle;
      assert.deepStrictEqual(device.ops, ["subscribeConnectionGraph", "unsubscribeConnectionGraph"]);
      yield* say(control, update(published("/late", "n")));
      const four = viewer.watchConnectionGraph();
      yield* settle;
      yield* say(control, update(published("/b", "n")));
      yield* settle;
      assert.strictEqual(device.ops.at(-1), "subscribeConnectionGraph");
      assert.include(plain(four.graph), "/b:n");
      assert.notInclude(plain(four.graph), "/a");
    }));

  it.effect("is subscribed to anew when the device takes the viewer for subscribed already", () =>
    Effect.gen(function* () {
      const { viewer, device, control } = yield* rawPair(["connectionGraph"]);
      yield* say(control, update(published("/unasked", "n")));
      yield* settle;
      const watch = viewer.watchConnectionGraph();
      yield* settle;
      // A device ignores a repeat: without the first of these it would say nothing.
      assert.deepStrictEqual(device.ops, ["unsubscribeConnectionGraph", "subscribeConnectionGraph"]);
      yield* say(control, update(published("/whole", "n")));
      yield* eventually("it is there", () => watch.isCurrent);
      assert.strictEqual(plain(watch.graph), "/whole:n |  | ");
    }));

  it.effect("starts afresh from the whole graph in each session, and keeps the last one until then", () =>
    Effect.gen(function* () {
      const { viewer, device, control } = yield* rawPair(["connectionGraph"]);
      const watch = viewer.watchConnectionGraph();
      yield* eventually("it is subscribed", () => device.received.length === 1);
      yield* say(control, update(published("/old", "n")));
      yield* eventually("it is there", () => watch.isCurrent);
      yield* say(control, capable("connectionGraph"));
      yield* eventually("it is subscribed again", () => device.of("subscribeConnectionGraph").length === 2);
      assert.deepStrictEqual([plain(watch.graph), watch.isCurrent], ["/old:n |  | ", false]);
      assert.deepStrictEqual(device.of("unsubscribeConnectionGraph"), []);
      yield* say(control, update());
      yield* eventually("the new one is there", () => watch.isCurrent);
      assert.strictEqual(plain(watch.graph), " |  | ");
    }));

  it.effect("is made good on another stream of the session", () =>
    Effect.gen(function* () {
      const { hub, viewer, device } = yield* rawPair(["connectionGraph", "assets"], { log: () => {} });
      hub.participant("viewer-1").failWrites(1);
      const watch = viewer.watchConnectionGraph();
      yield* settle;
      yield* advance(1_000);
      yield* eventually("there is a second stream", () => device.streams === 2);
      yield* settle;
      assert.deepStrictEqual(device.ops, ["unsubscribeConnectionGraph", "subscribeConnectionGraph"]);
      hub.participant("viewer-1").failWrites(1);
      outcome(viewer.fetchAsset("a"));
      yield* settle;
      watch.close();
      device.received.length = 0;
      yield* advance(2_000);
      yield* eventually("there is a third stream", () => device.streams === 3);
      yield* settle;
      assert.deepStrictEqual(device.ops, ["unsubscribeConnectionGraph"]);
    }));

  it.effect("that has been told goes on as it is on another stream of the session", () =>
    Effect.gen(function* () {
      const { hub, viewer, device, control } = yield* rawPair(["connectionGraph", "assets"], { log: () => {} });
      const watch = viewer.watchConnectionGraph();
      yield* eventually("it is subscribed", () => device.received.length === 1);
      yield* say(control, update(published("/a", "n")));
      yield* eventually("it is there", () => watch.isCurrent);
      hub.participant("viewer-1").failWrites(1);
      outcome(viewer.fetchAsset("a"));
      yield* settle;
      yield* advance(1_000);
      yield* eventually("there is a second stream", () => device.streams === 2);
      yield* say(control, update(published("/b", "n")));
      yield* settle;
      assert.deepStrictEqual([device.ops, plain(watch.graph)], [["subscribeConnectionGraph"], "/a:n /b:n |  | "]);
    }));

  it.effect("waits for a device that tells its graph, which is said in the log", () =>
    Effect.gen(function* () {
      const { viewer, device, control, log } = yield* rawPair([]);
      const watch = viewer.watchConnectionGraph();
      yield* settle;
      assert.deepStrictEqual([device.received.length, log.at("warning").length], [0, 1]);
      yield* say(control, capable("connectionGraph"));
      yield* eventually("it is subscribed", () => device.received.length === 1);
      assert.isFalse(watch.isClosed);
    }));

  it.effect("is an async iterable and a stream of whole graphs, of which the latest waits", () =>
    Effect.gen(function* () {
      const { viewer, control } = yield* rawPair(["connectionGraph"]);
      const [iterated, streamed] = [viewer.watchConnectionGraph(), viewer.watchConnectionGraph()];
      yield* settle;
      yield* say(control, update(published("/a", "n")), update(published("/b", "n")));
      yield* settle;
      const collecting = yield* Effect.forkChild(Stream.runCollect(streamed.stream));
      const seen: Array<string> = [];
      yield* Effect.promise(async () => {
        for await (const graph of iterated) {
          seen.push(plain(graph));
          break;
        }
      });
      assert.deepStrictEqual([seen, iterated.isClosed, iterated.replaced], [["/a:n /b:n |  | "], true, 1]);
      yield* settle;
      streamed.close();
      assert.deepStrictEqual((yield* Fiber.join(collecting)).map(plain), ["/a:n /b:n |  | "]);
    }));

  it.effect("keeps to a bound, whatever a device tells, and goes on below it", () =>
    Effect.gen(function* () {
      const { viewer, control, log } = yield* rawPair(["connectionGraph"]);
      const watch = viewer.watchConnectionGraph();
      yield* settle;
      const publisherIds = Array.from({ length: MAX_GRAPH_SIZE / 64 }, (_, n) => `${n}`);
      yield* say(control, update(published("/a", "n")));
      yield* say(control, update({ publishedTopics: [{ name: "/large", publisherIds }] }));
      yield* say(control, update({ publishedTopics: [{ name: "/large", publisherIds }] }));
      yield* say(control, update(published("/b", "n")));
      yield* settle;
      assert.strictEqual(plain(watch.graph), "/a:n /b:n |  | ");
      assert.strictEqual(log.at("error").length, 1);
    }));

  it.effect("is closed with its viewer", () =>
    Effect.gen(function* () {
      const hub = yield* LoopbackHub.make();
      const viewer = yield* Viewer.make(hub.transport({ identity: "viewer-1" }));
      const watch = viewer.watchConnectionGraph();
      yield* RawDevice.join(hub);
      yield* viewer.closeEffect;
      assert.isTrue(watch.isClosed);
      assert.isTrue(viewer.watchConnectionGraph().isClosed);
    }));
});
