#!/usr/bin/env node
// Plain JavaScript, so that it can be run before anything is built, and by a Node too old for the rest.
import { existsSync } from "node:fs";

const source = new URL("../cli/main.ts", import.meta.url);
const built = new URL("../dist/cli/main.js", import.meta.url);
const inCheckout = existsSync(source);

/** What is wrong with the Node that runs this, if anything is. Deno and Bun run both forms. */
function tooOld() {
  if (process.versions.deno || process.versions.bun) return undefined;
  const [major, minor] = process.versions.node.split(".").map(Number);
  // The sources need more than the package: types are stripped from 22.18 on, `using` is known from 24 on.
  const needed = inCheckout ? 24 : 22;
  if (major >= needed) return undefined;
  const way = inCheckout ? " to run from its sources; `npm start` and `npx fieldlink` bring one" : "";
  return `fieldlink needs Node ${needed} or newer${way}; this is Node ${major}.${minor}`;
}

const problem = tooOld();
if (problem === undefined) {
  await import((inCheckout ? source : built).href);
} else {
  console.error(problem);
  process.exitCode = 1;
}
