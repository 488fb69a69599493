import { assert, describe, it } from "@effect/vitest";
import * as Effect from "effect/Effect";
import { LoopbackHub } from "../../../adapters/loopback/mod.ts";
import { type Status, Viewer } from "../../../mod.ts";
import { MAX_STATUS_TEXT } from "../../../core/viewer/statuses.ts";
import { makePair } from "../../support/pair.ts";
import { capable, RawDevice, say } from "../../support/raw_device.ts";
import { rawPair } from "../../support/raw_pair.ts";
import { eventually, settle } from "../../support/settle.ts";

function status(message: string, id?: string, level: Status["level"] = "warning"): Status {
  return id === undefined ? { op: "status", level, message } : { op: "status", level, message, id };
}

const texts = (viewer: Viewer) => viewer.statuses.map(({ message }) => message);

describe("Viewer: what stands of what the device has said", () => {
  it.effect("is the latest under each id until it is removed, and what has none", () =>
    Effect.gen(function* () {
      const removed: Array<ReadonlyArray<string>> = [];
      const { viewer, control } = yield* rawPair([], { onStatusRemoved: (ids) => removed.push(ids) });
      yield* say(
        control,
        status("low", "battery"),
        status("hello"),
        status("hot", "motor"),
        status("lower", "battery"),
      );
      yield* settle;
      assert.deepStrictEqual(texts(viewer), ["hello", "hot", "lower"]);
      yield* say(control, { op: "removeStatus", statusIds: ["motor", "unknown"] });
      yield* settle;
      assert.deepStrictEqual(texts(viewer), ["hello", "lower"]);
      yield* say(control, { op: "removeStatus", statusIds: ["unknown"] });
      yield* settle;
      assert.deepStrictEqual(removed, [["motor"]]);
    }));

  it.effect("comes from a device's publishStatus and goes with its removeStatus", () =>
    Effect.gen(function* () {
      const { gateway, viewer } = yield* makePair();
      gateway.publishStatus({ level: "error", message: "stuck", id: "drive" });
      yield* eventually("it stands", () => viewer.statuses.length === 1);
      gateway.removeStatus(["drive"]);
      yield* eventually("it is gone", () => viewer.statuses.length === 0);
    }));

  it.effect("is kept when a device ends its stream, and begins anew when one says who it is", () =>
    Effect.gen(function* () {
      const hub = yield* LoopbackHub.make();
      const viewer = yield* Viewer.make(hub.transport({ identity: "viewer-1" }));
      const device = yield* RawDevice.join(hub);
      const refusal = yield* device.open();
      yield* say(refusal, status("version 1.0.0 is not supported"));
      yield* refusal.close;
      yield* settle;
      assert.deepStrictEqual(texts(viewer), ["version 1.0.0 is not supported"]);
      yield* say(yield* device.open(), capable());
      yield* settle;
      assert.deepStrictEqual(texts(viewer), []);
    }));

  it.effect("is bounded: the oldest of those with an id, and of those without, is forgotten", () =>
    Effect.gen(function* () {
      const { viewer, control } = yield* rawPair([], { limits: { statuses: 2 } });
      yield* say(control, status("a", "a"), status("b", "b"), status("a again", "a"), status("c", "c"));
      for (let n = 0; n < 5; n += 1) yield* say(control, status(`nameless ${n}`));
      yield* settle;
      assert.deepStrictEqual(texts(viewer), ["a again", "c", "nameless 3", "nameless 4"]);
    }));

  it.effect("is bounded in length too; a single one may be longer", () =>
    Effect.gen(function* () {
      const { viewer, control } = yield* rawPair([]);
      const half = "x".repeat(MAX_STATUS_TEXT / 2);
      yield* say(control, status(`${half}1`), status("2", half), status(`${half}3`), status("4", "d"), status("5"));
      yield* settle;
      assert.deepStrictEqual(viewer.statuses.map(({ message }) => message.slice(-1)), ["2", "3", "4", "5"]);
      yield* say(control, status(`${half}${half}6`));
      yield* settle;
      assert.deepStrictEqual(viewer.statuses.map(({ message }) => message.slice(-1)), ["2", "4", "6"]);
    }));

  it.effect("is right when the callback is called; a callback that throws harms nothing", () =>
    Effect.gen(function* () {
      const seen: Array<number> = [];
      const hub = yield* LoopbackHub.make();
      const viewer: Viewer = yield* Viewer.make(hub.transport({ identity: "viewer-1" }), {
        log: () => {},
        onStatus: () => {
          seen.push(viewer.statuses.length);
          throw new Error("no");
        },
      });
      const device = yield* RawDevice.join(hub);
      yield* say(yield* device.open(), capable(), status("a"), status("b"));
      yield* settle;
      assert.deepStrictEqual(seen, [1, 2]);
    }));
});
