import { assert, describe, it } from "@effect/vitest";
import * as Effect from "effect/Effect";
import { LoopbackHub } from "../../../adapters/loopback/mod.ts";
import { Gateway, policyOf } from "../../../mod.ts";
import { type DeviceOptions, makeContext, startDevice } from "../../support/device.ts";
import { CollectedLog } from "../../support/log.ts";
import { makePair, texts } from "../../support/pair.ts";
import { RawViewer } from "../../support/raw_viewer.ts";
import { advance, settle } from "../../support/settle.ts";
import { textsOf } from "../../support/stream_reader.ts";

const start = Effect.fnUntraced(function* (options: DeviceOptions = {}) {
  const hub = yield* LoopbackHub.make();
  const device = yield* startDevice(hub, options);
  const map = device.context.channel({ topic: "/map", encoding: "json", latch: 2 });
  yield* settle;
  const join = Effect.fnUntraced(function* (identity = "viewer-1") {
    const viewer = yield* RawViewer.join(hub, identity);
    yield* viewer.drain;
    return viewer;
  });
  return { hub, device, map, join };
});

const dataOf = Effect.fnUntraced(function* (viewer: RawViewer) {
  return textsOf(yield* viewer.drain);
});

describe("a latch", () => {
  it.effect("gives each new subscriber what it holds, with the original log times, and then what comes live", () =>
    Effect.gen(function* () {
      const { map, join } = yield* start();
      for (const n of [1, 2, 3]) map.log(`${n}`, { logTime: BigInt(n) });
      for (const identity of ["viewer-1", "viewer-2"]) {
        const viewer = yield* join(identity);
        yield* viewer.silence;
        yield* viewer.subscribe(map.id);
        const first = yield* viewer.next("messageData");
        assert.deepStrictEqual([first.logTime, textsOf([first])], [2n, ["2"]]);
        const second = yield* viewer.next("messageData");
        assert.deepStrictEqual([second.logTime, textsOf([second])], [3n, ["3"]]);
        yield* viewer.silence;
      }
      map.log("4");
      const late = yield* join("viewer-3");
      yield* late.subscribe(map.id);
      assert.deepStrictEqual(yield* dataOf(late), ["3", "4"]);
    }));

  it.effect("comes ahead of what the application logs as it hears of the subscription", () =>
    Effect.gen(function* () {
      const { map, join } = yield* start({ onSubscribe: (_client, channel) => channel.log("hello") });
      map.log("map");
      const viewer = yield* join();
      yield* viewer.subscribe(map.id);
      assert.deepStrictEqual(yield* dataOf(viewer), ["map", "hello"]);
      const other = yield* join("viewer-2");
      yield* other.subscribe(map.id);
      assert.deepStrictEqual(yield* dataOf(other), ["map", "hello", "hello"]);
      assert.deepStrictEqual(yield* dataOf(viewer), ["hello"]);
    }));

  it.effect("is given once to a viewer that asks twice, and again to one that has unsubscribed meanwhile", () =>
    Effect.gen(function* () {
      const { map, join } = yield* start();
      map.log("map");
      const viewer = yield* join();
      yield* viewer.subscribe(map.id, map.id);
      yield* viewer.subscribe(map.id);
      assert.deepStrictEqual(yield* dataOf(viewer), ["map"]);
      yield* viewer.unsubscribe(map.id);
      map.log("newer");
      yield* viewer.subscribe(map.id);
      assert.deepStrictEqual(yield* dataOf(viewer), ["map", "newer"]);
    }));

  it.effect("is given again after a reset and after a reconnect", () =>
    Effect.gen(function* () {
      const { hub, device, map, join } = yield* start();
      map.log("map");
      const viewer = yield* join();
      hub.participant("rover").failWrites(1);
      device.context.channel({ topic: "/late", encoding: "json" });
      yield* settle;
      assert.strictEqual(viewer.controls.length, 2);
      yield* viewer.drain;
      yield* viewer.subscribe(map.id);
      assert.deepStrictEqual(yield* dataOf(viewer), ["map"]);
      yield* viewer.leave;
      const again = yield* join();
      yield* again.subscribe(map.id);
      assert.deepStrictEqual(yield* dataOf(again), ["map"]);
    }));

  it.effect("stays with the channel over sessions and gateways", () =>
    Effect.gen(function* () {
      const { hub, device, map, join } = yield* start();
      map.log("before");
      yield* device.gateway.closeEffect;
      map.log("between");
      yield* startDevice(hub, { context: device.context });
      const viewer = yield* join();
      yield* viewer.subscribe(map.id);
      assert.deepStrictEqual(yield* dataOf(viewer), ["before", "between"]);
    }));

  it.effect("makes its channel reliable, whatever the classifier says, with a warning", () =>
    Effect.gen(function* () {
      const { device, map, join } = yield* start({ qos: () => "lossy" });
      const viewer = yield* join();
      assert.strictEqual(viewer.tracks.size, 0);
      assert.include(device.log.at("warning"), "a channel with a latch is reliable, whatever was asked for");
      map.log("map");
      yield* viewer.subscribe(map.id);
      assert.deepStrictEqual(yield* dataOf(viewer), ["map"]);
    }));

  it.effect("is advertised as reliable, without a warning where nobody asked for anything else", () =>
    Effect.gen(function* () {
      const { hub, device } = yield* start();
      const viewer = yield* RawViewer.join(hub);
      yield* viewer.next("serverInfo");
      const [channel] = (yield* viewer.next("advertise")).channels;
      assert.strictEqual(channel?.metadata.get("foxglove.reliable"), "true");
      assert.deepStrictEqual(device.log.at("warning"), []);
    }));

  it.effect("goes out as one burst: more messages than may wait do not reset the viewer", () =>
    Effect.gen(function* () {
      const { device, join } = yield* start({ limits: { queueFrames: 4 } });
      const many = device.context.channel({ topic: "/many", encoding: "json", latch: 100 });
      const expected = Array.from({ length: 100 }, (_, n) => `${n}`);
      for (const text of expected) many.log(text);
      const viewer = yield* join();
      yield* viewer.subscribe(many.id);
      assert.deepStrictEqual(yield* dataOf(viewer), expected);
      assert.strictEqual(viewer.controls.length, 1);
    }));

  it.effect("goes out in one burst with the others of one subscribe, together more bytes than may wait", () =>
    Effect.gen(function* () {
      const { device, join } = yield* start({ limits: { queueBytes: 1_000 } });
      const channels = Array.from(
        { length: 5 },
        (_, n) => device.context.channel({ topic: `/large/${n}`, encoding: "json", latch: 1 }),
      );
      for (const channel of channels) channel.log(channel.topic.padEnd(900));
      const viewer = yield* join();
      yield* viewer.subscribe(...channels.map(({ id }) => id));
      assert.deepStrictEqual((yield* dataOf(viewer)).map((text) => text.trim()), channels.map(({ topic }) => topic));
      assert.strictEqual(viewer.controls.length, 1);
    }));

  it.effect("as large as all that may wait for a viewer reaches it, whatever waits and comes with it", () =>
    Effect.gen(function* () {
      const { context, gateway, viewer, log } = yield* makePair({
        gateway: { limits: { queueBytes: 10_000 }, capabilities: ["time"] },
        viewerTransport: { windowBytes: 512, writeBytes: 256 },
      });
      const map = context.channel({ topic: "/map", encoding: "json", latch: { messages: 10, bytes: 10_000 } });
      const expected = Array.from({ length: 10 }, (_, n) => `${n}`.padEnd(978));
      for (const text of expected) map.log(text);
      const seen = texts(viewer.subscribe("/map"));
      for (let turn = 0; turn < 100; turn += 1) {
        gateway.publishTime(BigInt(turn));
        yield* advance(10, 10);
      }
      yield* advance(10_000);
      assert.deepStrictEqual(seen, expected);
      assert.deepStrictEqual(log.at("warning"), []);
    }));

  it.effect("cannot be asked for so often that a viewer which does not read piles it up: the viewer is reset", () =>
    Effect.gen(function* () {
      const { hub, device } = yield* start({ limits: { queueBytes: 10_000 } });
      const map = device.context.channel({ topic: "/big", encoding: "json", latch: 1 });
      map.log("x".repeat(4_000));
      const viewer = yield* RawViewer.join(hub, "viewer-1", { windowBytes: 512, writeBytes: 256 });
      yield* viewer.drain;
      viewer.pause();
      for (let n = 0; n < 10; n += 1) {
        yield* viewer.subscribe(map.id);
        yield* viewer.unsubscribe(map.id);
      }
      assert.include(device.log.at("warning"), "the viewer's control queue is full; the viewer is reset");
      viewer.resume();
      yield* settle;
    }));

  it.effect("is not given to a viewer that may not have the channel", () =>
    Effect.gen(function* () {
      const { map, join } = yield* start({ authorize: () => policyOf({ see: true }) });
      map.log("map");
      const viewer = yield* join();
      yield* viewer.subscribe(map.id);
      yield* viewer.next("status");
      yield* viewer.silence;
    }));

  it.effect("that may hold more than may wait for one viewer keeps a gateway from starting", () =>
    Effect.gen(function* () {
      const hub = yield* LoopbackHub.make();
      const context = yield* makeContext(new CollectedLog().log);
      const map = context.channel({ topic: "/map", encoding: "json", latch: { messages: 1, bytes: 1_001 } });
      const make = Gateway.make({
        name: "rover",
        context,
        transport: hub.transport({ identity: "rover" }),
        limits: { queueBytes: 1_000 },
      });
      const error = yield* Effect.flip(make);
      assert.include(error.message, '"/map"');
      assert.include(error.message, "queueBytes");
      map.close();
      const gateway = yield* make;
      const channel = { topic: "/map", encoding: "json", latch: { messages: 1, bytes: 1_001 } };
      assert.throws(() => context.channel(channel), "1000");
      yield* gateway.closeEffect;
      assert.strictEqual(context.channel(channel).latch?.bounds.bytes, 1_001);
    }));

  it.effect("reaches a viewer of this library again over a lost room, nothing of it lost", () =>
    Effect.gen(function* () {
      const { hub, context, viewer } = yield* makePair();
      const map = context.channel({ topic: "/map", encoding: "json", latch: 1 });
      map.log("map");
      const seen = texts(viewer.subscribe("/map"));
      yield* settle;
      assert.deepStrictEqual(seen, ["map"]);
      hub.participant("device").kick("connection-lost");
      map.log("newer");
      yield* advance(5_000);
      assert.deepStrictEqual(seen, ["map", "newer"]);
    }));
});
