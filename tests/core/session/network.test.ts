import { assert, describe, it } from "@effect/vitest";
import * as Effect from "effect/Effect";
import { LoopbackHub, type NetworkProfileName, networkProfiles } from "../../../adapters/loopback/mod.ts";
import { startDevice } from "../../support/device.ts";
import { RawViewer } from "../../support/raw_viewer.ts";
import { advance } from "../../support/settle.ts";
import { textsOf } from "../../support/stream_reader.ts";

const start = Effect.fnUntraced(function* (profile: NetworkProfileName, seed = 5) {
  const hub = yield* LoopbackHub.make({ seed });
  hub.applyProfile(networkProfiles[profile], { device: "rover", viewers: ["viewer-1"] });
  const device = yield* startDevice(hub);
  const pose = device.context.channel({ topic: "/pose", encoding: "json", qos: "reliable" });
  const scan = device.context.channel({ topic: "/scan", encoding: "json" });
  const viewer = yield* RawViewer.join(hub);
  yield* advance(1_000, 10);
  yield* viewer.next("serverInfo");
  assert.strictEqual((yield* viewer.next("advertise")).channels.length, 2);
  yield* viewer.subscribe(pose.id, scan.id);
  yield* advance(1_000, 10);
  return { device, pose, scan, viewer };
});

describe("a session over an impaired network", () => {
  for (const profile of ["impaired", "mobile-4g", "wireless-through-walls", "reordering"] as const) {
    it.effect(`starts and loses nothing that is reliable: ${profile}`, () =>
      Effect.gen(function* () {
        const { device, pose, viewer } = yield* start(profile);
        for (let n = 0; n < 30; n += 1) {
          pose.log(`${n}`);
          yield* advance(10, 10);
        }
        yield* advance(2_000, 10);
        assert.deepStrictEqual(textsOf(yield* viewer.drain), Array.from({ length: 30 }, (_, n) => `${n}`));
        assert.deepStrictEqual(device.log.at("error"), []);
      }));
  }

  it.effect("delivers lossy messages whole or not at all, the first of them soon", () =>
    Effect.gen(function* () {
      const { scan, viewer } = yield* start("impaired");
      const frames = yield* viewer.attach(`data-ch-${scan.id}`);
      for (let n = 0; n < 500; n += 1) {
        scan.log("the same message");
        yield* advance(1, 1);
      }
      yield* advance(500, 10);
      assert.isAbove(frames.length, 400);
      assert.isBelow(frames.length, 500);
      assert.deepStrictEqual(new Set(frames.map(({ text }) => text)), new Set(["the same message"]));
      assert.strictEqual(new Set(frames.map(({ sequence }) => sequence)).size, frames.length);
    }));
});
