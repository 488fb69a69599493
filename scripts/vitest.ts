/**
 * Runs a vitest suite on one run-time: `node scripts/vitest.ts [SUITE:]RUNTIME [arguments for vitest]`, for example
 * `node` or `livekit:deno`. Ends with a tally, and fails unless the guard test's report proves that the tests ran where
 * they should.
 *
 * @module
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "./house.ts";
import { skippedBy, skips } from "./skips.ts";
import { format } from "./tally.ts";
import { judge, type VitestReport } from "./vitest_report.ts";
import { type Runtime, runtimes, type Suite, suites } from "./vitest_settings.ts";

const commands: Readonly<Record<Runtime, ReadonlyArray<string>>> = {
  node: ["vitest", "run"],
  deno: ["deno", "run", "-A", "npm:vitest", "run"],
  bun: ["bun", "--bun", "x", "vitest", "run"],
};

function readReport(file: string): VitestReport | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return undefined;
  }
}

/** The arguments that choose a suite. */
const choices: Readonly<Record<Suite, ReadonlyArray<string>>> = {
  ordinary: [],
  livekit: ["--config", "vitest.livekit.config.ts"],
  interop: ["--config", "vitest.livekit.config.ts"],
  page: ["--config", "vitest.page.config.ts"],
};

const [name = "", ...rest] = process.argv.slice(2);
const suite = suites.find((one) => name.startsWith(`${one}:`)) ?? "ordinary";
const on = runtimes.find((runtime) => name === (suite === "ordinary" ? runtime : `${suite}:${runtime}`));
if (on === undefined) {
  console.error(
    `say on which run-time: ${runtimes.join(", ")}, with livekit:, interop: or page: before it for that suite`,
  );
  process.exit(1);
}

const skipped = skippedBy(skips[suite], process.env);
if (skipped !== undefined) {
  console.log(`left out, as ${skipped}\n${format({ passed: 0, failed: 0, skipped: 1 })}`);
  process.exit(0);
}
const folder = mkdtempSync(join(tmpdir(), "fieldlink-vitest-"));
const file = join(folder, "report.json");
const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${file}`];
const outcome = await run([...commands[on], ...choices[suite], ...reporters, ...rest], {
  env: { FIELDLINK_RUNTIME: on, FIELDLINK_SUITE: suite },
  show: true,
});
const { tally, problems } = judge(on, outcome.code, readReport(file), rest.length === 0);
rmSync(folder, { recursive: true, force: true });

for (const problem of problems) console.log(problem);
console.log(format(tally));
process.exit(tally.failed === 0 ? 0 : 1);
