/**
 * `npm run version:set -- 1.2.3`: writes a version to every place that names it.
 *
 * @module
 */
import { readFileSync, writeFileSync } from "node:fs";
import { root, run } from "./house.ts";

const version = process.argv[2] ?? "";
if (!/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version)) {
  console.error(`say which version, for example 1.2.3 or 1.2.3-rc.1; "${version}" is none`);
  process.exit(1);
}

/** Replaces what stands between the two groups of a pattern. */
function replace(file: string, pattern: RegExp): void {
  const text = readFileSync(root + file, "utf8");
  writeFileSync(root + file, text.replace(pattern, `$1${version}$2`));
}

replace("deno.json", /("version": ")[^"]+(")/);
replace("package.json", /("version": ")[^"]+(")/);
replace("core/version.ts", /(VERSION: string = ")[^"]+(")/);
replace("examples/edge/package.json", /(npm:fieldlink@\^)[^"]+(")/);
const lock = await run(["npm", "install", "--package-lock-only", "--ignore-scripts"]);
if (lock.code !== 0) console.error(lock.output);
process.exit(lock.code === 0 ? 0 : 1);
