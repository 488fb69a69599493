import { assert, describe, it } from "@effect/vitest";
import * as Effect from "effect/Effect";
import { LoopbackHub } from "../../../adapters/loopback/mod.ts";
import type { Flow } from "../../../mod.ts";
import type { DataTracks, TrackDropListener, Transport } from "../../../transport/mod.ts";
import { type DeviceOptions, startDevice } from "../../support/device.ts";
import { RawViewer, type RawViewerOptions } from "../../support/raw_viewer.ts";
import { advance, settle } from "../../support/settle.ts";
import { assertLaw } from "./support.ts";

const start = Effect.fnUntraced(function* (options: DeviceOptions = {}, viewerOptions: RawViewerOptions = {}) {
  const hub = yield* LoopbackHub.make();
  const device = yield* startDevice(hub, options);
  const pose = device.context.channel({ topic: "/pose", encoding: "json", qos: "reliable" });
  const scan = device.context.channel({ topic: "/scan", encoding: "json" });
  const join = (identity: string) => RawViewer.join(hub, identity, viewerOptions);
  const viewer = yield* join("viewer-1");
  yield* viewer.subscribe(pose.id, scan.id);
  const statsOf = (topic: string) => {
    const { channels } = assertLaw(device.gateway);
    return channels.find((channel) => channel.topic === topic) ?? assert.fail(`no stats of ${topic}`);
  };
  return { hub, device, pose, scan, viewer, join, statsOf, rover: hub.participant("rover") };
});

/** What has become of messages, in short: published, delivered, queued, and the drops. */
function messages({ published, delivered, queued, drops }: Flow): ReadonlyArray<unknown> {
  const dropped = Object.entries(drops).map(([reason, part]) => [reason, part.messages] as const);
  return [published.messages, delivered.messages, queued.messages, Object.fromEntries(dropped)];
}

describe("the stats of a gateway", () => {
  it.effect("tell of each viewer of a reliable channel what it was sent, in messages and their own bytes", () =>
    Effect.gen(function* () {
      const { device, pose, join, statsOf } = yield* start();
      pose.log("12345");
      yield* settle;
      const other = yield* join("viewer-2");
      yield* other.subscribe(pose.id);
      pose.log("123");
      yield* settle;
      const { channelId, carrier, total, viewers } = statsOf("/pose");
      assert.deepStrictEqual([channelId, carrier], [pose.id, "control"]);
      assert.deepStrictEqual(viewers.map(({ client, delivered }) => [client.identity, delivered]), [
        ["viewer-1", { messages: 2, bytes: 8 }],
        ["viewer-2", { messages: 1, bytes: 3 }],
      ]);
      assert.deepStrictEqual(viewers.map(({ client }) => client.id), [device.clients[0], device.clients.at(-1)]);
      assert.deepStrictEqual(total.delivered, { messages: 3, bytes: 11 });
    }));

  it.effect("do not change afterwards", () =>
    Effect.gen(function* () {
      const { device, pose } = yield* start();
      const before = device.gateway.stats();
      const copy = structuredClone(before);
      pose.log("1");
      yield* settle;
      assert.deepStrictEqual(before, copy);
      assert.notDeepEqual(device.gateway.stats(), copy);
    }));

  it.effect("do not count what is logged while nobody is subscribed", () =>
    Effect.gen(function* () {
      const { pose, viewer, statsOf } = yield* start();
      yield* viewer.unsubscribe(pose.id);
      pose.log("1");
      assert.deepStrictEqual(messages(statsOf("/pose").total), [0, 0, 0, {}]);
    }));

  it.effect("show what waits for a viewer as queued, and as lost with the viewer when the session ends", () =>
    Effect.gen(function* () {
      const { device, pose, statsOf, rover } = yield* start();
      rover.stallWrites();
      for (const text of ["in flight", "waits", "waits too"]) {
        pose.log(text);
        yield* settle;
      }
      assert.deepStrictEqual(messages(statsOf("/pose").viewers[0]!), [3, 0, 3, {}]);
      yield* device.gateway.closeEffect;
      assert.deepStrictEqual(statsOf("/pose").viewers, []);
      assert.deepStrictEqual(messages(statsOf("/pose").total), [3, 0, 0, { viewerLeft: 3 }]);
    }));

  it.effect("count what waits for a viewer that leaves", () =>
    Effect.gen(function* () {
      const { pose, viewer, statsOf, rover } = yield* start();
      rover.stallWrites();
      for (let n = 0; n < 3; n += 1) pose.log(`${n}`);
      yield* viewer.leave;
      assert.deepStrictEqual(statsOf("/pose").viewers, []);
      // The transport may tell of the write that has failed before it tells that the viewer has left.
      const { dropped, drops } = statsOf("/pose").total;
      assert.strictEqual(dropped.messages, 3);
      assert.isTrue(Object.keys(drops).every((reason) => reason === "viewerLeft" || reason === "reset"));
    }));

  it.effect("count all that waits for a viewer whose queue overflows, and then what comes before it is reset", () =>
    Effect.gen(function* () {
      const { pose, statsOf, rover } = yield* start({ limits: { queueFrames: 2 } });
      rover.stallWrites();
      pose.log("in flight");
      yield* settle;
      for (const text of ["waits", "waits", "too much", "later"]) pose.log(text);
      assert.deepStrictEqual(messages(statsOf("/pose").total), [5, 0, 0, { queueFull: 4, reset: 1 }]);
    }));

  it.effect("count what waits when a write fails as lost by the reset", () =>
    Effect.gen(function* () {
      const { pose, statsOf, rover } = yield* start();
      rover.failWrites(1);
      pose.log("fails");
      pose.log("fails with it");
      yield* settle;
      assert.deepStrictEqual(messages(statsOf("/pose").total), [2, 0, 0, { reset: 2 }]);
    }));

  it.effect("count the instance that was replaced by another apart from it", () =>
    Effect.gen(function* () {
      const { pose, join, statsOf, rover } = yield* start();
      pose.log("arrives");
      yield* settle;
      rover.stallWrites();
      pose.log("waits");
      yield* settle;
      rover.resumeWrites();
      const again = yield* join("viewer-1");
      yield* again.subscribe(pose.id);
      pose.log("to the new one");
      yield* settle;
      const { viewers, total } = statsOf("/pose");
      assert.deepStrictEqual(viewers.map(messages), [[1, 1, 0, {}]]);
      assert.strictEqual(total.published.messages, 3);
    }));

  it.effect("keep a viewer's counts over unsubscribing, and what was queued before it", () =>
    Effect.gen(function* () {
      const { pose, viewer, statsOf, rover } = yield* start();
      rover.stallWrites();
      pose.log("1");
      yield* viewer.unsubscribe(pose.id);
      assert.deepStrictEqual(messages(statsOf("/pose").viewers[0]!), [1, 0, 1, {}]);
      rover.resumeWrites();
      yield* settle;
      yield* viewer.subscribe(pose.id);
      pose.log("2");
      yield* settle;
      assert.deepStrictEqual(messages(statsOf("/pose").viewers[0]!), [2, 2, 0, {}]);
    }));

  it.effect("count a message on a data track once, whatever the number of subscribers", () =>
    Effect.gen(function* () {
      const { scan, join, statsOf } = yield* start();
      const other = yield* join("viewer-2");
      yield* other.subscribe(scan.id);
      scan.log("1");
      const { carrier, total, viewers } = statsOf("/scan");
      assert.deepStrictEqual([carrier, messages(total), viewers], ["data-track", [1, 1, 0, {}], []]);
    }));

  it.effect("name what a data track did not take: too large, not ready, full", () =>
    Effect.gen(function* () {
      const { device, viewer, scan, statsOf, rover } = yield* start({ limits: { dataTrackBytes: 1_200 } });
      scan.log(new Uint8Array(1_201));
      assert.deepStrictEqual(messages(statsOf("/scan").total), [1, 0, 0, { oversize: 1 }]);
      rover.setDelays({ publishMs: 1_000 });
      const late = device.context.channel({ topic: "/late", encoding: "json" });
      yield* settle;
      yield* viewer.subscribe(late.id);
      late.log("too early");
      assert.deepStrictEqual(messages(statsOf("/late").total), [1, 0, 0, { trackNotReady: 1 }]);
      yield* advance(1_000);
      rover.setConditions({ up: { bitsPerSecond: 8, latencyMs: 1_000 } });
      for (let n = 0; n < 10_000; n += 1) late.log(new Uint8Array(1_000));
      const { delivered, drops } = statsOf("/late").total;
      assert.isAbove(delivered.messages, 0);
      assert.strictEqual((drops.trackFull?.messages ?? 0) + delivered.messages, 10_000);
      assert.isAbove(drops.trackFull?.messages ?? 0, 0);
    }));

  it.effect("name what a data track has taken, and dropped after all", () =>
    Effect.gen(function* () {
      const frames: Array<Uint8Array> = [];
      let tell: TrackDropListener | undefined;
      const keeping = ({ publish, ...tracks }: DataTracks): DataTracks => ({
        ...tracks,
        publish: (name) =>
          Effect.map(publish(name), (track) => ({
            ...track,
            push: (frame) => frames.push(frame) > 0,
            onDropped: (listener) => void (tell = listener),
          })),
      });
      const hub = yield* LoopbackHub.make();
      const rover = hub.transport({ identity: "rover" });
      const join: Transport["join"] = (options) =>
        Effect.map(rover.join(options), (room) =>
          room.dataTracks ? { ...room, dataTracks: keeping(room.dataTracks) } : room);
      const device = yield* startDevice(hub, { transport: { ...rover, join } });
      const scan = device.context.channel({ topic: "/scan", encoding: "json" });
      const viewer = yield* RawViewer.join(hub, "viewer-1");
      yield* viewer.subscribe(scan.id);
      const flow = () =>
        assertLaw(device.gateway).channels[0]!.total;
      for (const text of ["1", "22", "333"]) scan.log(text);
      assert.deepStrictEqual(messages(flow()), [3, 3, 0, {}]);
      tell?.(frames[1]!);
      assert.deepStrictEqual(messages(flow()), [3, 2, 0, { trackFull: 1 }]);
      assert.deepStrictEqual([flow().delivered.bytes, flow().dropped.bytes], [4, 2]);
    }));

  it.effect("count what a latch gives to a new subscriber as messages of its channel", () =>
    Effect.gen(function* () {
      const { device, viewer, statsOf } = yield* start();
      const map = device.context.channel({ topic: "/map", encoding: "json", qos: "reliable", latch: 2 });
      for (const text of ["gone", "123", "12345"]) map.log(text);
      yield* viewer.subscribe(map.id);
      map.log("1");
      yield* settle;
      assert.deepStrictEqual(messages(statsOf("/map").total), [3, 3, 0, {}]);
      assert.deepStrictEqual(statsOf("/map").total.delivered.bytes, 9);
    }));

  it.effect("count a message that fits in no frame for each viewer that it was for", () =>
    Effect.gen(function* () {
      const { pose, join, statsOf } = yield* start();
      const other = yield* join("viewer-2");
      yield* other.subscribe(pose.id);
      pose.log(new Uint8Array(16 * 1024 * 1024));
      assert.deepStrictEqual(messages(statsOf("/pose").total), [2, 0, 0, { frameLimit: 2 }]);
    }));

  describe("on channel streams", () => {
    const link = { dataTracks: false };
    const limits = { channelStreamMessages: 2, streamWriteTimeoutMs: 600_000 };

    it.effect("count the oldest of a full queue, for each viewer", () =>
      Effect.gen(function* () {
        const { scan, join, statsOf, rover } = yield* start({ link, limits });
        const other = yield* join("viewer-2");
        yield* other.subscribe(scan.id);
        rover.stallWrites();
        scan.log("in flight");
        yield* settle;
        for (let n = 0; n < 5; n += 1) scan.log(`${n}`);
        const { carrier, viewers } = statsOf("/scan");
        assert.strictEqual(carrier, "channel-stream");
        assert.deepStrictEqual(viewers.map(messages), [[6, 0, 3, { queueFull: 3 }], [6, 0, 3, { queueFull: 3 }]]);
        rover.resumeWrites();
        yield* settle;
        assert.deepStrictEqual(viewers.length, 2);
        assert.deepStrictEqual(statsOf("/scan").viewers.map(messages), [
          [6, 3, 0, { queueFull: 3 }],
          [6, 3, 0, { queueFull: 3 }],
        ]);
      }));

    it.effect("count what waited for one that unsubscribed meanwhile, and what one gets that subscribed meanwhile", () =>
      Effect.gen(function* () {
        const { scan, viewer, join, statsOf, rover } = yield* start({ link });
        const [stays, comes] = [yield* join("stays"), yield* join("comes")];
        yield* stays.subscribe(scan.id);
        rover.setDelays({ openMs: 1_000 });
        scan.log("opens a stream");
        yield* settle;
        scan.log("waits");
        yield* viewer.unsubscribe(scan.id);
        yield* comes.subscribe(scan.id);
        yield* advance(3_000);
        const { viewers } = statsOf("/scan");
        assert.deepStrictEqual(Object.fromEntries(viewers.map((flow) => [flow.client.identity, messages(flow)])), {
          "viewer-1": [2, 1, 0, { viewerLeft: 1 }],
          stays: [2, 2, 0, {}],
          comes: [1, 1, 0, {}],
        });
      }));

    it.effect("count what waited for one that left in the channel's total", () =>
      Effect.gen(function* () {
        const { scan, viewer, join, statsOf, rover } = yield* start({ link });
        const stays = yield* join("stays");
        yield* stays.subscribe(scan.id);
        rover.stallWrites();
        scan.log("in flight");
        yield* settle;
        scan.log("waits");
        yield* viewer.leave;
        rover.resumeWrites();
        yield* settle;
        const { total, viewers } = statsOf("/scan");
        // What was being written was handed to the transport for both.
        assert.deepStrictEqual(viewers.map(messages), [[2, 2, 0, {}]]);
        assert.deepStrictEqual(messages(total), [4, 3, 0, { viewerLeft: 1 }]);
      }));

    it.effect("count what waits when the session ends", () =>
      Effect.gen(function* () {
        const { device, scan, statsOf, rover } = yield* start({ link });
        rover.stallWrites();
        scan.log("in flight");
        yield* settle;
        scan.log("waits");
        yield* device.gateway.closeEffect;
        assert.deepStrictEqual(messages(statsOf("/scan").total), [2, 0, 0, { viewerLeft: 2 }]);
      }));

    it.effect("count a message whose stream fails", () =>
      Effect.gen(function* () {
        const { scan, statsOf, rover } = yield* start({ link });
        rover.failOpens(1);
        scan.log("cannot be opened");
        yield* settle;
        scan.log("arrives");
        yield* settle;
        rover.failWrites(1);
        scan.log("cannot be written");
        yield* settle;
        assert.deepStrictEqual(messages(statsOf("/scan").total), [3, 1, 0, { streamFailed: 2 }]);
      }));
  });

  it.effect("go on over sessions", () =>
    Effect.gen(function* () {
      const { pose, scan, viewer, join, statsOf, rover } = yield* start();
      pose.log("1");
      scan.log("1");
      yield* settle;
      yield* viewer.leave;
      rover.kick("connection-lost");
      yield* advance(2_000);
      const other = yield* join("viewer-2");
      assert.deepStrictEqual(statsOf("/pose").viewers, []);
      yield* other.subscribe(pose.id, scan.id);
      pose.log("2");
      scan.log("2");
      yield* settle;
      assert.deepStrictEqual(messages(statsOf("/pose").total), [2, 2, 0, {}]);
      assert.deepStrictEqual(messages(statsOf("/scan").total), [2, 2, 0, {}]);
    }));

  it.effect("keep one total of channels that have closed, with what is still queued of them", () =>
    Effect.gen(function* () {
      const { device, pose, scan, statsOf, rover } = yield* start();
      scan.log("1");
      rover.stallWrites();
      pose.log("1");
      pose.log("2");
      pose.close();
      scan.close();
      assert.deepStrictEqual(device.gateway.stats().channels, []);
      assert.deepStrictEqual(messages(assertLaw(device.gateway).closedChannels), [3, 1, 2, {}]);
      rover.resumeWrites();
      yield* settle;
      assert.deepStrictEqual(messages(assertLaw(device.gateway).closedChannels), [3, 3, 0, {}]);
      const next = device.context.channel({ topic: "/next", encoding: "json", qos: "reliable" });
      yield* settle;
      assert.deepStrictEqual(messages(statsOf(next.topic).total), [0, 0, 0, {}]);
    }));

  it.effect("forget a channel that closes while there is no session", () =>
    Effect.gen(function* () {
      const { device, pose, rover } = yield* start();
      pose.log("1");
      yield* settle;
      rover.kick("connection-lost");
      yield* settle;
      pose.close();
      const { channels, closedChannels } = assertLaw(device.gateway);
      assert.deepStrictEqual(channels.map(({ topic }) => topic), ["/scan"]);
      assert.deepStrictEqual(messages(closedChannels), [1, 1, 0, {}]);
    }));

  it.effect("count everything else that is queued for a viewer, and keep a total of those that have gone", () =>
    Effect.gen(function* () {
      const { device, viewer } = yield* start();
      const [control] = assertLaw(device.gateway).control;
      assert.deepStrictEqual(control?.delivered.messages, viewer.control.received.length);
      assert.deepStrictEqual(control?.delivered.bytes, viewer.control.bytes.length);
      yield* viewer.leave;
      const after = assertLaw(device.gateway);
      assert.deepStrictEqual(after.control, []);
      assert.deepStrictEqual(after.goneControl.delivered, control?.delivered);
    }));
});

describe("the usage of a gateway", () => {
  it.effect("tells what each viewer was sent and has sent, per channel, and everything else apart", () =>
    Effect.gen(function* () {
      const { device, pose, scan, viewer } = yield* start({ capabilities: ["clientPublish"] });
      pose.log("12345");
      scan.log("123");
      yield* viewer.send({ op: "advertise", channels: [{ id: 7, topic: "/cmd", encoding: "json", schemaName: "" }] });
      const before = device.gateway.usage().viewers[0]!;
      yield* viewer.send({ op: "messageData", channelId: 7, data: new Uint8Array(20) });
      const usage = device.gateway.usage();
      const [own] = usage.viewers;
      assert.deepStrictEqual(usage.channels, [
        { channelId: pose.id, topic: "/pose", messages: 1, bytes: 5 },
        { channelId: scan.id, topic: "/scan", messages: 1, bytes: 3 },
      ]);
      assert.deepStrictEqual(own?.sent.channels, [{ channelId: pose.id, topic: "/pose", messages: 1, bytes: 5 }]);
      assert.deepStrictEqual(own?.received.channels, [{ channelId: 7, topic: "/cmd", messages: 1, bytes: 20 }]);
      // Subscribing and advertising, each a frame.
      assert.deepStrictEqual(own?.received.control, before.received.control);
      assert.strictEqual(own?.received.control.messages, 2);
      assert.deepStrictEqual(own?.received.total.bytes, own!.received.control.bytes + 20);
      const { control } = own!.sent;
      assert.strictEqual(control.messages, viewer.control.received.length - 1);
      assert.deepStrictEqual(usage.sent, { messages: control.messages + 2, bytes: control.bytes + 8 });
      assert.deepStrictEqual(usage.received, own?.received.total);
    }));

  it.effect("counts a message on a channel that was not advertised as anything else", () =>
    Effect.gen(function* () {
      const { device, viewer } = yield* start({ capabilities: ["clientPublish"] });
      const before = device.gateway.usage().viewers[0]!.received;
      yield* viewer.send({ op: "messageData", channelId: 7, data: new Uint8Array(20) });
      const { channels, control } = device.gateway.usage().viewers[0]!.received;
      assert.deepStrictEqual(channels, []);
      assert.deepStrictEqual(control, { messages: before.control.messages + 1, bytes: before.control.bytes + 30 });
    }));

  it.effect("keeps what was published on channels that were taken back, and by viewers that have gone", () =>
    Effect.gen(function* () {
      const { device, pose, viewer } = yield* start({ capabilities: ["clientPublish"] });
      pose.log("12345");
      yield* viewer.send({ op: "advertise", channels: [{ id: 7, topic: "/cmd", encoding: "json", schemaName: "" }] });
      yield* viewer.send({ op: "messageData", channelId: 7, data: new Uint8Array(20) });
      yield* viewer.send({ op: "unadvertise", channelIds: [7] });
      const { sent, received, viewers } = device.gateway.usage();
      assert.deepStrictEqual(viewers[0]?.received.channels, []);
      assert.deepStrictEqual(viewers[0]?.received.closedChannels, { messages: 1, bytes: 20 });
      yield* viewer.leave;
      const after = device.gateway.usage();
      assert.deepStrictEqual([after.sent, after.received, after.viewers], [sent, received, []]);
      assert.deepStrictEqual(after.channels[0]?.bytes, 5);
    }));
});
