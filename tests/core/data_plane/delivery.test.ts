import { assert, describe, it } from "@effect/vitest";
import * as Effect from "effect/Effect";
import { LoopbackHub } from "../../../adapters/loopback/mod.ts";
import { MAX_MESSAGE_DATA } from "../../../core/protocol/mod.ts";
import { DropWarnings } from "../../../core/data_plane/drop_warnings.ts";
import { sendReliable } from "../../../core/data_plane/reliable.ts";
import { ChannelAccount } from "../../../core/metering/gateway_ledger.ts";
import { Participant } from "../../../core/participant/participant.ts";
import { type Channel, Context } from "../../../mod.ts";
import { ManualClock } from "../../support/clock.ts";
import { type Device, type DeviceOptions, startDevice } from "../../support/device.ts";
import { RawViewer } from "../../support/raw_viewer.ts";
import { advance, settle } from "../../support/settle.ts";
import { textsOf } from "../../support/stream_reader.ts";
import { TestStream } from "../../support/streams.ts";

const start = Effect.fnUntraced(function* (options: DeviceOptions = {}) {
  const hub = yield* LoopbackHub.make();
  const device = yield* startDevice(hub, options);
  const config = device.context.channel({ topic: "/config", encoding: "json", qos: "reliable" });
  const data = device.context.channel({ topic: "/data", encoding: "json" });
  yield* settle;
  const viewer = yield* RawViewer.join(hub);
  yield* viewer.drain;
  return { hub, device, context: device.context, config, data, viewer, track: `data-ch-${data.id}` };
});

function text(data: Uint8Array): string {
  return new TextDecoder().decode(data);
}

describe("reliable channels", () => {
  it.effect("deliver on the control stream, under their own id, and have no data track", () =>
    Effect.gen(function* () {
      const { config, viewer } = yield* start();
      yield* viewer.subscribe(config.id);
      yield* advance(1_000);
      assert.isFalse(viewer.tracks.has(`data-ch-${config.id}`));
      config.log("config-value", { logTime: 1_234n });
      const message = yield* viewer.next("messageData");
      assert.strictEqual(message.channelId, config.id);
      assert.strictEqual(message.logTime, 1_234n);
      assert.strictEqual(text(message.data), "config-value");
      yield* viewer.silence;
    }));

  it.effect("and lossy ones stand side by side, each under its own id", () =>
    Effect.gen(function* () {
      const { config, data, viewer, track } = yield* start();
      yield* viewer.subscribe(config.id, data.id);
      const frames = yield* viewer.attach(track);
      config.log("c");
      data.log("d");
      const message = yield* viewer.next("messageData");
      assert.deepStrictEqual([message.channelId, text(message.data)], [config.id, "c"]);
      assert.deepStrictEqual(frames.map((frame) => frame.text), ["d"]);
      yield* viewer.silence;
    }));

  it.effect("give the same bytes to every subscriber, and nothing to one that has left", () =>
    Effect.gen(function* () {
      const { hub, config, viewer } = yield* start();
      const [second, third] = [yield* RawViewer.join(hub, "viewer-2"), yield* RawViewer.join(hub, "viewer-3")];
      for (const other of [second, third]) yield* other.drain;
      const starts = [viewer, second, third].map(({ control }) => control.bytes.length);
      for (const one of [viewer, second, third]) yield* one.subscribe(config.id);
      config.log("m1", { logTime: 1n });
      yield* settle;
      const tails = [viewer, second, third].map(({ control }, n) => control.bytes.slice(starts[n]));
      assert.deepStrictEqual(tails[1], tails[0]);
      assert.deepStrictEqual(tails[2], tails[0]);
      yield* second.leave;
      config.log("m2", { logTime: 2n });
      for (const one of [viewer, third]) {
        assert.deepStrictEqual(textsOf(yield* one.drain), ["m1", "m2"]);
      }
      assert.strictEqual((yield* second.drain).length, 1);
    }));

  it.effect("are encoded once: the same memory is queued for every subscriber", () =>
    Effect.gen(function* () {
      const services = yield* Effect.context<never>();
      const streams = [new TestStream(), new TestStream(), new TestStream()];
      const written: Array<Uint8Array> = [];
      const participants = streams.map((stream, index) =>
        new Participant(
          { identity: `v${index}`, sid: `s${index}`, joinedAt: 0, advertiseForm: "inline" },
          { ...stream, write: (bytes) => Effect.sync(() => void written.push(bytes)) },
          {
            services,
            log: () => {},
            queue: { maxFrames: 16, maxBytes: 1024 },
            writeBytes: 1024,
            requestReset: () => {},
            isPresent: () => true,
          },
        )
      );
      yield* Effect.addFinalizer(() => Effect.sync(() => participants.forEach((participant) => participant.cancel())));
      const channel = new Context().channel({ topic: "/t", encoding: "json" });
      const subscribers = participants.map((participant) => ({
        participant,
        tally: participant.account.tally(channel),
      }));
      const account = new ChannelAccount("control");
      const entry = { channel, reliability: "reliable" as const, account, subscribers, version: 0 };
      const warnings = new DropWarnings(new ManualClock(), () => {}, () => {});
      sendReliable(entry, new Uint8Array(100), 1n, warnings);
      yield* settle;
      assert.strictEqual(written.length, 3);
      for (const bytes of written) {
        assert.strictEqual(bytes.buffer, written[0]?.buffer);
        assert.strictEqual(bytes.byteOffset, written[0]?.byteOffset);
      }
    }));

  it.effect("keep order and lose nothing over thousands of messages", () =>
    Effect.gen(function* () {
      const { config, viewer } = yield* start();
      yield* viewer.subscribe(config.id);
      for (let n = 0; n < 3_000; n += 1) {
        config.log(`${n}`);
        if (n % 500 === 0) yield* settle;
      }
      assert.deepStrictEqual(textsOf(yield* viewer.drain), Array.from({ length: 3_000 }, (_, n) => `${n}`));
    }));

  it.effect("drop a message that no frame can hold for all, and say so", () =>
    Effect.gen(function* () {
      const { device, config, viewer } = yield* start();
      yield* viewer.subscribe(config.id);
      config.log(new Uint8Array(MAX_MESSAGE_DATA + 1));
      const status = yield* viewer.next("status");
      assert.strictEqual(status.level, "warning");
      assert.strictEqual(status.id, `channel-drops-${config.id}`);
      assert.include(status.message, "per-message size limit");
      config.log("after");
      assert.strictEqual(text((yield* viewer.next("messageData")).data), "after");
      assert.strictEqual(device.log.at("warning").length, 1);
      assert.strictEqual(viewer.controls.length, 1);
    }));

  it.effect("carry a message that just fits into a frame", () =>
    Effect.gen(function* () {
      const { config, viewer } = yield* start();
      yield* viewer.subscribe(config.id);
      config.log(new Uint8Array(MAX_MESSAGE_DATA).fill(7));
      const { data } = yield* viewer.next("messageData");
      assert.strictEqual(data.length, MAX_MESSAGE_DATA);
      assert.strictEqual(data.at(-1), 7);
    }));

  it.effect("take the bytes as they are at the call: changing them afterwards changes nothing", () =>
    Effect.gen(function* () {
      const { config, data, viewer, track } = yield* start();
      yield* viewer.subscribe(config.id, data.id);
      const frames = yield* viewer.attach(track);
      const bytes = Uint8Array.of(65, 66);
      config.log(bytes);
      data.log(bytes);
      bytes.fill(90);
      assert.strictEqual(text((yield* viewer.next("messageData")).data), "AB");
      assert.strictEqual(frames[0]?.text, "AB");
    }));

  it.effect("let a producer that waits fill a slow viewer's queue without a reset", () =>
    Effect.gen(function* () {
      const { hub, device, config } = yield* start({ limits: { queueFrames: 8 } });
      const slow = yield* RawViewer.join(hub, "viewer-2", { windowBytes: 512, writeBytes: 256 });
      yield* slow.drain;
      yield* slow.subscribe(config.id);
      slow.pause();
      let logged = 0;
      yield* Effect.forkScoped(Effect.gen(function* () {
        for (; logged < 200; logged += 1) {
          yield* config.readyEffect;
          config.log(`${logged}`.padEnd(100));
        }
      }));
      yield* settle;
      assert.isBelow(logged, 30);
      assert.isFalse(config.hasRoom);
      slow.resume();
      yield* advance(1_000, 10);
      assert.strictEqual(logged, 200);
      assert.strictEqual((yield* slow.drain).length, 200);
      assert.strictEqual(slow.controls.length, 1);
      assert.deepStrictEqual(device.log.at("warning"), []);
    }));
});

describe("a producer that waits for a viewer that does not read", () => {
  const ends = {
    "the viewer leaves": ({ slow }) => slow.leave,
    "the viewer unsubscribes": ({ slow, config }) => Effect.orDie(slow.unsubscribe(config.id)),
    "the viewer is reset": ({ config }) =>
      Effect.sync(() => {
        for (let n = 0; n < 20; n += 1) config.log("x");
      }),
    "the channel closes": ({ config }) => Effect.sync(() => config.close()),
    "the gateway closes": ({ device }) => device.gateway.closeEffect,
  } satisfies Record<
    string,
    (given: { readonly slow: RawViewer; readonly config: Channel; readonly device: Device }) => Effect.Effect<void>
  >;

  for (const [name, end] of Object.entries(ends)) {
    it.effect(`goes on when ${name}`, () =>
      Effect.gen(function* () {
        const { hub, device, config } = yield* start({ limits: { queueFrames: 8 } });
        const slow = yield* RawViewer.join(hub, "viewer-2", { windowBytes: 512, writeBytes: 256 });
        yield* slow.subscribe(config.id);
        slow.pause();
        while (config.hasRoom) {
          config.log("x".repeat(100));
          yield* settle;
        }
        const waiting = yield* Effect.forkChild(config.readyEffect, { startImmediately: true });
        yield* settle;
        assert.isUndefined(waiting.pollUnsafe());
        yield* end({ slow, config, device });
        yield* settle;
        assert.isDefined(waiting.pollUnsafe());
      }));
  }
});

describe("lossy channels on data tracks", () => {
  it.effect("deliver exactly the message just logged, with its log time, numbered from 0", () =>
    Effect.gen(function* () {
      const { data, viewer, track } = yield* start();
      yield* viewer.subscribe(data.id);
      const frames = yield* viewer.attach(track);
      for (const n of [0, 1, 2]) {
        data.log(`message ${n}`, { logTime: BigInt(n + 10) });
        yield* settle;
        assert.strictEqual(frames.length, n + 1);
        assert.deepStrictEqual([frames[n]?.sequence, frames[n]?.text, frames[n]?.logTime], [
          n,
          `message ${n}`,
          BigInt(n + 10),
        ]);
      }
      assert.deepStrictEqual([...(frames[1]?.bytes.subarray(0, 8) ?? [])], [0, 0, 8, 0, 1, 0, 0, 0]);
      yield* viewer.silence;
    }));

  it.effect("have their track before anybody subscribes, and lose it with the channel", () =>
    Effect.gen(function* () {
      const { context, data, viewer, track } = yield* start();
      assert.isTrue(viewer.tracks.has(track));
      const late = context.channel({ topic: "/late", encoding: "json" });
      yield* settle;
      assert.isTrue(viewer.tracks.has(`data-ch-${late.id}`));
      data.close();
      yield* settle;
      assert.isFalse(viewer.tracks.has(track));
      assert.isTrue(viewer.tracks.has(`data-ch-${late.id}`));
    }));

  it.effect("give a new subscriber nothing from before", () =>
    Effect.gen(function* () {
      const { data, viewer, track } = yield* start();
      data.log("A");
      yield* viewer.subscribe(data.id);
      const frames = yield* viewer.attach(track);
      data.log("B");
      yield* settle;
      assert.deepStrictEqual(frames.map(({ text, sequence }) => [text, sequence]), [["B", 0]]);
    }));

  it.effect("push nothing while nobody is subscribed, though a track is attached", () =>
    Effect.gen(function* () {
      const { data, viewer, track } = yield* start();
      const frames = yield* viewer.attach(track);
      data.log("to nobody");
      yield* viewer.subscribe(data.id);
      data.log("to one");
      yield* viewer.unsubscribe(data.id);
      data.log("to nobody again");
      yield* settle;
      assert.deepStrictEqual(frames.map((frame) => frame.text), ["to one"]);
    }));

  it.effect("drop what is logged before the track is published, with one debug line in 30 s", () =>
    Effect.gen(function* () {
      const { hub, device, context, viewer } = yield* start();
      hub.participant("rover").setDelays({ publishMs: 40_000 });
      const slow = context.channel({ topic: "/slow", encoding: "json" });
      yield* viewer.subscribe(slow.id);
      for (let n = 0; n < 35; n += 1) {
        slow.log("early");
        yield* advance(1_000);
      }
      assert.deepStrictEqual(
        device.log.lines.filter(({ level }) => level === "debug").map(({ fields }) => fields["messages"]),
        [1, 30],
      );
      yield* advance(10_000);
      const frames = yield* viewer.attach(`data-ch-${slow.id}`);
      slow.log("in time");
      yield* settle;
      assert.deepStrictEqual(frames.map(({ text, sequence }) => [text, sequence]), [["in time", 0]]);
    }));

  it.effect("show a refusal by the track as a gap in the numbers", () =>
    Effect.gen(function* () {
      const hub = yield* LoopbackHub.make({ limits: { frames: 2 } });
      const device = yield* startDevice(hub);
      const data = device.context.channel({ topic: "/data", encoding: "json" });
      const viewer = yield* RawViewer.join(hub);
      yield* viewer.subscribe(data.id);
      const frames = yield* viewer.attach(`data-ch-${data.id}`);
      hub.participant("rover").setConditions({ up: { latencyMs: 10 } });
      for (const text of ["0", "1", "2", "3"]) data.log(text);
      yield* advance(20, 1);
      data.log("4");
      yield* advance(20, 1);
      assert.deepStrictEqual(frames.map(({ text, sequence }) => [text, sequence]), [["0", 0], ["1", 1], ["4", 4]]);
      assert.strictEqual(device.log.at("debug").length, 1);
    }));

  it.effect("publish again with back-off from 100 ms doubling to 3 s when publishing fails", () =>
    Effect.gen(function* () {
      const { hub, device, context, viewer } = yield* start();
      hub.participant("rover").failPublishes(8);
      const at: Array<number> = [];
      const { id } = context.channel({ topic: "/late", encoding: "json" });
      let failures = 0;
      for (let ms = 0; ms <= 13_000; ms += 100) {
        yield* advance(ms === 0 ? 0 : 100);
        const now = device.log.at("error").length;
        if (now > failures) at.push(ms);
        failures = now;
      }
      assert.deepStrictEqual(at, [0, 100, 300, 700, 1_500, 3_100, 6_100, 9_100]);
      assert.isTrue(viewer.tracks.has(`data-ch-${id}`));
    }));

  it.effect("stop trying to publish when the channel closes", () =>
    Effect.gen(function* () {
      const { hub, device, context, viewer } = yield* start();
      hub.participant("rover").failPublishes(1_000);
      const channel = context.channel({ topic: "/late", encoding: "json" });
      yield* advance(1_000);
      const tried = device.log.at("error").length;
      channel.close();
      yield* advance(10_000);
      assert.strictEqual(device.log.at("error").length, tried);
      hub.participant("rover").failPublishes(0);
      yield* advance(10_000);
      assert.isFalse(viewer.tracks.has(`data-ch-${channel.id}`));
    }));

  it.effect("take a track back that was being published when the channel closed", () =>
    Effect.gen(function* () {
      const { hub, device, context, viewer } = yield* start();
      hub.participant("rover").setDelays({ publishMs: 1_000 });
      const channel = context.channel({ topic: "/late", encoding: "json" });
      yield* advance(500);
      channel.close();
      yield* advance(2_000);
      assert.isFalse(viewer.tracks.has(`data-ch-${channel.id}`));
      assert.deepStrictEqual(device.log.at("error"), []);
    }));

  it.effect("stop being published when the session ends, which waits for no publish in flight", () =>
    Effect.gen(function* () {
      const { hub, device, context, viewer } = yield* start();
      hub.participant("rover").setDelays({ publishMs: 60_000 });
      context.channel({ topic: "/late", encoding: "json" });
      yield* settle;
      yield* device.gateway.closeEffect;
      yield* advance(120_000, 10_000);
      assert.strictEqual(viewer.tracks.size, 0);
    }));

  it.effect("reach the viewers of every gateway that the context feeds", () =>
    Effect.gen(function* () {
      const { context, config, data, viewer, track } = yield* start();
      const second = yield* LoopbackHub.make();
      yield* startDevice(second, { context });
      const other = yield* RawViewer.join(second);
      yield* other.drain;
      const frames = [];
      for (const one of [viewer, other]) {
        yield* one.subscribe(config.id, data.id);
        frames.push(yield* one.attach(track));
      }
      config.log("reliable");
      data.log("lossy");
      for (const one of [viewer, other]) assert.deepStrictEqual(textsOf(yield* one.drain), ["reliable"]);
      assert.deepStrictEqual(frames.map((seen) => seen.map((frame) => frame.text)), [["lossy"], ["lossy"]]);
      yield* viewer.leave;
      assert.isTrue(config.hasSubscribers);
      yield* other.leave;
      assert.isFalse(config.hasSubscribers);
    }));

  it.effect("have their tracks again on the next session", () =>
    Effect.gen(function* () {
      const { hub, viewer, track, data } = yield* start();
      hub.participant("rover").kick("connection-lost");
      yield* settle;
      yield* advance(1_000);
      yield* viewer.drain;
      yield* viewer.subscribe(data.id);
      const frames = yield* viewer.attach(track);
      data.log("again");
      yield* settle;
      assert.deepStrictEqual(frames.map(({ text, sequence }) => [text, sequence]), [["again", 0]]);
    }));
});
