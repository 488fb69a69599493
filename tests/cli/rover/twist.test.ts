import { describe, expect, it } from "vitest";
import { readTwist, twistSentAt, twistStamped } from "../../../cli/rover/twist.ts";

function bytes(value: unknown): Uint8Array {
  return new TextEncoder().encode(typeof value === "string" ? value : JSON.stringify(value));
}

describe("readTwist", () => {
  it("reads a plain Twist, which does not say when it was made", () => {
    const twist = { linear: { x: 0.5, y: 9, z: 9 }, angular: { x: 9, y: 9, z: -1 } };
    expect(readTwist(bytes(twist))).toEqual({ linear: 0.5, angular: -1, sentAt: undefined });
    expect(twistSentAt(bytes(twist))).toBeUndefined();
  });

  it("reads a TwistStamped with the time in its header, as ROS 1 or ROS 2 calls it", () => {
    for (const name of ["nsec", "nanosec"]) {
      const header = { stamp: { sec: 1_700_000_000, [name]: 250_000_000 } };
      const stamped = bytes({ header, twist: { linear: { x: 1 } } });
      expect(readTwist(stamped)).toEqual({ linear: 1, angular: 0, sentAt: 1_700_000_000_250 });
      expect(twistSentAt(stamped)).toBe(1_700_000_000_250);
    }
  });

  it("reads what twistStamped writes", () => {
    const written = bytes(twistStamped({ linear: -0.25, angular: 0.75 }, 1_700_000_000_123.5));
    expect(readTwist(written)).toEqual({ linear: -0.25, angular: 0.75, sentAt: 1_700_000_000_123.5 });
  });

  it("says what is wrong with anything else", () => {
    const faults: ReadonlyArray<readonly [unknown, string]> = [
      ["{", "it is no JSON object"],
      ["[1]", "it is no JSON object"],
      ["null", "it is no JSON object"],
      [{}, 'it has neither "linear" nor "angular"'],
      [{ twist: 3 }, '"twist" is no object'],
      [{ linear: { x: "fast" } }, '"linear.x" is no number'],
      [{ linear: 1 }, '"linear.x" is no number'],
      ['{"angular":{"z":1e999}}', '"angular.z" is no number'],
    ];
    for (const [given, fault] of faults) expect(readTwist(bytes(given))).toBe(fault);
    expect(readTwist(Uint8Array.of(0xff, 0xfe))).toBe("it is no JSON object");
    expect(twistSentAt(bytes({ header: { stamp: { sec: "now" } } }))).toBeUndefined();
  });
});
