import { expect, it } from "vitest";
import { run } from "../../scripts/house.ts";

const SEEDS = ["3", "73"];

/** What tests/model/heap.ts prints for a seed. */
interface Counted {
  readonly violations: ReadonlyArray<string>;
  readonly "before anybody has joined": Readonly<Record<string, number>>;
  readonly "after everybody has left": Readonly<Record<string, number>>;
}

it("a device that everybody has left has no more in memory than before anybody joined it", async () => {
  const { code, output } = await run(["node", "--no-warnings", "tests/model/heap.ts", ...SEEDS]);
  expect(code, output).toBe(0);
  const lines: ReadonlyArray<Counted> = output.trim().split("\n").map((line) => JSON.parse(line));
  expect(lines.length).toBe(SEEDS.length);
  for (const { violations, "before anybody has joined": before, "after everybody has left": after } of lines) {
    expect(violations).toEqual([]);
    expect(before).toMatchObject({ Participant: 0, FrameQueue: 0, Session: 1 });
    expect(after).toMatchObject({ Participant: 0, FrameQueue: 0, Session: 1 });
    expect(after["Fiber"]).toBeLessThanOrEqual(before["Fiber"] ?? 0);
  }
}, 60_000);
