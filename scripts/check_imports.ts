/**
 * `npm run imports`: imports point the way the house is built, and tables of contents only re-export.
 *
 * @module
 */
import { conclude, projectFiles, run } from "./house.ts";

const files = await projectFiles("*.ts", "*.tsx");
const outcome = await run(["deno", "lint", "--config", "scripts/lint/imports.json", ...files]);
conclude(outcome.code === 0 ? [] : [outcome.output], `${files.length} files import only what their room may`);
