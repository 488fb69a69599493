import type { Room } from "livekit-client";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Announcer } from "../../../adapters/livekit/announcer.ts";
import { ACTIVE, type ParticipantInfo } from "../../../adapters/livekit/roster.ts";

/** What is used of livekit-client's room, and the attributes as a server would have them. */
function setUp() {
  const attributes: Record<string, string> = {};
  const sets: Array<Record<string, string>> = [];
  const localParticipant = {
    setAttributes: (given: Record<string, string>) => {
      sets.push(given);
      Object.assign(attributes, given);
      return Promise.resolve();
    },
  };
  const room: unknown = { localParticipant };
  return { attributes, sets, announcer: new Announcer(room as Room, () => {}) };
}

function own(state: number): ParticipantInfo {
  const info: unknown = { state };
  return info as ParticipantInfo;
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe("announcing a participant", () => {
  it("sets its attributes at once, when the connection stands, again until the server knows that it does, and once after that", () => {
    const { announcer, sets } = setUp();
    announcer.begin(new Map([["a", "1"]]));
    announcer.connected();
    announcer.told(own(ACTIVE - 1));
    vi.advanceTimersByTime(20);
    expect(sets).toEqual([{ a: "1" }, { a: "1" }, { a: "1" }]);
    announcer.told(own(ACTIVE));
    expect(sets).toHaveLength(4);
    announcer.told(own(ACTIVE));
    announcer.told(own(ACTIVE - 1));
    vi.advanceTimersByTime(100);
    expect(sets).toHaveLength(4);
  });

  it("never takes back what has been set since", () => {
    const { announcer, attributes } = setUp();
    announcer.begin(new Map([["a", "1"], ["b", "2"]]));
    announcer.set(new Map([["b", "3"]]));
    announcer.connected();
    expect(attributes).toEqual({ a: "1", b: "3" });
    announcer.told(own(ACTIVE - 1));
    announcer.set(new Map([["b", "4"], ["c", "5"]]));
    announcer.told(own(ACTIVE));
    vi.advanceTimersByTime(20);
    expect(attributes).toEqual({ a: "1", b: "4", c: "5" });
  });
});
