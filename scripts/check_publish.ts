/**
 * `npm run publish:check`: the dry run of publishing to JSR, slow types refused.
 *
 * A release needs a clean tree, and `deno publish` insists on one. While something is being worked on, the tree is
 * checked as it stands, and the output says so.
 *
 * @module
 */
import { run } from "./house.ts";

const command = ["deno", "publish", "--dry-run"];
const status = await run(["git", "status", "--porcelain"]);
if (status.code !== 0 || status.stdout !== "") {
  command.push("--allow-dirty");
  console.log("This checks the working tree with what is not committed; a release needs a clean one:");
  console.log(status.output);
}
const outcome = await run(command, { show: true });
process.exit(outcome.code === 0 ? 0 : 1);
