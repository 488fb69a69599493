import { assert, describe, it } from "@effect/vitest";
import * as Effect from "effect/Effect";
import { LoopbackHub } from "../../../adapters/loopback/mod.ts";
import { type Device, startDevice } from "../../support/device.ts";
import { RawViewer } from "../../support/raw_viewer.ts";
import { advance, settle } from "../../support/settle.ts";

const schemaA = { name: "A", encoding: "jsonschema", data: "{}" };

/** A device with one channel. */
const withTestChannel = Effect.fnUntraced(function* (hub: LoopbackHub) {
  const device = yield* startDevice(hub);
  return { device, channel: device.context.channel({ topic: "/test", encoding: "json" }) };
});

function viewersOf({ log }: Device): number {
  return log.lines.filter(({ message }) => message === "a viewer is active").length;
}

describe("joining a session", () => {
  it.effect("an empty device greets a viewer with serverInfo and is silent until something is added", () =>
    Effect.gen(function* () {
      const hub = yield* LoopbackHub.make();
      const { gateway, context } = yield* startDevice(hub);
      const viewer = yield* RawViewer.join(hub);
      const info = yield* viewer.next("serverInfo");
      assert.strictEqual(info.name, "rover");
      assert.strictEqual(info.sessionId, gateway.sessionId);
      assert.match(info.sessionId ?? "", /^[0-9a-f]{32}$/);
      assert.match(info.metadata.get("fg-library") ?? "", /^fieldlink\/\d/);
      assert.deepStrictEqual(info.supportedEncodings, ["json"]);
      assert.deepStrictEqual(info.capabilities, []);
      yield* advance(3_000);
      yield* viewer.silence;
      context.channel({ topic: "/late", encoding: "json" });
      yield* viewer.next("advertise");
      assert.strictEqual(viewer.controls.length, 1);
    }));

  it.effect("a channel made beforehand is in the one advertisement behind serverInfo", () =>
    Effect.gen(function* () {
      const hub = yield* LoopbackHub.make();
      const { channel } = yield* withTestChannel(hub);
      const viewer = yield* RawViewer.join(hub);
      yield* viewer.next("serverInfo");
      const { channels } = yield* viewer.next("advertise");
      assert.strictEqual(channels.length, 1);
      assert.strictEqual(channels[0]?.id, channel.id);
      assert.strictEqual(channels[0]?.topic, "/test");
      assert.strictEqual(channels[0]?.encoding, "json");
      yield* viewer.silence;
    }));

  it.effect("a viewer that was in the room before the device is greeted like any other", () =>
    Effect.gen(function* () {
      const hub = yield* LoopbackHub.make();
      const viewer = yield* RawViewer.join(hub);
      assert.strictEqual(viewer.controls.length, 0);
      const { context } = yield* startDevice(hub);
      yield* viewer.next("serverInfo");
      const { id } = context.channel({ topic: "/test", encoding: "json" });
      assert.deepStrictEqual((yield* viewer.next("advertise")).channels.map((channel) => channel.id), [id]);
    }));

  it.effect("a viewer that was first finds the channels that the device brings along", () =>
    Effect.gen(function* () {
      const hub = yield* LoopbackHub.make();
      const viewer = yield* RawViewer.join(hub);
      const earlier = yield* startDevice(hub);
      const { id } = earlier.context.channel({ topic: "/test", encoding: "json" });
      yield* earlier.gateway.closeEffect;
      yield* startDevice(hub, { context: earlier.context });
      assert.strictEqual(viewer.controls.length, 2);
      yield* viewer.next("serverInfo");
      assert.deepStrictEqual((yield* viewer.next("advertise")).channels.map((channel) => channel.id), [id]);
      yield* viewer.silence;
    }));

  it.effect("two viewers have a stream and a complete start-up each, with the same channel ids", () =>
    Effect.gen(function* () {
      const hub = yield* LoopbackHub.make();
      const { channel } = yield* withTestChannel(hub);
      const viewers = [yield* RawViewer.join(hub, "viewer-1"), yield* RawViewer.join(hub, "viewer-2")];
      for (const viewer of viewers) {
        yield* viewer.next("serverInfo");
        assert.deepStrictEqual((yield* viewer.next("advertise")).channels.map(({ id }) => id), [channel.id]);
        yield* viewer.silence;
        assert.strictEqual(viewer.controls.length, 1);
      }
    }));

  it.effect("advertises no services where there are none, and does not claim to have them", () =>
    Effect.gen(function* () {
      const hub = yield* LoopbackHub.make();
      yield* withTestChannel(hub);
      const viewer = yield* RawViewer.join(hub);
      assert.notInclude((yield* viewer.next("serverInfo")).capabilities, "services");
      yield* viewer.next("advertise");
      yield* viewer.silence;
    }));

  it.effect("sends serverInfo with the application's session id, name and metadata, and its encodings once each", () =>
    Effect.gen(function* () {
      const hub = yield* LoopbackHub.make();
      yield* startDevice(hub, {
        sessionId: "monday",
        metadata: { site: "north", "fg-library": "another" },
        supportedEncodings: ["json", "cdr", "json"],
      });
      const info = yield* (yield* RawViewer.join(hub)).next("serverInfo");
      assert.strictEqual(info.sessionId, "monday");
      assert.deepStrictEqual(info.supportedEncodings, ["json", "cdr"]);
      assert.strictEqual(info.metadata.get("site"), "north");
      assert.match(info.metadata.get("fg-library") ?? "", /^fieldlink\//);
    }));
});

describe("versions of viewers", () => {
  for (const version of [undefined, "2.2.0", "2.2.1", "2.3.0", "2.9.1", "2.3.0-rc.1"]) {
    it.effect(`a viewer of version ${version ?? "unknown"} is let in`, () =>
      Effect.gen(function* () {
        const hub = yield* LoopbackHub.make();
        yield* startDevice(hub);
        const viewer = yield* RawViewer.join(hub, "viewer-1", version === undefined ? {} : { version });
        yield* viewer.next("serverInfo");
      }));
  }

  for (const version of ["2.1.9", "3.0.0", "2.2.0-rc.1", "not-a-version", "", "2.3", "v2.3.0"]) {
    it.effect(`a viewer of version "${version}" is told why it is refused, on a stream that ends, and is not registered`, () =>
      Effect.gen(function* () {
        const hub = yield* LoopbackHub.make();
        const device = yield* startDevice(hub);
        const viewer = yield* RawViewer.join(hub, "viewer-1", { version });
        const status = yield* viewer.next("status");
        assert.strictEqual(status.level, "error");
        assert.include(status.message, `"${version}"`);
        assert.include(status.message, "2.3.0");
        assert.isUndefined(status.id);
        assert.strictEqual(viewer.control.end, "end");
        device.context.channel({ topic: "/late", encoding: "json" });
        yield* viewer.silence;
        assert.strictEqual(viewer.controls.length, 1);
        assert.strictEqual(viewersOf(device), 0);
      }));
  }

  it.effect("a refused viewer that cannot be told why is an error in the log and nothing more", () =>
    Effect.gen(function* () {
      const hub = yield* LoopbackHub.make();
      const { log } = yield* startDevice(hub);
      hub.participant("rover").failOpens(1);
      const refused = yield* RawViewer.join(hub, "viewer-1", { version: "9.0.0" });
      assert.strictEqual(refused.controls.length, 0);
      assert.include(log.at("error"), "a refused viewer could not be told why");
      hub.participant("rover").failWrites(1);
      yield* RawViewer.join(hub, "viewer-2", { version: "9.0.0" });
      assert.strictEqual(log.at("error").filter((line) => line.includes("could not be told")).length, 2);
      yield* (yield* RawViewer.join(hub, "viewer-3")).next("serverInfo");
    }));

  it.effect("a refused viewer that does not take the words is given up after the time to open a stream", () =>
    Effect.gen(function* () {
      const hub = yield* LoopbackHub.make();
      const { log } = yield* startDevice(hub, { limits: { openTimeoutMs: 2_000 } });
      hub.participant("rover").stallWrites();
      yield* RawViewer.join(hub, "viewer-1", { version: "9.0.0" });
      yield* advance(2_000);
      hub.participant("rover").resumeWrites();
      assert.include(log.at("error"), "a refused viewer could not be told why");
      yield* (yield* RawViewer.join(hub, "viewer-2")).next("serverInfo");
    }));

  it.effect("each viewer gets the shape of its version in one broadcast, and inline ones the same bytes", () =>
    Effect.gen(function* () {
      const hub = yield* LoopbackHub.make();
      const { context } = yield* startDevice(hub);
      const table = yield* RawViewer.join(hub, "viewer-1", { version: "2.3.0" });
      const inline = yield* RawViewer.join(hub, "viewer-2", { version: "2.2.0" });
      const other = yield* RawViewer.join(hub, "viewer-3");
      for (const viewer of [table, inline, other]) yield* viewer.next("serverInfo");
      const a1 = context.channel({ topic: "/a1", encoding: "json", schema: schemaA });
      const shared = yield* inline.next("advertise");
      assert.deepStrictEqual(shared.form === "inline" && shared.channels[0], {
        id: a1.id,
        topic: "/a1",
        encoding: "json",
        schemaName: "A",
        schemaEncoding: "jsonschema",
        schema: "{}",
        metadata: new Map(),
      });
      yield* other.next("advertise");
      assert.deepStrictEqual(inline.control.bytes, other.control.bytes);
      const first = yield* table.next("advertise");
      assert.deepStrictEqual(first.form === "table" && first.schemas, [
        { id: 1, name: "A", encoding: "jsonschema", data: "{}" },
      ]);
      assert.deepStrictEqual(first.form === "table" && first.channels.map(({ schemaId }) => schemaId), [1]);
      context.channel({ topic: "/a2", encoding: "json", schema: schemaA });
      const second = yield* table.next("advertise");
      assert.deepStrictEqual(second.form === "table" && second.schemas, []);
      assert.deepStrictEqual(second.form === "table" && second.channels.map(({ schemaId }) => schemaId), [1]);
      context.channel({ topic: "/none", encoding: "json" });
      const third = yield* table.next("advertise");
      assert.deepStrictEqual(third.form === "table" && third.channels.map(({ schemaId }) => schemaId), [undefined]);
    }));

  it.effect("the schema table is each viewer's own: one that comes later counts from 1", () =>
    Effect.gen(function* () {
      const hub = yield* LoopbackHub.make();
      const { context } = yield* startDevice(hub);
      const early = yield* RawViewer.join(hub, "viewer-1", { version: "2.3.0" });
      const first = context.channel({ topic: "/a", encoding: "json", schema: schemaA });
      context.channel({ topic: "/b", encoding: "json", schema: { ...schemaA, name: "B" } });
      yield* settle;
      first.close();
      const late = yield* RawViewer.join(hub, "viewer-2", { version: "2.4.0" });
      yield* late.next("serverInfo");
      const advertised = yield* late.next("advertise");
      assert.deepStrictEqual(advertised.form === "table" && advertised.schemas.map(({ id, name }) => [id, name]), [
        [1, "B"],
      ]);
      yield* early.drain;
      context.channel({ topic: "/a", encoding: "json", schema: schemaA });
      const known = yield* early.next("advertise");
      assert.deepStrictEqual(known.form === "table" && known.schemas, []);
      assert.deepStrictEqual(known.form === "table" && known.channels.map(({ schemaId }) => schemaId), [1]);
      const fresh = yield* late.next("advertise");
      assert.deepStrictEqual(fresh.form === "table" && fresh.schemas.map(({ id, name }) => [id, name]), [[2, "A"]]);
    }));
});
