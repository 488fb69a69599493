/**
 * The peers with each other: where these fail, the others say nothing about ours.
 */
import { describe, expect, it } from "vitest";
import { serviceId } from "./support/advertised.ts";
import { base64, counting, digest, textOf } from "./support/bytes.ts";
import { useStages } from "./support/company.ts";

const stage = useStages();

describe("a viewer and a device of other people's making", () => {
  it("meet, and have messages, calls, assets and pings of each other", async () => {
    await using room = stage();
    const device = await room.peerDevice();
    const reliable = await device.channel({ topic: "/log", encoding: "json", reliable: true });
    await device.channel({ topic: "/imu", encoding: "json" });
    await device.start({
      capabilities: ["clientPublish", "services"],
      encodings: ["json"],
      services: [{ name: "/echo", does: "echo" }],
      assets: { "package://map": { size: 300_000 } },
    });
    const viewer = await room.peerViewer({ subscribe: true });
    await device.until({ event: "subscribe", topic: "/imu" });
    await device.log("/log", "hello", { time: 1_700_000_000_000_000_001n });
    const message = await viewer.until({ event: "message", channel: reliable, time: "1700000000000000001" });
    expect(textOf(message)).toBe("hello");
    const track = await viewer.until({ event: "track" });
    await device.log("/imu", "x", { count: 20, everyMs: 20 });
    await viewer.until({ event: "message", carrier: String(track["name"]) });

    const offered = await viewer.text("advertiseServices");
    await viewer.call(serviceId(offered, "/echo"), 7, "json", "{}");
    await viewer.until({ event: "response", call: 7, data: base64("{}") });
    await viewer.send({ op: "fetchAsset", requestId: 9, uri: "package://map" });
    await viewer.until({ event: "asset", request: 9, status: 0, ...digest(counting(300_000)) });
    await viewer.send({ op: "advertise", channels: [{ id: 3, topic: "/cmd", encoding: "json", schemaName: "" }] });
    await viewer.publish(3, "go");
    await device.until({ event: "message", topic: "/cmd", data: base64("go") });
    await viewer.do({ do: "ping", timestamp: "123" });
    await viewer.until({ event: "pong", asked: "123" });
  });
});
