import { assert, describe, it } from "@effect/vitest";
import { Throttle } from "../../core/throttle.ts";
import { ManualClock } from "../support/clock.ts";

describe("Throttle", () => {
  const passes = (times: ReadonlyArray<number>): ReadonlyArray<number> => {
    const clock = new ManualClock();
    const throttle = new Throttle(100, clock);
    return times.map((at) => {
      clock.nowMs = at;
      return throttle.pass();
    });
  };

  it("lets the first one through, and then one per interval with the number of those held back", () => {
    assert.deepStrictEqual(passes([0, 1, 99, 100, 150, 250]), [1, 0, 0, 3, 0, 2]);
  });

  it("counts the interval from the last one let through", () => {
    assert.deepStrictEqual(passes([90, 110, 189, 190]), [1, 0, 0, 3]);
  });

  it("is not silenced by a clock that is set back", () => {
    assert.deepStrictEqual(passes([1_000, 1_050, 5, 50]), [1, 0, 2, 0]);
  });
});
