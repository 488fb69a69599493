import { assert, describe, it } from "vitest";
import { liveKitLimits } from "../../../adapters/livekit/limits.ts";

describe("liveKitLimits", () => {
  it("are the defaults where none is given", () => {
    assert.equal(liveKitLimits().trackQueueFrames, 2_048);
    assert.equal(liveKitLimits({ trackQueueFrames: 5 }).trackQueueFrames, 5);
    assert.equal(liveKitLimits({ trackQueueFrames: 5 }).trackQueueAgeMs, 1_000);
    const options: object = { trackQueueFrames: undefined };
    assert.equal(liveKitLimits(options).trackQueueFrames, 2_048);
  });

  it("leave room for a burst of 20 frames of 16 KiB", () => {
    const { trackQueueFrames, trackQueueBytes, trackQueueAgeMs, trackBytesPerSecond } = liveKitLimits();
    const burst = 20 * 16 * 1024;
    assert.isAtLeast(trackQueueFrames, 20);
    assert.isAtLeast(trackQueueBytes, burst);
    assert.isAtLeast(trackQueueAgeMs * trackBytesPerSecond / 1_000, burst);
  });

  it("are positive whole numbers, and those of the table", () => {
    for (const value of [0, -1, 1.5, NaN, Infinity]) {
      assert.throws(() => liveKitLimits({ trackQueueFrames: value }), RangeError, "trackQueueFrames");
    }
    assert.throws(() => liveKitLimits({ streamWindowBytes: 16_383 }), RangeError, "16384");
    assert.equal(liveKitLimits({ streamWindowBytes: 16_384 }).streamWindowBytes, 16_384);
    const options: object = { trackQueueFramez: 3 };
    assert.throws(() => liveKitLimits(options), RangeError, "trackQueueFramez");
    const inherited: object = { toString: 3 };
    assert.throws(() => liveKitLimits(inherited), RangeError, "toString");
  });
});
