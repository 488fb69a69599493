/**
 * `npm run coverage`: every test that tests/COVERAGE.md names exists.
 *
 * @module
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { type ExistingTest, missing, namedTests } from "./coverage.ts";
import { conclude, root, run } from "./house.ts";

const table = "tests/COVERAGE.md";

/** The tests in some files. The files are loaded, since names may be put together there, but no test is run. */
async function collect(files: ReadonlyArray<string>): Promise<ReadonlyArray<ExistingTest>> {
  const folder = mkdtempSync(join(tmpdir(), "fieldlink-coverage-"));
  const list = join(folder, "list.json");
  const command = ["vitest", "list", "--no-static-parse", `--json=${list}`, ...files];
  const outcome = await run(command, { env: { FIELDLINK_COLLECT: "1" } });
  const text = outcome.code === 0 && existsSync(list) ? readFileSync(list, "utf8") : undefined;
  rmSync(folder, { recursive: true });
  if (text === undefined) conclude([outcome.output], "");
  const tests: ReadonlyArray<ExistingTest> = JSON.parse(text);
  return tests.map(({ file, name }) => ({ file: relative(root, file).replaceAll("\\", "/"), name }));
}

if (!existsSync(root + table)) conclude([`${table} is missing`], "");
const named = namedTests(readFileSync(root + table, "utf8"));
if (named.length === 0) conclude([`${table} names no test in the form \`tests/file.test.ts > name\``], "");
const files = [...new Set(named.map(({ file }) => file))];
const existing = await collect(files.filter((file) => existsSync(root + file)));
conclude(
  missing(named, existing).map(({ file, name }) => `${table} names a test that does not exist: ${file} > ${name}`),
  `all ${named.length} tests that ${table} names exist`,
);
