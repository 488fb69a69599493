import { assert, describe, it } from "@effect/vitest";
import * as Effect from "effect/Effect";
import { LoopbackHub } from "../../../adapters/loopback/mod.ts";
import { type DeviceOptions, startDevice } from "../../support/device.ts";
import { RawViewer } from "../../support/raw_viewer.ts";
import { settle } from "../../support/settle.ts";
import { textsOf } from "../../support/stream_reader.ts";

const start = Effect.fnUntraced(function* (options: DeviceOptions = {}) {
  const hub = yield* LoopbackHub.make();
  const device = yield* startDevice(hub, options);
  const make = (topic: string) => device.context.channel({ topic, encoding: "json", qos: "reliable" });
  const viewer = yield* RawViewer.join(hub);
  const channels = { camera: make("/camera"), lidar: make("/lidar"), imu: make("/imu") };
  yield* viewer.drain;
  return { hub, device, viewer, ...channels };
});

describe("subscriptions", () => {
  it.effect("the application hears of one that is new, and once of its end when the viewer leaves", () =>
    Effect.gen(function* () {
      const { device, viewer, camera } = yield* start();
      yield* viewer.subscribe(camera.id);
      assert.deepStrictEqual(device.events, ["+ viewer-1 /camera"]);
      yield* viewer.leave;
      assert.deepStrictEqual(device.events, ["+ viewer-1 /camera", "- viewer-1 /camera"]);
      assert.strictEqual(device.clients[0], device.clients[1]);
    }));

  it.effect("the application hears once of an unsubscribe", () =>
    Effect.gen(function* () {
      const { device, viewer, lidar } = yield* start();
      yield* viewer.subscribe(lidar.id);
      yield* viewer.unsubscribe(lidar.id);
      assert.deepStrictEqual(device.events, ["+ viewer-1 /lidar", "- viewer-1 /lidar"]);
      yield* viewer.leave;
      assert.strictEqual(device.events.length, 2);
    }));

  it.effect("a viewer that leaves is cleaned up after: once per channel, and the context is told", () =>
    Effect.gen(function* () {
      const { device, viewer, imu, lidar } = yield* start();
      yield* viewer.subscribe(imu.id, lidar.id);
      assert.isTrue(imu.hasSubscribers);
      yield* viewer.leave;
      assert.deepStrictEqual(device.events.slice(2), ["- viewer-1 /imu", "- viewer-1 /lidar"]);
      assert.isFalse(imu.hasSubscribers);
      assert.isFalse(lidar.hasSubscribers);
    }));

  it.effect("repeats, unknown channels and ends of what never began are skipped in silence", () =>
    Effect.gen(function* () {
      const { device, viewer, camera, lidar } = yield* start();
      yield* viewer.subscribe(camera.id, camera.id, 999_999);
      yield* viewer.subscribe(camera.id, lidar.id);
      yield* viewer.unsubscribe(999_999);
      assert.deepStrictEqual(device.events, ["+ viewer-1 /camera", "+ viewer-1 /lidar"]);
      yield* viewer.unsubscribe(camera.id, camera.id);
      yield* viewer.unsubscribe(camera.id);
      assert.deepStrictEqual(device.events.slice(2), ["- viewer-1 /camera"]);
      yield* viewer.silence;
      assert.deepStrictEqual(device.log.at("error"), []);
    }));

  it.effect("nothing is delivered to a viewer that has not subscribed, nor from before it did", () =>
    Effect.gen(function* () {
      const { hub, viewer, camera } = yield* start();
      const other = yield* RawViewer.join(hub, "viewer-2");
      yield* other.drain;
      camera.log("to nobody");
      yield* viewer.subscribe(camera.id);
      camera.log("to one");
      yield* settle;
      yield* other.subscribe(camera.id);
      camera.log("to both");
      yield* viewer.unsubscribe(camera.id);
      camera.log("to the other");
      assert.deepStrictEqual(textsOf(yield* viewer.drain), ["to one", "to both"]);
      assert.deepStrictEqual(textsOf(yield* other.drain), ["to both", "to the other"]);
    }));

  it.effect("the channel knows whether anybody listens", () =>
    Effect.gen(function* () {
      const { hub, viewer, camera } = yield* start();
      const other = yield* RawViewer.join(hub, "viewer-2");
      assert.isFalse(camera.hasSubscribers);
      yield* viewer.subscribe(camera.id);
      yield* other.subscribe(camera.id);
      yield* viewer.unsubscribe(camera.id);
      assert.isTrue(camera.hasSubscribers);
      yield* other.unsubscribe(camera.id);
      assert.isFalse(camera.hasSubscribers);
    }));

  it.effect("a channel that closes ends its subscriptions: unadvertise first, then the application hears of each", () =>
    Effect.gen(function* () {
      const { hub, device, viewer, camera } = yield* start();
      const other = yield* RawViewer.join(hub, "viewer-2");
      yield* other.drain;
      yield* viewer.subscribe(camera.id);
      yield* other.subscribe(camera.id);
      camera.close();
      assert.deepStrictEqual(device.events.slice(2), ["- viewer-1 /camera", "- viewer-2 /camera"]);
      for (const one of [viewer, other]) {
        assert.deepStrictEqual((yield* one.next("unadvertise")).channelIds, [camera.id]);
        yield* one.silence;
      }
      yield* viewer.subscribe(camera.id);
      assert.strictEqual(device.events.length, 4);
      yield* viewer.leave;
      assert.strictEqual(device.events.length, 4);
    }));

  it.effect("a request for video where there is none is refused, and the rest of the message goes ahead", () =>
    Effect.gen(function* () {
      const { device, viewer, camera, lidar } = yield* start();
      yield* viewer.send({
        op: "subscribe",
        channels: [
          { id: camera.id, requestVideoTrack: true },
          { id: lidar.id, requestVideoTrack: false },
          { id: 999_999, requestVideoTrack: true },
        ],
      });
      for (const id of [camera.id, 999_999]) {
        const { level, message, id: statusId } = yield* viewer.next("status");
        assert.strictEqual(level, "error");
        assert.include(message, "does not support video transcoding");
        assert.include(message, String(id));
        assert.isUndefined(statusId);
      }
      yield* viewer.silence;
      assert.deepStrictEqual(device.events, ["+ viewer-1 /lidar"]);
      assert.isFalse(camera.hasSubscribers);
    }));

  it.effect("a data subscription that is there stays when video is refused", () =>
    Effect.gen(function* () {
      const { device, viewer, camera } = yield* start();
      yield* viewer.subscribe(camera.id);
      yield* viewer.send({ op: "subscribe", channels: [{ id: camera.id, requestVideoTrack: true }] });
      yield* viewer.next("status");
      camera.log("x");
      yield* viewer.next("messageData");
      assert.deepStrictEqual(device.events, ["+ viewer-1 /camera"]);
    }));
});

describe("callbacks", () => {
  it.effect("that throw are logged and end nothing", () =>
    Effect.gen(function* () {
      const { device, viewer, camera, lidar } = yield* start({
        onSubscribe: () => {
          throw new Error("the application is wrong");
        },
        onUnsubscribe: () => {
          throw new Error("and again");
        },
        onStatus: () => {
          throw new Error("and once more");
        },
      });
      yield* viewer.subscribe(camera.id, lidar.id);
      camera.log("x");
      yield* viewer.next("messageData");
      yield* viewer.unsubscribe(camera.id);
      lidar.log("y");
      yield* viewer.next("messageData");
      yield* device.gateway.closeEffect;
      assert.deepStrictEqual(device.events, [
        "+ viewer-1 /camera",
        "+ viewer-1 /lidar",
        "- viewer-1 /camera",
        "- viewer-1 /lidar",
      ]);
      assert.deepStrictEqual(device.statuses, ["connecting", "connected", "shutting-down", "shut-down"]);
      const names = ["onSubscribe", "onSubscribe", "onUnsubscribe", "onUnsubscribe"];
      assert.deepStrictEqual(
        device.log.at("error").filter((line) => !line.includes("onStatus")),
        names.map((name) => `the callback ${name} has failed; the session goes on`),
      );
    }));

  it.effect("see the state as it is after the change: a message logged in onSubscribe arrives", () =>
    Effect.gen(function* () {
      const { device, viewer, camera, lidar } = yield* start({
        onSubscribe: (_client, channel) => channel.log(`last value of ${channel.topic}`),
        onUnsubscribe: (_client, channel) => channel.log("nobody hears this"),
      });
      yield* viewer.subscribe(camera.id, lidar.id);
      for (const topic of ["/camera", "/lidar"]) {
        const { data } = yield* viewer.next("messageData");
        assert.strictEqual(new TextDecoder().decode(data), `last value of ${topic}`);
      }
      yield* viewer.unsubscribe(camera.id);
      yield* viewer.leave;
      assert.strictEqual(device.events.length, 4);
    }));

  it.effect("come in the order in which things happened, one at a time, also when one of them closes a channel", () =>
    Effect.gen(function* () {
      let depth = 0;
      const { device, viewer, camera, lidar } = yield* start({
        onSubscribe: (_client, channel) => {
          depth += 1;
          assert.strictEqual(depth, 1);
          if (channel.topic === "/camera") lidar.close();
          depth -= 1;
        },
        onUnsubscribe: () => assert.strictEqual(depth, 0),
      });
      yield* viewer.subscribe(camera.id, lidar.id);
      assert.deepStrictEqual(device.events, ["+ viewer-1 /camera", "+ viewer-1 /lidar", "- viewer-1 /lidar"]);
      assert.deepStrictEqual(device.log.at("error"), []);
    }));

  it.effect("come to an end with shut-down, also when one of them closes the gateway", () =>
    Effect.gen(function* () {
      const order: Array<string> = [];
      let close = (): void => {};
      const { device, viewer, camera, lidar } = yield* start({
        onSubscribe: (_client, channel) => {
          order.push(`+ ${channel.topic}`);
          close();
        },
        onUnsubscribe: (_client, channel) => order.push(`- ${channel.topic}`),
        onStatus: (status) => order.push(status),
      });
      close = () => void device.gateway.close();
      yield* viewer.subscribe(camera.id, lidar.id);
      assert.deepStrictEqual(order.slice(2), [
        "+ /camera",
        "shutting-down",
        "+ /lidar",
        "- /camera",
        "- /lidar",
        "shut-down",
      ]);
    }));

  it.effect("of a viewer's end come before those of what it does when it is back", () =>
    Effect.gen(function* () {
      const { hub, device, viewer, camera, lidar } = yield* start();
      yield* viewer.subscribe(camera.id, lidar.id);
      const again = yield* RawViewer.join(hub);
      yield* again.subscribe(lidar.id);
      assert.deepStrictEqual(device.events.slice(2), [
        "- viewer-1 /camera",
        "- viewer-1 /lidar",
        "+ viewer-1 /lidar",
      ]);
      const [first, , , , second] = device.clients;
      assert.isAbove(second ?? 0, first ?? 0);
    }));
});
