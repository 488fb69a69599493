import { assert, describe, it } from "@effect/vitest";
import * as Effect from "effect/Effect";
import { LoopbackHub } from "../../../adapters/loopback/mod.ts";
import type { Channel } from "../../../mod.ts";
import { type Device, type DeviceOptions, startDevice } from "../../support/device.ts";
import { RawViewer, type RawViewerOptions } from "../../support/raw_viewer.ts";
import { advance, settle } from "../../support/settle.ts";
import { textsOf } from "../../support/stream_reader.ts";

/** A small window, so that a viewer that does not read soon holds up the device's writes. */
const small = { windowBytes: 512, writeBytes: 256 };

const start = Effect.fnUntraced(function* (options: DeviceOptions = {}, viewerOptions: RawViewerOptions = {}) {
  const hub = yield* LoopbackHub.make();
  const device = yield* startDevice(hub, options);
  const pose = device.context.channel({ topic: "/pose", encoding: "json", qos: "reliable" });
  const viewer = yield* RawViewer.join(hub, "viewer-1", { ...small, ...viewerOptions });
  yield* viewer.drain;
  yield* viewer.subscribe(pose.id);
  return { hub, device, pose, viewer, rover: hub.participant("rover") };
});

/** Logs so much that a viewer that does not read overflows its queue. */
const flood = Effect.fnUntraced(function* (channel: Channel, count = 60) {
  for (let n = 0; n < count; n += 1) {
    channel.log(`${n}`.padEnd(100));
    yield* settle;
  }
});

/** The delays of the resets so far, in ms. */
function delays({ log }: Device): ReadonlyArray<unknown> {
  return log.lines.filter(({ message }) => message === "a viewer is reset").map(({ fields }) => fields["delayMs"]);
}

function text(data: Uint8Array): string {
  return new TextDecoder().decode(data);
}

describe("a reset", () => {
  it.effect("follows an overflow: a fresh stream with a full start-up, and nothing subscribed", () =>
    Effect.gen(function* () {
      const { device, pose, viewer } = yield* start({ limits: { queueFrames: 8 } });
      viewer.pause();
      yield* flood(pose);
      assert.include(device.log.at("warning"), "the viewer's control queue is full; the viewer is reset");
      assert.deepStrictEqual(device.events, ["+ viewer-1 /pose", "- viewer-1 /pose"]);
      viewer.resume();
      yield* settle;
      assert.strictEqual(viewer.controls.length, 2);
      yield* viewer.next("serverInfo");
      assert.deepStrictEqual((yield* viewer.next("advertise")).channels.map(({ id }) => id), [pose.id]);
      pose.log("not for it");
      yield* viewer.silence;
      yield* viewer.subscribe(pose.id);
      pose.log("for it");
      assert.strictEqual(text((yield* viewer.next("messageData")).data), "for it");
      assert.notStrictEqual(device.clients[2], device.clients[0]);
      assert.deepStrictEqual(delays(device), [0]);
    }));

  it.effect("of one viewer disturbs no other: it loses nothing and keeps its stream", () =>
    Effect.gen(function* () {
      const { hub, device, pose, viewer } = yield* start({ limits: { queueFrames: 8 } });
      const other = yield* RawViewer.join(hub, "viewer-2", small);
      yield* other.drain;
      yield* other.subscribe(pose.id);
      viewer.pause();
      yield* flood(pose, 60);
      assert.strictEqual(viewer.controls.length, 2);
      const seen = textsOf(yield* other.drain).map((one) => one.trim());
      assert.deepStrictEqual(seen, Array.from({ length: 60 }, (_, n) => `${n}`));
      assert.strictEqual(other.controls.length, 1);
      assert.deepStrictEqual(device.events, ["+ viewer-1 /pose", "+ viewer-2 /pose", "- viewer-1 /pose"]);
    }));

  it.effect("follows too many bytes as well as too many frames", () =>
    Effect.gen(function* () {
      const { device, pose, viewer } = yield* start({ limits: { queueBytes: 2_000 } });
      viewer.pause();
      yield* flood(pose, 40);
      assert.deepStrictEqual(delays(device), [0]);
      assert.strictEqual(viewer.controls.length, 2);
    }));

  it.effect("is not made by a start-up that is larger than the queue", () =>
    Effect.gen(function* () {
      const hub = yield* LoopbackHub.make();
      const device = yield* startDevice(hub, { limits: { queueFrames: 1, queueBytes: 100 } });
      for (let n = 0; n < 50; n += 1) device.context.channel({ topic: `/${n}`, encoding: "json" });
      const viewer = yield* RawViewer.join(hub, "viewer-1", small);
      yield* viewer.next("serverInfo");
      assert.strictEqual((yield* viewer.next("advertise")).channels.length, 50);
      assert.deepStrictEqual(delays(device), []);
    }));

  it.effect("follows a write that fails: a fresh stream with a full start-up", () =>
    Effect.gen(function* () {
      const { device, pose, viewer, rover } = yield* start();
      rover.failWrites(1);
      pose.log("lost");
      yield* settle;
      assert.include(device.log.at("warning"), "writing to a viewer has failed; the viewer is reset");
      assert.deepStrictEqual(device.events, ["+ viewer-1 /pose", "- viewer-1 /pose"]);
      assert.strictEqual(viewer.controls.length, 2);
      yield* viewer.next("serverInfo");
      yield* viewer.next("advertise");
      yield* viewer.silence;
      assert.strictEqual(viewer.controls[0]?.waiting.length, 0);
    }));

  it.effect("begins the schema table anew", () =>
    Effect.gen(function* () {
      const { device: { context }, pose, viewer, rover } = yield* start({}, { version: "2.3.0" });
      const schema = { name: "S", encoding: "jsonschema", data: "{}" };
      context.channel({ topic: "/s", encoding: "json", schema });
      const told = yield* viewer.next("advertise");
      assert.deepStrictEqual(told.form === "table" && told.schemas.map(({ id }) => id), [1]);
      rover.failWrites(1);
      pose.log("lost");
      yield* viewer.next("serverInfo");
      const again = yield* viewer.next("advertise");
      assert.deepStrictEqual(again.form === "table" && again.schemas.map(({ id, name }) => [id, name]), [[1, "S"]]);
    }));

  it.effect("finds a viewer that has left since, and does nothing", () =>
    Effect.gen(function* () {
      const { device, pose, viewer, rover } = yield* start();
      rover.failWrites(2);
      pose.log("lost");
      yield* settle;
      assert.deepStrictEqual(delays(device), [0, 1_000]);
      yield* advance(500);
      yield* viewer.leave;
      yield* advance(2_000);
      assert.include(device.log.at("debug"), "a viewer has left before it could be added again");
      assert.deepStrictEqual(device.log.at("error"), []);
      assert.strictEqual(device.events.length, 2);
    }));

  it.effect("looks at the version that the viewer has now, and refuses it where it will not do", () =>
    Effect.gen(function* () {
      const { device, pose, viewer, rover } = yield* start();
      yield* viewer.room.setAttributes(new Map([["protocolVersion", "7.0.0"]]));
      yield* settle;
      rover.failWrites(1);
      pose.log("lost");
      assert.include((yield* viewer.next("status")).message, "7.0.0");
      assert.strictEqual(viewer.control.end, "end");
      device.context.channel({ topic: "/late", encoding: "json" });
      yield* viewer.silence;
      assert.strictEqual(viewer.controls.length, 2);
    }));

  it.effect("speaks to the viewer in the version that it has now", () =>
    Effect.gen(function* () {
      const { pose, viewer, rover } = yield* start();
      yield* viewer.room.setAttributes(new Map([["protocolVersion", "2.3.0"]]));
      yield* settle;
      rover.failWrites(1);
      pose.log("lost");
      yield* viewer.next("serverInfo");
      assert.strictEqual((yield* viewer.next("advertise")).form, "table");
    }));

  it.effect("and a reconnect at the same moment leave the new instance with one stream that lives", () =>
    Effect.gen(function* () {
      for (const order of ["old-first", "new-first"] as const) {
        const { hub, device, pose, rover } = yield* start();
        hub.setReplacementOrder(order);
        rover.failWrites(1);
        pose.log("lost");
        const again = yield* RawViewer.join(hub);
        yield* again.next("serverInfo");
        yield* again.next("advertise");
        yield* again.silence;
        // The reset may have opened a stream to the identity before the device heard of the new instance.
        for (const earlier of again.controls.slice(0, -1)) assert.isDefined(earlier.end);
        assert.deepStrictEqual(device.events, ["+ viewer-1 /pose", "- viewer-1 /pose"]);
        yield* again.subscribe(pose.id);
        pose.log("once");
        assert.strictEqual(text((yield* again.next("messageData")).data), "once");
        yield* device.gateway.closeEffect;
      }
    }));

  it.effect("that waits adds nobody a second time when the viewer has connected anew meanwhile", () =>
    Effect.gen(function* () {
      const { hub, device, pose, rover } = yield* start();
      rover.failWrites(2);
      pose.log("lost");
      yield* settle;
      const again = yield* RawViewer.join(hub);
      yield* again.next("serverInfo");
      yield* advance(5_000);
      assert.strictEqual(again.controls.length, 1);
      assert.deepStrictEqual(device.log.at("error"), []);
    }));

  it.effect("is followed by the instance's end as ever", () =>
    Effect.gen(function* () {
      const { device, pose, viewer, rover } = yield* start();
      rover.failWrites(1);
      pose.log("lost");
      yield* settle;
      yield* viewer.subscribe(pose.id);
      yield* viewer.leave;
      assert.deepStrictEqual(device.events.slice(2), ["+ viewer-1 /pose", "- viewer-1 /pose"]);
      assert.isFalse(pose.hasSubscribers);
    }));
});

describe("resets of one identity", () => {
  it.effect("back off: at once, then 1 s doubling to 30 s, and never loop on a dead peer", () =>
    Effect.gen(function* () {
      const { device, pose, viewer, rover } = yield* start();
      rover.failWrites(1_000_000);
      pose.log("lost");
      yield* settle;
      assert.deepStrictEqual(delays(device), [0, 1_000]);
      yield* advance(150_000);
      assert.deepStrictEqual(delays(device), [0, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000, 30_000]);
      assert.strictEqual(viewer.controls.length, delays(device).length);
    }));

  it.effect("begin again with the first one after a quiet minute, not before", () =>
    Effect.gen(function* () {
      const { device, pose, viewer, rover } = yield* start();
      const lose = Effect.gen(function* () {
        yield* viewer.subscribe(pose.id);
        rover.failWrites(1);
        pose.log("lost");
        yield* settle;
      });
      yield* lose;
      yield* lose;
      yield* advance(1_000);
      yield* lose;
      assert.deepStrictEqual(delays(device), [0, 1_000, 2_000]);
      yield* advance(2_000 + 59_000);
      yield* lose;
      assert.deepStrictEqual(delays(device), [0, 1_000, 2_000, 4_000]);
      yield* advance(4_000 + 60_000);
      yield* lose;
      yield* lose;
      assert.deepStrictEqual(delays(device), [0, 1_000, 2_000, 4_000, 0, 1_000]);
    }));

  it.effect("do not hold up those of another", () =>
    Effect.gen(function* () {
      const { hub, device, pose, rover } = yield* start();
      rover.failWrites(2);
      pose.log("lost");
      yield* settle;
      const other = yield* RawViewer.join(hub, "viewer-2");
      yield* other.subscribe(pose.id);
      rover.failWrites(1);
      pose.log("lost");
      yield* settle;
      assert.deepStrictEqual(delays(device), [0, 1_000, 0]);
      assert.strictEqual(other.controls.length, 2);
    }));
});

describe("a slow viewer", () => {
  it.effect("never delays another: the other has everything while the first has read nothing", () =>
    Effect.gen(function* () {
      const { hub, pose, viewer } = yield* start();
      const other = yield* RawViewer.join(hub, "viewer-2");
      yield* other.drain;
      yield* other.subscribe(pose.id);
      viewer.pause();
      yield* flood(pose, 100);
      assert.strictEqual((yield* other.drain).length, 100);
      viewer.resume();
      assert.strictEqual((yield* viewer.drain).length, 100);
      assert.strictEqual(viewer.controls.length, 1);
    }));

  it.effect("does not hold up the end of the session", () =>
    Effect.gen(function* () {
      const { device, pose, viewer } = yield* start();
      viewer.pause();
      yield* flood(pose, 20);
      yield* device.gateway.closeEffect;
      assert.deepStrictEqual(device.events, ["+ viewer-1 /pose", "- viewer-1 /pose"]);
      assert.deepStrictEqual(device.log.at("error"), []);
    }));
});
