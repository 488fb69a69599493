import { describe, expect, it } from "vitest";
import { freshRoom, suiteServer } from "../../support/livekit/suite.ts";
import { Device, isGapless, Watcher } from "./support/ends.ts";
import { becomes } from "./support/waiting.ts";

const CROWD = 20;

describe("a crowd", () => {
  it(`of ${CROWD} viewers that join at once has everything from the start, and leaves nothing behind`, async () => {
    const place = { server: suiteServer(), room: freshRoom() };
    const changes = new Map<string, Array<string>>();
    await using device = await Device.start(place, {
      onPresence: ({ client }, change) =>
        changes.set(client.identity, [...(changes.get(client.identity) ?? []), change]),
    });
    device.keepCounting(20);
    const names = Array.from({ length: CROWD }, (_, index) => `viewer-${index + 1}`);
    const watchers = await Promise.all(names.map((name) => Watcher.join(place, name)));
    await Promise.all(watchers.map((watcher) => watcher.reaches(0)));
    expect(device.gateway.viewers.length).toBe(CROWD);
    const upTo = device.next;
    await Promise.all(watchers.map((watcher) => watcher.reaches(upTo)));
    for (const { numbers, reasons } of watchers) {
      expect(isGapless(numbers)).toBe(true);
      expect(reasons).toEqual([]);
    }
    await Promise.all(watchers.map((watcher) => watcher.viewer.close()));
    await becomes(() => device.gateway.viewers.length, 0);
    expect([...changes.values()]).toEqual(names.map(() => ["joined", "left"]));
    expect(device.log.at("warning")).toEqual([]);
  });
});
