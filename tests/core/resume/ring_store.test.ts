import { it as effectIt } from "@effect/vitest";
import * as Effect from "effect/Effect";
import { assert, describe, it } from "vitest";
import { RingStore } from "../../../core/resume/mod.ts";
import { storeComplianceCases } from "../../../core/resume/store_compliance.ts";
import { ringHarness } from "./broken_stores.ts";

describe("the ring passes the suite for stores:", () => {
  for (const { name, run } of storeComplianceCases) effectIt.effect(name, () => run(ringHarness()));
});

describe("a ring", () => {
  const options = { sizeOf: (event: string) => event.length, epoch: () => "epoch" };

  it("holds 1024 events and 8 MiB, where nothing else is said", () => {
    const log = new RingStore(options).open("one");
    for (let count = 0; count < 1_025; count += 1) log.append("x");
    assert.equal(log.oldest, 1);
    const mebibyte = "x".repeat(1024 * 1024);
    for (let count = 0; count < 8; count += 1) log.append(mebibyte);
    assert.equal(log.next - log.oldest, 8);
    log.append("x");
    assert.equal(log.next - log.oldest, 8);
  });

  it("refuses bounds that cannot be, and names that are none", () => {
    for (const value of [-1, 1.5, NaN, Infinity]) {
      assert.throws(() => new RingStore({ ...options, limits: { ringEvents: value } }), RangeError, "ringEvents");
    }
    assert.throws(() => new RingStore({ ...options, limits: { ringBytes: 0 } }), RangeError, "ringBytes");
    const limits: object = { ringEventz: 4 };
    assert.throws(() => new RingStore({ ...options, limits }), RangeError, "ringEventz");
    assert.isFalse(new RingStore({ ...options, limits: { ringEvents: 0 } }).isBuffering);
  });
});

describe("the suite for stores", () => {
  it("has names that tell its cases apart", () => {
    const names = storeComplianceCases.map(({ name }) => name);
    assert.equal(new Set(names).size, names.length);
  });

  it("says what is wrong", () => {
    const first = storeComplianceCases[0]!;
    const harness = { ...ringHarness(), store: () => ({ isBuffering: true, open: () => assert.fail("it is broken") }) };
    const failure = Effect.runSync(Effect.flip(first.run(harness)));
    assert.include(failure.message, "it is broken");
  });
});
