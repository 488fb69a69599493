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

/** The run-time this process runs on. */
export function runtime(): Runtime {
  if ("Deno" in globalThis) return "deno";
  return "Bun" in globalThis ? "bun" : "node";
}

/**
 * The one list of what runs where. Node runs everything; the other run-times what may behave differently there. Checks
 * of the repository itself would only be repeated, and tests of the command start it under each run-time themselves.
 */
const everywhere: ReadonlyArray<string> = [
  "tests/transport/**/*.test.ts",
  "tests/core/**/*.test.ts",
  "tests/adapters/**/*.test.ts",
  "tests/files/{*,source/*,player/*}.test.ts",
  "tests/cli/{record,rover}/**/*.test.ts",
  "tests/model/*.test.ts",
  "tests/examples/**/*.test.ts",
  "tests/house/runtime_guard.test.ts",
];

/** The test files of a run-time, as vitest's `include`. */
export function selection(on: Runtime): { include: Array<string> } {
  return { include: on === "node" ? ["tests/**/*.test.ts"] : [...everywhere] };
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
