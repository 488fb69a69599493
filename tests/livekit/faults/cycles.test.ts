import { describe, expect, it } from "vitest";
import { freshRoom, suiteServer } from "../../support/livekit/suite.ts";
import { Child, type ChildOptions } from "./support/child.ts";
import { Device } from "./support/ends.ts";
import { until } from "./support/waiting.ts";

/**
 * Joins and leaves so often, in a process of its own, and tells what it held early on and at the end. With `rooms` it
 * waits until there are no more than that.
 */
async function cycle(cycles: number, { rooms, ...options }: ChildOptions & { readonly rooms?: number }) {
  const place = { server: suiteServer(), room: freshRoom() };
  await using device = await Device.start(place, { identity: "counter" });
  device.keepCounting(20);
  const { url, apiKey, apiSecret } = place.server;
  const settings = { url, apiKey, apiSecret, room: place.room, identity: "guest", cycles };
  await using child = new Child("cycles", settings, options);
  await child.says("done");
  if (rooms !== undefined) await until("the rooms are let go", () => Number(child.latest("rooms")) <= rooms);
  const held = child.words.filter((word) => "cycle" in word);
  expect(held.length).toBe(cycles);
  // The first ones load what is loaded once; what is being closed may still be there after a cycle, but not after each.
  const [early, late] = [held.slice(3, 3 + cycles / 3), held.slice(-cycles / 3)];
  const least = (words: typeof held, field: string) => Math.min(...words.map((word) => Number(word[field])));
  return {
    early: { threads: least(early, "threads"), descriptors: least(early, "descriptors") },
    late: { threads: least(late, "threads"), descriptors: least(late, "descriptors") },
  };
}

describe.concurrent("joining and leaving many times", () => {
  it("leaves no thread, no file descriptor and no room behind under Node", async () => {
    const { early, late } = await cycle(18, { rooms: 1 });
    expect(late).toEqual(early);
  });

  it("leaves no thread and no file descriptor behind under Bun", async () => {
    const { early, late } = await cycle(9, { runtime: "bun" });
    expect(late).toEqual(early);
  });
});
