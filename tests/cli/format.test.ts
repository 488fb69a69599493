import { describe, expect, it } from "vitest";
import {
  alignColumns,
  formatBytes,
  formatCount,
  formatDuration,
  formatRate,
  plural,
  printable,
} from "../../cli/format.ts";

describe("numbers for people", () => {
  it("have a comma every three digits", () => {
    expect([0, 999, 1000, 1234567].map(formatCount)).toEqual(["0", "999", "1,000", "1,234,567"]);
    expect([1, 2, 1000].map((count) => plural(count, "message"))).toEqual([
      "1 message",
      "2 messages",
      "1,000 messages",
    ]);
  });

  it("have the unit that leaves few digits", () => {
    expect([0, 1023, 1024, 1536, 1048575, 1048576, 5e12].map(formatBytes)).toEqual([
      "0 B",
      "1023 B",
      "1.0 KiB",
      "1.5 KiB",
      "1.0 MiB",
      "1.0 MiB",
      "4.5 TiB",
    ]);
    expect([0.42, 12.4, 3400, 125_000].map(formatDuration)).toEqual(["0.42 ms", "12 ms", "3.4 s", "2 min 5 s"]);
    expect([0, 49.97, 12345.6].map(formatRate)).toEqual(["0.0 Hz", "50.0 Hz", "12,346 Hz"]);
  });
});

describe("printable", () => {
  it("lets nothing through that a terminal would obey", () => {
    expect(printable("/tf\x1b[2J\n\x9b")).toBe("/tf\\u001b[2J\\u000a\\u009b");
    expect(printable("/tür/🤖")).toBe("/tür/🤖");
  });
});

describe("alignColumns", () => {
  it("puts the first column to the left and the others to the right", () => {
    expect(alignColumns([["topic", "n"], ["/a", "10"], ["/long/one", "2"]])).toEqual([
      "topic       n",
      "/a         10",
      "/long/one   2",
    ]);
  });
});
