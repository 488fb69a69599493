import { assert, describe, it } from "@effect/vitest";
import * as Effect from "effect/Effect";
import { LoopbackHub } from "../../../adapters/loopback/mod.ts";
import { AssetFailed, InvalidRequest, NotSupported, Viewer } from "../../../mod.ts";
import { makePair } from "../../support/pair.ts";
import { capable, RawDevice, say } from "../../support/raw_device.ts";
import { outcome, rawPair } from "../../support/raw_pair.ts";
import { eventually, settle } from "../../support/settle.ts";
import { bytes } from "../../support/streams.ts";

describe("Viewer: fetching an asset", () => {
  it.effect("gives its bytes, or fails with the device's words", () =>
    Effect.gen(function* () {
      const { viewer } = yield* makePair({
        gateway: {
          assets: (uri) => {
            if (uri !== "package://rover.urdf") throw new Error("there is no such asset");
            return "<robot/>";
          },
        },
      });
      const urdf = yield* Effect.promise(() => viewer.fetchAsset("package://rover.urdf"));
      assert.strictEqual(new TextDecoder().decode(urdf), "<robot/>");
      const error = yield* Effect.flip(viewer.fetchAssetEffect("../secret"));
      assert.instanceOf(error, AssetFailed);
      assert.strictEqual(error.message, 'the asset "../secret" cannot be had: there is no such asset');
    }));

  it.effect("gives each of several its own, in whatever order they come", () =>
    Effect.gen(function* () {
      const { viewer, device, control } = yield* rawPair(["assets"]);
      const fetches = ["a", "b", "c"].map((uri) => outcome(viewer.fetchAsset(uri)));
      yield* eventually("all are asked for", () => device.of("fetchAsset").length === 3);
      for (const { requestId, uri } of [...device.of("fetchAsset")].reverse()) {
        yield* say(control, { op: "fetchAssetResponse", requestId, status: "success", data: bytes(uri) });
      }
      yield* eventually("all have come", () => fetches.every(({ value }) => value !== undefined));
      assert.deepStrictEqual(fetches.map(({ value }) => new TextDecoder().decode(value)), ["a", "b", "c"]);
    }));

  it.effect("refuses a URI that is no text, whether or not there is a device, and harms no other fetch", () =>
    Effect.gen(function* () {
      const hub = yield* LoopbackHub.make();
      const viewer = yield* Viewer.make(hub.transport({ identity: "viewer-1" }));
      for (const uri of [5n, undefined, Symbol("uri")] as ReadonlyArray<unknown>) {
        const error = yield* Effect.flip(viewer.fetchAssetEffect(uri as string));
        assert.instanceOf(error, InvalidRequest);
        assert.include(error.message, "a URI is text");
      }
      const waiting = outcome(viewer.fetchAsset("a"));
      const device = yield* RawDevice.join(hub);
      const control = yield* device.open();
      yield* say(control, capable("assets"));
      yield* eventually("it is asked for", () => device.of("fetchAsset").length === 1);
      const { requestId } = device.last("fetchAsset");
      yield* say(control, { op: "fetchAssetResponse", requestId, status: "success", data: bytes("a") });
      yield* eventually("it has come", () => waiting.value !== undefined);
    }));

  it.effect("fails at once when the device has none", () =>
    Effect.gen(function* () {
      const { viewer, device } = yield* rawPair(["services"]);
      assert.instanceOf(yield* Effect.flip(viewer.fetchAssetEffect("a")), NotSupported);
      yield* settle;
      assert.deepStrictEqual(device.received, []);
    }));
});
