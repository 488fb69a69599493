import { assert, describe, it } from "@effect/vitest";
import * as Effect from "effect/Effect";
import { LoopbackHub } from "../../../adapters/loopback/mod.ts";
import { Viewer } from "../../../mod.ts";
import { advertise, info, RawDevice, say } from "../../support/raw_device.ts";
import { settle } from "../../support/settle.ts";

describe("a channel that a device takes back and advertises again", () => {
  it.effect("is subscribed to again, however soon it is there again", () =>
    Effect.gen(function* () {
      const hub = yield* LoopbackHub.make();
      const device = yield* RawDevice.join(hub);
      const viewer = yield* Viewer.make(hub.transport({ identity: "viewer-1" }));
      viewer.subscribe("/pose");
      const stream = yield* device.open();
      yield* say(stream, info(), advertise({ id: 7, topic: "/pose" }));
      yield* settle;
      assert.deepStrictEqual(device.subscribed, [7]);
      yield* say(stream, { op: "unadvertise", channelIds: [7] }, advertise({ id: 7, topic: "/pose" }));
      yield* settle;
      assert.deepStrictEqual(device.subscribed, [7, 7]);
      yield* say(stream, advertise({ id: 7, topic: "/pose" }));
      yield* settle;
      assert.deepStrictEqual(device.subscribed, [7, 7]);
    }));
});
