import { assert, describe, it } from "@effect/vitest";
import * as Effect from "effect/Effect";
import { LoopbackHub, type LoopbackHubOptions } from "../../../adapters/loopback/mod.ts";
import { type Device, startDevice } from "../../support/device.ts";
import { frames, RawViewer, subscribe } from "../../support/raw_viewer.ts";
import { advance, settle } from "../../support/settle.ts";

/** A device with a reliable channel, and one viewer that is subscribed to it. */
const subscribed = Effect.fnUntraced(function* (options: LoopbackHubOptions = {}) {
  const hub = yield* LoopbackHub.make(options);
  const device = yield* startDevice(hub);
  const pose = device.context.channel({ topic: "/pose", encoding: "json", qos: "reliable" });
  const viewer = yield* RawViewer.join(hub);
  yield* viewer.drain;
  yield* viewer.subscribe(pose.id);
  assert.deepStrictEqual(device.events, ["+ viewer-1 /pose"]);
  return { hub, device, pose, viewer };
});

/** The viewer has a stream of its own with a whole start-up on it, and nothing from before. */
const startsAfresh = Effect.fnUntraced(function* (viewer: RawViewer, device: Device) {
  const [pose] = device.context.channels;
  yield* viewer.next("serverInfo");
  yield* viewer.next("advertise");
  pose?.log("from before");
  yield* viewer.silence;
  assert.strictEqual(viewer.controls.length, 1);
  yield* viewer.subscribe(pose?.id ?? 0);
  pose?.log("since then");
  const { data } = yield* viewer.next("messageData");
  assert.strictEqual(new TextDecoder().decode(data), "since then");
  yield* viewer.silence;
});

describe("an identity that connects anew", () => {
  it.effect("takes the place of the old instance when the new one is told first, and the late end changes nothing", () =>
    Effect.gen(function* () {
      const { hub, device } = yield* subscribed({ replacement: "new-first" });
      const again = yield* RawViewer.join(hub);
      assert.deepStrictEqual(device.events, ["+ viewer-1 /pose", "- viewer-1 /pose"]);
      yield* startsAfresh(again, device);
      assert.deepStrictEqual(device.events.slice(2), ["+ viewer-1 /pose"]);
      assert.notStrictEqual(device.clients[2], device.clients[0]);
      assert.deepStrictEqual(device.log.at("error"), []);
    }));

  it.effect("takes the place of the old instance when the old one's end is told first", () =>
    Effect.gen(function* () {
      const { hub, device } = yield* subscribed({ replacement: "old-first" });
      const again = yield* RawViewer.join(hub);
      assert.deepStrictEqual(device.events, ["+ viewer-1 /pose", "- viewer-1 /pose"]);
      assert.strictEqual(device.clients[0], device.clients[1]);
      yield* startsAfresh(again, device);
    }));

  it.effect("takes the place of an old instance whose end is never told", () =>
    Effect.gen(function* () {
      const { hub, device } = yield* subscribed();
      hub.participant("rover").setEvent("participantDisconnected", { times: 0 });
      const again = yield* RawViewer.join(hub);
      assert.deepStrictEqual(device.events, ["+ viewer-1 /pose", "- viewer-1 /pose"]);
      yield* startsAfresh(again, device);
    }));

  it.effect("stays when the end of the old instance is told much later", () =>
    Effect.gen(function* () {
      const { hub, device } = yield* subscribed();
      hub.participant("rover").setEvent("participantDisconnected", { delayMs: 5_000 });
      const again = yield* RawViewer.join(hub);
      yield* startsAfresh(again, device);
      yield* advance(6_000);
      device.context.channels[0]?.log("still there");
      yield* again.next("messageData");
      assert.deepStrictEqual(device.events, ["+ viewer-1 /pose", "- viewer-1 /pose", "+ viewer-1 /pose"]);
    }));

  it.effect("inherits nothing after leaving and coming back", () =>
    Effect.gen(function* () {
      const { hub, device, viewer } = yield* subscribed();
      yield* viewer.leave;
      assert.deepStrictEqual(device.events, ["+ viewer-1 /pose", "- viewer-1 /pose"]);
      assert.isFalse(device.context.channels[0]?.hasSubscribers);
      yield* startsAfresh(yield* RawViewer.join(hub), device);
    }));

  it.effect("is refused when it comes back with a version that will not do, and let in again with one that will", () =>
    Effect.gen(function* () {
      const { hub, device } = yield* subscribed();
      const refused = yield* RawViewer.join(hub, "viewer-1", { version: "1.0.0" });
      yield* refused.next("status");
      assert.deepStrictEqual(device.events, ["+ viewer-1 /pose", "- viewer-1 /pose"]);
      yield* startsAfresh(yield* RawViewer.join(hub, "viewer-1", { version: "2.3.0" }), device);
    }));

  it.effect("that leaves quietly is a normal end, with no warning and no error", () =>
    Effect.gen(function* () {
      const { device, viewer } = yield* subscribed();
      yield* viewer.leave;
      assert.deepStrictEqual([...device.log.at("error"), ...device.log.at("warning")], []);
    }));
});

describe("events that are told twice", () => {
  it.effect("an instance that is active twice has one stream and one start-up", () =>
    Effect.gen(function* () {
      const hub = yield* LoopbackHub.make();
      const device = yield* startDevice(hub);
      hub.participant("rover").setEvent("participantActive", { times: 2 });
      const viewer = yield* RawViewer.join(hub);
      yield* viewer.next("serverInfo");
      yield* viewer.silence;
      assert.strictEqual(viewer.controls.length, 1);
      assert.deepStrictEqual(device.log.at("error"), []);
    }));

  it.effect("an instance that has left twice is cleaned up after once", () =>
    Effect.gen(function* () {
      const { hub, device, viewer } = yield* subscribed();
      hub.participant("rover").setEvent("participantDisconnected", { times: 2 });
      yield* viewer.leave;
      assert.deepStrictEqual(device.events, ["+ viewer-1 /pose", "- viewer-1 /pose"]);
    }));

  it.effect("a stream that is opened twice is read once", () =>
    Effect.gen(function* () {
      const hub = yield* LoopbackHub.make();
      const device = yield* startDevice(hub);
      const { id } = device.context.channel({ topic: "/pose", encoding: "json" });
      hub.participant("rover").setEvent("byteStreamOpened", { times: 2 });
      const viewer = yield* RawViewer.join(hub);
      yield* viewer.subscribe(id);
      yield* viewer.unsubscribe(id);
      assert.deepStrictEqual(device.events, ["+ viewer-1 /pose", "- viewer-1 /pose"]);
      assert.deepStrictEqual(device.log.at("error"), []);
    }));

  it.effect("an instance that is active twice and leaves while its stream opens is not waited for", () =>
    Effect.gen(function* () {
      const hub = yield* LoopbackHub.make();
      const device = yield* startDevice(hub);
      hub.participant("rover").setEvent("participantActive", { times: 2 });
      hub.participant("rover").setDelays({ openMs: 1_000 });
      const first = yield* RawViewer.join(hub);
      yield* advance(500);
      yield* first.leave;
      const second = yield* RawViewer.join(hub);
      yield* advance(3_000);
      yield* second.next("serverInfo");
      yield* second.silence;
      assert.strictEqual(second.controls.length, 1);
      assert.deepStrictEqual(device.log.at("error"), []);
    }));
});

describe("events that come late", () => {
  it.effect("a viewer that is told late is greeted late, once", () =>
    Effect.gen(function* () {
      const hub = yield* LoopbackHub.make();
      yield* startDevice(hub);
      hub.participant("rover").setEvent("participantActive", { delayMs: 2_000 });
      const viewer = yield* RawViewer.join(hub);
      yield* advance(1_500);
      assert.strictEqual(viewer.controls.length, 0);
      yield* advance(500);
      yield* viewer.next("serverInfo");
      assert.strictEqual(viewer.controls.length, 1);
    }));

  it.effect("a viewer that has left before it is told is never greeted, and comes back as anybody", () =>
    Effect.gen(function* () {
      const hub = yield* LoopbackHub.make();
      const device = yield* startDevice(hub);
      hub.participant("rover").setEvent("participantActive", { delayMs: 2_000 });
      yield* (yield* RawViewer.join(hub)).leave;
      yield* advance(3_000);
      assert.deepStrictEqual(device.log.lines, []);
      const again = yield* RawViewer.join(hub);
      yield* advance(2_000);
      yield* again.next("serverInfo");
    }));
});

describe("a viewer whose stream is slow to open", () => {
  const opening = Effect.fnUntraced(function* (openMs = 1_000) {
    const hub = yield* LoopbackHub.make();
    const device = yield* startDevice(hub);
    hub.participant("rover").setDelays({ openMs });
    return { hub, device, viewer: yield* RawViewer.join(hub) };
  });

  it.effect("finds channels that were made meanwhile once, and those closed meanwhile not at all", () =>
    Effect.gen(function* () {
      const { device: { context }, viewer } = yield* opening();
      const early = context.channel({ topic: "/early", encoding: "json" });
      yield* advance(500);
      const late = context.channel({ topic: "/late", encoding: "json" });
      early.close();
      yield* advance(1_000);
      yield* viewer.next("serverInfo");
      assert.deepStrictEqual((yield* viewer.next("advertise")).channels.map(({ id }) => id), [late.id]);
      yield* viewer.silence;
      late.close();
      assert.deepStrictEqual((yield* viewer.next("unadvertise")).channelIds, [late.id]);
    }));

  it.effect("and leaves before that is not registered, without an error", () =>
    Effect.gen(function* () {
      const { hub, device, viewer } = yield* opening();
      yield* advance(500);
      yield* viewer.leave;
      yield* advance(2_000);
      assert.deepStrictEqual(device.log.at("error"), []);
      assert.strictEqual(device.log.lines.filter(({ message }) => message === "a viewer is active").length, 0);
      const again = yield* RawViewer.join(hub);
      yield* advance(1_000);
      yield* again.next("serverInfo");
    }));

  it.effect("and connects anew before that gets one stream, for the new instance", () =>
    Effect.gen(function* () {
      for (const order of ["old-first", "new-first"] as const) {
        const { hub, device } = yield* opening();
        hub.setReplacementOrder(order);
        yield* advance(500);
        const again = yield* RawViewer.join(hub);
        yield* advance(3_000);
        yield* again.next("serverInfo");
        yield* again.silence;
        assert.strictEqual(again.controls.length, 1);
        assert.deepStrictEqual(device.log.at("error"), []);
        yield* device.gateway.closeEffect;
      }
    }));

  it.effect("holds up nobody else", () =>
    Effect.gen(function* () {
      const { hub, viewer } = yield* opening(5_000);
      hub.participant("rover").setDelays({ openMs: 0 });
      yield* (yield* RawViewer.join(hub, "viewer-2")).next("serverInfo");
      assert.strictEqual(viewer.controls.length, 0);
      yield* advance(5_000);
      yield* viewer.next("serverInfo");
    }));

  it.effect("is given up after the time that a stream may take, and is not registered until it joins anew", () =>
    Effect.gen(function* () {
      const { hub, device, viewer } = yield* opening(60_000);
      yield* advance(15_000);
      assert.deepStrictEqual(device.log.at("error"), [
        "a viewer's control stream cannot be opened; the viewer is not registered",
      ]);
      yield* advance(60_000);
      assert.strictEqual(viewer.controls.length, 0);
      hub.participant("rover").setDelays({});
      yield* (yield* RawViewer.join(hub)).next("serverInfo");
    }));

  it.effect("may not send yet: its message is an error in the log, and its stream is read no further", () =>
    Effect.gen(function* () {
      const { device, viewer } = yield* opening();
      const { id } = device.context.channel({ topic: "/pose", encoding: "json" });
      yield* viewer.subscribe(id);
      assert.deepStrictEqual(device.log.at("error"), [
        "a message of a viewer that is not registered; its stream is not read on",
      ]);
      yield* advance(1_000);
      yield* viewer.drain;
      yield* viewer.subscribe(id);
      assert.deepStrictEqual(device.events, []);
      yield* (yield* viewer.open()).write(frames(subscribe(id)));
      yield* settle;
      assert.deepStrictEqual(device.events, ["+ viewer-1 /pose"]);
    }));

  it.effect("is greeted once by the next session when the session is lost before", () =>
    Effect.gen(function* () {
      const { hub, device, viewer } = yield* opening();
      yield* advance(500);
      hub.participant("rover").kick("connection-lost");
      yield* advance(5_000);
      yield* viewer.next("serverInfo");
      yield* viewer.silence;
      assert.strictEqual(viewer.controls.length, 1);
      assert.deepStrictEqual(device.log.at("error"), []);
    }));

  it.effect("cannot be opened at all: an error in the log, and the viewer is not registered", () =>
    Effect.gen(function* () {
      const hub = yield* LoopbackHub.make();
      const device = yield* startDevice(hub);
      hub.participant("rover").failOpens(1);
      const viewer = yield* RawViewer.join(hub);
      assert.strictEqual(viewer.controls.length, 0);
      assert.strictEqual(device.log.at("error").length, 1);
      device.context.channel({ topic: "/late", encoding: "json" });
      yield* settle;
      assert.strictEqual(viewer.controls.length, 0);
      yield* (yield* RawViewer.join(hub, "viewer-2")).next("serverInfo");
      yield* (yield* RawViewer.join(hub)).next("serverInfo");
    }));
});
