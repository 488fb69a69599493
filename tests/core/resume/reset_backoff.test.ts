import { describe, expect, it } from "vitest";
import { ResetBackoff } from "../../../core/resume/reset_backoff.ts";

describe("the waits between resets", () => {
  it("are none at first, and then from a second to half a minute", () => {
    const backoff = new ResetBackoff();
    let now = 0;
    const waits = Array.from({ length: 8 }, () => {
      const wait = backoff.next(now);
      now += wait;
      return wait;
    });
    expect(waits).toEqual([0, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
  });

  it("are no longer than what is given", () => {
    const backoff = new ResetBackoff(500);
    expect([backoff.next(0), backoff.next(0), backoff.next(500)]).toEqual([0, 500, 500]);
  });

  it("begin again after a minute without any, in which the wait itself does not count", () => {
    const backoff = new ResetBackoff();
    expect([backoff.next(0), backoff.next(0), backoff.next(1_000)]).toEqual([0, 1_000, 2_000]);
    expect(backoff.isQuiet(62_999)).toBe(false);
    expect(backoff.isQuiet(63_000)).toBe(true);
    expect([backoff.next(63_000), backoff.next(63_000)]).toEqual([0, 1_000]);
  });
});
