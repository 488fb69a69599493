/**
 * Runs the vitest suite on one run-time: `node scripts/vitest.ts node|deno|bun [arguments for vitest]`. Ends with a
 * tally, and fails unless the guard test's report proves that the tests ran where they should.
 *
 * @module
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "./house.ts";
import { format } from "./tally.ts";
import { judge, type VitestReport } from "./vitest_report.ts";
import { type Runtime, runtimes } from "./vitest_settings.ts";

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

const [name, ...rest] = process.argv.slice(2);
const on = runtimes.find((runtime) => runtime === name);
if (on === undefined) {
  console.error(`say on which run-time: ${runtimes.join(", ")}`);
  process.exit(1);
}

const folder = mkdtempSync(join(tmpdir(), "fieldlink-vitest-"));
const file = join(folder, "report.json");
const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${file}`];
const outcome = await run([...commands[on], ...reporters, ...rest], { env: { FIELDLINK_RUNTIME: on }, show: true });
const { tally, problems } = judge(on, outcome.code, readReport(file), rest.length === 0);
rmSync(folder, { recursive: true, force: true });

for (const problem of problems) console.log(problem);
console.log(format(tally));
process.exit(tally.failed === 0 ? 0 : 1);
