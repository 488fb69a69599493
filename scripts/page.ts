/**
 * The page that devices serve, bundled from web/ into one module of this project: page/mod.ts, which git ignores.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { extname, join } from "node:path";
import { build, type Rolldown } from "vite";
import { root } from "./house.ts";

/** Where the generated module is, relative to the project's folder. */
export const pageModule = "page/mod.ts";

/** What the page is made of, and what says how: files and folders. */
const inputs: ReadonlyArray<string> = [
  "adapters",
  "core",
  "mod.ts",
  "package-lock.json",
  "scripts/page.ts",
  "transport",
  "web",
];

/** One file of the page, as text. */
export interface BuiltFile {
  readonly path: string;
  readonly contentType: string;
  readonly body: string;
  readonly etag: string;
}

const contentTypes: Readonly<Record<string, string>> = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".svg": "image/svg+xml",
};

/** A digest of all that the page is made of. */
export function pageDigest(): string {
  const hash = createHash("sha256");
  for (const file of inputs.flatMap(filesOf)) hash.update(`${file}\0`).update(readFileSync(root + file)).update("\0");
  return hash.digest("hex").slice(0, 32);
}

/** The digest of what the module that is there was made of; `undefined` when there is none. */
export function digestOfModule(): string | undefined {
  try {
    return /^\/\/ made of ([0-9a-f]+)$/m.exec(readFileSync(root + pageModule, "utf8").slice(0, 2_000))?.[1];
  } catch {
    return undefined;
  }
}

/** The files of the page, or of another one that is made of its parts, bundled. `folder`: where its index.html is. */
export async function bundlePage(folder = "web"): Promise<ReadonlyArray<BuiltFile>> {
  const built = await build({
    root: root + folder,
    // Wherever it is mounted.
    base: "./",
    configFile: false,
    logLevel: "error",
    define: { "process.env.NODE_ENV": '"production"' },
    oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
    build: {
      write: false,
      target: "es2022",
      // Small files too: the page's policy allows none that are inline.
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      chunkSizeWarningLimit: 2_000,
    },
  });
  return [built].flat().flatMap((one) => "output" in one ? one.output.map(fileOf) : []);
}

/** Makes the module anew and gives the files that are in it. */
export async function makePage(): Promise<ReadonlyArray<BuiltFile>> {
  const digest = pageDigest();
  const files = [...await bundlePage()].sort((a, b) => a.path < b.path ? -1 : 1);
  mkdirSync(root + "page", { recursive: true });
  // Whoever reads it meanwhile reads the one before, whole.
  const unfinished = `${root}${pageModule}.part-${process.pid}`;
  writeFileSync(unfinished, moduleText(digest, files));
  renameSync(unfinished, root + pageModule);
  return files;
}

function moduleText(digest: string, files: ReadonlyArray<BuiltFile>): string {
  const entries = files.map((file) => `    ${JSON.stringify(file)},\n`).join("");
  return `/**
 * The viewer page, built: give it to an event-stream server, which then serves it to browsers. It makes no requests but
 * to that server, and to a LiveKit server when it is told to.
 *
 * @module
 */
// made of ${digest}
import type { Page } from "../adapters/sse/page.ts";

export type { Page, PageFile } from "../adapters/sse/page.ts";

/** The viewer page. */
export const page: Page = {
  files: [
${entries}  ],
};
`;
}

function fileOf(output: Rolldown.OutputChunk | Rolldown.OutputAsset): BuiltFile {
  const body = output.type === "chunk" ? output.code : textOf(output.source);
  const contentType = contentTypes[extname(output.fileName)];
  if (contentType === undefined) throw new Error(`${output.fileName}: say in scripts/page.ts what its content type is`);
  const etag = `"${createHash("sha256").update(body).digest("base64url").slice(0, 22)}"`;
  return { path: output.fileName, contentType, body, etag };
}

function textOf(source: string | Uint8Array): string {
  return typeof source === "string" ? source : new TextDecoder("utf-8", { fatal: true }).decode(source);
}

function filesOf(path: string): ReadonlyArray<string> {
  if (extname(path) !== "") return [path];
  return readdirSync(root + path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length))
    .sort();
}
