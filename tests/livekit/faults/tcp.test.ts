import { describe, expect, it } from "vitest";
import { LiveKitServer } from "../../support/livekit/server.ts";
import { Device, isGapless, placeOn, Watcher } from "./support/ends.ts";
import { until } from "./support/waiting.ts";

describe("where UDP does not get through", () => {
  it("all goes by TCP: reliable messages, also large ones, and lossy ones", async () => {
    await using server = await LiveKitServer.start({ udp: false });
    await using device = await Device.start(placeOn(server, "tcp"));
    const scan = device.context.channel({ topic: "/scan", encoding: "text" });
    await using watcher = await Watcher.join(placeOn(server, "tcp"), "viewer");
    const scans: Array<string> = [];
    watcher.viewer.subscribe("/scan").onMessage((message) => scans.push(message.text()));
    await until("it is subscribed", () => device.gateway.viewers[0]?.topics.length === 2);
    device.count(100);
    device.count(20, 200_000);
    await watcher.reaches(119);
    expect(isGapless(watcher.numbers)).toBe(true);
    // Until the track stands at both ends, what is logged is lost.
    await until("lossy messages come", () => {
      scan.log("x".repeat(10_000));
      return scans.length > 3;
    });
    expect(scans.every((text) => text.length === 10_000)).toBe(true);
  });
});
