/**
 * A server for the files of a page, as strict about what it may do as a device's is.
 */
import { createServer, type Server } from "node:http";
import type { PageFile } from "../../../adapters/sse/page.ts";

/** What pages may do. */
export const POLICY: string = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "connect-src 'self' ws: wss: http: https:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** Serves files on a port of its own. */
export class PageServer implements AsyncDisposable {
  readonly #server: Server;
  /** Where it is, without a slash at the end. */
  readonly origin: string;
  /** The paths that were asked for. */
  readonly asked: Array<string>;

  private constructor(server: Server, origin: string, asked: Array<string>) {
    this.#server = server;
    this.origin = origin;
    this.asked = asked;
  }

  static async start(files: ReadonlyArray<PageFile>): Promise<PageServer> {
    const byPath = new Map(files.map((file) => [file.path, file]));
    const asked: Array<string> = [];
    const server = createServer(({ url = "/" }, response) => {
      const path = new URL(url, "http://127.0.0.1").pathname.slice(1) || "index.html";
      asked.push(path);
      const file = byPath.get(path);
      response.writeHead(file === undefined ? 404 : 200, {
        "content-type": file?.contentType ?? "text/plain",
        "content-security-policy": POLICY,
      });
      response.end(file?.body ?? "");
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("the server of the page has no port");
    return new PageServer(server, `http://127.0.0.1:${address.port}`, asked);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }
}
