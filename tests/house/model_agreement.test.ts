import { expect, it } from "vitest";
import { run } from "../../scripts/house.ts";

const programs = ["tests/model/soak.ts", "--digest", "--runs", "10", "--seed", "500"];

it("random programs show the same on every run-time, line by line", async () => {
  const digests: Array<string> = [];
  for (const command of [["node"], ["deno", "run", "-A"], ["bun"]]) {
    const { code, output } = await run([...command, ...programs]);
    expect(code, output).toBe(0);
    digests.push(output.trim());
  }
  expect(digests[0]).toMatch(/^[0-9a-f]{64}$/);
  expect(new Set(digests).size).toBe(1);
}, 60_000);
