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

const outcome = await run(["deno", "check", "--doc", ...sources, ...markdown], { show: true });
process.exit(outcome.code === 0 ? 0 : 1);
