import { describe, expect, it } from "vitest";
import { freshRoom, suiteServer } from "../../support/livekit/suite.ts";
import { Device, isGapless, isInOrder, Watcher } from "./support/ends.ts";
import { until } from "./support/waiting.ts";

const MESSAGE_BYTES = 20_000;

describe("a viewer whose application does not read", () => {
  it("is reset when its queue overflows, others have everything, and what is kept for it is bounded", async () => {
    const place = { server: suiteServer(), room: freshRoom() };
    await using device = await Device.start(place, { limits: { queueFrames: 100 } });
    await using watcher = await Watcher.join(place, "watcher");
    await using slow = await Watcher.join(place, "slow", { reads: false, limits: { reliableBytes: 100_000 } });
    device.count(1);
    await watcher.reaches(0);
    await until("both are subscribed", () => device.gateway.viewers.every(({ topics }) => topics.length === 1));

    const resets = () => device.log.at("warning").filter((line) => line === "a viewer is reset").length;
    let queued = 0;
    // A window, a queue and a buffer are full after some four megabytes.
    for (let round = 0; round < 40; round += 1) {
      device.count(10, MESSAGE_BYTES);
      await watcher.reaches(device.next - 1);
      const kept = device.gateway.stats().channels.flatMap(({ viewers }) =>
        viewers.map((viewer) => viewer.queued.messages)
      );
      queued = Math.max(queued, ...kept);
    }
    await until("it is reset", () => resets() > 0);
    expect(queued).toBeLessThanOrEqual(100);
    expect(isGapless(watcher.numbers)).toBe(true);
    expect(device.gateway.viewers.length).toBeGreaterThan(0);

    slow.read();
    await until("it has what comes now", () => {
      device.count(1);
      return slow.last >= 401;
    });
    expect(isInOrder(slow.numbers)).toBe(true);
    expect([slow.reasons, watcher.reasons]).toEqual([[], []]);
    await watcher.reaches(device.next - 1);
    expect(isGapless(watcher.numbers)).toBe(true);
  });
});
