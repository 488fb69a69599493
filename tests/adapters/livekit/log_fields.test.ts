import { describe, expect, it } from "vitest";
import { bounded, textOf } from "../../../adapters/livekit/log_fields.ts";

describe("fields of a log line", () => {
  it("are shown as they are when they are small", () => {
    expect(bounded({ room: "yard", ms: 5, ok: true, big: 7n, nothing: null, absent: undefined, empty: "" })).toEqual({
      room: "yard",
      ms: 5,
      ok: true,
      big: "7",
      nothing: "null",
    });
    expect(bounded({ error: new TypeError("no"), list: [1, "two", { three: 3 }] })).toEqual({
      error: "TypeError: no",
      list: "[1, two, {three: 3}]",
    });
    expect(bounded(undefined)).toBeUndefined();
    expect(bounded("text")).toEqual({ detail: "text" });
    expect(bounded(new Error("broken"))).toEqual({ detail: "Error: broken" });
  });

  it("are bounded in number, length and depth", () => {
    const many = Object.fromEntries(Array.from({ length: 100 }, (_, at) => [`f${at}`, "x".repeat(10_000)]));
    const kept = bounded(many) ?? {};
    expect(Object.keys(kept)).toHaveLength(16);
    for (const value of Object.values(kept)) expect(String(value)).toHaveLength(300);
    expect(bounded({ deep: { a: { b: { c: 1 } } } })).toEqual({ deep: "{a: {b: [Object]}}" });
    expect(bounded({ list: Array.from({ length: 100 }, () => 0) })).toEqual({ list: "[0, 0, 0, 0, 0, 0, 0, 0, …]" });
  });

  it("say of bytes and connections what they are and nothing of what is in them", () => {
    class Connection {
      secret = "token";
    }
    expect(bounded({ bytes: new Uint8Array(1_000_000), connection: new Connection(), then: () => 1 })).toEqual({
      bytes: "[Uint8Array]",
      connection: "[Connection]",
      then: "[function]",
    });
  });

  it("are taken without harm from what throws when it is read, and from what contains itself", () => {
    const knot: Record<string, unknown> = { name: "knot" };
    knot["self"] = knot;
    const trap = {
      get broken(): string {
        throw new Error("do not look");
      },
      whole: 1,
    };
    expect(bounded(trap)).toEqual({ whole: 1 });
    expect(bounded({ knot })).toEqual({ knot: "{name: knot, self: {name: knot, self: [Object]}}" });
    expect(bounded({ bare: Object.create(null) })).toEqual({ bare: "{}" });
  });
});

describe("the message of a log line", () => {
  it("is at most 500 characters long", () => {
    expect(textOf("x".repeat(600))).toBe(`${"x".repeat(499)}…`);
    expect(textOf(new RangeError("what was thrown"))).toBe("RangeError: what was thrown");
    expect(textOf(undefined)).toBe("undefined");
  });

  it("bears no query of a URL, in which tokens travel", () => {
    expect(textOf("connecting to wss://host:7880/rtc?access_token=eyJh&x=1 now")).toBe(
      "connecting to wss://host:7880/rtc?… now",
    );
    expect(bounded({ url: "https://host/rtc/validate?access_token=eyJh", plain: "why? because" })).toEqual({
      url: "https://host/rtc/validate?…",
      plain: "why? because",
    });
  });
});
