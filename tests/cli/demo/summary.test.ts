import { describe, expect, it } from "vitest";
import { type Outcome, summary } from "../../../cli/demo/summary.ts";

const outcome: Outcome = {
  channels: 2,
  sent: 10,
  early: 0,
  tooLarge: 0,
  lost: { lossy: 0, reliable: 0 },
  received: 10,
  bytes: 10,
  elapsed: 20,
  unadvertised: [],
};

describe("the summary", () => {
  it("names each reason why messages were not received, and no other", () => {
    expect(summary(outcome)).toEqual(["2 channels, 10 messages sent, 10 received (10 B) in 20 ms"]);
    const short: Outcome = { ...outcome, received: 0, early: 1, tooLarge: 2, lost: { lossy: 3, reliable: 4 } };
    expect(summary(short)).toEqual([
      "2 channels, 10 messages sent, 0 received (10 B); 1 before any subscription; 2 too large to be sent; " +
      "3 lost (see --reliable); 4 not received by the end in 20 ms",
    ]);
  });
});
