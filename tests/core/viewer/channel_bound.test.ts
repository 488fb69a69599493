import { assert, describe, it } from "@effect/vitest";
import * as Effect from "effect/Effect";
import { LoopbackHub } from "../../../adapters/loopback/mod.ts";
import { Viewer } from "../../../mod.ts";
import { MAX_CHANNELS } from "../../../core/viewer/device_channels.ts";
import { CollectedLog } from "../../support/log.ts";
import { advertise, info, RawDevice, say } from "../../support/raw_device.ts";
import { eventually, settle } from "../../support/settle.ts";

describe("Viewer: the channels of a device at their bound", () => {
  it.effect("leaves further ones out, and takes the updates of known ones that stand behind them", () =>
    Effect.gen(function* () {
      const hub = yield* LoopbackHub.make();
      const log = new CollectedLog();
      const viewer = yield* Viewer.make(hub.transport({ identity: "viewer-1" }), { log: log.log });
      const device = yield* RawDevice.join(hub);
      const control = yield* device.open();
      const ids = Array.from({ length: MAX_CHANNELS }, (_, index) => index + 1);
      yield* say(control, info(), advertise(...ids.map((id) => ({ id, topic: "/t" }))));
      yield* eventually("the channels are known", () => viewer.channels.size === MAX_CHANNELS);
      yield* say(control, advertise({ id: MAX_CHANNELS + 1, topic: "/new" }, { id: 5, topic: "/five" }));
      yield* settle;
      assert.strictEqual(viewer.channels.get(5)?.topic, "/five");
      assert.strictEqual(viewer.channels.size, MAX_CHANNELS);
      assert.isFalse(viewer.channels.has(MAX_CHANNELS + 1));
      assert.strictEqual(log.at("error").length, 1);
    }));
});
