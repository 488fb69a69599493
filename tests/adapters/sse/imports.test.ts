import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

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
