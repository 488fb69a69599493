import { describe, expect, it } from "vitest";
import * as fc from "fast-check";
import { Float64 } from "../../../core/protocol/float64.ts";
import {
  isJsonArray,
  isJsonObject,
  JsonError,
  JsonObject,
  type JsonValue,
  MAX_JSON_DEPTH,
  parseJson,
} from "../../../core/protocol/json.ts";
import { compareUtf8, jsonMap, jsonString } from "../../../core/protocol/json_writer.ts";
import { settings } from "./support/seed.ts";

/** What was read as JSON.parse would give it. */
function plain(value: JsonValue | JsonError): unknown {
  if (value instanceof JsonError) throw new Error(value.detail);
  if (value instanceof Float64) return value.value;
  if (typeof value === "bigint") return Number(value);
  if (isJsonArray(value)) return value.map(plain);
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(value.keys.map((key, index) => [key, plain(value.values[index]!)]));
}

function object(text: string): JsonObject {
  const value = parseJson(text);
  if (!(value instanceof JsonObject)) throw new Error(`${text} is no object`);
  return value;
}

describe("reading JSON", () => {
  it("reads what JSON.parse reads, for any value", () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 6, stringUnit: "binary" }), (text) => {
        expect(plain(parseJson(text))).toEqual(JSON.parse(text));
      }),
      settings(100),
    );
  });

  it("reads any well-formed string, however it is escaped", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.boolean(), (string, large) => {
        const escaped = [...string].map((character) =>
          character.length === 1 ? `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}` : character
        ).join("");
        // Behind enough white space the text is no small one any more.
        const space = large ? " ".repeat(5000) : "";
        expect(parseJson(`${space}${JSON.stringify(string)}`)).toBe(string);
        expect(parseJson(`${space}"${escaped}"`)).toBe(string);
      }),
      settings(),
    );
  });

  it("tells integers from floats by their spelling", () => {
    expect(parseJson("[3,3.0,3e0,-1,-1.5,0]")).toEqual([3, new Float64(3), new Float64(3), -1, new Float64(-1.5), 0]);
  });

  it("keeps integers beyond 2^53 - 1 exactly, from the least i64 to the greatest u64", () => {
    expect(parseJson("[9007199254740991,9007199254740992,-9007199254740993]")).toEqual([
      9007199254740991,
      9007199254740992n,
      -9007199254740993n,
    ]);
    expect(parseJson("18446744073709551615")).toBe(18446744073709551615n);
    expect(parseJson("18446744073709551616")).toEqual(new Float64(18446744073709551616));
    expect(parseJson("-9223372036854775808")).toBe(-9223372036854775808n);
    expect(parseJson("-9223372036854775809")).toEqual(new Float64(-9223372036854775809));
    expect(parseJson("1" + "0".repeat(300))).toEqual(new Float64(1e300));
  });

  it("reads -0 as a float", () => {
    expect(parseJson("[-0,-0.0]")).toEqual([new Float64(-0), new Float64(-0)]);
  });

  it("keeps repeated keys, their order, and keys that look like numbers or prototypes", () => {
    const read = object('{"b":1,"10":2,"9":3,"b":4,"__proto__":5}');
    expect(read.keys).toEqual(["b", "10", "9", "b", "__proto__"]);
    expect(read.get("b")).toBe(4);
    expect(read.repeats("b")).toBe(true);
    expect(read.repeats("10")).toBe(false);
    expect(read.get("__proto__")).toBe(5);
    expect(read.get("toString")).toBeUndefined();
  });

  const refused: ReadonlyArray<readonly [string, JsonError["reason"]]> = [
    ["", "json-eof"],
    [" \n", "json-eof"],
    ["{", "json-eof"],
    ['{"a"', "json-eof"],
    ['{"a":', "json-eof"],
    ['{"a":1', "json-eof"],
    ['{"a":1,', "json-eof"],
    ["[", "json-eof"],
    ["[1", "json-eof"],
    ["[1,", "json-eof"],
    ['"abc', "json-eof"],
    ['"abc\\"', "json-eof"],
    ["tru", "json-eof"],
    ["-", "json-eof"],
    ["1.", "json-eof"],
    ["1e", "json-eof"],
    ["1e+", "json-eof"],
    ["[1,]", "json-syntax"],
    ["[,]", "json-syntax"],
    ['{"a":1,}', "json-syntax"],
    ["{a:1}", "json-syntax"],
    ["{'a':1}", "json-syntax"],
    ['{"a" 1}', "json-syntax"],
    ["[1 2]", "json-syntax"],
    ["01", "json-syntax"],
    ["+1", "json-syntax"],
    [".5", "json-syntax"],
    ["1.x", "json-syntax"],
    ["1ex", "json-syntax"],
    ["-x", "json-syntax"],
    ["0x10", "json-syntax"],
    ["NaN", "json-syntax"],
    ["Infinity", "json-syntax"],
    ["truE", "json-syntax"],
    ["nul1", "json-syntax"],
    ["1 1", "json-syntax"],
    ["{} x", "json-syntax"],
    ["\u00a01", "json-syntax"],
    ["\ufeff1", "json-syntax"],
    ["// no\n1", "json-syntax"],
    ['"a\nb"', "json-syntax"],
    ['"a\u0000b"', "json-syntax"],
    ['"\\x41"', "json-syntax"],
    ['"\\u12g4"', "json-syntax"],
    ['"\\ud800"', "json-syntax"],
    ['"\\udc00\\ud800"', "json-syntax"],
    ['{"\\ud800":1}', "json-syntax"],
    ['"\ud800"', "json-syntax"],
    ["1e309", "json-number-range"],
    ["[-1e309]", "json-number-range"],
    ["1" + "0".repeat(400), "json-number-range"],
  ];
  it.each(refused)("refuses %j as %s", (text, reason) => {
    expect(parseJson(text)).toMatchObject({ reason, detail: expect.stringMatching(/./) });
  });

  it("says where the text goes wrong", () => {
    expect(parseJson('{"a":[1,x]}')).toMatchObject({ offset: 8 });
    expect(parseJson('{"op":"x"} y')).toMatchObject({ offset: 11 });
    expect(parseJson('[1,"a\\q"]')).toMatchObject({ offset: 3 });
  });

  it("takes nesting up to its stated bound and no further", () => {
    const nested = (depth: number) => "[".repeat(depth) + "]".repeat(depth);
    expect(isJsonArray(parseJson(nested(MAX_JSON_DEPTH)) as JsonValue)).toBe(true);
    expect(parseJson(nested(MAX_JSON_DEPTH + 1))).toMatchObject({ reason: "json-recursion-limit" });
    expect(parseJson('{"a":'.repeat(1_000_000))).toMatchObject({ reason: "json-recursion-limit" });
  });

  it("counts how deep it is, not how much it has read", () => {
    expect(plain(parseJson(`[${"[[]],".repeat(1000)}[]]`))).toHaveLength(1001);
  });

  it.each([
    ["a string of a MiB", JSON.stringify("x".repeat(1 << 20))],
    ["a MiB of escapes", JSON.stringify('"\\\n'.repeat(1 << 18))],
    ["a MiB of backslashes", JSON.stringify("\\".repeat(1 << 20))],
    ["a MiB of digits", `1.${"0".repeat(1 << 20)}`],
    ["many empty lists", `[${"[],".repeat(20_000)}[]]`],
  ])("reads %s", (_, text) => {
    expect(plain(parseJson(text))).toEqual(JSON.parse(text));
  });
});

describe("writing JSON", () => {
  it("writes strings that every reader takes, half a surrogate pair as U+FFFD", () => {
    expect(jsonString('a"\\\b\f\n\r\t\u0001\u007f\u2028é🚜')).toBe('"a\\"\\\\\\b\\f\\n\\r\\t\\u0001\u007f\u2028é🚜"');
    expect(jsonString("a\ud800b")).toBe('"a\ufffdb"');
  });

  it("sorts the keys of maps by their UTF-8 bytes", () => {
    const map = new Map(["é", "a", "10", "9", "", "\u{10000}", "\uffff"].map((key) => [key, 1]));
    expect(jsonMap(map, String)).toBe('{"":1,"10":1,"9":1,"a":1,"é":1,"\uffff":1,"\u{10000}":1}');
  });

  it("compares any two strings as their UTF-8 bytes compare", () => {
    const bytes = (text: string) =>
      Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join("");
    const text = fc.string({ unit: "binary" });
    fc.assert(
      fc.property(text, text, (left, right) => {
        const expected = bytes(left) < bytes(right) ? -1 : bytes(left) > bytes(right) ? 1 : 0;
        expect(Math.sign(compareUtf8(left, right))).toBe(expected);
      }),
      settings(),
    );
  });
});
