/**
 * Our viewer with devices of other people's making: how they come and go.
 */
import { describe, expect, it } from "vitest";
import { counting } from "./support/bytes.ts";
import { useStages } from "./support/company.ts";
import { eventually } from "./support/stage.ts";

const stage = useStages();

describe("our viewer, with a device of other people's making that comes and goes,", () => {
  it("subscribes again when the device has left and come back", async () => {
    await using room = stage();
    const device = await room.peerDevice();
    await device.channel({ topic: "/pose", encoding: "text", reliable: true });
    await device.start();
    const presence: Array<string> = [];
    const viewer = await room.viewer({
      onDevice: ({ sessionId }) => presence.push(`here ${sessionId}`),
      onDeviceLeft: () => presence.push("left"),
    });
    const seen: Array<string> = [];
    viewer.subscribe("/pose").onMessage((message) => seen.push(message.text()));
    await device.until({ event: "subscribe", topic: "/pose" });
    await device.log("/pose", "before");
    await eventually("a message", () => seen.length === 1);
    await device.stop();
    await eventually("nobody there", () => viewer.devicePresence === undefined, () => presence);
    expect(viewer.channels.size).toBe(0);
    const after = device.mark;
    await device.start();
    await device.until({ event: "subscribe", topic: "/pose" }, { after });
    await device.log("/pose", "after");
    await eventually("another message", () => seen.length === 2, () => seen);
    expect(seen).toEqual(["before", "after"]);
    expect(presence).toEqual(["here ras_1", "left", "here ras_2"]);
  });

  it("goes on with the new process when the old one was killed", async () => {
    await using room = stage();
    const [first, second] = await Promise.all([room.processOfDevices(), room.processOfDevices()]);
    const old = await room.peerDevice(first);
    await old.channel({ topic: "/pose", encoding: "text", reliable: true });
    await old.start({ name: "old" });
    const viewer = await room.viewer();
    const seen: Array<string> = [];
    viewer.subscribe("/pose").onMessage((message) => seen.push(message.text()));
    await old.until({ event: "subscribe", topic: "/pose" });
    await old.log("/pose", "before");
    await eventually("a message", () => seen.length === 1);
    await first.kill();
    const young = await room.peerDevice(second);
    // It counts its channels from 1, as the old one did: the same number, another topic.
    await young.channel({ topic: "/other", encoding: "text", reliable: true });
    await young.channel({ topic: "/pose", encoding: "text", reliable: true });
    await young.start({ name: "young" });
    await young.until({ event: "subscribe", topic: "/pose" });
    await young.log("/pose", "after");
    await eventually("another message", () => seen.length === 2, () => seen);
    expect(seen).toEqual(["before", "after"]);
    expect(viewer.serverInfo?.name).toBe("young");
  });

  it("shares it with another viewer of ours: each has what it has asked for", async () => {
    await using room = stage();
    const device = await room.peerDevice();
    for (const topic of ["/a", "/b"]) await device.channel({ topic, encoding: "text", reliable: true });
    await device.start();
    const [one, other] = await Promise.all([room.viewer({}, "viewer-1"), room.viewer({}, "viewer-2")]);
    const seen: Array<string> = [];
    one.subscribe("/a").onMessage((message) => seen.push(`1 ${message.text()}`));
    other.subscribe("/a").onMessage((message) => seen.push(`2 ${message.text()}`));
    other.subscribe("/b").onMessage((message) => seen.push(`2 ${message.text()}`));
    await device.until({ event: "subscribe" }, { count: 3 });
    await device.log("/a", "a");
    await device.log("/b", "b");
    await eventually("three messages", () => seen.length === 3, () => seen);
    expect(seen.toSorted()).toEqual(["1 a", "2 a", "2 b"]);
    await other.close();
    await device.until({ event: "unsubscribe" }, { count: 2 });
    await device.log("/a", "still");
    await eventually("one more", () => seen.length === 4, () => seen);
    expect(seen.at(-1)).toBe("1 still");
  });

  it("begins anew when the device has had to, with all that was subscribed", async () => {
    await using room = stage();
    const device = await room.peerDevice();
    await device.channel({ topic: "/flood", encoding: "bytes", reliable: true });
    await device.channel({ topic: "/calm", encoding: "text", reliable: true });
    await device.start();
    let begun = 0;
    const viewer = await room.viewer({ onDevice: () => begun += 1 });
    const seen: Array<string> = [];
    viewer.subscribe("/flood").onMessage(() => {});
    viewer.subscribe("/calm").onMessage((message) => seen.push(message.text()));
    await device.until({ event: "subscribe" }, { count: 2 });
    const after = device.mark;
    // More than may wait for a viewer, faster than they can be sent.
    await device.log("/flood", counting(2_000), { count: 5_000 });
    await device.until({ event: "subscribe" }, { after, count: 2 });
    await device.log("/calm", "after");
    await eventually("a message", () => seen.length === 1, () => begun);
    expect(seen).toEqual(["after"]);
    expect(begun).toBeGreaterThanOrEqual(2);
    expect(viewer.devicePresence).toMatchObject({ state: "active" });
  });
});
