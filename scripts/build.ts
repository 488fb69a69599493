/**
 * `npm run build`: makes dist/, the JavaScript and declarations of the npm package, from the sources.
 *
 * @module
 */
import { rmSync } from "node:fs";
import { root, run } from "./house.ts";

rmSync(`${root}dist`, { recursive: true, force: true });
const page = await run(["node", "scripts/build_page.ts"], { show: true });
if (page.code !== 0) process.exit(1);
const outcome = await run(["tsc", "-p", "tsconfig.build.json"], { show: true });
process.exit(outcome.code === 0 ? 0 : 1);
