import { assert, describe, it } from "@effect/vitest";
import fc from "fast-check";
import { Sequence } from "../../../core/viewer/sequence.ts";
import { settings } from "../protocol/support/seed.ts";

const MAX = 2 ** 32;
const taken = (numbers: ReadonlyArray<number>): ReadonlyArray<unknown> => {
  const sequence = new Sequence();
  return numbers.map((number) => sequence.take(number));
};

describe("the numbers of a data track", () => {
  it("begin with whatever comes first, and go on one by one", () => {
    assert.deepStrictEqual(taken([17, 18, 19]), ["next", "next", "next"]);
  });

  it("tell how many are missing", () => {
    assert.deepStrictEqual(taken([0, 1, 5, 6, 8]), ["next", "next", 3, "next", 1]);
  });

  it("tell one that was overtaken from one that has come twice", () => {
    const sequence = new Sequence();
    for (const number of [10, 13]) sequence.take(number);
    assert.strictEqual(sequence.take(12), "late");
    assert.isTrue(sequence.hasFilled);
    assert.strictEqual(sequence.take(12), "duplicate");
    assert.strictEqual(sequence.take(13), "duplicate");
    assert.strictEqual(sequence.take(10), "duplicate");
    // Nobody has missed what was sent before the first one that came.
    assert.strictEqual(sequence.take(9), "late");
    assert.isFalse(sequence.hasFilled);
  });

  it("wrap at 2^32", () => {
    assert.deepStrictEqual(taken([MAX - 2, MAX - 1, 0, 2, 1, MAX - 1]), [
      "next",
      "next",
      "next",
      1,
      "late",
      "duplicate",
    ]);
    assert.deepStrictEqual(taken([MAX - 1, 3]), ["next", 3]);
  });

  it("do not mistake one for missing because of what was missing a window before", () => {
    const sequence = new Sequence();
    sequence.take(0);
    sequence.take(2);
    for (let number = 3; number <= 1025 + 5; number += 1) sequence.take(number);
    assert.strictEqual(sequence.take(1025), "duplicate");
    assert.strictEqual(sequence.take(1), "late");
    assert.isFalse(sequence.hasFilled);
  });

  it("take a frame from far behind as late, and many in a row as numbers that begin anew", () => {
    const sequence = new Sequence();
    for (let number = 0; number < 5_000; number += 1) sequence.take(number);
    for (let number = 0; number < 63; number += 1) assert.strictEqual(sequence.take(number), "late");
    assert.strictEqual(sequence.take(5_000), "next");
    for (let number = 0; number < 63; number += 1) assert.strictEqual(sequence.take(number), "late");
    assert.strictEqual(sequence.take(63), "next");
    assert.strictEqual(sequence.take(65), 1);
  });

  it("agree with a model that remembers everything, within the window", () => {
    const steps = fc.array(fc.oneof(fc.constant(1), fc.integer({ min: -30, max: 30 })), { maxLength: 300 });
    fc.assert(
      fc.property(fc.integer({ min: 0, max: MAX - 1 }), steps, (first, moves) => {
        const sequence = new Sequence();
        sequence.take(first);
        const seen = new Set([0]);
        let newest = 0;
        let missed = 0;
        let expected = 0;
        for (const move of moves) {
          const at = newest + move;
          const result = sequence.take((((first + at) % MAX) + MAX) % MAX);
          if (at > newest) {
            const gap = at - newest - 1;
            assert.strictEqual(result, gap === 0 ? "next" : gap);
            expected += gap;
            newest = at;
          } else if (at >= 0 && seen.has(at)) assert.strictEqual(result, "duplicate");
          else {
            assert.strictEqual(result, "late");
            assert.strictEqual(sequence.hasFilled, at > 0);
            if (at > 0) expected -= 1;
          }
          seen.add(at);
          if (typeof result === "number") missed += result;
          else if (result === "late" && sequence.hasFilled) missed -= 1;
        }
        assert.strictEqual(missed, expected);
        assert.strictEqual(missed, newest + 1 - [...seen].filter((number) => number >= 0).length);
      }),
      settings(500),
    );
  });
});
