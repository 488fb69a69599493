import { assert, describe, it } from "@effect/vitest";
import * as Effect from "effect/Effect";
import { LoopbackHub } from "../../../adapters/loopback/mod.ts";
import type { ChannelEntry } from "../../../core/channel/channel_registry.ts";
import { ChannelRegistry } from "../../../core/channel/channel_registry.ts";
import { DropWarnings, formatBytes } from "../../../core/data_plane/drop_warnings.ts";
import type { Status } from "../../../core/protocol/mod.ts";
import { Context } from "../../../mod.ts";
import { ManualClock } from "../../support/clock.ts";
import { type DeviceOptions, startDevice } from "../../support/device.ts";
import { CollectedLog } from "../../support/log.ts";
import { RawViewer } from "../../support/raw_viewer.ts";
import { advance, settle } from "../../support/settle.ts";

function unit() {
  const clock = new ManualClock();
  const log = new CollectedLog();
  const told: Array<Status> = [];
  const warnings = new DropWarnings(clock, log.log, (_entry, status) => void told.push(status));
  const registry = new ChannelRegistry();
  const context = new Context({ clock, log: log.log });
  const entry = (topic: string): ChannelEntry => registry.add(context.channel({ topic, encoding: "json" }), "lossy");
  return { clock, log, told, warnings, entry };
}

describe("DropWarnings", () => {
  it("reports the first drop at once and counts those of the next 30 s", () => {
    const { clock, warnings, entry, told } = unit();
    const points = entry("/points");
    assert.deepStrictEqual(warnings.dropped(points, 16), { reported: 1, pending: 0 });
    assert.deepStrictEqual(warnings.dropped(points, 16), { reported: 0, pending: 1 });
    clock.nowMs = 29_999;
    assert.deepStrictEqual(warnings.dropped(points, 16), { reported: 0, pending: 2 });
    assert.strictEqual(told.length, 1);
  });

  it("tells what was counted with the first drop after the 30 s, not before", () => {
    const { clock, warnings, entry, told } = unit();
    const points = entry("/points");
    for (let n = 0; n < 4; n += 1) warnings.dropped(points, 16);
    clock.nowMs = 45_000;
    assert.strictEqual(told.length, 1);
    assert.deepStrictEqual(warnings.dropped(points, 16), { reported: 4, pending: 0 });
    clock.nowMs = 75_000;
    assert.deepStrictEqual(warnings.dropped(points, 16), { reported: 1, pending: 0 });
  });

  it("counts each channel by itself", () => {
    const { warnings, entry } = unit();
    const [a, b] = [entry("/a"), entry("/b")];
    warnings.dropped(a, 16);
    assert.deepStrictEqual(warnings.dropped(b, 16), { reported: 1, pending: 0 });
  });

  it("says the number, the topic and the limit, and replaces itself by its id", () => {
    const { clock, warnings, entry, told } = unit();
    const points = entry("/points");
    warnings.dropped(points, 1200);
    for (let n = 0; n < 2; n += 1) warnings.dropped(points, 100 * 1024);
    clock.nowMs = 30_000;
    warnings.dropped(points, 100 * 1024);
    assert.deepStrictEqual(told, [
      {
        op: "status",
        level: "warning",
        message: "1 message was dropped on /points: larger than the per-message size limit of 1.17 KiB",
        id: `channel-drops-${points.channel.id}`,
      },
      {
        op: "status",
        level: "warning",
        message: "3 messages were dropped on /points: larger than the per-message size limit of 100 KiB",
        id: `channel-drops-${points.channel.id}`,
      },
    ]);
  });

  it("stands for 60 s after the last report, with its number", () => {
    const { clock, warnings, entry, told } = unit();
    const points = entry("/points");
    assert.isUndefined(warnings.standing(points.channel.id));
    warnings.dropped(points, 16);
    clock.nowMs = 40_000;
    warnings.dropped(points, 16);
    assert.deepStrictEqual(warnings.standing(points.channel.id), told[1]);
    warnings.dropped(points, 16);
    assert.deepStrictEqual(warnings.standing(points.channel.id), told[1]);
    clock.nowMs = 99_999;
    assert.deepStrictEqual(warnings.expire(), []);
    clock.nowMs = 100_000;
    assert.deepStrictEqual(warnings.expire(), [`channel-drops-${points.channel.id}`]);
    assert.isUndefined(warnings.standing(points.channel.id));
    assert.deepStrictEqual(warnings.expire(), []);
  });

  it("names all that are due at once", () => {
    const { clock, warnings, entry } = unit();
    const [a, b, c] = [entry("/a"), entry("/b"), entry("/c")];
    warnings.dropped(a, 16);
    warnings.dropped(b, 16);
    clock.nowMs = 30_000;
    warnings.dropped(c, 16);
    clock.nowMs = 60_000;
    assert.deepStrictEqual(warnings.expire(), [a, b].map(({ channel }) => `channel-drops-${channel.id}`));
  });

  it("keeps what it has counted when the warning has been taken back", () => {
    const { clock, warnings, entry } = unit();
    const points = entry("/points");
    for (let n = 0; n < 3; n += 1) warnings.dropped(points, 16);
    clock.nowMs = 60_000;
    warnings.expire();
    assert.deepStrictEqual(warnings.dropped(points, 16), { reported: 3, pending: 0 });
    assert.isDefined(warnings.standing(points.channel.id));
  });

  it("forgets a channel that is gone", () => {
    const { warnings, entry } = unit();
    const points = entry("/points");
    warnings.dropped(points, 16);
    warnings.forget(points.channel.id);
    assert.isUndefined(warnings.standing(points.channel.id));
    assert.deepStrictEqual(warnings.dropped(points, 16), { reported: 1, pending: 0 });
  });

  it("is not silenced by a clock that is set back", () => {
    const { clock, warnings, entry } = unit();
    const points = entry("/points");
    clock.nowMs = 100_000;
    warnings.dropped(points, 16);
    clock.nowMs = 0;
    assert.strictEqual(warnings.dropped(points, 16).reported, 1);
  });

  it("writes sizes in bytes, KiB or MiB, with at most two decimals", () => {
    assert.deepStrictEqual([512, 1023, 1024, 1200, 1536, 102_400, 2_097_152, 16_777_199].map(formatBytes), [
      "512 bytes",
      "1023 bytes",
      "1 KiB",
      "1.17 KiB",
      "1.5 KiB",
      "100 KiB",
      "2 MiB",
      "16 MiB",
    ]);
  });
});

const start = Effect.fnUntraced(function* (options: DeviceOptions = {}) {
  const hub = yield* LoopbackHub.make();
  const device = yield* startDevice(hub, { limits: { dataTrackBytes: 1200 }, ...options });
  const points = device.context.channel({ topic: "/points", encoding: "json" });
  yield* settle;
  const viewer = yield* RawViewer.join(hub);
  yield* viewer.drain;
  return { hub, device, points, viewer, statusId: `channel-drops-${points.id}` };
});

const large = new Uint8Array(1201);

describe("a message that is too large for data tracks", () => {
  it.effect("is dropped and told to the channel's subscribers; what comes later arrives", () =>
    Effect.gen(function* () {
      const { device, points, viewer, statusId } = yield* start();
      yield* viewer.subscribe(points.id);
      const frames = yield* viewer.attach(`data-ch-${points.id}`);
      points.log("before");
      points.log(large);
      yield* advance(3_000);
      assert.deepStrictEqual(frames.map(({ text }) => text), ["before"]);
      const status = yield* viewer.next("status");
      assert.strictEqual(status.level, "warning");
      assert.strictEqual(status.id, statusId);
      assert.include(status.message, "/points");
      assert.include(status.message, "per-message size limit of 1.17 KiB");
      points.log("after");
      yield* settle;
      assert.deepStrictEqual(frames.map(({ text, sequence }) => [text, sequence]), [["before", 0], ["after", 1]]);
      assert.strictEqual(device.log.at("warning").length, 1);
      yield* viewer.silence;
    }));

  it.effect("is one beyond the limit: exactly the limit passes", () =>
    Effect.gen(function* () {
      const { points, viewer } = yield* start();
      yield* viewer.subscribe(points.id);
      const frames = yield* viewer.attach(`data-ch-${points.id}`);
      points.log(new Uint8Array(1200));
      yield* viewer.silence;
      assert.strictEqual(frames[0]?.bytes.length, 1208);
    }));

  it.effect("counts though the track is not published yet", () =>
    Effect.gen(function* () {
      const { hub, device, viewer } = yield* start();
      hub.participant("rover").setDelays({ publishMs: 10_000 });
      const late = device.context.channel({ topic: "/late", encoding: "json" });
      yield* viewer.drain;
      yield* viewer.subscribe(late.id);
      late.log(large);
      assert.strictEqual((yield* viewer.next("status")).id, `channel-drops-${late.id}`);
    }));

  it.effect("counts for nothing while nobody is subscribed", () =>
    Effect.gen(function* () {
      const { device, points, viewer } = yield* start();
      points.log(large);
      yield* viewer.silence;
      assert.deepStrictEqual(device.log.at("warning"), []);
    }));

  it.effect("is told to the channel's subscribers only, and to one that subscribes while the warning stands", () =>
    Effect.gen(function* () {
      const { hub, points, viewer, statusId } = yield* start();
      const other = yield* RawViewer.join(hub, "viewer-2");
      yield* other.drain;
      yield* viewer.subscribe(points.id);
      points.log(large);
      yield* viewer.next("status");
      yield* other.silence;
      points.log(large);
      yield* other.subscribe(points.id);
      const status = yield* other.next("status");
      assert.strictEqual(status.id, statusId);
      assert.match(status.message, /^1 message /);
      yield* viewer.silence;
    }));

  it.effect("leaves a warning that each viewer is rid of when it unsubscribes, and that stands without anybody", () =>
    Effect.gen(function* () {
      const { points, viewer, statusId } = yield* start();
      yield* viewer.subscribe(points.id);
      points.log(large);
      yield* viewer.next("status");
      yield* viewer.unsubscribe(points.id);
      assert.deepStrictEqual((yield* viewer.next("removeStatus")).statusIds, [statusId]);
      yield* viewer.unsubscribe(points.id);
      yield* viewer.silence;
      yield* viewer.subscribe(points.id);
      assert.strictEqual((yield* viewer.next("status")).id, statusId);
    }));

  it.effect("leaves a warning that all viewers are rid of 60 s after the last report, looked at every 15 s", () =>
    Effect.gen(function* () {
      const { hub, points, viewer, statusId } = yield* start();
      const other = yield* RawViewer.join(hub, "viewer-2");
      yield* other.drain;
      yield* viewer.subscribe(points.id);
      yield* advance(1_000);
      points.log(large);
      yield* viewer.next("status");
      yield* advance(73_500);
      yield* viewer.silence;
      yield* advance(1_000);
      for (const one of [viewer, other]) {
        assert.deepStrictEqual((yield* one.next("removeStatus")).statusIds, [statusId]);
        yield* one.silence;
      }
      yield* other.subscribe(points.id);
      yield* other.silence;
    }));

  it.effect("leaves a warning that goes with its channel: after the unadvertise, to all viewers", () =>
    Effect.gen(function* () {
      const { hub, points, viewer, statusId } = yield* start();
      const other = yield* RawViewer.join(hub, "viewer-2");
      yield* other.drain;
      yield* viewer.subscribe(points.id);
      points.log(large);
      yield* viewer.next("status");
      points.close();
      for (const one of [viewer, other]) {
        yield* one.next("unadvertise");
        assert.deepStrictEqual((yield* one.next("removeStatus")).statusIds, [statusId]);
      }
      yield* advance(90_000);
      yield* viewer.silence;
    }));

  it.effect("is measured against the transport's own bound where that is smaller", () =>
    Effect.gen(function* () {
      const { points, viewer } = yield* start({ limits: {}, link: { maxFrameBytes: 1_032 } });
      yield* viewer.subscribe(points.id);
      const frames = yield* viewer.attach(`data-ch-${points.id}`);
      points.log(new Uint8Array(1_024));
      yield* viewer.silence;
      assert.strictEqual(frames.length, 1);
      points.log(new Uint8Array(1_025));
      assert.include((yield* viewer.next("status")).message, "size limit of 1 KiB");
    }));
});
