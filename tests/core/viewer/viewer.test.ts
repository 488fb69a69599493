import { assert, describe, it } from "@effect/vitest";
import * as Effect from "effect/Effect";
import * as Exit from "effect/Exit";
import * as Fiber from "effect/Fiber";
import * as Stream from "effect/Stream";
import { TestClock } from "effect/testing";
import { LoopbackHub } from "../../../adapters/loopback/mod.ts";
import {
  type ChannelInfo,
  Closed,
  ConfigurationError,
  Context,
  Gateway,
  type ServerInfo,
  Viewer,
} from "../../../mod.ts";
import { JoinError } from "../../../transport/mod.ts";
import { eventually, settle } from "../../support/settle.ts";
import { CollectedLog } from "../../support/log.ts";
import { makePair, texts } from "../../support/pair.ts";
import { advertise, data, info, RawDevice, say } from "../../support/raw_device.ts";

describe("Viewer: channels and subscriptions", () => {
  it.effect("learns what the device offers, schema and metadata included", () =>
    Effect.gen(function* () {
      const { context, viewer } = yield* makePair();
      const schema = { name: "Pose", encoding: "jsonschema", data: "{}" };
      const channel = context.channel({
        topic: "/pose",
        encoding: "json",
        schema,
        metadata: { frame: "map" },
        qos: "reliable",
      });
      yield* eventually("the channel is known", () => viewer.channels.size === 1);
      const known = viewer.channels.get(channel.id);
      assert.strictEqual(known?.topic, "/pose");
      assert.strictEqual(known?.schema?.name, "Pose");
      assert.strictEqual(new TextDecoder().decode(known?.schema?.data), "{}");
      assert.strictEqual(known?.metadata.get("frame"), "map");
      assert.isTrue(known?.reliable);
      channel.close();
      yield* eventually("the channel is gone", () => viewer.channels.size === 0);
    }));

  it.effect("subscribes by topic to the channels of the topic that are there and to those that come", () =>
    Effect.gen(function* () {
      const { context, viewer } = yield* makePair();
      const first = context.channel({ topic: "/t", encoding: "json", qos: "reliable" });
      const seen: Array<[number, string]> = [];
      viewer.subscribe("/t").onMessage((message) => seen.push([message.channel.id, message.text()]));
      yield* eventually("the first is subscribed", () => first.hasSubscribers);
      const second = context.channel({ topic: "/t", encoding: "json", qos: "reliable", separate: true });
      const other = context.channel({ topic: "/other", encoding: "json", qos: "reliable" });
      yield* eventually("the second is subscribed", () => second.hasSubscribers);
      first.log("a");
      second.log("b");
      other.log("c");
      yield* eventually("both have come", () => seen.length === 2);
      assert.deepStrictEqual(seen, [[first.id, "a"], [second.id, "b"]]);
      assert.isFalse(other.hasSubscribers);
    }));

  it.effect("subscribes by id to that one channel among those of a topic", () =>
    Effect.gen(function* () {
      const { context, viewer } = yield* makePair();
      const first = context.channel({ topic: "/t", encoding: "json", qos: "reliable" });
      const second = context.channel({ topic: "/t", encoding: "json", qos: "reliable", separate: true });
      const seen = texts(viewer.subscribe({ channelId: second.id }));
      yield* eventually("it is subscribed", () => second.hasSubscribers);
      second.log("yes");
      first.log("no");
      yield* eventually("it has come", () => seen.length > 0);
      assert.deepStrictEqual(seen, ["yes"]);
      assert.isFalse(first.hasSubscribers);
    }));

  it.effect("gives each of two subscriptions every message, and unsubscribes with the last one", () =>
    Effect.gen(function* () {
      const { context, viewer } = yield* makePair();
      const channel = context.channel({ topic: "/t", encoding: "json", qos: "reliable" });
      const [one, two] = [viewer.subscribe("/t"), viewer.subscribe("/t")];
      const [seenByOne, seenByTwo] = [texts(one), texts(two)];
      yield* eventually("it is subscribed", () => channel.hasSubscribers);
      channel.log("a");
      yield* eventually("both have it", () => seenByOne.length === 1 && seenByTwo.length === 1);
      one.close();
      yield* settle;
      channel.log("b");
      yield* eventually("the other goes on", () => seenByTwo.length === 2);
      assert.deepStrictEqual(seenByOne, ["a"]);
      two.close();
      yield* eventually("nobody is subscribed", () => !channel.hasSubscribers);
    }));

  it.effect("receives lossy channels over data tracks, with their log times", () =>
    Effect.gen(function* () {
      const { context, viewer } = yield* makePair();
      const channel = context.channel({ topic: "/imu", encoding: "json" });
      const seen: Array<[string, bigint]> = [];
      viewer.subscribe("/imu").onMessage((message) => seen.push([message.text(), message.logTime]));
      yield* eventually("it is subscribed", () => channel.hasSubscribers);
      yield* settle;
      channel.log("a", { logTime: 123n });
      yield* eventually("it has come", () => seen.length === 1);
      assert.deepStrictEqual(seen, [["a", 123n]]);
    }));

  it.effect("receives lossy channels over channel streams where there are no data tracks", () =>
    Effect.gen(function* () {
      const { context, viewer } = yield* makePair({ deviceTransport: { dataTracks: false } });
      const channel = context.channel({ topic: "/imu", encoding: "json" });
      const subscription = viewer.subscribe("/imu");
      const seen = texts(subscription);
      yield* eventually("it is subscribed", () => channel.hasSubscribers);
      channel.log("a", { logTime: 5n });
      channel.log("b", { logTime: 6n });
      yield* eventually("both have come", () => seen.length === 2);
      subscription.close();
      yield* eventually("nobody is subscribed", () => !channel.hasSubscribers);
      const again = texts(viewer.subscribe("/imu"));
      yield* eventually("it is subscribed again", () => channel.hasSubscribers);
      channel.log("c");
      yield* eventually("the next stream is read too", () => again.length === 1);
      assert.deepStrictEqual([seen, again], [["a", "b"], ["c"]]);
    }));

  it.effect("tells of channels as they come and go", () =>
    Effect.gen(function* () {
      const changes: Array<string> = [];
      const names = (infos: ReadonlyArray<ChannelInfo>) => infos.map(({ topic }) => topic).join();
      const { context } = yield* makePair({
        viewer: { onChannels: (advertised, removed) => changes.push(`+${names(advertised)} -${names(removed)}`) },
      });
      const channel = context.channel({ topic: "/t", encoding: "json" });
      yield* eventually("it is told", () => changes.length === 1);
      channel.close();
      yield* eventually("its end is told", () => changes.length === 2);
      assert.deepStrictEqual(changes, ["+/t -", "+ -/t"]);
    }));
});

describe("Viewer: reading", () => {
  it.effect("hands messages to an async loop, and unsubscribes when the loop is left", () =>
    Effect.gen(function* () {
      const { context, viewer } = yield* makePair();
      const channel = context.channel({ topic: "/t", encoding: "json", qos: "reliable" });
      const subscription = viewer.subscribe("/t");
      const reading = (async () => {
        const seen: Array<unknown> = [];
        for await (const message of subscription) {
          seen.push(message.json());
          if (seen.length === 2) break;
        }
        return seen;
      })();
      yield* eventually("it is subscribed", () => channel.hasSubscribers);
      channel.log('{"n":1}');
      channel.log('{"n":2}');
      assert.deepStrictEqual(yield* Effect.promise(() => reading), [{ n: 1 }, { n: 2 }]);
      assert.isTrue(subscription.isClosed);
      yield* eventually("nobody is subscribed", () => !channel.hasSubscribers);
    }));

  it.effect("hands messages to an Effect stream, which ends after what waits when the subscription is closed", () =>
    Effect.gen(function* () {
      const { context, viewer } = yield* makePair();
      const channel = context.channel({ topic: "/t", encoding: "json", qos: "reliable" });
      const subscription = viewer.subscribe("/t");
      yield* eventually("it is subscribed", () => channel.hasSubscribers);
      const reading = yield* Effect.forkChild(Stream.runCollect(subscription.stream));
      for (const text of ["a", "b", "c"]) channel.log(text);
      yield* settle;
      channel.log("d");
      yield* settle;
      subscription.close();
      const messages = yield* Fiber.join(reading);
      assert.deepStrictEqual(messages.map((message) => message.text()), ["a", "b", "c", "d"]);
    }));

  it.effect("gives what has waited to a callback that comes late", () =>
    Effect.gen(function* () {
      const { context, viewer } = yield* makePair();
      const channel = context.channel({ topic: "/t", encoding: "json", qos: "reliable" });
      const subscription = viewer.subscribe("/t");
      yield* eventually("it is subscribed", () => channel.hasSubscribers);
      channel.log("early");
      yield* settle;
      const seen = texts(subscription);
      channel.log("late");
      yield* eventually("both are seen", () => seen.length === 2);
      assert.deepStrictEqual(seen, ["early", "late"]);
    }));

  it.effect("goes on when a callback throws, and says so in the log", () =>
    Effect.gen(function* () {
      const { context, viewer, log } = yield* makePair();
      const channel = context.channel({ topic: "/t", encoding: "json", qos: "reliable" });
      let calls = 0;
      viewer.subscribe("/t").onMessage(() => {
        calls += 1;
        throw new Error("oops");
      });
      yield* eventually("it is subscribed", () => channel.hasSubscribers);
      channel.log("a");
      channel.log("b");
      yield* eventually("both are seen", () => calls === 2);
      assert.isTrue(log.at("error").some((line) => line.includes("onMessage")));
    }));

  it.effect("goes on when an async callback rejects, and says so in the log", () =>
    Effect.gen(function* () {
      const { context, viewer, log } = yield* makePair();
      const channel = context.channel({ topic: "/t", encoding: "json", qos: "reliable" });
      viewer.subscribe("/t").onMessage(() => Promise.reject(new Error("oops")));
      yield* eventually("it is subscribed", () => channel.hasSubscribers);
      channel.log("a");
      yield* eventually("it is logged", () => log.at("error").some((line) => line.includes("onMessage")));
    }));

  it.effect("drops the oldest lossy messages that nobody takes, and counts them", () =>
    Effect.gen(function* () {
      const { context, viewer } = yield* makePair();
      const channel = context.channel({ topic: "/imu", encoding: "json" });
      const subscription = viewer.subscribe("/imu", { lossyMessages: 3 });
      yield* eventually("it is subscribed", () => channel.hasSubscribers);
      yield* settle;
      for (let n = 0; n < 5; n += 1) channel.log(String(n));
      yield* eventually("two are dropped", () => subscription.dropped === 2);
      const seen = texts(subscription);
      assert.deepStrictEqual(seen, ["2", "3", "4"]);
    }));

  it.effect("stops reading the control stream while a reliable subscription is full, and loses nothing of it", () =>
    Effect.gen(function* () {
      const { context, viewer } = yield* makePair();
      const full = context.channel({ topic: "/full", encoding: "json", qos: "reliable" });
      const other = context.channel({ topic: "/other", encoding: "json", qos: "reliable" });
      const subscription = viewer.subscribe("/full", { reliableBytes: 300 });
      const seenByOther = texts(viewer.subscribe("/other"));
      yield* eventually("both are subscribed", () => full.hasSubscribers && other.hasSubscribers);
      for (let n = 0; n < 10; n += 1) full.log(String(n));
      other.log("held up");
      yield* settle;
      assert.deepStrictEqual(seenByOther, []);
      const seen = texts(subscription);
      yield* eventually("all have come", () => seen.length === 10 && seenByOther.length === 1);
      assert.deepStrictEqual(seen, ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]);
      assert.strictEqual(subscription.dropped, 0);
    }));

  it.effect("reads on when the full subscription is closed", () =>
    Effect.gen(function* () {
      const { context, viewer } = yield* makePair();
      const full = context.channel({ topic: "/full", encoding: "json", qos: "reliable" });
      const other = context.channel({ topic: "/other", encoding: "json", qos: "reliable" });
      const subscription = viewer.subscribe("/full", { reliableBytes: 1 });
      const seen = texts(viewer.subscribe("/other"));
      yield* eventually("both are subscribed", () => full.hasSubscribers && other.hasSubscribers);
      full.log("x");
      full.log("x");
      other.log("held up");
      yield* settle;
      assert.deepStrictEqual(seen, []);
      subscription.close();
      yield* eventually("the other goes on", () => seen.length === 1);
    }));
});

describe("Viewer: devices that come and go", () => {
  it.effect("subscribes again after a reset, without the application doing anything", () =>
    Effect.gen(function* () {
      const devices: Array<ServerInfo> = [];
      const { hub, context, viewer } = yield* makePair({ viewer: { onDevice: (device) => devices.push(device) } });
      const channel = context.channel({ topic: "/t", encoding: "json", qos: "reliable" });
      const seen = texts(viewer.subscribe("/t"));
      yield* eventually("it is subscribed", () => channel.hasSubscribers);
      hub.participant("device").failWrites(1);
      channel.log("lost with the reset");
      yield* eventually("the viewer is reset", () => devices.length === 2);
      yield* eventually("it is subscribed again", () => channel.hasSubscribers);
      yield* settle;
      channel.log("after");
      yield* eventually("it has come", () => seen.length > 0);
      assert.deepStrictEqual(seen, ["after"]);
      assert.strictEqual(viewer.status, "connected");
    }));

  it.effect("sees a device leave and come back, and subscribes again", () =>
    Effect.gen(function* () {
      const events: Array<string> = [];
      const hub = yield* LoopbackHub.make();
      const viewer = yield* Viewer.make(hub.transport({ identity: "viewer-1" }), {
        onDevice: (device) => events.push(`device ${device.name}`),
        onDeviceLeft: () => events.push("left"),
      });
      const seen = texts(viewer.subscribe("/t"));
      const run = (name: string) =>
        Effect.scoped(Effect.gen(function* () {
          const context = yield* Context.make;
          const channel = context.channel({ topic: "/t", encoding: "json", qos: "reliable" });
          const gateway = yield* Gateway.make({ name, context, transport: hub.transport({ identity: "device" }) });
          yield* eventually("it is subscribed", () => channel.hasSubscribers);
          channel.log(name);
          yield* gateway.drainEffect();
        }));
      yield* run("first");
      yield* eventually("the device has left", () => events.includes("left"));
      assert.isUndefined(viewer.serverInfo);
      assert.strictEqual(viewer.channels.size, 0);
      yield* run("second");
      yield* eventually("it has left again", () => events.length === 4);
      assert.deepStrictEqual(events, ["device first", "left", "device second", "left"]);
      assert.deepStrictEqual(seen, ["first", "second"]);
    }));

  it.effect("stays with the first device of a room, and goes over to another when it has left", () =>
    Effect.gen(function* () {
      const hub = yield* LoopbackHub.make();
      const viewer = yield* Viewer.make(hub.transport({ identity: "viewer-1" }), { log: () => {} });
      const one = yield* Effect.scoped(Effect.gen(function* () {
        const first = yield* RawDevice.join(hub, "one");
        yield* say(yield* first.open(), info("one"));
        yield* viewer.deviceEffect;
        const second = yield* RawDevice.join(hub, "two");
        yield* say(yield* second.open(), info("two"));
        yield* settle;
        return viewer.serverInfo?.name;
      }));
      assert.strictEqual(one, "one");
      const third = yield* RawDevice.join(hub, "three");
      yield* say(yield* third.open(), info("three"));
      yield* eventually("the other is met", () => viewer.serverInfo?.name === "three");
    }));

  it.effect("stays with a device whose stream has ended until it leaves, whoever opens a stream meanwhile", () =>
    Effect.gen(function* () {
      const hub = yield* LoopbackHub.make();
      const told: Array<string> = [];
      yield* Viewer.make(hub.transport({ identity: "viewer-1" }), {
        log: () => {},
        onDevice: ({ name }) => told.push(`met ${name}`),
        onDeviceLeft: () => told.push("left"),
      });
      yield* Effect.scoped(Effect.gen(function* () {
        const first = yield* RawDevice.join(hub, "one");
        const control = yield* first.open();
        yield* say(control, info("one"));
        yield* control.close;
        yield* settle;
        const second = yield* RawDevice.join(hub, "two");
        yield* say(yield* second.open(), info("two"));
        yield* settle;
        yield* say(yield* first.open(), info("one again"));
        yield* settle;
        assert.deepStrictEqual(told, ["met one", "met one again"]);
      }));
      const third = yield* RawDevice.join(hub, "three");
      yield* say(yield* third.open(), info("three"));
      yield* eventually("the other is met", () => told.at(-1) === "met three");
      assert.deepStrictEqual(told, ["met one", "met one again", "left", "met three"]);
    }));

  it.effect("takes over a device that was waiting, with all that it has said meanwhile", () =>
    Effect.gen(function* () {
      const hub = yield* LoopbackHub.make();
      const viewer = yield* Viewer.make(hub.transport({ identity: "viewer-1" }), { log: () => {} });
      const second = yield* RawDevice.join(hub, "two");
      yield* Effect.scoped(Effect.gen(function* () {
        const first = yield* RawDevice.join(hub, "one");
        yield* say(yield* first.open(), info("one"));
        yield* viewer.deviceEffect;
        yield* say(yield* second.open(), info("two"), advertise({ id: 7, topic: "/t" }));
        yield* settle;
      }));
      yield* eventually("the other is met", () => viewer.serverInfo?.name === "two");
      yield* eventually("its channels are known", () => viewer.channels.get(7)?.topic === "/t");
    }));

  it.effect("listens to the device that the options name, and to no other", () =>
    Effect.gen(function* () {
      const hub = yield* LoopbackHub.make();
      const viewer = yield* Viewer.make(hub.transport({ identity: "viewer-1" }), { device: "two", log: () => {} });
      const first = yield* RawDevice.join(hub, "one");
      yield* say(yield* first.open(), info("one"));
      yield* settle;
      assert.isUndefined(viewer.serverInfo);
      const second = yield* RawDevice.join(hub, "two");
      yield* say(yield* second.open(), info("two"));
      assert.strictEqual((yield* viewer.deviceEffect).name, "two");
    }));
});

describe("Viewer: what devices say", () => {
  it.effect("takes an advertise of a known id as an update, and stays subscribed", () =>
    Effect.gen(function* () {
      const hub = yield* LoopbackHub.make();
      const viewer = yield* Viewer.make(hub.transport({ identity: "viewer-1" }));
      const seen = texts(viewer.subscribe("/t"));
      const device = yield* RawDevice.join(hub);
      const stream = yield* device.open();
      yield* say(stream, info(), advertise({ id: 1, topic: "/t" }));
      yield* eventually("it is subscribed", () => device.subscribed.length === 1);
      yield* say(stream, advertise({ id: 1, topic: "/t", reliable: false }), data(1, "a"));
      yield* eventually("it has come", () => seen.length === 1);
      assert.deepStrictEqual(device.subscribed, [1]);
      assert.isFalse(viewer.channels.get(1)?.reliable);
    }));

  it.effect("unsubscribes from a channel whose update takes it to another topic", () =>
    Effect.gen(function* () {
      const hub = yield* LoopbackHub.make();
      const viewer = yield* Viewer.make(hub.transport({ identity: "viewer-1" }));
      viewer.subscribe("/t");
      const device = yield* RawDevice.join(hub);
      const stream = yield* device.open();
      yield* say(stream, info(), advertise({ id: 1, topic: "/t" }));
      yield* eventually("it is subscribed", () => device.subscribed.length === 1);
      yield* say(stream, advertise({ id: 1, topic: "/else" }));
      yield* eventually("it is unsubscribed", () => device.received.some(({ op }) => op === "unsubscribe"));
    }));

  it.effect("forgets what was known at a serverInfo on the same stream, and subscribes again", () =>
    Effect.gen(function* () {
      const hub = yield* LoopbackHub.make();
      const viewer = yield* Viewer.make(hub.transport({ identity: "viewer-1" }));
      const seen = texts(viewer.subscribe("/t"));
      const device = yield* RawDevice.join(hub);
      const stream = yield* device.open();
      yield* say(stream, info(), advertise({ id: 1, topic: "/t" }));
      yield* eventually("it is subscribed", () => device.subscribed.length === 1);
      yield* say(stream, info("again"), advertise({ id: 2, topic: "/t" }));
      yield* eventually("it is subscribed anew", () => device.subscribed.length === 2);
      yield* say(stream, data(1, "old id"), data(2, "new id"));
      yield* eventually("it has come", () => seen.length === 1);
      assert.deepStrictEqual(seen, ["new id"]);
      assert.deepStrictEqual([...viewer.channels.keys()], [2]);
    }));

  it.effect("skips what it cannot read, keeps the other channels of a bad advertise, and ignores what comes too early", () =>
    Effect.gen(function* () {
      const hub = yield* LoopbackHub.make();
      const log = new CollectedLog();
      const viewer = yield* Viewer.make(hub.transport({ identity: "viewer-1" }), { log: log.log });
      const device = yield* RawDevice.join(hub);
      const stream = yield* device.open();
      yield* say(stream, advertise({ id: 1, topic: "/early" }), info());
      yield* Effect.orDie(stream.write(new Uint8Array([1, 3, 0, 0, 0, 0x7b, 0x7b, 0x7b])));
      yield* say(stream, {
        op: "advertise",
        form: "table",
        schemas: [],
        channels: [
          { id: 2, topic: "/bad", encoding: "json", schemaId: 99, metadata: new Map() },
          { id: 3, topic: "/good", encoding: "json", metadata: new Map() },
        ],
      });
      yield* eventually("the good one is known", () => viewer.channels.has(3));
      assert.deepStrictEqual([...viewer.channels.keys()], [3]);
      assert.strictEqual(log.at("error").length, 2);
      assert.strictEqual(log.at("warning").length, 1);
    }));

  it.effect("keeps no more channels of a device than its bound, and still takes updates of those it has", () =>
    Effect.gen(function* () {
      const hub = yield* LoopbackHub.make();
      const log = new CollectedLog();
      const viewer = yield* Viewer.make(hub.transport({ identity: "viewer-1" }), { log: log.log });
      const device = yield* RawDevice.join(hub);
      const stream = yield* device.open();
      const many = Array.from({ length: 65_537 }, (_, index) => ({ id: index + 1, topic: "/t" }));
      yield* say(stream, info(), advertise(...many), advertise({ id: 1, topic: "/updated" }));
      yield* eventually("the update is taken", () => viewer.channels.get(1)?.topic === "/updated");
      assert.strictEqual(viewer.channels.size, 65_536);
      assert.isFalse(viewer.channels.has(65_537));
      assert.strictEqual(log.at("error").length, 1);
    }));

  it.effect("passes on why a device refuses it", () =>
    Effect.gen(function* () {
      const hub = yield* LoopbackHub.make();
      const said: Array<string> = [];
      yield* Viewer.make(hub.transport({ identity: "viewer-1" }), {
        onStatus: ({ level, message }) => said.push(`${level}: ${message}`),
      });
      const device = yield* RawDevice.join(hub);
      const stream = yield* device.open();
      yield* say(stream, { op: "status", level: "error", message: "too old" });
      yield* stream.close;
      yield* eventually("it is told", () => said.length === 1);
      assert.deepStrictEqual(said, ["error: too old"]);
    }));

  it.effect("opens its stream anew when writing to the device fails, and asks for what stands", () =>
    Effect.gen(function* () {
      const hub = yield* LoopbackHub.make();
      const viewer = yield* Viewer.make(hub.transport({ identity: "viewer-1" }), { log: () => {} });
      const device = yield* RawDevice.join(hub);
      const stream = yield* device.open();
      yield* say(stream, info(), advertise({ id: 1, topic: "/t" }, { id: 2, topic: "/u" }));
      viewer.subscribe("/t");
      yield* eventually("it is subscribed", () => device.subscribed.length === 1);
      hub.participant("viewer-1").failWrites(1);
      viewer.subscribe("/u");
      yield* settle;
      yield* TestClock.adjust("1 second");
      yield* eventually("both are asked for", () => device.subscribed.length === 3);
      assert.deepStrictEqual(device.subscribed, [1, 1, 2]);
      assert.strictEqual(device.streams, 2);
    }));
});

describe("Viewer: bounds", () => {
  it.effect("asks for a thousand topics in one message, and gives each subscription its own", () =>
    Effect.gen(function* () {
      const hub = yield* LoopbackHub.make();
      const viewer = yield* Viewer.make(hub.transport({ identity: "viewer-1" }));
      const device = yield* RawDevice.join(hub);
      const stream = yield* device.open();
      const ids = Array.from({ length: 1_000 }, (_, index) => index + 1);
      yield* say(stream, info(), advertise(...ids.map((id) => ({ id, topic: `/t${id}` }))));
      yield* eventually("the channels are known", () => viewer.channels.size === 1_000);
      yield* settle;
      const seen: Array<number> = [];
      for (const id of ids) viewer.subscribe(`/t${id}`).onMessage((message) => seen.push(message.channel.id));
      yield* eventually("it is asked for", () => device.received.length > 0);
      yield* settle;
      assert.strictEqual(device.received.length, 1);
      assert.deepStrictEqual(device.subscribed, ids);
      yield* say(stream, data(7, "a"), data(1_000, "b"));
      yield* eventually("both have come", () => seen.length === 2);
      assert.deepStrictEqual(seen, [7, 1_000]);
    }));

  it.effect("says nothing of a subscription that is closed in the turn in which it was made", () =>
    Effect.gen(function* () {
      const hub = yield* LoopbackHub.make();
      const viewer = yield* Viewer.make(hub.transport({ identity: "viewer-1" }));
      const device = yield* RawDevice.join(hub);
      yield* say(yield* device.open(), info(), advertise({ id: 1, topic: "/t" }));
      yield* eventually("the channel is known", () => viewer.channels.size === 1);
      yield* settle;
      viewer.subscribe("/t").close();
      yield* settle;
      assert.deepStrictEqual(device.received, []);
    }));

  it.effect("opens its stream anew when the device does not take what it is sent, and asks for what stands", () =>
    Effect.gen(function* () {
      const hub = yield* LoopbackHub.make();
      const viewer = yield* Viewer.make(hub.transport({ identity: "viewer-1" }), {
        log: () => {},
        limits: { queueFrames: 2 },
      });
      const device = yield* RawDevice.join(hub);
      yield* say(yield* device.open(), info(), advertise({ id: 1, topic: "/t" }, { id: 2, topic: "/u" }));
      yield* eventually("the channels are known", () => viewer.channels.size === 2);
      yield* eventually("the stream is open", () => device.streams === 1);
      hub.participant("viewer-1").stallWrites();
      const last = viewer.subscribe("/u");
      for (let n = 0; n < 5; n += 1) {
        const one = viewer.subscribe("/t");
        yield* settle;
        one.close();
        yield* settle;
      }
      hub.participant("viewer-1").resumeWrites();
      yield* settle;
      yield* TestClock.adjust("1 second");
      yield* eventually("a second stream is open", () => device.streams === 2);
      yield* eventually("what stands is asked for", () => device.subscribed.at(-1) === 2);
      assert.isFalse(last.isClosed);
    }));

  it.effect("tries again when its stream to the device does not open in time", () =>
    Effect.gen(function* () {
      const hub = yield* LoopbackHub.make();
      yield* Viewer.make(hub.transport({ identity: "viewer-1" }), { log: () => {}, limits: { openTimeoutMs: 500 } });
      const device = yield* RawDevice.join(hub);
      hub.participant("viewer-1").setDelays({ openMs: 3_600_000 });
      yield* say(yield* device.open(), info());
      yield* settle;
      yield* TestClock.adjust("500 millis");
      hub.participant("viewer-1").setDelays({});
      yield* settle;
      yield* TestClock.adjust("1 second");
      yield* eventually("a stream is open", () => device.streams === 1);
    }));

  it.effect("keeps the streams of sixteen other devices, and cancels further ones", () =>
    Effect.gen(function* () {
      const hub = yield* LoopbackHub.make();
      const log = new CollectedLog();
      const viewer = yield* Viewer.make(hub.transport({ identity: "viewer-1" }), { log: log.log });
      const first = yield* RawDevice.join(hub, "first");
      yield* say(yield* first.open(), info("first"));
      yield* viewer.deviceEffect;
      for (let n = 0; n < 17; n += 1) {
        const other = yield* RawDevice.join(hub, `other-${n}`);
        yield* other.open();
        yield* settle;
        const refused = log.at("warning").filter((line) => line.startsWith("too many other devices"));
        assert.strictEqual(refused.length, n < 16 ? 0 : 1);
      }
    }));

  it.effect("reads four streams of a channel at the same time, and cancels further ones", () =>
    Effect.gen(function* () {
      const hub = yield* LoopbackHub.make();
      const log = new CollectedLog();
      const viewer = yield* Viewer.make(hub.transport({ identity: "viewer-1" }), { log: log.log });
      const device = yield* RawDevice.join(hub);
      yield* say(yield* device.open(), info(), advertise({ id: 1, topic: "/t", reliable: false }));
      viewer.subscribe("/t");
      yield* eventually("it is subscribed", () => device.subscribed.length === 1);
      for (let n = 0; n < 5; n += 1) {
        yield* device.room.openByteStream({ topic: "ch-1", destinations: ["viewer-1"] });
        yield* settle;
        assert.strictEqual(log.at("warning").length, n < 4 ? 0 : 1);
      }
    }));

  it.effect("reads a stream once that it is told of twice, and takes events that come late", () =>
    Effect.gen(function* () {
      const hub = yield* LoopbackHub.make();
      const events = ["participantActive", "participantDisconnected", "dataTrackPublished"] as const;
      hub.participant("viewer-1").setEvent("byteStreamOpened", { times: 2 });
      for (const kind of events) hub.participant("viewer-1").setEvent(kind, { times: 2, delayMs: 50 });
      const context = yield* Context.make;
      const [lossy, reliable] = [
        context.channel({ topic: "/l", encoding: "json" }),
        context.channel({ topic: "/r", encoding: "json", qos: "reliable" }),
      ];
      yield* Gateway.make({ name: "rover", context, transport: hub.transport({ identity: "device" }) });
      const viewer = yield* Viewer.make(hub.transport({ identity: "viewer-1" }));
      const [seenLossy, seenReliable] = [texts(viewer.subscribe("/l")), texts(viewer.subscribe("/r"))];
      yield* eventually("both are subscribed", () => lossy.hasSubscribers && reliable.hasSubscribers);
      yield* TestClock.adjust("1 second");
      yield* settle;
      lossy.log("a");
      reliable.log("b");
      yield* eventually("both have come", () => seenLossy.length > 0 && seenReliable.length > 0);
      yield* settle;
      assert.deepStrictEqual([seenLossy, seenReliable], [["a"], ["b"]]);
    }));

  it.effect("receives a track once that it is told of twice while it is there", () =>
    Effect.gen(function* () {
      const { hub, context, viewer } = yield* makePair();
      hub.participant("viewer-1").setEvent("dataTrackPublished", { times: 2 });
      const seen = texts(viewer.subscribe("/late"));
      const late = context.channel({ topic: "/late", encoding: "json" });
      yield* eventually("it is subscribed", () => late.hasSubscribers);
      yield* settle;
      late.log("once");
      yield* settle;
      assert.deepStrictEqual(seen, ["once"]);
    }));

  it.effect("refuses a target or a bound that makes no sense, at once and with words", () =>
    Effect.gen(function* () {
      const { viewer } = yield* makePair();
      for (const options of [{ lossyMessages: -1 }, { lossyBytes: 0 }, { reliableBytes: NaN }]) {
        assert.throws(() => viewer.subscribe("/t", options), ConfigurationError, Object.keys(options)[0]);
      }
      const nothing: unknown = undefined;
      assert.throws(() => viewer.subscribe(nothing as string), ConfigurationError, "topic");
    }));
});

describe("Viewer: its own connection", () => {
  it.effect("leaves while it is written to without anybody taking it for a fault", () =>
    Effect.gen(function* () {
      const { context, viewer, log, hub } = yield* makePair();
      const channel = context.channel({ topic: "/t", encoding: "json", qos: "reliable" });
      viewer.subscribe("/t");
      yield* eventually("it is subscribed", () => channel.hasSubscribers);
      const leaving = yield* Effect.forkChild(viewer.closeEffect, { startImmediately: true });
      for (let n = 0; n < 10; n += 1) {
        channel.log("x".repeat(100_000));
        yield* Effect.yieldNow;
      }
      yield* Fiber.join(leaving);
      yield* eventually("the device hears of it", () => !channel.hasSubscribers);
      yield* settle;
      assert.deepStrictEqual(hub.identities(), ["device"]);
      assert.deepStrictEqual([...log.at("warning"), ...log.at("error")], []);
    }));

  it.effect("fails what waits for a device with a typed error when it is closed", () =>
    Effect.gen(function* () {
      const hub = yield* LoopbackHub.make();
      const viewer = yield* Viewer.make(hub.transport({ identity: "viewer-1" }));
      const waiting = viewer.device().catch((error: unknown) => error);
      yield* settle;
      yield* viewer.closeEffect;
      const error = yield* Effect.promise(() => waiting);
      assert.instanceOf(error, Closed);
      assert.strictEqual(error.message, "the viewer was closed while it waited for a device");
    }));

  it.effect("gives up an attempt to join that takes too long", () =>
    Effect.gen(function* () {
      const hub = yield* LoopbackHub.make();
      hub.participant("viewer-1").setDelays({ joinMs: 3_600_000 });
      const joining = yield* Effect.forkChild(Effect.flip(Viewer.make(hub.transport({ identity: "viewer-1" }))), {
        startImmediately: true,
      });
      yield* settle;
      yield* TestClock.adjust("30 seconds");
      const error = yield* Fiber.join(joining);
      assert.instanceOf(error, JoinError);
      assert.strictEqual(error.reason, "timeout");
    }));

  it.effect("joins again with back-off when the room is lost, and subscribes again", () =>
    Effect.gen(function* () {
      const connection: Array<string> = [];
      const { hub, context, viewer } = yield* makePair({
        viewer: { onConnection: (status) => connection.push(status) },
      });
      const channel = context.channel({ topic: "/t", encoding: "json", qos: "reliable" });
      const seen = texts(viewer.subscribe("/t"));
      yield* eventually("it is subscribed", () => channel.hasSubscribers);
      hub.participant("viewer-1").failJoins("unreachable", 2);
      hub.participant("viewer-1").kick("connection-lost");
      yield* eventually("the room is lost", () => viewer.status === "connecting");
      yield* settle;
      for (const seconds of [1, 2]) {
        yield* TestClock.adjust(`${seconds} seconds`);
        yield* settle;
      }
      yield* TestClock.adjust("3999 millis");
      assert.strictEqual(viewer.status, "connecting");
      yield* TestClock.adjust("1 millis");
      yield* eventually("it is back", () => viewer.status === "connected");
      yield* eventually("it is subscribed again", () => channel.hasSubscribers);
      yield* settle;
      channel.log("back");
      yield* eventually("it has come", () => seen.length === 1);
      assert.deepStrictEqual(connection, ["connected", "connecting", "connected"]);
    }));

  it.effect("tells before each attempt to join again how long it waits, and why", () =>
    Effect.gen(function* () {
      const told: Array<string> = [];
      const { hub, viewer } = yield* makePair({
        viewer: {
          onConnection: (status) => told.push(status),
          onRetry: ({ delayMs, why }) => told.push(`${delayMs} ${why}`),
        },
      });
      hub.participant("viewer-1").failJoins("unreachable", 1);
      hub.participant("viewer-1").kick("connection-lost");
      yield* eventually("the room is lost", () => viewer.status === "connecting");
      yield* settle;
      yield* TestClock.adjust("1 second");
      yield* settle;
      yield* TestClock.adjust("2 seconds");
      yield* eventually("it is back", () => viewer.status === "connected");
      assert.deepStrictEqual(told, [
        "connected",
        "connecting",
        "1000 connection-lost",
        "2000 the hub was told to",
        "connected",
      ]);
    }));

  it.effect("ends for good when its credentials are refused on the way back", () =>
    Effect.gen(function* () {
      const { hub, viewer } = yield* makePair();
      const subscription = viewer.subscribe("/t");
      hub.participant("viewer-1").failJoins("refused", 1);
      hub.participant("viewer-1").kick("expired");
      yield* eventually("the room is lost", () => viewer.status === "connecting");
      yield* settle;
      yield* TestClock.adjust("1 second");
      const error = yield* Effect.flip(viewer.closedEffect);
      assert.instanceOf(error, JoinError);
      assert.strictEqual(viewer.status, "closed");
      assert.isTrue(subscription.isClosed);
    }));

  it.effect("fails to start when the room cannot be joined, and when a limit makes no sense", () =>
    Effect.gen(function* () {
      const hub = yield* LoopbackHub.make();
      hub.participant("viewer-1").failJoins("unreachable", 1);
      const transport = hub.transport({ identity: "viewer-1" });
      const error = yield* Effect.flip(Viewer.make(transport));
      assert.strictEqual(error._tag, "JoinError");
      const limits = yield* Effect.flip(Viewer.make(transport, { limits: { lossyMessages: 0 } }));
      assert.instanceOf(limits, ConfigurationError);
      assert.include(limits.message, "lossyMessages");
      assert.deepStrictEqual(hub.identities(), []);
    }));

  it.effect("ends everything when it is closed, and takes no more subscriptions", () =>
    Effect.gen(function* () {
      const { hub, context, viewer } = yield* makePair();
      const channel = context.channel({ topic: "/t", encoding: "json", qos: "reliable" });
      const subscription = viewer.subscribe("/t");
      yield* eventually("it is subscribed", () => channel.hasSubscribers);
      const waiting = subscription[Symbol.asyncIterator]().next();
      yield* viewer.closeEffect;
      yield* viewer.closeEffect;
      yield* viewer.closedEffect;
      assert.deepStrictEqual(yield* Effect.promise(() => waiting), { value: undefined, done: true });
      assert.isTrue(viewer.subscribe("/t").isClosed);
      yield* eventually("the device hears of it", () => !channel.hasSubscribers);
      assert.deepStrictEqual(hub.identities(), ["device"]);
      assert.isTrue(Exit.isFailure(yield* Effect.exit(viewer.deviceEffect)));
    }));

  it.effect("leaves the room to itself when leaving takes longer than it may", () =>
    Effect.gen(function* () {
      const hub = yield* LoopbackHub.make();
      const log = new CollectedLog();
      const real = hub.transport({ identity: "viewer-1" });
      const transport = {
        ...real,
        join: () => Effect.tap(real.join(), () => Effect.addFinalizer(() => Effect.never)),
      };
      const viewer = yield* Viewer.make(transport, { log: log.log });
      const closing = yield* Effect.forkChild(viewer.closeEffect, { startImmediately: true });
      yield* settle;
      yield* TestClock.adjust("5 seconds");
      yield* Fiber.join(closing);
      assert.isTrue(log.at("warning").some((line) => line.includes("left to itself")));
    }));
});
