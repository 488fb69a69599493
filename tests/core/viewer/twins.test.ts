import { assert, describe, it } from "@effect/vitest";
import * as Effect from "effect/Effect";
import type { Viewer } from "../../../mod.ts";
import { rawPair } from "../../support/raw_pair.ts";
import { advance } from "../../support/settle.ts";

/** Each promise verb of a viewer beside its Effect twin, where what is asked for does not come. */
function verbs(
  viewer: Viewer,
): ReadonlyArray<readonly [string, () => Promise<unknown>, Effect.Effect<unknown, unknown>]> {
  const { playback } = viewer;
  const channel = viewer.channel({ topic: "/cmd", encoding: "json" });
  const options = { timeoutMs: 1_000 };
  return [
    ["callService", () => viewer.callService("/a", {}, options), viewer.callServiceEffect("/a", {}, options)],
    ["getParameters", () => viewer.getParameters(["a"], options), viewer.getParametersEffect(["a"], options)],
    ["setParameters", () => viewer.setParameters({ a: 1 }, options), viewer.setParametersEffect({ a: 1 }, options)],
    ["fetchAsset", () => viewer.fetchAsset("a", options), viewer.fetchAssetEffect("a", options)],
    ["play", () => playback.play(options), playback.playEffect(options)],
    ["pause", () => playback.pause(options), playback.pauseEffect(options)],
    ["seek", () => playback.seek(1n, options), playback.seekEffect(1n, options)],
    ["setSpeed", () => playback.setSpeed(2, options), playback.setSpeedEffect(2, options)],
    ["control", () => playback.control({}, options), playback.controlEffect({}, options)],
    ["ready", () => channel.ready(), channel.readyEffect],
  ];
}

/** The class of a failure and its words. */
const words = (error: unknown): string =>
  error instanceof Error ? `${error.constructor.name}: ${error.message}` : "none";

const ends = Effect.fnUntraced(function* (viewer: Viewer) {
  const both: Array<readonly [string, { promise: string; effect: string }]> = [];
  for (const [name, verb, effect] of verbs(viewer)) {
    const end = { promise: "pending", effect: "pending" };
    verb().then(() => end.promise = "done", (error) => end.promise = words(error));
    yield* Effect.forkChild(Effect.match(effect, {
      onSuccess: () => end.effect = "done",
      onFailure: (error) => end.effect = words(error),
    }));
    both.push([name, end]);
  }
  yield* advance(2_000);
  return both;
});

describe("Viewer: a promise verb and its Effect twin", () => {
  it.effect("fail alike where the device cannot do it", () =>
    Effect.gen(function* () {
      const { viewer } = yield* rawPair([]);
      for (const [name, { promise, effect }] of yield* ends(viewer)) {
        assert.match(promise, /^NotSupported: /, name);
        assert.strictEqual(promise, effect, name);
      }
    }));

  it.effect("fail alike where no answer comes", () =>
    Effect.gen(function* () {
      const { viewer } = yield* rawPair(["assets", "parameters", "playbackControl", "services"]);
      for (const [name, { promise, effect }] of yield* ends(viewer)) {
        const expected = name === "callService"
          ? /^UnknownService: /
          : name === "ready"
          ? /^NotSupported: /
          : /^RequestTimeout: /;
        assert.match(promise, expected, name);
        assert.strictEqual(promise, effect, name);
      }
    }));

  it.effect("fail alike once the viewer is closed", () =>
    Effect.gen(function* () {
      const { viewer } = yield* rawPair(["services"]);
      yield* viewer.closeEffect;
      for (const [name, { promise, effect }] of yield* ends(viewer)) {
        assert.match(promise, name === "ready" ? /^Closed: / : /^ConnectionLost: .* the viewer was closed/, name);
        assert.strictEqual(promise, effect, name);
      }
      const device = yield* Effect.flip(viewer.deviceEffect);
      assert.strictEqual(
        words(yield* Effect.promise(() => viewer.device().catch((error: unknown) => error))),
        words(device),
      );
    }));
});
