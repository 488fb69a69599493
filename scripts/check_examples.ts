/**
 * `npm run docs:examples`: type-checks every code block in the docs of the sources and in the Markdown files. The
 * package's own name stands for the working tree there.
 *
 * @module
 */
import { projectFiles, run } from "./house.ts";

const markdown = await projectFiles("*.md");
const sources = (await projectFiles("*.ts")).filter((file) =>
  /^((transport|core|adapters|cli|web)\/|[^/]*\.ts$)/.test(file)
);

let code = 0;
for (const [flag, names] of [["--doc", sources], ["--doc-only", markdown]] as const) {
  if (names.length === 0) continue;
  const outcome = await run(["deno", "check", flag, ...names], { show: true });
  if (outcome.code !== 0) code = 1;
}
process.exit(code);
