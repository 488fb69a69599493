import { describe, expect, it } from "vitest";
import { type Outcome, summary } from "../../../cli/replay/summary.ts";

const outcome: Outcome = {
  channels: 2,
  logged: { sent: 10, early: 0, tooLarge: 0 },
  sent: 20,
  bytes: 40,
  dropped: 0,
  elapsed: 20,
  unadvertised: [],
};

describe("the summary of a replay", () => {
  it("tells what was logged from what was sent, and names each reason why not all was, and no other", () => {
    expect(summary(outcome)).toEqual(["2 channels; 10 messages logged; 20 sent (40 B) in 20 ms"]);
    const short: Outcome = { ...outcome, logged: { sent: 10, early: 1, tooLarge: 2 }, sent: 4, dropped: 5 };
    expect(summary({ ...short, unadvertised: ["/a: it has no message encoding"] })).toEqual([
      "2 channels; 10 messages logged; 4 sent (40 B); 1 before any subscription; 2 too large to be sent; " +
      "3 dropped (see --reliable) in 20 ms",
      "not advertised: /a: it has no message encoding",
    ]);
  });

  it("says only what was sent where somebody else logs", () => {
    expect(summary({ ...outcome, logged: undefined, sent: 1 })).toEqual(["2 channels; 1 message sent (40 B) in 20 ms"]);
  });
});
