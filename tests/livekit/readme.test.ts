/**
 * The README's device and viewer find each other as they stand there, but for the server's address, on each run-time
 * and with the permissions that it names.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { runtimes } from "../../scripts/vitest_settings.ts";
import { freshRoom, suiteServer } from "../support/livekit/suite.ts";
import { blocks, readme, SERVER_SECTION } from "../support/readme.ts";
import { PATIENCE, Program } from "./support/program.ts";

const folder = new URL("../../.cache/readme-livekit/", import.meta.url);

/** The flags of the command that the README gives for Deno. */
function denoFlags(): ReadonlyArray<string> {
  const [, flags] = /`deno run (.*) gateway\.ts`/.exec(readme()) ?? [];
  if (flags === undefined) throw new Error("the README has no command for Deno");
  return flags.split(" ");
}

/** Writes a block to a file, for this server and room, and with the sources in place of the package. */
function write(file: string, code: string, room: string): string {
  const { url, apiKey, apiSecret } = suiteServer();
  let text = code;
  for (
    const [from, to] of [
      ["ws://127.0.0.1:7880", url],
      ["devkey", apiKey],
      ["secret", apiSecret],
      ["yard", room],
    ] as const
  ) {
    expect(code).toContain(`"${from}"`);
    text = text.replaceAll(`"${from}"`, JSON.stringify(to));
  }
  text = text
    .replaceAll(`"@fieldlink/fieldlink/livekit"`, `"../../adapters/livekit/mod.ts"`)
    .replaceAll(`"@fieldlink/fieldlink"`, `"../../mod.ts"`);
  mkdirSync(folder, { recursive: true });
  const path = fileURLToPath(new URL(file, folder));
  writeFileSync(path, `${text}\n`);
  return path;
}

describe("the README's device and viewer", () => {
  it.for(runtimes.map((on) => ({ on })))("find each other under $on", { timeout: 3 * PATIENCE }, async ({ on }) => {
    const [gateway, viewer, ...others] = blocks().filter(({ heading }) => heading === SERVER_SECTION);
    expect(others).toEqual([]);
    const room = freshRoom();
    const flags = on === "deno" ? ["--no-prompt", ...denoFlags()] : [];
    const device = write(`gateway_${on}.ts`, gateway?.code ?? "", room);
    await using _gateway = new Program(device, { on, flags });
    await using watching = new Program(write(`viewer_${on}.ts`, viewer?.code ?? "", room), { on, flags });
    expect(await watching.prints(/pose/)).toMatch(/^\/pose \{ x: -?[\d.e-]+ \}$|^\/pose \{$/);
    expect(await watching.ends()).toBe(0);
  });
});
