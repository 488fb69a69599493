import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Plain } from "../../../../web/decode/plain.ts";
import { copyText } from "../../../../web/panels/tree/copy_text.ts";
import { rowAfter } from "../../../../web/panels/tree/tree_keys.ts";
import { MAX_ROWS, PARTS_STEP, treeRows, type TreeState } from "../../../../web/panels/tree/tree_rows.ts";
import { settings } from "../../../core/protocol/support/seed.ts";

const closed: TreeState = { toggled: new Map(), shown: new Map() };

/** The rows as lines, indented. */
function lines(value: Plain, state: TreeState = closed): ReadonlyArray<string> {
  return treeRows(value, state).map(({ depth, name, text, isOpen }) => {
    const mark = isOpen === undefined ? " " : isOpen ? "-" : "+";
    return `${"  ".repeat(depth)}${mark}${name} ${isOpen === true ? "" : text}`.trimEnd();
  });
}

describe("the rows of a value", () => {
  it("are its parts, with those that lie not too deep and are not too many open", () => {
    const deep = { a: { b: { c: { d: 1 } } }, few: [1, 2], many: Array.from({ length: 9 }, (_, at) => at), none: null };
    expect(lines(deep)).toEqual([
      "-a",
      "  -b",
      "    -c",
      "       d 1",
      "-few",
      "   0 1",
      "   1 2",
      "+many [9 items]",
      " none null",
    ]);
  });

  it("are one for a value without parts", () => {
    expect(lines(5n)).toEqual(["  5"]);
    expect(lines({})).toEqual(["  {}"]);
  });

  it("are opened and closed by hand, wherever they are", () => {
    const value = { "a/b": [1], "a~1b": { c: 1 } };
    expect(lines(value, { ...closed, toggled: new Map([["/a~1b", false]]) })).toEqual([
      "+a/b [1 item]",
      "-a~1b",
      "   c 1",
    ]);
  });

  it("show binary data, arrays of numbers and long texts shortened", () => {
    expect(lines({
      bytes: new Uint8Array(2_000),
      numbers: new Float32Array([0.5, 1, 2, 3, 4]),
      text: "x".repeat(500),
    })).toEqual([
      ` bytes 2.0 kB: ${"00 ".repeat(16)}…`,
      "+numbers [0.5, 1, 2, 3, …] 5 numbers",
      ` text "${"x".repeat(160)}… (500 characters)"`,
    ]);
  });

  it("of a long list are some, and more when more are asked for", () => {
    const value = { list: Array.from({ length: 500 }, (_, at) => at) };
    const open = new Map([["/list", true]]);
    const some = treeRows(value, { toggled: open, shown: new Map() });
    expect(some.length).toBe(1 + PARTS_STEP + 1);
    expect(some.at(-1)).toMatchObject({ text: "450 more", more: "/list" });
    const all = treeRows(value, { toggled: open, shown: new Map([["/list", 1_000]]) });
    expect(all.length).toBe(501);
  });

  it("are never more than the bound, and a value is never changed, whatever it is", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 8 }), (json) => {
        const before = JSON.stringify(json);
        expect(treeRows(json as Plain, closed).length).toBeLessThanOrEqual(MAX_ROWS);
        expect(JSON.stringify(json)).toBe(before);
      }),
      settings(),
    );
    const wide = Object.fromEntries(
      Array.from(
        { length: 60 },
        (_, a) => [`k${a}`, Object.fromEntries(Array.from({ length: 50 }, (_, b) => [`k${b}`, b]))],
      ),
    );
    const rows = treeRows(wide, closed);
    expect(rows.length).toBe(MAX_ROWS);
    expect(new Set(rows.map(({ path }) => path)).size).toBe(rows.length);
  });
});

describe("keys", () => {
  it("lead along the rows, into a part and out of it", () => {
    const rows = treeRows({ a: { b: 1, c: 2 }, d: 3 }, closed);
    const at = (name: string) => rows.find((row) => row.name === name)!;
    expect(rowAfter(rows, at("a"), "next")).toBe(at("b"));
    expect(rowAfter(rows, at("a"), "previous")).toBeUndefined();
    expect(rowAfter(rows, at("a"), "in")).toBe(at("b"));
    expect(rowAfter(rows, at("c"), "in")).toBeUndefined();
    expect(rowAfter(rows, at("c"), "out")).toBe(at("a"));
    expect(rowAfter(rows, at("d"), "out")).toBeUndefined();
    expect(rowAfter(rows, at("a"), "last")).toBe(at("d"));
    expect(rowAfter(rows, at("d"), "first")).toBe(at("a"));
  });
});

describe("what is copied", () => {
  it("is a text as it is, and all else as JSON with all its digits", () => {
    expect(copyText("as it is")).toBe("as it is");
    expect(JSON.parse(copyText({ bytes: new Uint8Array([1, 2, 3]), some: new Float64Array([1, 2]), no: NaN }))).toEqual(
      {
        bytes: "AQID",
        some: [1, 2],
        no: "NaN",
      },
    );
    expect(copyText({ big: 9007199254740993n })).toContain("9007199254740993");
  });
});
