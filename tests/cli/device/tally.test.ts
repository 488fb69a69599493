import { describe, expect, it } from "vitest";
import { LARGEST_MESSAGE, Tally } from "../../../cli/device/tally.ts";
import { MAX_MESSAGE_DATA } from "../../../core/protocol/mod.ts";

describe("the tally", () => {
  it("knows the largest message that the protocol carries", () => {
    expect(LARGEST_MESSAGE).toBe(MAX_MESSAGE_DATA);
  });

  it("tells messages that may arrive from those that cannot", () => {
    const tally = new Tally();
    const channel = { id: 1, hasSubscribers: true };
    tally.add({ id: 1, hasSubscribers: false }, LARGEST_MESSAGE + 1);
    tally.add(channel, LARGEST_MESSAGE);
    tally.add(channel, LARGEST_MESSAGE + 1);
    tally.add({ id: 2, hasSubscribers: true }, 0);
    expect([tally.sent, tally.early, tally.tooLarge, tally.awaited(1), tally.awaited(2)]).toEqual([4, 1, 1, 1, 1]);
  });

  it("awaits what a latch keeps for the first subscriber, and no more of it", () => {
    const tally = new Tally();
    const latch = { bounds: { messages: 1 } };
    tally.add({ id: 1, hasSubscribers: false, latch }, 10);
    tally.add({ id: 1, hasSubscribers: false, latch }, 10);
    tally.add({ id: 1, hasSubscribers: true, latch }, 10);
    expect([tally.sent, tally.early, tally.awaited(1)]).toEqual([3, 1, 2]);
  });

  it("takes over what somebody else has counted, as often as it is told", () => {
    const tally = new Tally();
    tally.offered(new Map([[1, 10], [2, 5]]));
    tally.offered(new Map([[1, 12], [2, 5]]));
    expect([tally.sent, tally.awaited(1), tally.awaited(2), tally.early]).toEqual([17, 12, 5, 0]);
  });
});
