/**
 * The code of the README runs as it stands there, and prints what its comments say. tests/livekit runs what needs a
 * server, served_readme.test.ts what is one.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it, vi } from "vitest";
import { runtime } from "../../scripts/vitest_settings.ts";
import { blocks, HTTP_SECTION, SERVER_SECTION } from "../support/readme.ts";

const root = new URL("../../", import.meta.url);

/** What the block says that it prints: the comments `// => ...` at the ends of its lines. */
function expected(code: string): ReadonlyArray<string> {
  return [...code.matchAll(/\/\/ => (.*)$/gm)].map(([, text]) => text ?? "");
}

function words(parts: ReadonlyArray<unknown>): string {
  const plain = (_key: string, value: unknown): unknown => typeof value === "bigint" ? `${value}n` : value;
  return parts.map((part) => typeof part === "string" ? part : JSON.stringify(part, plain)).join(" ");
}

describe("README", () => {
  afterEach(() => void vi.restoreAllMocks());

  const here = blocks().map((block, index) => ({ ...block, index })).filter(({ heading }) =>
    heading !== SERVER_SECTION && heading !== HTTP_SECTION
  );

  it.each(here)("$heading ($index)", async ({ code, index }) => {
    const folder = new URL(`.cache/readme-${runtime()}/`, root);
    mkdirSync(folder, { recursive: true });
    const file = new URL(`block_${index}.ts`, folder);
    writeFileSync(file, `${code}\nexport {};\n`);
    const printed: Array<string> = [];
    vi.spyOn(console, "log").mockImplementation((...parts) => void printed.push(words(parts)));
    await vi.importActual(fileURLToPath(file));
    const due = expected(code);
    if (due.length > 0) expect(printed).toEqual(due);
  });
});
