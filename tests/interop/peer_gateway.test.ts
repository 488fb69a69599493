/**
 * Our viewer with devices of other people's making: what it learns of them, and messages, also when they come and go.
 */
import { describe, expect, it } from "vitest";
import type { ChannelInfo, Message } from "../../mod.ts";
import { base64, counting, digest } from "./support/bytes.ts";
import { useStages } from "./support/company.ts";
import { DEVICE, eventually } from "./support/stage.ts";

const stage = useStages();

describe("our viewer, with a device of other people's making,", () => {
  it("learns who it is, and its channels with their schemas", async () => {
    await using room = stage();
    const device = await room.peerDevice();
    const proto = { name: "demo.Pose", encoding: "protobuf", data: base64(Uint8Array.of(0xff, 0, 1)) };
    const line = { name: "Line", encoding: "jsonschema", data: base64('{"type":"object"}') };
    const a = await device.channel({ topic: "/a", encoding: "protobuf", schema: proto });
    const b = await device.channel({ topic: "/b", encoding: "protobuf", schema: proto, metadata: { frame: "map" } });
    const c = await device.channel({ topic: "/c", encoding: "json", schema: line, reliable: true });
    const d = await device.channel({ topic: "/d", encoding: "text" });
    await device.start({ name: "peer-7", capabilities: ["clientPublish", "parameters"], encodings: ["json"] });
    const met: Array<string> = [];
    const viewer = await room.viewer({ onDevice: ({ name }) => met.push(name) });
    expect(await viewer.device()).toMatchObject({
      name: "peer-7",
      capabilities: ["clientPublish", "parameters", "parametersSubscribe"],
      supportedEncodings: ["json"],
      metadata: new Map([["fg-library", "foxglove-sdk-python/0.30.3"]]),
    });
    await eventually("four channels", () => viewer.channels.size === 4, () => [...viewer.channels.keys()]);
    const channel = (id: number): ChannelInfo => viewer.channels.get(id)!;
    const schema = { name: "demo.Pose", encoding: "protobuf", data: Uint8Array.of(0xff, 0, 1) };
    expect(channel(a)).toMatchObject({ topic: "/a", encoding: "protobuf", reliable: false, schema });
    expect(channel(b)).toMatchObject({ topic: "/b", schema, metadata: new Map([["frame", "map"]]) });
    expect(channel(c)).toMatchObject({ topic: "/c", encoding: "json", reliable: true });
    expect(new TextDecoder().decode(channel(c).schema?.data)).toBe('{"type":"object"}');
    expect(channel(d)).toMatchObject({ topic: "/d", encoding: "text", metadata: new Map() });
    expect(channel(d).schema).toBeUndefined();
    expect(met).toEqual(["peer-7"]);
    expect(viewer.devicePresence).toMatchObject({ identity: DEVICE, state: "active" });
  });

  it("has thousands of reliable messages in order, none missing, each with its log time", async () => {
    await using room = stage();
    const device = await room.peerDevice();
    await device.channel({ topic: "/log", encoding: "text", reliable: true });
    await device.start();
    const viewer = await room.viewer();
    const seen: Array<Message> = [];
    viewer.subscribe("/log").onMessage((message) => seen.push(message));
    await device.until({ event: "subscribe", topic: "/log" });
    const rounds = 10;
    // Fewer at once than may wait for a viewer, or the device would begin anew with it.
    const perRound = 500;
    for (let round = 0; round < rounds; round += 1) {
      const time = 1_700_000_000_000_000_000n + BigInt(round * perRound);
      await device.log("/log", "-".repeat(round * 10), { count: perRound, time });
      await eventually("a round", () => seen.length >= (round + 1) * perRound, () => seen.length);
    }
    expect(seen.map(({ logTime }) => logTime)).toEqual(
      Array.from({ length: rounds * perRound }, (_, n) => 1_700_000_000_000_000_000n + BigInt(n)),
    );
    expect(seen.map((message) => message.text())).toEqual(
      Array.from(
        { length: rounds * perRound },
        (_, n) => `${n % perRound} ${"-".repeat(Math.floor(n / perRound) * 10)}`,
      ),
    );
  });

  it("has large reliable messages whole", async () => {
    await using room = stage();
    const device = await room.peerDevice();
    await device.channel({ topic: "/map", encoding: "bytes", reliable: true });
    await device.start();
    const viewer = await room.viewer();
    const maps: Array<Message> = [];
    viewer.subscribe("/map").onMessage((message) => maps.push(message));
    await device.until({ event: "subscribe", topic: "/map" });
    const sizes = [1, 65_536, 1_048_576];
    for (const size of sizes) await device.do({ do: "log", topic: "/map", size });
    await eventually("three maps", () => maps.length === 3, () => maps.length);
    expect(maps.map(({ data }) => digest(data))).toEqual(sizes.map((size) => digest(counting(size))));
  });

  it("follows channels that are added and closed while it is there", async () => {
    await using room = stage();
    const device = await room.peerDevice();
    await device.start();
    const changes: Array<string> = [];
    const viewer = await room.viewer({
      onChannels: (advertised, removed) => {
        for (const { topic } of advertised) changes.push(`+ ${topic}`);
        for (const { topic } of removed) changes.push(`- ${topic}`);
      },
    });
    await viewer.device();
    const seen: Array<string> = [];
    viewer.subscribe("/extra").onMessage((message) => seen.push(message.text()));
    await device.channel({ topic: "/extra", encoding: "text", reliable: true });
    await device.until({ event: "subscribe", topic: "/extra" });
    await device.log("/extra", "first words");
    await device.do({ do: "close", topic: "/extra" });
    await eventually("the end", () => changes.length === 2, () => changes);
    await device.channel({ topic: "/extra", encoding: "text", reliable: true });
    await device.until({ event: "subscribe", topic: "/extra" }, { count: 2 });
    await device.log("/extra", "and more");
    await eventually("both", () => seen.length === 2, () => seen);
    expect(seen).toEqual(["first words", "and more"]);
    expect(changes).toEqual(["+ /extra", "- /extra", "+ /extra"]);
  });

  it("subscribes as long as somebody listens, and no longer", async () => {
    await using room = stage();
    const device = await room.peerDevice();
    await device.channel({ topic: "/pose", encoding: "text", reliable: true });
    await device.start();
    const viewer = await room.viewer();
    await viewer.device();
    const first = viewer.subscribe("/pose");
    const second = viewer.subscribe("/pose");
    await device.until({ event: "subscribe", topic: "/pose" });
    first.close();
    await device.log("/pose", "to the second");
    for await (const message of second) {
      expect(message.text()).toBe("to the second");
      break;
    }
    await device.until({ event: "unsubscribe", topic: "/pose" });
    expect(device.all({ event: "subscribe" })).toHaveLength(1);
    expect(device.all({ event: "unsubscribe" })).toHaveLength(1);
  });

  it("knows how far away it is, how its clock goes, and how old its messages are", async () => {
    await using room = stage();
    const device = await room.peerDevice();
    await device.channel({ topic: "/pose", encoding: "text", reliable: true });
    await device.start();
    const viewer = await room.viewer({ limits: { pingIntervalMs: 100 } });
    const seen: Array<Message> = [];
    viewer.subscribe("/pose").onMessage((message) => seen.push(message));
    await device.until({ event: "subscribe", topic: "/pose" });
    await eventually("round trips", () => viewer.roundTripTime?.meanMs !== undefined);
    expect(viewer.roundTripTime!.latestMs).toBeLessThan(10_000);
    // Both clocks are this machine's.
    const { offsetMs, boundMs } = viewer.clockOffset!;
    expect(Math.abs(offsetMs)).toBeLessThanOrEqual(boundMs + 1);
    await device.log("/pose", "x");
    await eventually("a message", () => seen.length === 1);
    const { ms, uncertaintyMs } = seen[0]!.age!;
    expect(ms).toBeGreaterThan(-uncertaintyMs - 1);
    expect(ms).toBeLessThan(10_000);
    expect(viewer.devicePresence?.state).toBe("active");
  });
});
