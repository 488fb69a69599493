/**
 * What the vitest suite runs on which run-time, and how the package's own name is resolved in it.
 *
 * @module
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** A run-time that the suite runs on. */
export type Runtime = "node" | "deno" | "bun";

/** Every run-time of the suite. */
export const runtimes: ReadonlyArray<Runtime> = ["node", "deno", "bun"];

/** The name that the guard test bears on a run-time; a report without it did not come from there. */
export function guardName(on: Runtime): string {
  return `the suite runs on ${on}`;
}

/**
 * A suite: the ordinary one, the one on a real LiveKit server, the one with other people's peers on such a server, and the
 * page in a browser.
 */
export type Suite = "ordinary" | "livekit" | "interop" | "page";

/** Every suite. */
export const suites: ReadonlyArray<Suite> = ["ordinary", "livekit", "interop", "page"];

/** The run-time this process runs on. */
export function runtime(): Runtime {
  if ("Deno" in globalThis) return "deno";
  return "Bun" in globalThis ? "bun" : "node";
}

/** Says which run-time a suite is on, whatever else is selected of it. */
const guard = "tests/house/runtime_guard.test.ts";

/**
 * The one list of what runs where. Node runs everything; the other run-times what may behave differently there. Checks
 * of the repository itself would only be repeated, and tests of the command start it under each run-time themselves.
 */
const everywhere: ReadonlyArray<string> = [
  "tests/transport/**/*.test.ts",
  "tests/core/**/*.test.ts",
  "tests/adapters/**/*.test.ts",
  "tests/files/{*,source/*,player/*}.test.ts",
  "tests/cli/{record,rover,serve}/**/*.test.ts",
  "tests/model/*.test.ts",
  "tests/examples/**/*.test.ts",
  guard,
];

/** The same for the suite on a real server: the transport itself, the two ends over it, and two processes. */
const livekitEverywhere: ReadonlyArray<string> = [
  "tests/livekit/{compliance,gateway,viewer,processes}*.test.ts",
  guard,
];

/** The page in a browser, which takes long to start. */
const inBrowser: ReadonlyArray<string> = [
  "tests/web/browser/**/*.test.ts",
  "tests/web/panels/panels.test.ts",
  "tests/web/record/record_button.test.ts",
];

/** Folders that need a server or a browser, and are left out of the ordinary suite. */
const apart: ReadonlyArray<string> = ["tests/livekit/**", "tests/interop/**", ...inBrowser];

/**
 * Run programs as readers have them before their eyes, some of which go on until their process ends. So each file has a
 * process of its own; all others share one after another, which saves loading the library anew for each.
 */
const alone: ReadonlyArray<string> = ["tests/examples/**/*.test.ts"];

/** Whether vitest only collects the names of tests, of all suites. */
export function collecting(): boolean {
  return process.env["FIELDLINK_COLLECT"] === "1";
}

/** The test files of a suite on a run-time, as vitest's settings. */
export function selection(suite: Suite, on: Runtime): { include: Array<string>; exclude: Array<string> } {
  const exclude = ["**/node_modules/**"];
  switch (suite) {
    case "ordinary":
      if (!collecting()) exclude.push(...apart);
      return { include: on === "node" ? ["tests/**/*.test.ts"] : [...everywhere], exclude };
    case "livekit":
      return { include: on === "node" ? ["tests/livekit/**/*.test.ts", guard] : [...livekitEverywhere], exclude };
    case "interop":
      return { include: ["tests/interop/**/*.test.ts", guard], exclude };
    case "page":
      return { include: [...inBrowser, guard], exclude };
  }
}

/** The test files of the ordinary suite: those that share a process, and those that each have one of their own. */
export function split(on: Runtime): Record<"shared" | "alone", { include: Array<string>; exclude: Array<string> }> {
  const { include, exclude } = selection("ordinary", on);
  return { shared: { include, exclude: [...exclude, ...alone] }, alone: { include: [...alone], exclude } };
}

/** `@fieldlink/fieldlink` and its sub-paths, mapped to this working tree as deno.json's `exports` has them. */
export function aliases(): Array<{ find: RegExp; replacement: string }> {
  const root = new URL("../", import.meta.url);
  const config: { name: string; exports: Record<string, string> } = JSON.parse(
    readFileSync(new URL("deno.json", root), "utf8"),
  );
  return Object.entries(config.exports).map(([subPath, file]) => ({
    find: new RegExp(`^${config.name}${subPath.slice(1)}$`),
    replacement: fileURLToPath(new URL(file, root)),
  }));
}
