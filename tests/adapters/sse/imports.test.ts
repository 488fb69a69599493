import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { type Runtime, runtime, runtimes } from "../../../scripts/vitest_settings.ts";
import { PATIENCE, Program } from "../../livekit/support/program.ts";

/** What a module and all that it imports import of packages, types left out. */
function packagesOf(file: URL, seen: Set<string> = new Set(), packages: Set<string> = new Set()): Set<string> {
  if (seen.has(file.href)) return packages;
  seen.add(file.href);
  const source = readFileSync(file, "utf8");
  const imported = /^(?:import|export)(?! type\b)[\s\w*{},]*?"([^"\n]+)";|\bimport\("([^"\n]+)"\)/gm;
  for (const [, from, loaded] of source.matchAll(imported)) {
    const specifier = from ?? loaded ?? "";
    if (specifier.startsWith(".")) packagesOf(new URL(specifier, file), seen, packages);
    else packages.add(specifier);
  }
  return packages;
}

const root = new URL("../../../", import.meta.url);

describe("the event-stream transport", () => {
  it("needs effect and nothing else: no package of another transport, no server, nothing of one run-time", () => {
    const packages = packagesOf(new URL("adapters/sse/mod.ts", root));
    expect(packages.size).toBeGreaterThan(3);
    expect([...packages].filter((name) => !name.startsWith("effect/"))).toEqual([]);
  });

  it("is held to that by a look that would see it", () => {
    expect([...packagesOf(new URL("adapters/livekit/mod.ts", root))]).toContain("livekit-client");
    expect([...packagesOf(new URL("cli/serve/serving.ts", root))]).toContain("@hono/node-server");
  });
});

/** What keeps a record of the modules that are loaded; Bun has one of its own. */
const flags: Readonly<Record<Runtime, ReadonlyArray<string>>> = {
  node: ["--import", "./tests/adapters/sse/support/record_modules.ts"],
  deno: ["--allow-all", "--quiet", "--preload", "./tests/adapters/sse/support/record_modules.ts"],
  bun: [],
};

/** What a process that serves a device over HTTP, and reads from it, has loaded. */
async function loadedBy(on: Runtime, ...args: ReadonlyArray<string>): Promise<ReadonlyArray<string>> {
  await using program = new Program("tests/adapters/sse/support/sse_only.ts", { on, flags: flags[on], args });
  const { message, modules }: { readonly message: string; readonly modules: ReadonlyArray<string> } = JSON.parse(
    await program.prints(/^\{"message"/),
  );
  expect(message).toBe('{"x":1}');
  return modules;
}

describe("a process that uses nothing but event streams", () => {
  const isOther = (module: string): boolean => /livekit|wrtc/i.test(module);

  it.for((runtime() === "node" ? runtimes : [runtime()]).map((on) => ({ on })))(
    "serves and reads under $on without loading a module of another transport",
    { timeout: 2 * PATIENCE },
    async ({ on }) => {
      const [alone, both] = await Promise.all([loadedBy(on), loadedBy(on, "livekit")]);
      expect(alone.some((module) => module.endsWith("adapters/sse/server/sse.ts"))).toBe(true);
      expect(alone.filter(isOther)).toEqual([]);
      // The record would have it.
      expect(both.some((module) => module.includes("node_modules/livekit-client/"))).toBe(true);
    },
  );
});
