/**
 * The code of the README about devices over HTTP runs as it stands there: the device, and then who watches it. Only the
 * port is another one.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterEach, expect, it, vi } from "vitest";
import { runtime } from "../../scripts/vitest_settings.ts";
import { freePort } from "../support/livekit/ports.ts";
import { blocks, HTTP_SECTION } from "../support/readme.ts";

const root = new URL("../../", import.meta.url);

afterEach(() => void vi.restoreAllMocks());

it("README: a device over HTTP is watched", { timeout: 20_000 }, async () => {
  const port = await freePort();
  const folder = new URL(`.cache/readme-${runtime()}/`, root);
  mkdirSync(folder, { recursive: true });
  const printed: Array<string> = [];
  vi.spyOn(console, "log").mockImplementation((...parts) => void printed.push(JSON.stringify(parts)));
  const served = blocks().filter(({ heading }) => heading === HTTP_SECTION);
  for (const [index, { code }] of served.entries()) {
    const file = new URL(`served_${index}.ts`, folder);
    writeFileSync(file, `${code.replaceAll("8787", `${port}`)}\nexport {};\n`);
    await vi.importActual(fileURLToPath(file));
  }
  expect(printed).toHaveLength(1);
  expect(printed[0]).toMatch(/^\["\/pose",\{"x":-?[\d.e-]+\}\]$/);
});
