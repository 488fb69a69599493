/**
 * `npm run docs:lint`: every public symbol has a doc, every public function and class an example.
 *
 * @module
 */
import { readdirSync, readFileSync } from "node:fs";
import { findings, indexDeclarations, isAccepted, withoutExample } from "./doc_lint.ts";
import { conclude, entryPoints, root, run } from "./house.ts";

function effectDeclarations(): ReadonlyArray<string> {
  const folder = `${root}node_modules/effect/dist/`;
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".d.ts"))
    .map((file) => readFileSync(folder + file, "utf8"));
}

const entries = entryPoints();
const problems: Array<string> = [];

const lint = await run(["deno", "doc", "--quiet", "--lint", ...entries]);
const found = findings(lint.output);
if (lint.code !== 0 && found.length === 0) problems.push(lint.output);
const effect = indexDeclarations(effectDeclarations());
problems.push(...found.filter((finding) => !isAccepted(finding, effect)).map((finding) => `${finding.text}\n`));

for (const entry of entries) {
  const docs = await run(["deno", "doc", "--quiet", "--json", entry]);
  if (docs.code === 0) problems.push(...withoutExample(entry, JSON.parse(docs.stdout)));
  else problems.push(docs.output);
}
conclude(problems, `the docs of ${entries.length} entry points are whole`);
