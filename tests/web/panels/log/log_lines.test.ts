import { describe, expect, it } from "vitest";
import type { Plain } from "../../../../web/decode/plain.ts";
import { logLine, MAX_LINE, passes } from "../../../../web/panels/log/log_line.ts";
import { LogLines, MAX_LINES } from "../../../../web/panels/log/log_lines.ts";
import type { Meaning } from "../../../../web/panels/schema_names.ts";

const line = (meaning: Meaning, value: Plain) => logLine(meaning, value, { number: 0, time: 5n })!;

describe("a line of a log", () => {
  it("is read from Foxglove's, ROS 1's and ROS 2's messages, with their own numbers of levels", () => {
    const rest = { name: "drive", file: "a.cpp", line: 7 };
    expect(line("foxglove-log", { ...rest, level: 3, message: "slow" })).toEqual({
      number: 0,
      time: 5n,
      level: "warning",
      name: "drive",
      text: "slow",
      place: "a.cpp:7",
    });
    expect(line("foxglove-log", { ...rest, level: "ERROR", message: "x" }).level).toBe("error");
    expect(line("ros1-log", { ...rest, level: 8, msg: "hot" })).toMatchObject({ level: "error", text: "hot" });
    expect(line("ros2-log", { ...rest, level: 20, msg: "x" }).level).toBe("info");
    const levels = [1, 2, 4, 8, 16].map((level) => line("ros1-log", { level, msg: "" }).level);
    expect(levels).toEqual(["debug", "info", "warning", "error", "fatal"]);
  });

  it("has no level where none is known, and is no longer than it may be", () => {
    expect(line("ros2-log", { level: 21, msg: "x".repeat(10_000) })).toMatchObject({
      level: "unknown",
      text: `${"x".repeat(MAX_LINE)}…`,
      place: "",
    });
    expect(logLine("foxglove-log", [1], { number: 0, time: 0n })).toBeUndefined();
  });

  it("passes a filter by its level and by what is in its text or its name", () => {
    const one = line("foxglove-log", { level: 3, name: "Drive", message: "Too slow" });
    expect(passes(one, { level: "warning", text: " SLOW " })).toBe(true);
    expect(passes(one, { level: "warning", text: "drive" })).toBe(true);
    expect(passes(one, { level: "warning", text: "fast" })).toBe(false);
    expect(passes(one, { level: "error", text: "" })).toBe(false);
    expect(passes({ ...one, level: "unknown" }, { level: "fatal", text: "" })).toBe(true);
  });
});

describe("the lines that are kept", () => {
  it("are the newest, and counted with those that went", () => {
    const lines = new LogLines();
    for (let number = 0; number < 10_000; number += 1) lines.add({ ...line("ros2-log", {}), number });
    expect(lines.kept.length).toBeLessThan(MAX_LINES * 1.25);
    expect(lines.kept.length).toBeGreaterThanOrEqual(MAX_LINES);
    expect([lines.kept.at(-1)?.number, lines.next]).toEqual([9_999, 10_000]);
    lines.clear();
    expect([lines.kept.length, lines.next]).toEqual([0, 10_000]);
  });
});
