/**
 * Runs the `fieldlink` command when it is imported.
 *
 * @module
 */
import process from "node:process";
import { run } from "./run.ts";

const exitCode = await run(process.argv.slice(2));
process.exit(exitCode);
