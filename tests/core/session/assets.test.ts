import { assert, describe, it } from "@effect/vitest";
import * as Effect from "effect/Effect";
import { allTold, goesOn, setScene } from "../../support/requests.ts";
import { bytes } from "../../support/streams.ts";

const fetch = (requestId: number, uri = "package://robot.urdf") => ({ op: "fetchAsset", requestId, uri }) as const;

describe("assets", () => {
  it.effect("are answered with their bytes, under the request's id", () =>
    Effect.gen(function* () {
      const asked: Array<string> = [];
      const { viewer, other } = yield* setScene({
        assets: (uri) => {
          asked.push(uri);
          return bytes("hello world");
        },
      });
      yield* viewer.send(fetch(42));
      const answer = yield* viewer.next("fetchAssetResponse");
      assert.deepStrictEqual(answer, {
        op: "fetchAssetResponse",
        requestId: 42,
        status: "success",
        data: bytes("hello world"),
      });
      assert.deepStrictEqual(asked, ["package://robot.urdf"]);
      yield* viewer.silence;
      yield* other.silence;
    }));

  it.effect("may be text, which is sent as UTF-8, and may be empty", () =>
    Effect.gen(function* () {
      const answers = ["ä", "", new Uint8Array(0)];
      const { viewer } = yield* setScene({ assets: () => answers.shift() });
      yield* viewer.send(fetch(1), fetch(2), fetch(3));
      assert.deepStrictEqual(yield* allTold(viewer), ["asset 1: ä", "asset 2: ", "asset 3: "]);
    }));

  it.effect("that cannot be had are answered with the handler's message", () =>
    Effect.gen(function* () {
      const { viewer } = yield* setScene({
        assets: (uri) => Effect.fail(new Error(`there is no ${uri}`)),
      });
      yield* viewer.send(fetch(42, "file:///etc/passwd"), fetch(0, ""));
      assert.deepStrictEqual(yield* viewer.next("fetchAssetResponse"), {
        op: "fetchAssetResponse",
        requestId: 42,
        status: "error",
        message: "there is no file:///etc/passwd",
      });
      assert.deepStrictEqual(yield* allTold(viewer), ["no asset 0: there is no "]);
    }));

  it.effect("are told by plain functions, by promises and by failures, each under its own id", () =>
    Effect.gen(function* () {
      const { viewer } = yield* setScene({
        assets: (uri) => {
          if (uri === "7") return bytes("seven");
          if (uri === "8") return Promise.resolve(bytes("eight"));
          throw new Error("no nine");
        },
      });
      yield* viewer.send(fetch(7, "7"), fetch(8, "8"), fetch(9, "9"));
      assert.deepStrictEqual([...yield* allTold(viewer)].sort(), [
        "asset 7: seven",
        "asset 8: eight",
        "no asset 9: no nine",
      ]);
    }));

  it.effect("whose handler ends without an answer are answered once, with an internal error", () =>
    Effect.gen(function* () {
      const { viewer } = yield* setScene({ assets: () => undefined });
      yield* viewer.send(fetch(42));
      assert.deepStrictEqual(yield* allTold(viewer), [
        "no asset 42: Internal error: the asset handler failed to send a response",
      ]);
      yield* goesOn(viewer);
    }));
});
