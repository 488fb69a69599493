import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { PATIENCE, runtime, runWith } from "../support/program.ts";
import { standIns } from "./announced/stand_ins.ts";

const root = new URL("../../../../", import.meta.url);
const here = "tests/adapters/livekit/loading";
const folder = mkdtempSync(join(tmpdir(), "fieldlink-loading-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const manifest: { readonly exports: Record<string, string>; readonly imports: Record<string, string> } = JSON.parse(
  readFileSync(new URL("deno.json", root), "utf8"),
);

/** Options by which the run-time takes packages that announce themselves in the place of the real ones. */
function announced(): ReadonlyArray<string> {
  if (runtime === "node") return [`--import=${new URL(`${here}/announced/node.ts`, root).href}`];
  if (runtime === "bun") return [`--preload=${fileURLToPath(new URL(`${here}/announced/bun.ts`, root))}`];
  const map = join(folder, "imports.json");
  writeFileSync(map, JSON.stringify({ imports: { ...manifest.imports, ...Object.fromEntries(standIns) } }));
  return [`--import-map=${map}`];
}

const options = announced();
const command = runtime === "deno" ? "cli/main.ts" : "bin/fieldlink.js";

describe("livekit-client and @roamhq/wrtc", { timeout: PATIENCE }, () => {
  for (const [subPath, file] of Object.entries(manifest.exports)) {
    it(`are not loaded with ${subPath}`, async () => {
      expect(await runWith(options, file)).toEqual({ code: 0, stdout: "", stderr: "" });
    });
  }

  for (const args of [["--help"], ["--version"], ["demo", "--help"]]) {
    it(`are not loaded by fieldlink ${args.join(" ")}`, async () => {
      const ended = await runWith(options, command, ...args);
      expect(ended).toMatchObject({ code: 0, stderr: "" });
      expect(ended.stdout).not.toContain("loaded");
      expect(ended.stdout).not.toBe("");
    });
  }

  it("are loaded by the first connection, WebRTC first", async () => {
    expect(await runWith(options, `${here}/first_use.ts`)).toEqual({
      code: 0,
      stdout: "before\nloaded @roamhq/wrtc\nloaded livekit-client\n",
      stderr: "",
    });
  });
});
