/**
 * Lossy messages between ours and those of other people's making: on data tracks, each way.
 */
import { describe, expect, it } from "vitest";
import type { Message } from "../../mod.ts";
import { counting, digest, textOf } from "./support/bytes.ts";
import { useStages } from "./support/company.ts";
import { eventually } from "./support/stage.ts";

const stage = useStages();
/** No u32, and not exact as a number. */
const TIME = 1_700_000_000_000_000_001n;
const LARGEST = 100 * 1024;

describe("data tracks of our gateway, for a viewer of other people's making,", () => {
  it("carry lossy messages with header, number and log time", async () => {
    await using room = stage();
    const context = room.context();
    const imu = context.channel({ topic: "/imu", encoding: "text" });
    const gateway = await room.gateway(context);
    const viewer = await room.peerViewer({ subscribe: true });
    const carrier = `data-ch-${imu.id}`;
    await viewer.until({ event: "track", name: carrier });
    await eventually("a subscription", () => gateway.viewers[0]?.topics.length === 1);
    // The first ones may go by before the server has connected the viewer to the track.
    for (let n = 0; n < 2_000 && viewer.all({ event: "message" }).length < 50; n += 1) {
      imu.log(`${n}`, { logTime: TIME + BigInt(n) });
      await pause(5);
    }
    const seen = viewer.all({ event: "message" });
    expect(seen.length).toBeGreaterThanOrEqual(50);
    for (const event of seen) {
      const n = Number(textOf(event));
      expect(event).toMatchObject({ carrier, flags: 0, start: 8, sequence: n, time: `${TIME + BigInt(n)}` });
    }
    const numbers = seen.map(({ sequence }) => Number(sequence));
    expect(numbers).toEqual(Array.from({ length: seen.length }, (_, index) => numbers[0]! + index));
  });

  it("carry messages up to 100 KiB, and larger ones are told by a status", async () => {
    await using room = stage();
    const context = room.context();
    const image = context.channel({ topic: "/image", encoding: "bytes" });
    const gateway = await room.gateway(context);
    const viewer = await room.peerViewer({ subscribe: true });
    const carrier = `data-ch-${image.id}`;
    await viewer.until({ event: "track", name: carrier });
    await eventually("a subscription", () => gateway.viewers[0]?.topics.length === 1);
    const largest = counting(LARGEST);
    for (let n = 0; n < 100 && viewer.all({ event: "message" }).length < 3; n += 1) {
      image.log(largest);
      await pause(100);
    }
    const arrived = viewer.all({ event: "message", carrier, ...digest(largest) });
    expect(arrived.length, JSON.stringify(gateway.stats())).toBeGreaterThanOrEqual(3);
    image.log(counting(LARGEST + 1));
    const { message } = await viewer.text("status", { level: 1, id: `channel-drops-${image.id}` });
    expect(message).toMatchObject({ message: expect.stringContaining("100 KiB") });
  });

  it("come and go with their channels", async () => {
    await using room = stage();
    const context = room.context();
    await room.gateway(context);
    const viewer = await room.peerViewer({ subscribe: true });
    await viewer.text("serverInfo");
    const imu = context.channel({ topic: "/imu", encoding: "text" });
    const { sid } = await viewer.until({ event: "track", name: `data-ch-${imu.id}` });
    imu.close();
    await viewer.until({ event: "track_gone", sid: String(sid) });
  });
});

describe("data tracks of a device of other people's making, for our viewer,", () => {
  it("bring lossy messages with their log times, and what is missing is known", async () => {
    await using room = stage();
    const device = await room.peerDevice();
    const imu = await device.channel({ topic: "/imu", encoding: "text" });
    await device.start();
    const viewer = await room.viewer();
    const seen: Array<Message> = [];
    viewer.subscribe("/imu").onMessage((message) => seen.push(message));
    await device.until({ event: "subscribe", topic: "/imu" });
    // The first ones may go by before the server has connected the viewer to the track.
    for (let round = 0; round < 20 && seen.length < 100; round += 1) {
      await device.log("/imu", "x", { count: 50, everyMs: 5, time: TIME });
    }
    expect(seen.length).toBeGreaterThanOrEqual(100);
    for (const message of seen) {
      expect(message.logTime).toBe(TIME + BigInt(message.text().split(" ")[0]!));
    }
    const [stats] = viewer.stats().channels;
    expect(stats).toMatchObject({ channelId: imu, topic: "/imu", reliable: false, duplicates: 0, undecodable: 0 });
    expect(stats!.received.messages).toBe(seen.length);
  });

  it("bring messages up to 100 KiB, and larger ones are told by a status", async () => {
    await using room = stage();
    const device = await room.peerDevice();
    const image = await device.channel({ topic: "/image", encoding: "bytes" });
    await device.start();
    const viewer = await room.viewer();
    const seen: Array<Message> = [];
    viewer.subscribe("/image").onMessage((message) => seen.push(message));
    await device.until({ event: "subscribe", topic: "/image" });
    for (let round = 0; round < 100 && seen.length < 3; round += 1) {
      await device.do({ do: "log", topic: "/image", size: LARGEST });
      await pause(100);
    }
    expect(seen.length).toBeGreaterThanOrEqual(3);
    for (const { data } of seen) expect(digest(data)).toEqual(digest(counting(LARGEST)));
    await device.do({ do: "log", topic: "/image", size: LARGEST + 1 });
    const isTold = () => viewer.statuses.some(({ id }) => id === `channel-drops-${image}`);
    await eventually("a status", isTold, () => JSON.stringify(viewer.statuses));
  });

  it("bring the images of a channel that could be had as video, as they were logged", async () => {
    await using room = stage();
    const device = await room.peerDevice();
    const schema = { name: "foxglove.CompressedImage", encoding: "protobuf", data: "" };
    const camera = await device.channel({ topic: "/camera", encoding: "protobuf", schema });
    await device.start();
    const viewer = await room.viewer();
    const seen: Array<Message> = [];
    viewer.subscribe("/camera").onMessage((message) => seen.push(message));
    await device.until({ event: "subscribe", topic: "/camera" });
    expect(viewer.channels.get(camera)).toMatchObject({
      reliable: false,
      metadata: new Map([["foxglove.hasVideoTrack", "true"]]),
    });
    for (let round = 0; round < 100 && seen.length === 0; round += 1) {
      await device.log("/camera", "no image at all");
      await pause(50);
    }
    expect(seen[0]?.text()).toBe("no image at all");
  });
});

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
