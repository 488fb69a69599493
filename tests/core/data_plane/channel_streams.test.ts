import { assert, describe, it } from "@effect/vitest";
import * as Effect from "effect/Effect";
import { LoopbackHub } from "../../../adapters/loopback/mod.ts";
import type { Channel } from "../../../mod.ts";
import { type DeviceOptions, startDevice } from "../../support/device.ts";
import { RawViewer, type RawViewerOptions } from "../../support/raw_viewer.ts";
import { advance, settle } from "../../support/settle.ts";
import { textsOf } from "../../support/stream_reader.ts";

const start = Effect.fnUntraced(function* (options: DeviceOptions = {}) {
  const hub = yield* LoopbackHub.make();
  const device = yield* startDevice(hub, { link: { dataTracks: false }, ...options });
  const data = device.context.channel({ topic: "/data", encoding: "json" });
  const join = Effect.fnUntraced(function* (identity: string, viewerOptions: RawViewerOptions = {}) {
    const viewer = yield* RawViewer.join(hub, identity, viewerOptions);
    yield* viewer.drain;
    return viewer;
  });
  const viewer = yield* join("viewer-1");
  return { hub, device, data, viewer, join, rover: hub.participant("rover") };
});

/** The streams of the channel that a viewer has seen, as the texts on each. */
function texts(viewer: RawViewer, channel: Channel): ReadonlyArray<ReadonlyArray<string>> {
  return viewer.streamsOf(`ch-${channel.id}`).map((stream) => textsOf(stream.received).map((text) => text.trim()));
}

const log = (channel: Channel, text: string): Effect.Effect<void> =>
  Effect.andThen(Effect.sync(() => channel.log(text)), settle);

describe("channel streams", () => {
  it.effect("carry a lossy message as MessageData, where the transport has no data tracks", () =>
    Effect.gen(function* () {
      const { data, viewer } = yield* start();
      yield* viewer.subscribe(data.id);
      data.log("hello", { logTime: 42n });
      yield* settle;
      const [stream] = viewer.streamsOf(`ch-${data.id}`);
      const [message] = stream?.received ?? [];
      if (message?.op !== "messageData") assert.fail("expected a message");
      assert.deepStrictEqual([message.channelId, message.logTime], [data.id, 42n]);
      assert.strictEqual(new TextDecoder().decode(message.data), "hello");
      yield* viewer.silence;
    }));

  it.effect("are kept open while the subscribers stay the same", () =>
    Effect.gen(function* () {
      const { data, viewer } = yield* start();
      yield* viewer.subscribe(data.id);
      yield* log(data, "msg1");
      yield* log(data, "msg2");
      assert.deepStrictEqual(texts(viewer, data), [["msg1", "msg2"]]);
      assert.isUndefined(viewer.channelStreams[0]?.end);
    }));

  it.effect("are opened with the first message, not before", () =>
    Effect.gen(function* () {
      const { data, viewer } = yield* start();
      yield* viewer.subscribe(data.id);
      assert.strictEqual(viewer.channelStreams.length, 0);
      yield* log(data, "first");
      assert.strictEqual(viewer.channelStreams.length, 1);
    }));

  it.effect("are replaced when the subscribers change: the old one is closed, the new one goes to all of them", () =>
    Effect.gen(function* () {
      const { data, viewer, join } = yield* start();
      yield* viewer.subscribe(data.id);
      yield* log(data, "before");
      const other = yield* join("viewer-2");
      yield* other.subscribe(data.id);
      assert.isUndefined(viewer.channelStreams[0]?.end);
      yield* log(data, "after");
      assert.deepStrictEqual(texts(viewer, data), [["before"], ["after"]]);
      assert.deepStrictEqual(texts(other, data), [["after"]]);
      assert.strictEqual(viewer.channelStreams[0]?.end, "end");
      yield* viewer.unsubscribe(data.id);
      yield* log(data, "to the other");
      assert.deepStrictEqual(texts(viewer, data), [["before"], ["after"]]);
      assert.deepStrictEqual(texts(other, data), [["after"], ["to the other"]]);
    }));

  it.effect("are replaced when somebody left and came back between two messages, though the set is the same", () =>
    Effect.gen(function* () {
      const { data, viewer } = yield* start();
      yield* viewer.subscribe(data.id);
      yield* log(data, "before");
      yield* viewer.unsubscribe(data.id);
      yield* viewer.subscribe(data.id);
      yield* log(data, "after");
      assert.deepStrictEqual(texts(viewer, data), [["before"], ["after"]]);
    }));

  it.effect("that are slow to open go to those who were subscribed then, and are replaced with the next message", () =>
    Effect.gen(function* () {
      const { data, viewer, join, rover } = yield* start();
      const other = yield* join("viewer-2");
      yield* viewer.subscribe(data.id);
      rover.setDelays({ openMs: 1_000 });
      yield* log(data, "slow");
      yield* other.subscribe(data.id);
      yield* advance(1_000);
      assert.deepStrictEqual(texts(viewer, data), [["slow"]]);
      assert.deepStrictEqual(texts(other, data), []);
      rover.setDelays({});
      yield* log(data, "for both");
      assert.deepStrictEqual(texts(viewer, data), [["slow"], ["for both"]]);
      assert.deepStrictEqual(texts(other, data), [["for both"]]);
      assert.strictEqual(viewer.channelStreams[0]?.end, "end");
    }));

  it.effect("do not carry what waited when its channel closed or its last subscriber went", () =>
    Effect.gen(function* () {
      const { device, data, viewer, rover } = yield* start();
      const [closed, left] = ["/closed", "/left"].map((topic) => device.context.channel({ topic, encoding: "json" }));
      if (closed === undefined || left === undefined) assert.fail("there are two channels");
      yield* viewer.subscribe(data.id, closed.id, left.id);
      yield* log(data, "first");
      rover.stallWrites();
      yield* log(data, "holds up the others");
      for (const channel of [closed, left, data]) channel.log("waits");
      closed.close();
      yield* viewer.unsubscribe(left.id);
      rover.resumeWrites();
      yield* settle;
      assert.deepStrictEqual(texts(viewer, data), [["first", "holds up the others", "waits"]]);
      assert.strictEqual(viewer.channelStreams.length, 1);
      assert.deepStrictEqual(device.log.at("error"), []);
    }));

  it.effect("are not opened for nobody", () =>
    Effect.gen(function* () {
      const { device, data, viewer } = yield* start();
      yield* log(data, "nobody");
      yield* viewer.subscribe(data.id);
      data.log("nobody any more");
      yield* viewer.unsubscribe(data.id);
      yield* log(data, "nobody");
      assert.strictEqual(viewer.channelStreams.length, 0);
      assert.deepStrictEqual(device.log.at("error"), []);
    }));

  it.effect("are closed when the last subscriber goes, by unsubscribing or by leaving, and when the channel closes", () =>
    Effect.gen(function* () {
      const { data, viewer, join } = yield* start();
      yield* viewer.subscribe(data.id);
      yield* log(data, "a");
      yield* viewer.unsubscribe(data.id);
      assert.strictEqual(viewer.channelStreams[0]?.end, "end");
      const other = yield* join("viewer-2");
      yield* viewer.subscribe(data.id);
      yield* other.subscribe(data.id);
      yield* log(data, "b");
      yield* other.leave;
      assert.isUndefined(viewer.channelStreams[1]?.end);
      data.close();
      yield* settle;
      assert.strictEqual(viewer.channelStreams[1]?.end, "end");
    }));

  it.effect("that fail to write lose that message only: the next one opens a new stream", () =>
    Effect.gen(function* () {
      const { device, data, viewer, rover } = yield* start();
      yield* viewer.subscribe(data.id);
      yield* log(data, "one");
      rover.failWrites(1);
      yield* log(data, "lost");
      yield* log(data, "two");
      assert.deepStrictEqual(texts(viewer, data), [["one"], ["two"]]);
      assert.deepStrictEqual(device.log.at("error"), [
        "writing to a channel stream has failed; the message is lost",
      ]);
      assert.deepStrictEqual(device.events, ["+ viewer-1 /data"]);
    }));

  it.effect("that cannot be opened lose that message only: the next one tries again", () =>
    Effect.gen(function* () {
      const { device, data, viewer, rover } = yield* start();
      yield* viewer.subscribe(data.id);
      rover.failOpens(2);
      for (const text of ["lost", "lost too", "there"]) yield* log(data, text);
      assert.deepStrictEqual(texts(viewer, data), [["there"]]);
      assert.deepStrictEqual(
        device.log.at("error"),
        Array(2).fill("a channel stream cannot be opened; the message is lost"),
      );
    }));

  it.effect("that are too slow to open lose the message after the time for it", () =>
    Effect.gen(function* () {
      const { device, data, viewer, rover } = yield* start({ limits: { openTimeoutMs: 1_000 } });
      yield* viewer.subscribe(data.id);
      rover.setDelays({ openMs: 5_000 });
      yield* log(data, "lost");
      yield* advance(1_000);
      rover.setDelays({});
      yield* log(data, "there");
      assert.deepStrictEqual(texts(viewer, data), [["there"]]);
      assert.strictEqual(device.log.at("error").length, 1);
    }));

  it.effect("that do not take a write in time are given up, so that a slow viewer does not stop the others for ever", () =>
    Effect.gen(function* () {
      const { device, data, join } = yield* start({ limits: { streamWriteTimeoutMs: 2_000 } });
      const other = device.context.channel({ topic: "/other", encoding: "json" });
      const [slow, quick] = [yield* join("slow", { windowBytes: 512, writeBytes: 256 }), yield* join("quick")];
      yield* slow.subscribe(data.id);
      yield* quick.subscribe(other.id);
      slow.pause();
      for (const text of ["fills", "waits"]) yield* log(data, text.padEnd(600));
      yield* log(other, "waits");
      assert.deepStrictEqual(texts(quick, other), []);
      yield* advance(2_000);
      assert.deepStrictEqual(texts(quick, other), [["waits"]]);
      assert.deepStrictEqual(device.log.at("error"), [
        "writing to a channel stream has failed; the message is lost",
      ]);
      slow.resume();
      yield* log(data, "again");
      assert.deepStrictEqual(texts(slow, data)[1], ["again"]);
    }));

  it.effect("keep a bounded queue: the oldest messages are dropped, and one line says how many in 30 s", () =>
    Effect.gen(function* () {
      const { device, data, viewer, rover } = yield* start({
        limits: { channelStreamMessages: 4, streamWriteTimeoutMs: 600_000 },
      });
      yield* viewer.subscribe(data.id);
      yield* log(data, "first");
      rover.stallWrites();
      yield* log(data, "in flight");
      for (let n = 0; n < 10; n += 1) data.log(`${n}`);
      yield* settle;
      yield* advance(30_000);
      data.log("10");
      rover.resumeWrites();
      yield* settle;
      assert.deepStrictEqual(texts(viewer, data), [["first", "in flight", "7", "8", "9", "10"]]);
      assert.deepStrictEqual(
        device.log.lines.filter(({ level, message }) => level === "info" && message.includes("dropped")).map((line) =>
          line.fields["messages"]
        ),
        [1, 6],
      );
    }));

  it.effect("count all sessions of the process in that one line", () =>
    Effect.gen(function* () {
      const limits = { channelStreamMessages: 1, streamWriteTimeoutMs: 600_000 };
      const devices = [yield* start({ limits }), yield* start({ limits })];
      for (const { data, viewer, rover } of devices) {
        yield* viewer.subscribe(data.id);
        rover.stallWrites();
        for (const text of ["0", "1", "2"]) yield* log(data, text);
      }
      const lines = devices.map(({ device }) =>
        device.log.at("info").filter((line) => line.includes("dropped")).length
      );
      assert.deepStrictEqual(lines, [1, 0]);
    }));

  it.effect("stand apart for each channel, and from reliable ones", () =>
    Effect.gen(function* () {
      const { device, data, viewer } = yield* start();
      const other = device.context.channel({ topic: "/other", encoding: "json" });
      const reliable = device.context.channel({ topic: "/reliable", encoding: "json", qos: "reliable" });
      yield* viewer.drain;
      yield* viewer.subscribe(data.id, other.id, reliable.id);
      for (const channel of [data, other, reliable]) channel.log(channel.topic);
      yield* viewer.next("messageData");
      assert.deepStrictEqual(texts(viewer, data), [["/data"]]);
      assert.deepStrictEqual(texts(viewer, other), [["/other"]]);
      assert.strictEqual(viewer.streamsOf(`ch-${reliable.id}`).length, 0);
    }));

  it.effect("do not hold up the control streams while they are written to", () =>
    Effect.gen(function* () {
      const { device, data, join } = yield* start({ limits: { streamWriteTimeoutMs: 600_000 } });
      const reliable = device.context.channel({ topic: "/reliable", encoding: "json", qos: "reliable" });
      const slow = yield* join("slow", { windowBytes: 512, writeBytes: 256 });
      const quick = yield* join("quick");
      yield* slow.subscribe(data.id);
      yield* quick.subscribe(reliable.id);
      slow.pause();
      for (const text of ["fills", "waits"]) yield* log(data, text.padEnd(600));
      yield* log(reliable, "at once");
      assert.deepStrictEqual(textsOf(yield* quick.drain), ["at once"]);
    }));

  it.effect("of a viewer that connects anew begin with its subscription, and leave the old instance nothing", () =>
    Effect.gen(function* () {
      const { data, viewer, join } = yield* start();
      yield* viewer.subscribe(data.id);
      yield* log(data, "before");
      const again = yield* join("viewer-1");
      yield* log(data, "not subscribed");
      assert.strictEqual(again.channelStreams.length, 0);
      yield* again.subscribe(data.id);
      yield* log(data, "after");
      assert.deepStrictEqual(texts(again, data), [["after"]]);
    }));

  it.effect("are waited for by drain, and given up at the end of the session", () =>
    Effect.gen(function* () {
      const { device, data, viewer } = yield* start();
      yield* viewer.subscribe(data.id);
      for (let n = 0; n < 50; n += 1) data.log(`${n}`);
      yield* device.gateway.drainEffect();
      yield* device.gateway.closeEffect;
      yield* settle;
      assert.strictEqual(texts(viewer, data)[0]?.length, 50);
      assert.isDefined(viewer.channelStreams[0]?.end);
    }));

  it.effect("that have been drained lose nothing that is under way when the session ends", () =>
    Effect.gen(function* () {
      const { hub, device, data, viewer } = yield* start();
      yield* viewer.subscribe(data.id);
      hub.participant("viewer-1").setConditions({ down: { latencyMs: 100 } });
      data.log("under way");
      yield* device.gateway.drainEffect();
      yield* device.gateway.closeEffect;
      yield* advance(500, 50);
      assert.deepStrictEqual(texts(viewer, data), [["under way"]]);
      assert.strictEqual(viewer.channelStreams[0]?.end, "end");
    }));

  it.effect("are given up at the end of the session while a write is in flight", () =>
    Effect.gen(function* () {
      const { device, data, viewer, rover } = yield* start();
      yield* viewer.subscribe(data.id);
      yield* log(data, "written");
      rover.stallWrites();
      yield* log(data, "in flight");
      yield* device.gateway.closeEffect;
      yield* settle;
      assert.deepStrictEqual(texts(viewer, data), [["written"]]);
      assert.isDefined(viewer.channelStreams[0]?.end);
    }));
});
