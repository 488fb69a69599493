import { assert, describe, it } from "@effect/vitest";
import * as Effect from "effect/Effect";
import { LoopbackHub } from "../../../adapters/loopback/mod.ts";
import { startDevice } from "../../support/device.ts";
import { FakeRoom } from "../../support/fake_room.ts";
import { advance, settle } from "../../support/settle.ts";

const start = Effect.fnUntraced(function* () {
  const room = new FakeRoom();
  const device = yield* startDevice(yield* LoopbackHub.make(), { transport: room.transport });
  return { room, device };
});

/** Whether each stream is still written to. */
function live(room: FakeRoom): ReadonlyArray<boolean> {
  return room.opened.map(({ stream }) => !stream.aborted && !stream.closed);
}

describe("what a transport should not do, or does in an odd order", () => {
  it.effect("an older instance that is told after a newer one gets no stream", () =>
    Effect.gen(function* () {
      const { room, device } = yield* start();
      room.active("viewer-1", "s2", 2_000);
      yield* settle;
      room.active("viewer-1", "s1", 1_000);
      yield* settle;
      assert.deepStrictEqual(live(room), [true]);
      assert.include(
        device.log.at("info"),
        "a viewer's instance is older than the registered one and is left out",
      );
      room.gone("viewer-1", "s1");
      yield* settle;
      device.context.channel({ topic: "/a", encoding: "json" });
      yield* settle;
      assert.strictEqual(room.opened[0]?.stream.written.length, 2);
    }));

  it.effect("an instance that joined in the same millisecond takes the place of the one before", () =>
    Effect.gen(function* () {
      const { room } = yield* start();
      for (const sid of ["s1", "s2"]) {
        room.active("viewer-1", sid, 1_000);
        yield* settle;
      }
      assert.deepStrictEqual(live(room), [false, true]);
    }));

  it.effect("all that is told at once comes to the newest instance", () =>
    Effect.gen(function* () {
      const { room } = yield* start();
      room.active("viewer-1", "s1", 1_000);
      room.gone("viewer-1", "s1");
      room.active("viewer-1", "s2", 2_000);
      room.active("viewer-1", "s3", 3_000);
      room.gone("viewer-1", "s2");
      room.active("viewer-1", "s3", 3_000);
      yield* settle;
      assert.deepStrictEqual(live(room).filter((isLive) => isLive), [true]);
      room.gone("viewer-1", "s3");
      yield* settle;
      assert.notInclude(live(room), true);
    }));

  it.effect("the end of an instance that nobody has heard of is nothing", () =>
    Effect.gen(function* () {
      const { room, device } = yield* start();
      room.gone("viewer-1", "s0");
      room.active("viewer-1", "s1", 1_000);
      room.gone("viewer-1", "s0");
      yield* settle;
      assert.deepStrictEqual(live(room), [true]);
      assert.deepStrictEqual(device.log.at("error"), []);
    }));

  it.effect("a track name that is still taken is tried again, and no error; any other failure is one", () =>
    Effect.gen(function* () {
      const { room, device } = yield* start();
      room.publishFailures.push("duplicate", "timeout");
      const { id } = device.context.channel({ topic: "/a", encoding: "json" });
      yield* advance(250, 50);
      assert.deepStrictEqual(room.published, []);
      yield* advance(50);
      assert.deepStrictEqual(room.published, [`data-ch-${id}`]);
      assert.deepStrictEqual([device.log.at("debug").length, device.log.at("error").length], [1, 1]);
    }));
});
