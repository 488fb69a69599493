/**
 * Runs the `fieldlink` command when it is imported.
 *
 * @module
 */
import process from "node:process";
import { run } from "./run.ts";

const exitCode = await run(process.argv.slice(2));
for (const stream of [process.stdout, process.stderr]) await new Promise((resolve) => stream.write("", resolve));
process.exit(exitCode);
