import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeReceipt, encodeReceipt, offeredWindow, WINDOW_ATTRIBUTE } from "../../../adapters/livekit/receipts.ts";

const id = fc.string({ minLength: 1, maxLength: 60 }).filter((text) => !/[\r\n\u2028\u2029]/.test(text));

function text(words: string): Uint8Array {
  return new TextEncoder().encode(words);
}

describe("a receipt", () => {
  it("is read as it was written", () => {
    const read = fc.oneof(fc.constantFrom("all", "gone"), fc.nat({ max: 999_999_999_999_999 }));
    fc.assert(fc.property(read, id.filter((name) => text(name).length < 200 && name.isWellFormed()), (read, stream) => {
      expect(decodeReceipt(encodeReceipt({ read, stream }))).toEqual({ read, stream });
    }));
  });

  it("is none that is anything else, and none is longer than it need be", () => {
    for (const words of ["", " ", "5", "5 ", " s1", "-5 s1", "5.5 s1", "1e9 s1", "0x5 s1", "ALL s1", "allof s1"]) {
      expect([words, decodeReceipt(text(words))]).toEqual([words, undefined]);
    }
    expect(decodeReceipt(text(`${"9".repeat(16)} s1`))).toBeUndefined();
    expect(decodeReceipt(text(`5 ${"s".repeat(254)}`))).toMatchObject({ read: 5 });
    expect(decodeReceipt(text(`5 ${"s".repeat(255)}`))).toBeUndefined();
    expect(decodeReceipt(new Uint8Array(1_000_000))).toBeUndefined();
  });

  it("can be read from any bytes without a failure", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      const receipt = decodeReceipt(bytes);
      if (typeof receipt?.read === "number") expect(Number.isSafeInteger(receipt.read)).toBe(true);
    }));
  });
});

describe("the window that a stream offers", () => {
  it("is what its header says", () => {
    expect(offeredWindow({ [WINDOW_ATTRIBUTE]: "1048576", other: "x" })).toBe(1_048_576);
  });

  it("is none where the header says nothing, or nonsense", () => {
    expect(offeredWindow({})).toBeUndefined();
    for (const words of ["", "0", "-1", "1.5", "1e6", "0x10", " 65536", "many", "9".repeat(16)]) {
      expect([words, offeredWindow({ [WINDOW_ATTRIBUTE]: words })]).toEqual([words, undefined]);
    }
  });

  it("is none where it is so small that there would be a receipt for every few bytes", () => {
    expect(offeredWindow({ [WINDOW_ATTRIBUTE]: "16383" })).toBeUndefined();
    expect(offeredWindow({ [WINDOW_ATTRIBUTE]: "16384" })).toBe(16_384);
  });
});
