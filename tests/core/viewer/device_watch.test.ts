import { assert, describe, it } from "@effect/vitest";
import * as Effect from "effect/Effect";
import * as Fiber from "effect/Fiber";
import * as Stream from "effect/Stream";
import { LoopbackHub } from "../../../adapters/loopback/mod.ts";
import { type DevicePresence, Viewer, type ViewerOptions } from "../../../mod.ts";
import { makePair } from "../../support/pair.ts";
import { data, info, RawDevice, say } from "../../support/raw_device.ts";
import { advance, settle } from "../../support/settle.ts";

/** A viewer with what it has been told of its device, for example `device silent 30000`. */
const start = Effect.fnUntraced(function* (options: ViewerOptions = {}) {
  const hub = yield* LoopbackHub.make();
  const device = yield* RawDevice.join(hub);
  const told: Array<string> = [];
  const viewer = yield* Viewer.make(hub.transport({ identity: "viewer-1" }), {
    ...options,
    onPresence: (presence) => {
      told.push(shown(presence));
      options.onPresence?.(presence);
    },
  });
  return { hub, device, viewer, told };
});

function shown(device: DevicePresence | undefined): string {
  return device === undefined ? "nobody" : `${device.identity} ${device.state} ${device.stateSince}`;
}

describe("a viewer's device", () => {
  it.effect("is here since the viewer has met it, until it leaves", () =>
    Effect.gen(function* () {
      const { hub, device, viewer, told } = yield* start();
      assert.strictEqual(viewer.devicePresence, undefined as DevicePresence | undefined);
      yield* advance(1_000);
      yield* say(yield* device.open(), info("rover"));
      yield* settle;
      assert.strictEqual(viewer.devicePresence?.identity, "device");
      assert.strictEqual(viewer.devicePresence?.serverInfo.name, "rover");
      assert.strictEqual(viewer.devicePresence?.since, 1_000);
      assert.deepStrictEqual(told, ["device active 1000"]);
      hub.participant("device").kick();
      yield* settle;
      assert.isUndefined(viewer.devicePresence);
      assert.deepStrictEqual(told, ["device active 1000", "nobody"]);
      yield* advance(60_000);
      assert.strictEqual(told.length, 2);
    }));

  it.effect("is silent when nothing has come from it for 30 s, and is not when something comes", () =>
    Effect.gen(function* () {
      const { device, viewer, told } = yield* start();
      const stream = yield* device.open();
      yield* say(stream, info());
      yield* advance(12_500);
      yield* say(stream, data(99, "of a channel nobody knows"));
      yield* advance(29_500);
      assert.deepStrictEqual(told, ["device active 0"]);
      yield* advance(500);
      assert.deepStrictEqual(told, ["device active 0", "device silent 42500"]);
      yield* advance(300_000, 10_000);
      assert.strictEqual(viewer.devicePresence?.state, "silent");
      assert.strictEqual(viewer.devicePresence?.since, 0);
      yield* say(stream, data(99, "back"));
      yield* settle;
      assert.deepStrictEqual(told.slice(2), ["device active 342500"]);
      yield* advance(30_000);
      assert.deepStrictEqual(told.slice(3), ["device silent 372500"]);
    }));

  it.effect("is never silent while it answers pings, with nothing else to say", () =>
    Effect.gen(function* () {
      const { viewer } = yield* makePair();
      yield* advance(200_000, 1_000);
      assert.strictEqual(viewer.devicePresence?.state, "active");
      assert.strictEqual(viewer.devicePresence?.stateSince, 0);
    }));

  it.effect("is silent as soon as the limit says", () =>
    Effect.gen(function* () {
      const { device, told } = yield* start({ limits: { pingIntervalMs: 500, deviceSilentAfterMs: 1_500 } });
      yield* say(yield* device.open(), info());
      yield* advance(2_000, 100);
      assert.deepStrictEqual(told, ["device active 0", "device silent 1500"]);
    }));

  it.effect("is not made silent by what others in the room do, nor kept from it", () =>
    Effect.gen(function* () {
      const { hub, device, told } = yield* start();
      yield* say(yield* device.open(), info());
      const other = yield* RawDevice.join(hub, "other");
      const stream = yield* other.open();
      yield* advance(20_000);
      yield* say(stream, info());
      yield* advance(10_000);
      assert.deepStrictEqual(told, ["device active 0", "device silent 30000"]);
    }));

  it.effect("stays the same over a reset, and is another one with another session", () =>
    Effect.gen(function* () {
      const { device, viewer, told } = yield* start();
      const stream = yield* device.open();
      yield* say(stream, { ...info("a"), sessionId: "s1" });
      yield* advance(1_000);
      yield* say(stream, { ...info("b"), sessionId: "s1" });
      yield* settle;
      assert.strictEqual(viewer.devicePresence?.serverInfo.name, "b");
      assert.strictEqual(viewer.devicePresence?.since, 0);
      assert.strictEqual(told.length, 1);
      yield* say(stream, { ...info("c"), sessionId: "s2" });
      yield* settle;
      assert.strictEqual(viewer.devicePresence?.since, 1_000);
      assert.deepStrictEqual(told, ["device active 0", "device active 1000"]);
    }));

  it.effect("is followed by an iterable and by a stream, which end with the viewer", () =>
    Effect.gen(function* () {
      const { hub, device, viewer } = yield* start();
      const iterated: Array<string> = [];
      const streamed: Array<string> = [];
      const iterating = (async () => {
        for await (const presence of viewer.presence()) iterated.push(shown(presence));
      })();
      const streaming = yield* Effect.forkChild(
        Stream.runForEach(
          viewer.presence().stream,
          (presence) => Effect.sync(() => void streamed.push(shown(presence))),
        ),
      );
      yield* settle;
      yield* say(yield* device.open(), info());
      yield* advance(30_000);
      hub.participant("device").kick();
      yield* settle;
      yield* viewer.closeEffect;
      yield* Fiber.join(streaming);
      yield* Effect.promise(() => iterating);
      const expected = ["nobody", "device active 0", "device silent 30000", "nobody", "nobody"];
      assert.deepStrictEqual(iterated, expected);
      assert.deepStrictEqual(streamed, expected);
    }));

  it.effect("is told of in spite of a callback that throws", () =>
    Effect.gen(function* () {
      const { device, told } = yield* start({
        log: () => {},
        onPresence: () => {
          throw new Error("mine");
        },
      });
      yield* say(yield* device.open(), info());
      yield* advance(30_000);
      assert.strictEqual(told.length, 2);
    }));
});
