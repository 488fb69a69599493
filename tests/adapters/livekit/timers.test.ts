import * as client from "livekit-client";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { countRoom, superviseTimersOf } from "../../../adapters/livekit/timers.ts";

const { CriticalTimers } = client;
const releases: Array<() => void> = [];
const timers: Array<ReturnType<typeof setTimeout>> = [];

function room(): () => void {
  const release = countRoom(client);
  releases.push(release);
  return release;
}

function timeout(handler: () => void = () => {}, ms = 60_000): ReturnType<typeof setTimeout> {
  const timer = CriticalTimers.setTimeout(handler, ms);
  timers.push(timer);
  return timer;
}

beforeEach(() => room());

afterEach(() => {
  for (const release of releases.splice(0)) release();
  for (const timer of timers.splice(0)) CriticalTimers.clearTimeout(timer);
});

describe("livekit-client's timers", () => {
  it("hold the process for as long as there is a room", () => {
    const second = room();
    const timer = timeout();
    const interval = CriticalTimers.setInterval(() => {}, 60_000);
    timers.push(interval);
    releases[0]?.();
    releases[0]?.();
    expect([timer.hasRef(), interval.hasRef()]).toEqual([true, true]);
    second();
    expect([timer.hasRef(), interval.hasRef()]).toEqual([false, false]);
  });

  it("hold nothing when they are set after the last room was left, and do again with the next room", () => {
    releases[0]?.();
    expect(timeout().hasRef()).toBe(false);
    room();
    expect(timeout().hasRef()).toBe(true);
  });

  it("that it sets past its hook hold the process no longer than the others, and other timers are left alone", () => {
    const before = globalThis.setTimeout;
    const during = superviseTimersOf(() => setTimeout(() => {}, 60_000));
    const after = setTimeout(() => {}, 60_000);
    timers.push(during, after);
    expect(globalThis.setTimeout).toBe(before);
    expect([during.hasRef(), after.hasRef()]).toEqual([true, true]);
    releases[0]?.();
    expect([during.hasRef(), after.hasRef()]).toEqual([false, true]);
  });

  it("are set as ever after a call that throws", () => {
    const before = globalThis.setTimeout;
    expect(() =>
      superviseTimersOf(() => {
        throw new Error("no");
      })
    ).toThrow("no");
    expect(globalThis.setTimeout).toBe(before);
  });

  it("fire with what they were given, and not when they were cleared", async () => {
    const fired: Array<string> = [];
    const cleared = timeout(() => fired.push("cleared"), 0);
    CriticalTimers.clearTimeout(cleared);
    CriticalTimers.clearTimeout(undefined);
    const ticking = CriticalTimers.setInterval(() => fired.push("tick"), 0);
    CriticalTimers.clearInterval(ticking);
    await new Promise<void>((resolve) => {
      CriticalTimers.setTimeout(
        (word: string) => {
          fired.push(word);
          resolve();
        },
        1,
        "word",
      );
    });
    expect(fired).toEqual(["word"]);
  });
});
