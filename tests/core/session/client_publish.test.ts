import { assert, describe, it } from "@effect/vitest";
import * as Effect from "effect/Effect";
import type { ClientMessage } from "../../../core/protocol/mod.ts";
import type { ClientChannel } from "../../../mod.ts";
import type { DeviceOptions } from "../../support/device.ts";
import { RawViewer } from "../../support/raw_viewer.ts";
import { allTold, goesOn, setScene } from "../../support/requests.ts";
import { bytes } from "../../support/streams.ts";

/** A device that takes the viewers' own channels, with all that its application is told, in order. */
const start = Effect.fnUntraced(function* (options: DeviceOptions = {}) {
  const events: Array<string> = [];
  const channels: Array<ClientChannel> = [];
  const scene = yield* setScene({
    onClientAdvertise: ({ identity }, channel) => {
      events.push(`+ ${identity} ${channel.id} ${channel.topic}`);
      channels.push(channel);
    },
    onClientUnadvertise: ({ identity }, channel) => events.push(`- ${identity} ${channel.id} ${channel.topic}`),
    onMessageData: ({ identity }, channel, data) =>
      events.push(`${identity} ${channel.id} ${channel.topic} ${new TextDecoder().decode(data)}`),
    ...options,
  });
  return { ...scene, events, channels };
});

interface Advertised {
  readonly schemaName?: string;
  readonly schemaEncoding?: string;
  readonly schema?: string;
}

const channel = (id: number, topic: string, schema: Advertised = {}) => ({
  id,
  topic,
  encoding: "json",
  schemaName: "",
  ...schema,
});
const advertise = (...channels: ReadonlyArray<ReturnType<typeof channel>>): ClientMessage => ({
  op: "advertise",
  channels,
});
const unadvertise = (...channelIds: ReadonlyArray<number>): ClientMessage => ({ op: "unadvertise", channelIds });
const data = (channelId: number, text: string): ClientMessage => ({ op: "messageData", channelId, data: bytes(text) });

describe("the channels of viewers", () => {
  it.effect("bring the capability with any of the callbacks", () =>
    Effect.gen(function* () {
      for (const callback of ["onClientAdvertise", "onClientUnadvertise", "onMessageData"]) {
        const { hub } = yield* setScene({ [callback]: () => {} });
        const late = yield* RawViewer.join(hub, "viewer-3");
        assert.deepStrictEqual((yield* late.next("serverInfo")).capabilities, ["clientPublish"], callback);
      }
    }));

  it.effect("are told when they are advertised, and when they are taken back, once each", () =>
    Effect.gen(function* () {
      const { viewer, other, events, channels } = yield* start();
      yield* viewer.send(advertise(channel(42, "/joy")));
      assert.deepStrictEqual(events, ["+ viewer-1 42 /joy"]);
      assert.deepStrictEqual(channels, [{ id: 42, topic: "/joy", encoding: "json" }]);
      yield* viewer.send(unadvertise(42));
      assert.deepStrictEqual(events, ["+ viewer-1 42 /joy", "- viewer-1 42 /joy"]);
      yield* goesOn(viewer);
      yield* other.silence;
    }));

  it.effect("have a schema where a name is given, with the data where there are some", () =>
    Effect.gen(function* () {
      const { viewer, channels } = yield* start();
      yield* viewer.send(advertise(
        channel(1, "/cmd_vel", { schemaName: "geometry_msgs/msg/Twist" }),
        channel(2, "/a", { schemaName: "A", schemaEncoding: "jsonschema", schema: "{}" }),
        channel(3, "/b", { schemaName: "B", schemaEncoding: "protobuf", schema: "3q2+7w==" }),
        channel(4, "/c"),
      ));
      assert.deepStrictEqual(channels.map(({ schema }) => schema), [
        { name: "geometry_msgs/msg/Twist", encoding: "", data: new Uint8Array(0) },
        { name: "A", encoding: "jsonschema", data: bytes("{}") },
        { name: "B", encoding: "protobuf", data: Uint8Array.of(0xde, 0xad, 0xbe, 0xef) },
        undefined,
      ]);
    }));

  it.effect("bring their messages, as they were sent", () =>
    Effect.gen(function* () {
      const { viewer, events } = yield* start();
      yield* viewer.send(advertise(channel(0, "/cmd")), data(0, "1"), data(0, ""), data(0, "ä"));
      assert.deepStrictEqual(events.slice(1), ["viewer-1 0 /cmd 1", "viewer-1 0 /cmd ", "viewer-1 0 /cmd ä"]);
      yield* goesOn(viewer);
    }));

  it.effect("keep their message's bytes for as long as the application does", () =>
    Effect.gen(function* () {
      const kept: Array<Uint8Array> = [];
      const { viewer } = yield* start({ onMessageData: (_, __, payload) => kept.push(payload) });
      yield* viewer.send(advertise(channel(1, "/cmd")));
      for (let n = 0; n < 10; n += 1) yield* viewer.send(data(1, `${n}`.padEnd(3_000, "x")));
      assert.deepStrictEqual(kept.map((one) => new TextDecoder().decode(one).replaceAll("x", "")), [..."0123456789"]);
    }));

  it.effect("have ids of each viewer's own", () =>
    Effect.gen(function* () {
      const { viewer, other, events } = yield* start();
      yield* viewer.send(advertise(channel(1, "/a")));
      yield* other.send(advertise(channel(1, "/b")), data(1, "x"), unadvertise(1));
      yield* viewer.send(data(1, "y"));
      assert.deepStrictEqual(events, [
        "+ viewer-1 1 /a",
        "+ viewer-2 1 /b",
        "viewer-2 1 /b x",
        "- viewer-2 1 /b",
        "viewer-1 1 /a y",
      ]);
    }));

  it.effect("stay as they are when their id is advertised again, which is a warning", () =>
    Effect.gen(function* () {
      const { viewer, events } = yield* start();
      yield* viewer.send(advertise(channel(1, "/cmd")), advertise(channel(1, "/other"), channel(2, "/two")));
      const lines = yield* allTold(viewer);
      assert.strictEqual(lines.length, 1);
      assert.match(lines[0]!, /^warning: channel 1 /);
      yield* viewer.send(advertise(channel(3, "/three"), channel(3, "/again")));
      assert.match((yield* allTold(viewer)).join(), /^warning: channel 3 [^,]*$/);
      yield* viewer.send(unadvertise(1));
      assert.deepStrictEqual(events, [
        "+ viewer-1 1 /cmd",
        "+ viewer-1 2 /two",
        "+ viewer-1 3 /three",
        "- viewer-1 1 /cmd",
      ]);
    }));

  it.effect("whose schema does not decode are refused with an error status, the others of the message are taken", () =>
    Effect.gen(function* () {
      const { viewer, events } = yield* start();
      yield* viewer.send(advertise(
        channel(1, "/bad", { schemaName: "A", schemaEncoding: "protobuf", schema: "!!" }),
        channel(2, "/good"),
      ));
      const status = yield* viewer.next("status");
      assert.strictEqual(status.level, "error");
      assert.isUndefined(status.id);
      assert.include(status.message, "channel 1 ");
      assert.deepStrictEqual(events, ["+ viewer-1 2 /good"]);
      yield* viewer.send(data(1, "x"));
      assert.include((yield* viewer.next("status")).message, "not advertised channel 1");
      yield* goesOn(viewer);
    }));

  it.effect("that were never advertised, or not any more, take no message: an error status", () =>
    Effect.gen(function* () {
      const { viewer, other, events } = yield* start();
      yield* other.send(advertise(channel(999, "/theirs")));
      yield* viewer.send(data(999, "x"), advertise(channel(1, "/a")), unadvertise(1), data(1, "y"));
      for (const id of [999, 1]) {
        const status = yield* viewer.next("status");
        assert.strictEqual(status.level, "error");
        assert.include(status.message, `not advertised channel ${id}`);
      }
      assert.deepStrictEqual(events, ["+ viewer-2 999 /theirs", "+ viewer-1 1 /a", "- viewer-1 1 /a"]);
      yield* goesOn(viewer);
      yield* other.silence;
    }));

  it.effect("that are unknown can be taken back without an answer", () =>
    Effect.gen(function* () {
      const { device, viewer, events } = yield* start();
      yield* viewer.send(unadvertise(1, 2, 3), unadvertise());
      yield* goesOn(viewer);
      assert.deepStrictEqual(events, []);
      assert.deepStrictEqual([...device.log.at("warning"), ...device.log.at("error")], []);
    }));

  it.effect("beyond the bound are refused with an error status, until one is taken back", () =>
    Effect.gen(function* () {
      const { viewer, events } = yield* start({ limits: { clientChannels: 2 } });
      yield* viewer.send(advertise(channel(1, "/a"), channel(2, "/b"), channel(3, "/c")));
      assert.deepStrictEqual(yield* allTold(viewer), [
        "error: channel 3 (/c) is refused: a viewer may have 2 channels of its own",
      ]);
      yield* viewer.send(unadvertise(1), advertise(channel(3, "/c")));
      assert.deepStrictEqual(events.slice(2), ["- viewer-1 1 /a", "+ viewer-1 3 /c"]);
    }));

  it.effect("whose names and schemas are too many bytes together are refused with an error status", () =>
    Effect.gen(function* () {
      const { viewer, events } = yield* start({ limits: { clientChannelBytes: 200 } });
      const large = { ...channel(2, "/b"), schemaName: "s", schemaEncoding: "text", schema: "x".repeat(190) };
      yield* viewer.send(advertise(channel(1, "/a"), large, channel(3, "/c")));
      assert.deepStrictEqual(yield* allTold(viewer), [
        "error: channel 2 (/b) is refused: a viewer may have channels with 200 bytes of names and schemas of its own",
      ]);
      assert.deepStrictEqual(events, ["+ viewer-1 1 /a", "+ viewer-1 3 /c"]);
    }));

  it.effect("whose callbacks throw or reject harm nobody", () =>
    Effect.gen(function* () {
      const { device, viewer, events } = yield* start({
        onClientAdvertise: () => {
          throw new Error("advertise");
        },
        onMessageData: (() => Promise.reject(new Error("data"))) as () => void,
      });
      yield* viewer.send(advertise(channel(1, "/a"), channel(2, "/b")), data(1, "x"), unadvertise(1, 2));
      assert.deepStrictEqual(events, ["- viewer-1 1 /a", "- viewer-1 2 /b"]);
      assert.deepStrictEqual(device.log.at("error"), [
        "the callback onClientAdvertise has failed; the session goes on",
        "the callback onClientAdvertise has failed; the session goes on",
        "the callback onMessageData has failed; the session goes on",
      ]);
      yield* goesOn(viewer);
    }));

  it.effect("without the capability are refused with one error status for each message, and nothing is recorded", () =>
    Effect.gen(function* () {
      const { viewer, device } = yield* setScene();
      yield* viewer.send(advertise(channel(1, "/a"), channel(2, "/b")), data(1, "x"), data(1, "y"), unadvertise(1));
      const lines = yield* allTold(viewer);
      assert.strictEqual(lines.length, 3);
      for (const line of lines) assert.match(line, /^error: .*clientPublish/);
      assert.deepStrictEqual(device.log.at("error"), []);
    }));
});
