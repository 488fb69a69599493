import { assert, describe, it } from "@effect/vitest";
import * as Effect from "effect/Effect";
import { LoopbackHub } from "../../../adapters/loopback/mod.ts";
import type { AdvertiseInline } from "../../../core/protocol/mod.ts";
import { FrameTooLarge, MissingSchema } from "../../../mod.ts";
import { type DeviceOptions, startDevice } from "../../support/device.ts";
import { RawViewer } from "../../support/raw_viewer.ts";
import { settle } from "../../support/settle.ts";
import { bytes } from "../../support/streams.ts";

const start = Effect.fnUntraced(function* (options: DeviceOptions = {}) {
  const hub = yield* LoopbackHub.make();
  const device = yield* startDevice(hub, options);
  return { hub, device, context: device.context };
});

/** Joins, and reads what is advertised at the start. */
const channelsSeen = Effect.fnUntraced(function* (hub: LoopbackHub) {
  const viewer = yield* RawViewer.join(hub);
  yield* viewer.next("serverInfo");
  const advertised = yield* viewer.next("advertise");
  if (advertised.form !== "inline") assert.fail("expected an inline advertisement");
  return advertised.channels;
});

/** The metadata of the channels by topic. */
function metadata(channels: AdvertiseInline["channels"]): Record<string, Record<string, string>> {
  return Object.fromEntries(channels.map((channel) => [channel.topic, Object.fromEntries(channel.metadata)]));
}

const image = { name: "foxglove.RawImage", encoding: "protobuf" };
const videoLink = { videoTracks: { codecs: ["vp8"] } };

describe("channels", () => {
  it.effect("one that comes late is advertised by itself", () =>
    Effect.gen(function* () {
      const { hub, context } = yield* start();
      const viewer = yield* RawViewer.join(hub);
      yield* viewer.next("serverInfo");
      const late = context.channel({ topic: "/late-topic", encoding: "json" });
      const { channels } = yield* viewer.next("advertise");
      assert.deepStrictEqual(channels.map(({ id, topic }) => [id, topic]), [[late.id, "/late-topic"]]);
      yield* viewer.silence;
    }));

  it.effect("those made in one go are advertised in one message, thousands of them too, and nobody is reset", () =>
    Effect.gen(function* () {
      const { hub, context, device } = yield* start();
      const viewer = yield* RawViewer.join(hub);
      yield* viewer.next("serverInfo");
      for (let n = 0; n < 3_000; n += 1) context.channel({ topic: `/t${n}`, encoding: "json" });
      assert.strictEqual((yield* viewer.next("advertise")).channels.length, 3_000);
      yield* viewer.silence;
      assert.deepStrictEqual(device.log.at("warning"), []);
    }));

  it.effect("one that closes in the turn in which it was made is advertised and unadvertised, in that order", () =>
    Effect.gen(function* () {
      const { hub, context } = yield* start();
      const viewer = yield* RawViewer.join(hub);
      yield* viewer.next("serverInfo");
      const kept = context.channel({ topic: "/kept", encoding: "json" });
      const closed = context.channel({ topic: "/closed", encoding: "json" });
      closed.close();
      assert.deepStrictEqual((yield* viewer.next("advertise")).channels.map(({ id }) => id), [kept.id, closed.id]);
      assert.deepStrictEqual((yield* viewer.next("unadvertise")).channelIds, [closed.id]);
      yield* viewer.silence;
    }));

  it.effect("one that closes is unadvertised, and nothing else is said", () =>
    Effect.gen(function* () {
      const { hub, context } = yield* start();
      const channel = context.channel({ topic: "/test", encoding: "json" });
      const viewer = yield* RawViewer.join(hub);
      yield* viewer.drain;
      channel.close();
      assert.deepStrictEqual((yield* viewer.next("unadvertise")).channelIds, [channel.id]);
      channel.close();
      yield* viewer.silence;
    }));

  it.effect("thousands may close in one go: each is unadvertised, and nobody is reset", () =>
    Effect.gen(function* () {
      const { hub, context } = yield* start();
      const channels = Array.from({ length: 2_000 }, (_, n) => context.channel({ topic: `/${n}`, encoding: "json" }));
      const viewer = yield* RawViewer.join(hub);
      yield* viewer.drain;
      for (const channel of channels) channel.close();
      const told = (yield* viewer.drain).flatMap((message) => message.op === "unadvertise" ? message.channelIds : []);
      assert.deepStrictEqual(told, channels.map(({ id }) => id));
      assert.strictEqual(viewer.controls.length, 1);
    }));

  it.effect("those that the filter holds back are never advertised, and cannot be subscribed to", () =>
    Effect.gen(function* () {
      const { hub, device, context } = yield* start({ channelFilter: ({ topic }) => topic.startsWith("/allowed") });
      context.channel({ topic: "/allowed/data", encoding: "json" });
      const blocked = context.channel({ topic: "/blocked/data", encoding: "json" });
      const viewer = yield* RawViewer.join(hub);
      yield* viewer.next("serverInfo");
      assert.deepStrictEqual((yield* viewer.next("advertise")).channels.map(({ topic }) => topic), ["/allowed/data"]);
      yield* viewer.subscribe(blocked.id);
      assert.deepStrictEqual(device.events, []);
      blocked.close();
      yield* viewer.silence;
    }));

  it.effect("a filter or classifier that throws holds one channel back, or counts for nothing, with an error in the log", () =>
    Effect.gen(function* () {
      const { hub, device, context } = yield* start({
        channelFilter: ({ topic }) => {
          if (topic === "/broken") throw new Error("filter");
          return true;
        },
        qos: ({ topic }) => {
          if (topic === "/b") throw new Error("classifier");
          return "reliable";
        },
      });
      for (const topic of ["/a", "/broken", "/b"]) context.channel({ topic, encoding: "json" });
      assert.deepStrictEqual(metadata(yield* channelsSeen(hub)), { "/a": { "foxglove.reliable": "true" }, "/b": {} });
      assert.deepStrictEqual(device.log.at("error"), [
        "the channel filter has thrown; the channel is not advertised",
        "the QoS classifier has thrown; the channel's own class counts",
      ]);
    }));

  it.effect("reliable ones say so in their metadata, lossy ones do not have the key", () =>
    Effect.gen(function* () {
      const { hub, context } = yield* start({ qos: ({ topic }) => topic === "/config" ? "reliable" : "lossy" });
      context.channel({ topic: "/config", encoding: "json" });
      context.channel({ topic: "/data", encoding: "json", qos: "reliable" });
      assert.deepStrictEqual(metadata(yield* channelsSeen(hub)), {
        "/config": { "foxglove.reliable": "true" },
        "/data": {},
      });
    }));

  it.effect("without a classifier the channel's own class counts", () =>
    Effect.gen(function* () {
      const { hub, context } = yield* start();
      context.channel({ topic: "/config", encoding: "json", qos: "reliable" });
      context.channel({ topic: "/data", encoding: "json" });
      assert.deepStrictEqual(metadata(yield* channelsSeen(hub)), {
        "/config": { "foxglove.reliable": "true" },
        "/data": {},
      });
    }));

  it.effect("the device's own keys win over those of the channel", () =>
    Effect.gen(function* () {
      const { hub, context } = yield* start();
      const own = { "foxglove.reliable": "maybe", unit: "m" };
      context.channel({ topic: "/lossy", encoding: "json", metadata: own });
      context.channel({ topic: "/reliable", encoding: "json", metadata: own, qos: "reliable" });
      assert.deepStrictEqual(metadata(yield* channelsSeen(hub)), {
        "/lossy": { unit: "m" },
        "/reliable": { "foxglove.reliable": "true", unit: "m" },
      });
    }));

  it.effect("the class is settled when the channel is advertised, and asked for once", () =>
    Effect.gen(function* () {
      let answer: "lossy" | "reliable" = "reliable";
      let asked = 0;
      const { hub, device, context } = yield* start({ qos: () => (asked += 1, answer) });
      const channel = context.channel({ topic: "/a", encoding: "json" });
      answer = "lossy";
      assert.deepStrictEqual(metadata(yield* channelsSeen(hub)), { "/a": { "foxglove.reliable": "true" } });
      const viewer = yield* RawViewer.join(hub, "viewer-2");
      yield* viewer.drain;
      yield* viewer.subscribe(channel.id);
      channel.log("x");
      yield* viewer.next("messageData");
      assert.strictEqual(asked, 1);
      assert.deepStrictEqual(device.log.at("error"), []);
    }));

  it.effect("image channels are lossy where the transport has video, whatever the classifier says, with a warning", () =>
    Effect.gen(function* () {
      const { hub, device, context } = yield* start({ qos: () => "reliable", link: videoLink });
      context.channel({ topic: "/camera", encoding: "protobuf", schema: image });
      context.channel({ topic: "/data", encoding: "json" });
      const seen = metadata(yield* channelsSeen(hub));
      assert.notProperty(seen["/camera"] ?? {}, "foxglove.reliable");
      assert.strictEqual(seen["/data"]?.["foxglove.reliable"], "true");
      assert.strictEqual(device.log.at("warning").length, 1);
    }));

  it.effect("image channels are as reliable as they are called where the transport has no video", () =>
    Effect.gen(function* () {
      const { hub, context } = yield* start({ qos: () => "reliable" });
      context.channel({ topic: "/camera", encoding: "protobuf", schema: image });
      assert.deepStrictEqual(metadata(yield* channelsSeen(hub)), { "/camera": { "foxglove.reliable": "true" } });
    }));

  it.effect("encodings that need a schema are not advertised without one; the others of the message are", () =>
    Effect.gen(function* () {
      const earlier = yield* start();
      for (const encoding of ["protobuf", "flatbuffer", "ros1", "cdr", "json"]) {
        earlier.context.channel({ topic: `/${encoding}`, encoding });
      }
      const { hub, device, context } = yield* start({ context: earlier.context });
      assert.deepStrictEqual((yield* channelsSeen(hub)).map(({ topic }) => topic), ["/json"]);
      assert.deepStrictEqual(device.log.at("error"), Array(4).fill("a channel cannot be advertised"));
      const refused = device.gateway.unadvertisable;
      assert.deepStrictEqual(refused.map(({ channel }) => channel.topic), [
        "/protobuf",
        "/flatbuffer",
        "/ros1",
        "/cdr",
      ]);
      for (const { error } of refused) assert.instanceOf(error, MissingSchema);
      const viewer = yield* RawViewer.join(hub, "viewer-2");
      yield* viewer.subscribe(...context.channels.map(({ id }) => id));
      assert.deepStrictEqual(device.events, ["+ viewer-2 /json"]);
    }));

  it.effect("an empty schema will do, and a text schema that is no UTF-8 will not", () =>
    Effect.gen(function* () {
      const { hub, device, context } = yield* start();
      context.channel({ topic: "/empty", encoding: "cdr", schema: { name: "" } });
      context.channel({
        topic: "/broken",
        encoding: "cdr",
        schema: { name: "T", encoding: "ros2msg", data: Uint8Array.of(0xff) },
      });
      assert.deepStrictEqual((yield* channelsSeen(hub)).map(({ topic }) => topic), ["/empty"]);
      assert.strictEqual(device.log.at("error").length, 1);
    }));

  it.effect("one that no frame can hold is not advertised, and the application can find out", () =>
    Effect.gen(function* () {
      const { hub, device, context } = yield* start();
      const data = new Uint8Array(16 * 1024 * 1024).fill(0x20);
      context.channel({ topic: "/large", encoding: "json", schema: { name: "L", encoding: "jsonschema", data } });
      context.channel({ topic: "/small", encoding: "json" });
      assert.deepStrictEqual((yield* channelsSeen(hub)).map(({ topic }) => topic), ["/small"]);
      assert.instanceOf(device.gateway.unadvertisable[0]?.error, FrameTooLarge);
    }));

  it.effect("point clouds are advertised and delivered as they were logged", () =>
    Effect.gen(function* () {
      const { hub, context } = yield* start();
      const schema = { name: "foxglove.PointCloud", encoding: "protobuf", data: Uint8Array.of(1, 2, 3) };
      const cloud = context.channel({ topic: "/cloud", encoding: "protobuf", schema, qos: "reliable" });
      const viewer = yield* RawViewer.join(hub);
      yield* viewer.next("serverInfo");
      const advertised = yield* viewer.next("advertise");
      const [seen] = advertised.form === "inline" ? advertised.channels : [];
      assert.strictEqual(seen?.schemaName, "foxglove.PointCloud");
      assert.strictEqual(seen?.schema, "AQID");
      assert.strictEqual(seen?.metadata.get("foxglove.reliable"), "true");
      yield* viewer.subscribe(cloud.id);
      const logged = Uint8Array.from({ length: 256 }, (_, n) => n);
      cloud.log(logged);
      assert.deepStrictEqual((yield* viewer.next("messageData")).data, logged);
    }));

  it.effect("closed before anybody joins, they leave no trace", () =>
    Effect.gen(function* () {
      const { hub, context } = yield* start();
      context.channel({ topic: "/gone", encoding: "json" }).close();
      const viewer = yield* RawViewer.join(hub);
      yield* viewer.next("serverInfo");
      yield* viewer.silence;
    }));

  it.effect("more than fit into one frame come in several, all of them, each schema once and not later than its use", () =>
    Effect.gen(function* () {
      const { hub, context } = yield* start({ limits: { queueFrames: 1 } });
      const data = bytes("x".repeat(6 * 1024 * 1024));
      for (const n of [1, 2, 3, 4]) {
        context.channel({ topic: `/${n}`, encoding: "json", schema: { name: `${n}`, encoding: "jsonschema", data } });
      }
      for (const [identity, version] of [["viewer-1", "2.3.0"], ["viewer-2", "2.2.0"]] as const) {
        const viewer = yield* RawViewer.join(hub, identity, { version });
        yield* settle;
        const [info, ...advertised] = yield* viewer.drain;
        assert.strictEqual(info?.op, "serverInfo");
        assert.strictEqual(advertised.length, 2);
        const topics = advertised.flatMap((one) =>
          one.op === "advertise" ? one.channels.map(({ topic }) => topic) : []
        );
        assert.deepStrictEqual(topics, ["/1", "/2", "/3", "/4"]);
        assert.strictEqual(viewer.controls.length, 1);
      }
    }));
});
