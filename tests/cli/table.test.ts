import { describe, expect, it } from "vitest";
import { plainLines, redraw, tableLines } from "../../cli/table.ts";
import type { ChannelTraffic } from "../../cli/traffic.ts";

const pose: ChannelTraffic = {
  topic: "/pose",
  messages: 1234,
  bytes: 0,
  lost: 0,
  rate: 50,
  bandwidth: 2048,
  delay: { kind: "latency", ms: 0.5 },
};
const silent: ChannelTraffic = {
  topic: "/s\x1b",
  messages: 0,
  bytes: 0,
  lost: 1234,
  rate: 0,
  bandwidth: 0,
  delay: undefined,
};

describe("tableLines", () => {
  it("has a row for each channel under the headings", () => {
    expect(tableLines([pose, silent], { columns: 80, rows: 24 })).toEqual([
      "topic     messages     rate  bandwidth  latency   lost",
      "/pose        1,234  50.0 Hz  2.0 KiB/s  0.50 ms      0",
      "/s\\u001b         0   0.0 Hz      0 B/s        -  1,234",
    ]);
  });

  it("says how old messages are, and how far from that the truth may be, where that is known", () => {
    const aged: ChannelTraffic = { ...pose, delay: { kind: "age", ms: -0.25, uncertaintyMs: 1.5 } };
    expect(tableLines([silent, aged], { columns: 80, rows: 24 })).toEqual([
      "topic     messages     rate  bandwidth                 age   lost",
      "/s\\u001b         0   0.0 Hz      0 B/s                   -  1,234",
      "/pose        1,234  50.0 Hz  2.0 KiB/s  -0.25 ms ± 1.50 ms      0",
    ]);
  });

  it("leaves room for the lines below it", () => {
    const lines = tableLines(Array.from({ length: 10 }, () => pose), { columns: 20, rows: 7 }, ["one", "x".repeat(30)]);
    expect(lines.length).toBe(6);
    expect(lines.slice(-3)).toEqual(["... and 8 more", "one", `${"x".repeat(18)}…`]);
  });

  it("fits in the terminal: long lines are cut, and rows that have no room are counted", () => {
    const lines = tableLines(Array.from({ length: 10 }, () => pose), { columns: 20, rows: 7 });
    expect(lines.length).toBe(6);
    expect(lines.at(-1)).toBe("... and 6 more");
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(20);
    expect(lines[0]).toBe("topic  messages   …");
  });
});

describe("plainLines", () => {
  it("has a line for each channel that has had messages since", () => {
    const before = [{ ...pose, messages: 1200 }, silent];
    expect(plainLines([pose, silent], before, 12_340)).toEqual([
      "  12.3 s  /pose  1,234 messages  50.0 Hz  2.0 KiB/s  0.50 ms  0 lost",
    ]);
    expect(plainLines([pose, silent], [pose, silent], 13_340)).toEqual([]);
    expect(plainLines([{ ...pose, messages: 1 }], [], 1000)[0]).toContain("/pose  1 message  50.0 Hz");
  });
});

describe("redraw", () => {
  it("goes up over what was drawn before, and leaves nothing of it", () => {
    expect(redraw(["a", "b"], 0)).toBe("\ra\x1b[K\nb\x1b[K\n\x1b[J");
    expect(redraw(["c"], 2)).toBe("\x1b[2A\rc\x1b[K\n\x1b[J");
  });
});
