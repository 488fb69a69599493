import { describe, expect, it } from "vitest";
import { JoinRates } from "../../../../adapters/sse/server/join_rates.ts";

describe("new sessions in a second", () => {
  it("are counted for each subject by itself", () => {
    let now = 0;
    const rates = new JoinRates(2, 10, () => now);
    expect(["a", "a", "a", "b", "b", "b"].map((subject) => rates.take(subject)))
      .toEqual([true, true, false, true, true, false]);
    now = 500;
    expect([rates.take("a"), rates.take("a"), rates.take("b")]).toEqual([true, false, true]);
  });

  it("are remembered of so many subjects, and forgotten of those that have rested", () => {
    let now = 0;
    const rates = new JoinRates(2, 3, () => now);
    for (const subject of ["a", "b", "c"]) expect(rates.take(subject)).toBe(true);
    expect(rates.take("d")).toBe(false);
    // Those who are known already go on.
    expect([rates.take("a"), rates.take("a")]).toEqual([true, false]);
    now = 500;
    expect([rates.take("d"), rates.take("e"), rates.take("f")]).toEqual([true, true, false]);
    expect(rates.take("a")).toBe(true);
  });
});
