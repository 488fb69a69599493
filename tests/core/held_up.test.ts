import { assert, describe, it } from "vitest";
import { wasHeldUp } from "../../core/held_up.ts";

describe("a sleep", () => {
  it("was held up when it took much longer than asked for, or the clock went back", () => {
    assert.isTrue(wasHeldUp(1_000, 3_600_000));
    assert.isTrue(wasHeldUp(1_000, 6_001));
    assert.isTrue(wasHeldUp(1_000, -1));
  });

  it("was not held up by a machine that is busy", () => {
    for (const took of [0, 999, 1_000, 1_200, 6_000]) assert.isFalse(wasHeldUp(1_000, took));
  });
});
