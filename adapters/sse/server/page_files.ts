/**
 * The page's files. They hold no secrets, so that a browser can load them before it knows who is in front of it.
 */
import type { Page, PageFile } from "../page.ts";
import { notFound } from "./errors.ts";

/** Files of a page, ready to be served. */
export class PageFiles {
  readonly #files: ReadonlyMap<string, PageFile>;

  constructor(page: Page | undefined) {
    this.#files = new Map((page?.files ?? []).map((file) => [file.path, file]));
  }

  /** The file at a path below the mount. */
  answer(request: Request, url: URL, path: string): Response {
    const file = this.#files.get(path === "" ? "index.html" : path);
    if (file === undefined) {
      throw notFound(
        this.#files.size === 0
          ? "this device has no page (sse({ page })); viewers begin with POST sessions"
          : "the page has no such file",
      );
    }
    const headers = {
      "Content-Type": file.contentType,
      "ETag": file.etag,
      "Cache-Control": "no-cache",
      "Content-Security-Policy": policy(url.searchParams.get("livekit")),
      "X-Content-Type-Options": "nosniff",
      "Referrer-Policy": "no-referrer",
    };
    const known = (request.headers.get("if-none-match") ?? "").split(",").map((tag) => tag.trim().replace(/^W\//, ""));
    if (known.includes(file.etag) || known.includes("*")) return new Response(null, { status: 304, headers });
    if (request.method === "HEAD") return new Response(null, { headers });
    return new Response(typeof file.body === "string" ? file.body : new Uint8Array(file.body), { headers });
  }
}

/** What the page may load and reach: itself, and one LiveKit server where its address names one. */
function policy(livekit: string | null): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' blob: data:",
    ["connect-src 'self'", ...twins(livekit)].join(" "),
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
}

/** The origin of a server for signalling and for requests; nothing where it is no plain host, which could say more. */
function twins(address: string | null): ReadonlyArray<string> {
  if (address === null || !URL.canParse(address)) return [];
  const { protocol, host } = new URL(address);
  if (!/^([a-z0-9.-]+|\[[0-9a-f:.]+\])(:\d{1,5})?$/.test(host)) return [];
  if (protocol === "wss:" || protocol === "https:") return [`wss://${host}`, `https://${host}`];
  if (protocol === "ws:" || protocol === "http:") return [`ws://${host}`, `http://${host}`];
  return [];
}
