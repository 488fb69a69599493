import { assert, describe, it } from "@effect/vitest";
import * as Effect from "effect/Effect";
import { CapabilityMissing, FrameTooLarge, InvalidArgument, type StatusOptions } from "../../../mod.ts";
import { RawViewer } from "../../support/raw_viewer.ts";
import { setScene } from "../../support/requests.ts";
import { advance, settle } from "../../support/settle.ts";

describe("a status", () => {
  it.effect("is told to all viewers as it was given", () =>
    Effect.gen(function* () {
      const { device: { gateway }, viewer, other } = yield* setScene();
      const statuses: ReadonlyArray<StatusOptions> = [
        { level: "warning", message: "low battery", id: "warn-1" },
        { level: "error", message: "" },
        { level: "info", message: "ä", id: "" },
      ];
      for (const status of statuses) {
        gateway.publishStatus(status);
        for (const one of [viewer, other]) {
          assert.deepStrictEqual(yield* one.next("status"), { op: "status", ...status });
          yield* one.silence;
        }
      }
    }));

  it.effect("is removed by its id, in one message; unknown ids are passed on, no ids are nothing", () =>
    Effect.gen(function* () {
      const { device: { gateway }, viewer } = yield* setScene();
      gateway.publishStatus({ level: "error", message: "stuck", id: "err-1" });
      gateway.removeStatus(["err-1"]);
      assert.strictEqual((yield* viewer.next("status")).id, "err-1");
      assert.deepStrictEqual((yield* viewer.next("removeStatus")).statusIds, ["err-1"]);
      gateway.removeStatus(["a", "b"]);
      assert.deepStrictEqual((yield* viewer.next("removeStatus")).statusIds, ["a", "b"]);
      gateway.removeStatus([]);
      yield* viewer.silence;
    }));

  it.effect("is not kept: neither a late viewer nor the next session is told", () =>
    Effect.gen(function* () {
      const { hub, device: { gateway }, viewer } = yield* setScene();
      gateway.publishStatus({ level: "error", message: "stuck", id: "err-1" });
      const late = yield* RawViewer.join(hub, "viewer-3");
      yield* late.next("serverInfo");
      yield* late.silence;
      hub.participant("rover").kick();
      yield* settle;
      gateway.publishStatus({ level: "error", message: "nobody hears it" });
      gateway.removeStatus(["err-1"]);
      yield* advance(2_000);
      yield* viewer.next("serverInfo");
      yield* viewer.silence;
      yield* gateway.closeEffect;
      gateway.publishStatus({ level: "error", message: "nobody hears it" });
    }));

  it.effect("that is none is refused, and nothing is sent", () =>
    Effect.gen(function* () {
      const { device: { gateway }, viewer } = yield* setScene();
      const bad: ReadonlyArray<unknown> = [
        null,
        "stuck",
        { message: "stuck" },
        { level: "fatal", message: "stuck" },
        { level: 2, message: "stuck" },
        { level: "toString", message: "stuck" },
        { level: "error" },
        { level: "error", message: 42 },
        { level: "error", message: "stuck", id: 1 },
        { level: "error", message: "stuck", id: null },
      ];
      for (const status of bad) assert.throws(() => gateway.publishStatus(status as StatusOptions), InvalidArgument);
      for (const ids of [null, "err-1", [1], ["a", null]]) {
        assert.throws(() => gateway.removeStatus(ids as ReadonlyArray<string>), InvalidArgument);
      }
      const large = "x".repeat(16 * 1024 * 1024);
      assert.throws(() => gateway.publishStatus({ level: "error", message: large }), FrameTooLarge);
      assert.throws(() => gateway.removeStatus([large]), FrameTooLarge);
      yield* viewer.silence;
    }));

  it.effect("that is none is refused without a session as well", () =>
    Effect.gen(function* () {
      const { device: { gateway } } = yield* setScene();
      yield* gateway.closeEffect;
      assert.throws(() => gateway.publishStatus({ level: "fatal" as "error", message: "" }), InvalidArgument);
    }));

  it("says which part of it was wrong, and what was received", () => {
    const error = new InvalidArgument({ operation: "publishStatus", detail: "the level is none" });
    assert.strictEqual(error.message, "publishStatus has sent nothing: the level is none");
  });
});

describe("publishTime", () => {
  it.effect("tells all viewers the time", () =>
    Effect.gen(function* () {
      const { device: { gateway }, viewer, other } = yield* setScene({ capabilities: ["time"] });
      for (const timestamp of [0n, 1_711_500_000_000_000_000n, 2n ** 64n - 1n]) {
        gateway.publishTime(timestamp);
        for (const one of [viewer, other]) {
          assert.deepStrictEqual(yield* one.next("time"), { op: "time", timestamp });
          yield* one.silence;
        }
      }
    }));

  it.effect("refuses what is no time, and sends nothing", () =>
    Effect.gen(function* () {
      const { device: { gateway }, viewer } = yield* setScene({ capabilities: ["time"] });
      for (const time of [-1n, 2n ** 64n, 5, "5", undefined, null, Number.NaN]) {
        assert.throws(() => gateway.publishTime(time as bigint), InvalidArgument);
      }
      yield* viewer.silence;
    }));

  it.effect("fails without the capability", () =>
    Effect.gen(function* () {
      const { device: { gateway }, viewer } = yield* setScene();
      assert.throws(() => gateway.publishTime(1n), CapabilityMissing, '"time"');
      yield* viewer.silence;
    }));
});
