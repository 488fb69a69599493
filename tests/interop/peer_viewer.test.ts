/**
 * Our gateway with viewers of other people's making: who is let in, what they are told at first, and messages.
 */
import { describe, expect, it } from "vitest";
import { VERSION } from "../../mod.ts";
import { channelId } from "./support/advertised.ts";
import { base64, counting, digest, textOf } from "./support/bytes.ts";
import { useStages } from "./support/company.ts";
import { eventually } from "./support/stage.ts";

const stage = useStages();
const SECOND = 1_000_000_000n;

describe("our gateway, to a viewer of other people's making,", () => {
  it("says who it is, what it has, and where its playback stands, in this order", async () => {
    await using room = stage();
    const context = room.context();
    const pose = context.channel({ topic: "/pose", encoding: "json", qos: "reliable" });
    const gateway = await room.gateway(context, {
      name: "rover-7",
      sessionId: "session-1",
      metadata: { site: "yard" },
      supportedEncodings: ["json", "cdr"],
      capabilities: ["clientPublish", "connectionGraph"],
      services: [{ name: "/echo", type: "Echo", request: { encoding: "ros1" }, handler: ({ payload }) => payload }],
      parameters: { get: () => [] },
      assets: () => "an asset",
      playback: {
        startTime: 5n * SECOND,
        endTime: 9n * SECOND + 1n,
        current: () => ({ status: "paused", currentTime: 6n * SECOND, playbackSpeed: 1.5, didSeek: false }),
        control: () => undefined,
      },
    });
    const viewer = await room.peerViewer();
    await viewer.until({ event: "playback" });
    const seen = viewer.all({ event: (name) => name === "text" || name === "playback" });
    expect(seen.map(({ event, op }) => op ?? event)).toEqual([
      "serverInfo",
      "advertise",
      "advertiseServices",
      "playback",
    ]);
    expect(seen[0]!["message"]).toEqual({
      op: "serverInfo",
      name: "rover-7",
      capabilities: expect.toSatisfy((all: Array<string>) =>
        all.toSorted().join() ===
          "assets,clientPublish,connectionGraph,parameters,parametersSubscribe,playbackControl,services,time"
      ),
      supportedEncodings: ["json", "cdr", "ros1"],
      metadata: { "fg-library": `fieldlink/${VERSION}`, site: "yard" },
      sessionId: "session-1",
      dataStartTime: { sec: 5, nsec: 0 },
      dataEndTime: { sec: 9, nsec: 1 },
    });
    expect(seen[1]!["message"]).toEqual({
      op: "advertise",
      channels: [{ id: pose.id, topic: "/pose", encoding: "json", metadata: { "foxglove.reliable": "true" } }],
    });
    expect(seen[2]!["message"]).toMatchObject({
      op: "advertiseServices",
      services: [{
        name: "/echo",
        type: "Echo",
        request: { encoding: "ros1", schemaName: "", schemaEncoding: "", schema: "" },
        responseSchema: "",
      }],
    });
    expect(seen[3]).toMatchObject({
      status: 1,
      time: `${6n * SECOND}`,
      speed: 1.5,
      didSeek: 0,
      request: "",
    });
    expect(gateway.viewers).toMatchObject([{ client: { identity: viewer.identity }, protocolVersion: "2.3.0" }]);
  });

  it("advertises channels in the shape that its version knows, to all at once", async () => {
    await using room = stage();
    const context = room.context();
    const schema = { name: "demo.Pose", encoding: "protobuf", data: Uint8Array.of(0xff, 0, 1) };
    const a = context.channel({ topic: "/a", encoding: "protobuf", schema });
    const b = context.channel({ topic: "/b", encoding: "protobuf", schema, metadata: { frame: "map" } });
    const text = { name: "Line", encoding: "jsonschema", data: '{"type":"object"}' };
    const c = context.channel({ topic: "/c", encoding: "json", qos: "reliable", schema: text });
    const d = context.channel({ topic: "/d", encoding: "json" });
    const gateway = await room.gateway(context);
    const viewers = await Promise.all(
      ["2.3.0", "2.9.1", "2.2.0", "none"].map((version) => room.peerViewer({ version })),
    );
    const [newest, newer, older, silent] = await Promise.all(
      viewers.map(async (viewer) => (await viewer.text("advertise"))["message"]),
    );
    const table = {
      op: "advertise",
      schemas: [
        { id: 1, name: "demo.Pose", encoding: "protobuf", data: "/wAB" },
        { id: 2, name: "Line", encoding: "jsonschema", data: '{"type":"object"}' },
      ],
      channels: [
        { id: a.id, topic: "/a", encoding: "protobuf", schemaId: 1 },
        { id: b.id, topic: "/b", encoding: "protobuf", schemaId: 1, metadata: { frame: "map" } },
        { id: c.id, topic: "/c", encoding: "json", schemaId: 2, metadata: { "foxglove.reliable": "true" } },
        { id: d.id, topic: "/d", encoding: "json" },
      ],
    };
    expect(newest).toEqual(table);
    expect(newer).toEqual(table);
    const binary = { encoding: "protobuf", schemaName: "demo.Pose", schemaEncoding: "protobuf", schema: "/wAB" };
    const line = { schemaName: "Line", schemaEncoding: "jsonschema", schema: '{"type":"object"}' };
    const inline = {
      op: "advertise",
      channels: [
        { id: a.id, topic: "/a", ...binary },
        { id: b.id, topic: "/b", ...binary, metadata: { frame: "map" } },
        { id: c.id, topic: "/c", encoding: "json", ...line, metadata: { "foxglove.reliable": "true" } },
        { id: d.id, topic: "/d", encoding: "json", schemaName: "", schema: "" },
      ],
    };
    expect(older).toEqual(inline);
    expect(silent).toEqual(inline);
    expect(gateway.viewers.map(({ protocolVersion }) => protocolVersion).toSorted()).toEqual([
      "2.2.0",
      "2.2.0",
      "2.3.0",
      "2.9.1",
    ]);
    // One that has the schema already is told its number alone.
    const e = context.channel({ topic: "/e", encoding: "protobuf", schema });
    const later = { channels: [{ id: e.id, topic: "/e", schemaId: 1 }], schemas: undefined };
    await viewers[0]!.text("advertise", later);
    await viewers[2]!.text("advertise", { channels: [{ id: e.id, topic: "/e", ...binary }] });
  });

  it("refuses versions of another major with one status, and lets the others be", async () => {
    await using room = stage();
    const context = room.context();
    const pose = context.channel({ topic: "/pose", encoding: "json", qos: "reliable" });
    const gateway = await room.gateway(context);
    const old = await room.peerViewer({ version: "1.0.0" });
    const future = await room.peerViewer({ version: "3.0.0" });
    const fine = await room.peerViewer({ subscribe: true });
    for (const [viewer, version] of [[old, "1.0.0"], [future, "3.0.0"]] as const) {
      await viewer.until({ event: "control_end", control: 1, left: 0, error: null });
      const said = viewer.all({ event: "text" });
      expect(said.map(({ message }) => message)).toMatchObject([{ op: "status", level: 2 }]);
      expect(said[0]!["raw"]).toContain(version);
      expect(said[0]!["raw"]).toContain("2.3.0");
    }
    // What it says all the same is not listened to.
    await old.subscribe(pose.id);
    await fine.text("advertise");
    await eventually("a subscription", () => gateway.viewers[0]?.topics.length === 1);
    expect(gateway.viewers.map(({ client }) => client.identity)).toEqual([fine.identity]);
    pose.log("hello");
    await fine.until({ event: "message", channel: pose.id });
    expect(old.all({ event: "message" })).toEqual([]);
  });

  it("sends thousands of reliable messages in order, none missing, each with its log time", async () => {
    await using room = stage();
    const context = room.context();
    const log = context.channel({ topic: "/log", encoding: "text", qos: "reliable" });
    const gateway = await room.gateway(context);
    const viewer = await room.peerViewer({ subscribe: true });
    await eventually("a subscription", () => gateway.viewers[0]?.topics.length === 1);
    const count = 5_000;
    for (let n = 0; n < count; n += 1) {
      log.log(`${n} ${"-".repeat(n % 300)}`, { logTime: 1_700_000_000_000_000_001n + BigInt(n) });
      if (n % 500 === 499) await gateway.drain();
    }
    await viewer.until({ event: "message" }, { count });
    const seen = viewer.all({ event: "message" });
    expect(seen.map(textOf)).toEqual(Array.from({ length: count }, (_, n) => `${n} ${"-".repeat(n % 300)}`));
    expect(seen.map(({ time }) => time)).toEqual(
      Array.from({ length: count }, (_, n) => `${1_700_000_000_000_000_001n + BigInt(n)}`),
    );
    expect(viewer.all({ event: "control" })).toHaveLength(1);
  });

  it("sends large reliable messages whole", async () => {
    await using room = stage();
    const context = room.context();
    const map = context.channel({ topic: "/map", encoding: "bytes", qos: "reliable" });
    const gateway = await room.gateway(context);
    const viewer = await room.peerViewer({ subscribe: true });
    await eventually("a subscription", () => gateway.viewers[0]?.topics.length === 1);
    for (const size of [1, 65_536, 1_048_576]) map.log(counting(size));
    for (const size of [1, 65_536, 1_048_576]) {
      await viewer.until({ event: "message", channel: map.id, ...digest(counting(size)) });
    }
    expect(viewer.all({ event: "message" })).toHaveLength(3);
  });

  it("tells of channels that are added and closed while it runs", async () => {
    await using room = stage();
    const context = room.context();
    const gateway = await room.gateway(context);
    const viewer = await room.peerViewer({ subscribe: true });
    await viewer.text("serverInfo");
    const extra = context.channel({ topic: "/extra", encoding: "json", qos: "reliable" });
    await viewer.text("advertise", { channels: [{ id: extra.id, topic: "/extra" }] });
    await eventually("a subscription", () => gateway.viewers[0]?.topics.length === 1);
    extra.log("last words");
    extra.close();
    await viewer.text("unadvertise", { channelIds: [extra.id] });
    expect(viewer.all({ event: "message" }).map(textOf)).toEqual(["last words"]);
    await eventually("no subscription", () => gateway.viewers[0]?.topics.length === 0);
  });

  it("gives two at once what each has asked for, and nothing more after an unsubscribe", async () => {
    await using room = stage();
    const context = room.context();
    const [a, b] = ["/a", "/b"].map((topic) => context.channel({ topic, encoding: "text", qos: "reliable" }));
    const events: Array<string> = [];
    await room.gateway(context, {
      onSubscribe: ({ identity }, { topic }) => events.push(`+ ${identity} ${topic}`),
      onUnsubscribe: ({ identity }, { topic }) => events.push(`- ${identity} ${topic}`),
    });
    const one = await room.peerViewer({ subscribe: true });
    const other = await room.peerViewer();
    await other.subscribe(channelId(await other.text("advertise"), "/b"));
    await eventually("three subscriptions", () => events.length === 3, () => events);
    for (const n of [1, 2, 3]) {
      a!.log(`a${n}`);
      b!.log(`b${n}`);
    }
    await one.until({ event: "message" }, { count: 6 });
    await other.until({ event: "message" }, { count: 3 });
    await one.send({ op: "unsubscribe", channelIds: [b!.id, 4_000] });
    await eventually("an unsubscribe", () => events.at(-1) === `- ${one.identity} /b`, () => events);
    b!.log("b4");
    a!.log("a4");
    await one.until({ event: "message", data: base64("a4") });
    await other.until({ event: "message", data: base64("b4") });
    expect(one.all({ event: "message" }).map(textOf)).toEqual(["a1", "b1", "a2", "b2", "a3", "b3", "a4"]);
    expect(other.all({ event: "message" }).map(textOf)).toEqual(["b1", "b2", "b3", "b4"]);
  });

  it("sends the latched message first to one that subscribes later", async () => {
    await using room = stage();
    const context = room.context();
    const map = context.channel({ topic: "/map", encoding: "text", qos: "reliable", latch: 1 });
    await room.gateway(context);
    for (const text of ["old", "new"]) map.log(text, { logTime: 7n });
    const viewer = await room.peerViewer({ subscribe: true });
    await viewer.until({ event: "message" });
    map.log("live");
    await viewer.until({ event: "message" }, { count: 2 });
    expect(viewer.all({ event: "message" }).map(textOf)).toEqual(["new", "live"]);
    expect(viewer.all({ event: "message" })[0]).toMatchObject({ channel: map.id, time: "7" });
  });

  it("reads its frames wherever they are split, on several streams, one after another", async () => {
    await using room = stage();
    const context = room.context();
    const ids = ["/a", "/b", "/c"].map((topic) => context.channel({ topic, encoding: "text", qos: "reliable" }).id);
    const events: Array<string> = [];
    await room.gateway(context, { onSubscribe: (_, { topic }) => events.push(topic) });
    const viewer = await room.peerViewer();
    await viewer.text("advertise");
    const frame = (id: number) => {
      const text = Buffer.from(JSON.stringify({ op: "subscribe", channels: [{ id }] }));
      const head = Buffer.from([1, 0, 0, 0, 0]);
      head.writeUInt32LE(text.length, 1);
      return Buffer.concat([head, text]);
    };
    await viewer.do({ do: "bytes", data: base64(frame(ids[0]!)), piece: 1 });
    await eventually("the first", () => events.join() === "/a");
    // What is no message is skipped, and the stream is read on.
    const [nonsense, unknown] = [Buffer.from([1, 1, 0, 0, 0, 0x7b]), Buffer.from([2, 1, 0, 0, 0, 99])];
    const mixed = Buffer.concat([nonsense, unknown, frame(ids[1]!)]);
    await viewer.do({ do: "bytes", data: base64(mixed), stream: "second" });
    await eventually("the second", () => events.join() === "/a,/b");
    await viewer.do({ do: "end_stream" });
    // A frame of a kind that there is not ends the reading of that stream alone.
    await viewer.do({ do: "bytes", data: base64(Buffer.from([9, 0, 0, 0, 0])), stream: "second" });
    await viewer.do({ do: "bytes", data: base64(frame(ids[2]!)), stream: "third" });
    await eventually("the third", () => events.join() === "/a,/b,/c");
  });
});
