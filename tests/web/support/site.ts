/**
 * Pages with the policy that the server of the viewer page sets.
 */
import { createServer, type Server } from "node:http";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "vite";
import { aliases } from "../../../scripts/vitest_settings.ts";

/** What the page may do: nothing that is not from its own server, and no code that is made at run time. */
export const POLICY: string = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' blob: data:",
  "connect-src 'self'",
].join("; ");

const types: Readonly<Record<string, string>> = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".svg": "image/svg+xml",
};

/** A folder with an index.html, bundled with all that it needs and served on 127.0.0.1. */
export class Site implements AsyncDisposable {
  /** Where its index.html is. */
  readonly url: string;
  readonly #server: Server;

  private constructor(server: Server, port: number) {
    this.#server = server;
    this.url = `http://127.0.0.1:${port}/`;
  }

  /** Bundles and serves a folder, given relative to the project's. */
  static async serve(folder: string): Promise<Site> {
    const files = await bundleSite(folder);
    const server = createServer(({ url = "/" }, response) => {
      const path = url === "/" ? "index.html" : url.slice(1).replace(/\?.*$/, "");
      const body = files.get(path);
      const headers = { "content-security-policy": POLICY, "content-type": types[extname(path)] ?? "text/plain" };
      response.writeHead(body === undefined ? 404 : 200, headers).end(body ?? "");
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("the server of the site has no port");
    return new Site(server, address.port);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }
}

async function bundleSite(folder: string): Promise<ReadonlyMap<string, string | Uint8Array>> {
  const built = await build({
    root: fileURLToPath(new URL(`../../../${folder}`, import.meta.url)),
    base: "./",
    configFile: false,
    logLevel: "error",
    resolve: { alias: aliases() },
    oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
    build: {
      write: false,
      target: "es2022",
      minify: false,
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      chunkSizeWarningLimit: 10_000,
    },
  });
  const outputs = [built].flat().flatMap((one) => "output" in one ? one.output : []);
  return new Map(outputs.map((file) => [file.fileName, file.type === "chunk" ? file.code : file.source]));
}
