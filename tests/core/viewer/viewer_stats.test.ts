import { assert, describe, it } from "@effect/vitest";
import * as Effect from "effect/Effect";
import * as Stream from "effect/Stream";
import { LoopbackHub } from "../../../adapters/loopback/mod.ts";
import { encodeDataTrackFrame } from "../../../core/protocol/mod.ts";
import { Gap, type Message, Viewer } from "../../../mod.ts";
import { CollectedLog } from "../../support/log.ts";
import { makePair } from "../../support/pair.ts";
import { advertise, data, info, RawDevice, say } from "../../support/raw_device.ts";
import { advance, settle } from "../../support/settle.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** A viewer of a raw device with a lossy channel 1 `/scan`, on a data track, and a reliable channel 2 `/pose`. */
const start = Effect.fnUntraced(function* () {
  const hub = yield* LoopbackHub.make();
  const viewer = yield* Viewer.make(hub.transport({ identity: "viewer-1" }), { log: new CollectedLog().log });
  const device = yield* RawDevice.join(hub);
  const control = yield* device.open();
  const channels = advertise({ id: 1, topic: "/scan", reliable: false }, { id: 2, topic: "/pose" });
  yield* say(control, info(), channels);
  const publish = device.room.dataTracks!.publish("data-ch-1");
  const track = yield* publish;
  yield* settle;
  const send = (...numbers: ReadonlyArray<number>): Effect.Effect<void> =>
    Effect.andThen(
      Effect.sync(() => numbers.forEach((number) => track.push(encodeDataTrackFrame(number, bytes(`${number}`)), 1n))),
      settle,
    );
  const statsOf = (topic: string) =>
    viewer.stats().channels.find((channel) => channel.topic === topic) ?? assert.fail(`no stats of ${topic}`);
  return { hub, viewer, device, control, channels, track, publish, send, statsOf };
});

const textOf = (item: Message | Gap): string =>
  item instanceof Gap ? `${item.missed} ${item.cause} ${item.topic}` : item.text();

describe("the stats of a viewer", () => {
  it.effect("count what has come, and by the numbers of the track what is missing, late or double", () =>
    Effect.gen(function* () {
      const { viewer, send, statsOf } = yield* start();
      viewer.subscribe("/scan");
      yield* settle;
      yield* send(5, 6, 9, 7, 7, 12);
      const { channelId, reliable, ...counts } = statsOf("/scan");
      assert.deepStrictEqual([channelId, reliable], [1, false]);
      assert.deepStrictEqual(counts, {
        topic: "/scan",
        received: { messages: 6, bytes: 7 },
        missed: 3,
        gaps: 2,
        late: 1,
        duplicates: 1,
        undecodable: 0,
        dropped: 0,
      });
    }));

  it.effect("begin to count anew with a track that is published anew", () =>
    Effect.gen(function* () {
      const { viewer, track, publish, send, statsOf } = yield* start();
      viewer.subscribe("/scan");
      yield* settle;
      yield* send(100, 101);
      yield* track.unpublish;
      const next = yield* publish;
      yield* settle;
      next.push(encodeDataTrackFrame(0, bytes("0")), 1n);
      yield* settle;
      const { received, missed, late, duplicates } = statsOf("/scan");
      assert.deepStrictEqual([received.messages, missed, late, duplicates], [3, 0, 0, 0]);
    }));

  it.effect("count what cannot be read", () =>
    Effect.gen(function* () {
      const { viewer, control, track, statsOf } = yield* start();
      viewer.subscribe("/scan");
      yield* settle;
      track.push(new Uint8Array(3), 1n);
      yield* Effect.orDie(control.write(Uint8Array.of(1, 1, 0, 0, 0, 0x7b)));
      yield* settle;
      assert.strictEqual(statsOf("/scan").undecodable, 1);
      assert.strictEqual(viewer.stats().undecodable, 1);
    }));

  it.effect("count what subscriptions have dropped", () =>
    Effect.gen(function* () {
      const { viewer, send, statsOf } = yield* start();
      const subscription = viewer.subscribe("/scan", { lossyMessages: 2 });
      yield* settle;
      yield* send(0, 1, 2, 3, 4);
      assert.strictEqual(subscription.dropped, 3);
      assert.strictEqual(statsOf("/scan").dropped, 3);
    }));

  it.effect("go on over a reset, and keep one total of channels that are gone", () =>
    Effect.gen(function* () {
      const { viewer, control, channels, statsOf } = yield* start();
      viewer.subscribe("/pose");
      yield* settle;
      yield* say(control, data(2, "12"), info(), channels, data(2, "345"));
      yield* settle;
      assert.deepStrictEqual(statsOf("/pose").received, { messages: 2, bytes: 5 });
      const before = viewer.stats();
      yield* say(control, { op: "unadvertise", channelIds: [2] }, advertise({ id: 2, topic: "/other" }));
      yield* settle;
      assert.deepStrictEqual(viewer.stats().goneChannels.received, { messages: 2, bytes: 5 });
      assert.deepStrictEqual(statsOf("/other").received, { messages: 0, bytes: 0 });
      // What was told before stays as it was.
      assert.deepStrictEqual(before.goneChannels.received, { messages: 0, bytes: 0 });
    }));

  it.effect("forget the channels of a device for those of another with the same ids", () =>
    Effect.gen(function* () {
      const { hub, viewer, control, device } = yield* start();
      viewer.subscribe("/pose");
      yield* settle;
      yield* say(control, data(2, "12"));
      yield* settle;
      void device;
      hub.participant("device").kick();
      yield* settle;
      const other = yield* RawDevice.join(hub, "other");
      yield* say(yield* other.open(), info(), advertise({ id: 2, topic: "/pose" }));
      yield* settle;
      const { channels, goneChannels } = viewer.stats();
      assert.deepStrictEqual(channels.map(({ topic, received }) => [topic, received.messages]), [["/pose", 0]]);
      assert.deepStrictEqual(goneChannels.received, { messages: 1, bytes: 2 });
    }));
});

describe("the gaps of a subscription", () => {
  it.effect("come at their place, where they are asked for", () =>
    Effect.gen(function* () {
      const { viewer, send } = yield* start();
      const [plain, told] = [viewer.subscribe("/scan"), viewer.subscribe("/scan", { gaps: true })];
      yield* settle;
      yield* send(0, 3, 4, 2);
      plain.close();
      told.close();
      const messages: ReadonlyArray<Message> = yield* Stream.runCollect(plain.stream);
      assert.deepStrictEqual(messages.map(textOf), ["0", "3", "4", "2"]);
      const items: ReadonlyArray<Message | Gap> = yield* Stream.runCollect(told.stream);
      assert.deepStrictEqual(items.map(textOf), ["0", "2 network /scan", "3", "4", "2"]);
    }));

  it.effect("tell of what nobody took in time", () =>
    Effect.gen(function* () {
      const { viewer, send } = yield* start();
      const subscription = viewer.subscribe("/scan", { gaps: true, lossyMessages: 2 });
      yield* settle;
      yield* send(0, 1, 2, 3);
      subscription.close();
      const items = yield* Stream.runCollect(subscription.stream);
      assert.deepStrictEqual(items.map(textOf), ["2 buffer /scan", "2", "3"]);
      assert.strictEqual(subscription.dropped, 2);
    }));

  it.effect("are given to a callback and to an iterator that waits as well", () =>
    Effect.gen(function* () {
      const { viewer, send } = yield* start();
      const heard: Array<string> = [];
      viewer.subscribe("/scan", { gaps: true }).onMessage((item) => heard.push(textOf(item)));
      const iterator = viewer.subscribe("/scan", { gaps: true })[Symbol.asyncIterator]();
      yield* settle;
      const next = [iterator.next(), iterator.next(), iterator.next()];
      yield* send(0, 2);
      const items = yield* Effect.promise(() => Promise.all(next));
      assert.deepStrictEqual(heard, ["0", "1 network /scan", "2"]);
      assert.deepStrictEqual(items.map(({ value }) => value === undefined ? "end" : textOf(value)), heard);
    }));

  it.effect("show what a network has lost, end to end", () =>
    Effect.gen(function* () {
      const { hub, context, gateway, viewer } = yield* makePair();
      const scan = context.channel({ topic: "/scan", encoding: "json" });
      yield* settle;
      const seen: Array<Message | Gap> = [];
      viewer.subscribe("/scan", { gaps: true }).onMessage((item) => seen.push(item));
      yield* settle;
      hub.participant("device").setConditions({ up: { loss: 0.3, latencyMs: 5 } });
      for (let n = 0; n < 300; n += 1) {
        scan.log(`${n}`);
        yield* advance(10, 10);
      }
      hub.participant("device").setConditions({});
      scan.log("last");
      yield* settle;
      const messages = seen.filter((item) => !(item instanceof Gap)).length;
      const missed = seen.reduce((sum, item) => sum + (item instanceof Gap ? item.missed : 0), 0);
      const first = seen.find((item) => !(item instanceof Gap));
      assert.isAbove(missed, 0);
      // Everything from the first one that came has come, or is missing.
      assert.strictEqual(messages + missed, 301 - Number((first as Message).text()));
      assert.strictEqual(viewer.stats().channels[0]?.missed, missed);
      assert.strictEqual(gateway.stats().channels[0]?.total.delivered.messages, 301);
    }));
});

describe("the usage of a viewer", () => {
  it.effect("agrees with that of its device, in both directions", () =>
    Effect.gen(function* () {
      const { context, gateway, viewer } = yield* makePair({ gateway: { capabilities: ["clientPublish"] } });
      const pose = context.channel({ topic: "/pose", encoding: "json", qos: "reliable" });
      yield* settle;
      viewer.subscribe("/pose").onMessage(() => {});
      const command = viewer.channel({ topic: "/cmd", encoding: "json" });
      yield* settle;
      pose.log("12345");
      assert.isTrue(command.publish("123"));
      yield* settle;
      const own = viewer.usage();
      const [device] = gateway.usage().viewers;
      assert.deepStrictEqual(own.received.channels, [{ channelId: pose.id, topic: "/pose", messages: 1, bytes: 5 }]);
      assert.deepStrictEqual(own.sent.channels, [{ channelId: command.id, topic: "/cmd", messages: 1, bytes: 3 }]);
      assert.deepStrictEqual(own.received, device?.sent);
      assert.deepStrictEqual(own.sent, device?.received);
      command.close();
      yield* settle;
      assert.deepStrictEqual(viewer.usage().sent.closedChannels, { messages: 1, bytes: 3 });
      assert.deepStrictEqual(viewer.usage().sent, gateway.usage().viewers[0]?.received);
    }));
});
