import { assert, describe, it } from "@effect/vitest";
import { Backoff } from "../../core/backoff.ts";

describe("Backoff", () => {
  it("doubles up to its maximum, and stays there", () => {
    const backoff = new Backoff(1_000, 30_000);
    const delays = Array.from({ length: 7 }, () => backoff.next());
    assert.deepStrictEqual(delays, [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
  });

  it("starts again from the first delay when it is reset", () => {
    const backoff = new Backoff(100, 3_000);
    for (let n = 0; n < 9; n += 1) backoff.next();
    backoff.reset();
    assert.deepStrictEqual([backoff.next(), backoff.next()], [100, 200]);
  });
});
