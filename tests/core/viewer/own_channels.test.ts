import { assert, describe, it } from "@effect/vitest";
import * as Effect from "effect/Effect";
import { LoopbackHub } from "../../../adapters/loopback/mod.ts";
import {
  ChannelError,
  type ClientChannel,
  Closed,
  FrameTooLarge,
  NotSupported,
  SchemaNotUtf8,
  Viewer,
} from "../../../mod.ts";
import { makePair } from "../../support/pair.ts";
import { capable, RawDevice, say } from "../../support/raw_device.ts";
import { outcome, rawPair } from "../../support/raw_pair.ts";
import { advance, eventually, settle } from "../../support/settle.ts";
import { bytes } from "../../support/streams.ts";

const MIB = 1024 * 1024;
const decoder = new TextDecoder();
const CMD = { topic: "/cmd", encoding: "json" };

describe("Viewer: channels of its own", () => {
  it.effect("carry messages to the device, in order, as text or bytes", () =>
    Effect.gen(function* () {
      const heard: Array<string> = [];
      const note = (what: string) => (_: unknown, channel: ClientChannel) =>
        void heard.push(`${what} ${channel.topic} ${channel.schema?.name}`);
      const { viewer } = yield* makePair({
        gateway: {
          onClientAdvertise: note("+"),
          onClientUnadvertise: note("-"),
          onMessageData: (_, channel, data) => void heard.push(`${channel.topic}: ${decoder.decode(data)}`),
        },
      });
      const channel = viewer.channel({
        ...CMD,
        schema: { name: "Twist", encoding: "jsonschema", data: "{}" },
      });
      yield* Effect.promise(() => channel.ready());
      assert.isTrue(channel.isAdvertised);
      assert.isTrue(channel.publish("one"));
      assert.isTrue(channel.publish(bytes("two")));
      channel.close();
      assert.isFalse(channel.publish("three"));
      yield* eventually("its end is heard of", () => heard.length === 4);
      assert.deepStrictEqual(heard, ["+ /cmd Twist", "/cmd: one", "/cmd: two", "- /cmd Twist"]);
      assert.deepStrictEqual([channel.dropped, channel.isAdvertised, channel.isClosed], [1, false, true]);
    }));

  it.effect("are advertised first on each stream to a device, with ids that count up", () =>
    Effect.gen(function* () {
      const hub = yield* LoopbackHub.make();
      const viewer = yield* Viewer.make(hub.transport({ identity: "viewer-1" }));
      const channels = ["/a", "/b"].map((topic) => viewer.channel({ topic, encoding: "json" }));
      assert.isFalse(channels[0]?.publish("kept for nobody"));
      const device = yield* RawDevice.join(hub);
      const control = yield* device.open();
      yield* say(control, capable("clientPublish"));
      yield* eventually("they are advertised", () => device.received.length === 1);
      assert.deepStrictEqual(device.last("advertise").channels.map(({ id, topic }) => [id, topic]), [
        [channels[0]?.id, "/a"],
        [channels[1]?.id, "/b"],
      ]);
      assert.strictEqual(channels[1]?.id, (channels[0]?.id ?? 0) + 1);
      channels[0]?.close();
      assert.isTrue(channels[1]?.publish("x"));
      yield* eventually("all has come", () => device.received.length === 3);
      assert.deepStrictEqual(device.ops, ["advertise", "unadvertise", "messageData"]);
      yield* say(control, capable("clientPublish"));
      yield* eventually("there is a second stream", () => device.streams === 2);
      yield* settle;
      assert.deepStrictEqual(device.ops.slice(3), ["advertise"]);
      assert.deepStrictEqual(device.last("advertise").channels.map(({ id }) => id), [channels[1]?.id]);
      const third = viewer.channel(CMD);
      yield* settle;
      assert.deepStrictEqual(device.last("advertise").channels.map(({ id }) => id), [third.id]);
      assert.isTrue(third.isAdvertised);
    }));

  it.effect("are taken back before they are advertised again on another stream of the same session", () =>
    Effect.gen(function* () {
      const { hub, viewer, device } = yield* rawPair(["clientPublish"], { log: () => {} });
      const [gone, kept] = [viewer.channel(CMD), viewer.channel({ ...CMD, topic: "/kept" })];
      yield* settle;
      hub.participant("viewer-1").failWrites(1);
      assert.isTrue(kept.publish("lost with the stream"));
      yield* settle;
      assert.deepStrictEqual([gone.isAdvertised, kept.publish("x"), kept.dropped], [false, false, 1]);
      gone.close();
      device.received.length = 0;
      yield* advance(1_000);
      yield* eventually("there is a second stream", () => device.streams === 2);
      yield* settle;
      assert.deepStrictEqual(device.ops, ["unadvertise", "advertise"]);
      assert.deepStrictEqual([...device.last("unadvertise").channelIds], [gone.id, kept.id]);
      assert.deepStrictEqual(device.last("advertise").channels.map(({ id }) => id), [kept.id]);
    }));

  it.effect("are not told to a device that takes none, which is said once; the next device may", () =>
    Effect.gen(function* () {
      const { viewer, device, control, log } = yield* rawPair([]);
      const [channel, other] = [viewer.channel(CMD), viewer.channel(CMD)];
      assert.isFalse(channel.publish("x"));
      assert.isFalse(other.publish("x"));
      assert.strictEqual(channel.dropped, 1);
      const error = yield* Effect.flip(channel.readyEffect);
      assert.instanceOf(error, NotSupported);
      assert.deepStrictEqual(device.received, []);
      assert.strictEqual(log.at("warning").length, 1);
      yield* say(control, capable("clientPublish"));
      yield* channel.readyEffect;
      assert.isTrue(channel.publish("x"));
    }));

  it.effect("drop and count what the device does not take in time, and leave room for everything else", () =>
    Effect.gen(function* () {
      const { hub, viewer, device } = yield* rawPair(["clientPublish", "assets"], { limits: { queueFrames: 8 } });
      const channel = viewer.channel(CMD);
      yield* channel.readyEffect;
      yield* settle;
      hub.participant("viewer-1").stallWrites();
      channel.publish("in flight");
      yield* settle;
      const taken = Array.from({ length: 20 }, () => channel.publish("x")).filter((isTaken) => isTaken).length;
      assert.strictEqual(taken, 5);
      assert.strictEqual(channel.dropped, 15);
      outcome(viewer.fetchAsset("a"));
      const ready = outcome(channel.ready());
      yield* settle;
      assert.deepStrictEqual(ready, {});
      hub.participant("viewer-1").resumeWrites();
      yield* Effect.promise(() => channel.ready());
      yield* settle;
      assert.strictEqual(device.streams, 1);
      assert.strictEqual(device.of("messageData").length, 6);
      assert.strictEqual(device.of("fetchAsset").length, 1);
    }));

  it.effect("refuse a message that no frame holds, and take the largest that one does", () =>
    Effect.gen(function* () {
      const { viewer, device } = yield* rawPair(["clientPublish"]);
      const channel = viewer.channel(CMD);
      yield* channel.readyEffect;
      assert.throws(() => channel.publish(new Uint8Array(16 * MIB - 4)), FrameTooLarge);
      assert.throws(() => channel.publish("é".repeat(8 * MIB)), FrameTooLarge);
      assert.strictEqual(channel.dropped, 0);
      assert.isTrue(channel.publish(new Uint8Array(16 * MIB - 5)));
      yield* eventually("it has come", () => device.of("messageData").length === 1);
    }));

  it.effect("end with their viewer, as does waiting for them", () =>
    Effect.gen(function* () {
      const hub = yield* LoopbackHub.make();
      const viewer = yield* Viewer.make(hub.transport({ identity: "viewer-1" }));
      const [channel, other] = [viewer.channel(CMD), viewer.channel(CMD)];
      const waits = [outcome(channel.ready()), outcome(other.ready())];
      yield* settle;
      other.close();
      yield* settle;
      assert.instanceOf(waits[1]?.error, Closed);
      assert.strictEqual(waits[1]?.error.what, "channel");
      yield* viewer.closeEffect;
      yield* settle;
      assert.instanceOf(waits[0]?.error, Closed);
      assert.strictEqual(waits[0]?.error.what, "viewer");
      assert.isTrue(channel.isClosed);
      assert.isTrue(viewer.channel(CMD).isClosed);
    }));

  it.effect("are refused at once where they cannot be: encoding, schema, size, number", () =>
    Effect.gen(function* () {
      const { viewer, device } = yield* rawPair(["clientPublish"], { limits: { ownChannels: 2 } });
      assert.throws(() => viewer.channel({ topic: "/t", encoding: "" }), ChannelError, "encoding");
      const nothing: unknown = undefined;
      assert.throws(() => viewer.channel({ topic: nothing as string, encoding: "json" }), ChannelError, "topic");
      const bad = { name: "S", encoding: "jsonschema", data: Uint8Array.of(0xff) };
      assert.throws(() => viewer.channel({ ...CMD, schema: bad }), SchemaNotUtf8);
      const large = { name: "S", encoding: "jsonschema", data: "x".repeat(16 * MIB) };
      assert.throws(() => viewer.channel({ ...CMD, schema: large }), FrameTooLarge);
      const first = viewer.channel(CMD);
      viewer.channel(CMD);
      assert.throws(() => viewer.channel(CMD), ChannelError, '"ownChannels"');
      first.close();
      viewer.channel(CMD);
      yield* settle;
      assert.strictEqual(device.of("advertise").length, 3);
    }));

  it.effect("are told in messages that each fit a frame, however large they are together", () =>
    Effect.gen(function* () {
      const hub = yield* LoopbackHub.make();
      const viewer = yield* Viewer.make(hub.transport({ identity: "viewer-1" }), { limits: { queueBytes: 48 * MIB } });
      const schema = { name: "S", encoding: "jsonschema", data: "x".repeat(7 * MIB) };
      const make = (topic: string) => viewer.channel({ topic, encoding: "json", schema });
      const [first, ...others] = ["/a", "/b", "/c"].map(make);
      assert.throws(() => make("/d"), ChannelError, '"queueBytes"');
      first?.close();
      others.push(make("/e"));
      const device = yield* RawDevice.join(hub);
      yield* say(yield* device.open(), capable("clientPublish"));
      yield* eventually("they are advertised", () => device.of("advertise").length === 2);
      const ids = device.of("advertise").flatMap(({ channels }) => channels.map(({ id }) => id));
      assert.deepStrictEqual(ids, others.map(({ id }) => id));
      assert.strictEqual(device.streams, 1);
    }));
});
