/**
 * A program for a page, bundled with all that it imports, as its users would do it.
 */
import { fileURLToPath } from "node:url";
import { build, type Rolldown } from "vite";
import { aliases } from "../../../scripts/vitest_settings.ts";

/** What a page is given. */
export interface Bundle {
  readonly code: string;
  /** The files that are in it. */
  readonly modules: ReadonlyArray<string>;
}

/** Bundles a file, given relative to the project's folder, with everything in one. */
export async function bundle(file: string): Promise<Bundle> {
  const root = fileURLToPath(new URL("../../../", import.meta.url));
  const built = await build({
    root,
    configFile: false,
    logLevel: "error",
    resolve: { alias: aliases() },
    build: {
      write: false,
      minify: false,
      lib: { entry: root + file, formats: ["iife"], name: "page" },
    },
  });
  const chunks = [built].flat().flatMap((one) => "output" in one ? one.output.filter(isChunk) : []);
  return { code: chunks.map(({ code }) => code).join("\n"), modules: chunks.flatMap(({ moduleIds }) => moduleIds) };
}

function isChunk(file: Rolldown.OutputChunk | Rolldown.OutputAsset): file is Rolldown.OutputChunk {
  return file.type === "chunk";
}
