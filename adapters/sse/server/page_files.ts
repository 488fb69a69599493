/**
 * The page's files. They hold no secrets, so that a browser can load them before it knows who is in front of it.
 */
import type { Page, PageFile } from "../page.ts";
import { notFound } from "./errors.ts";
import { gzip, takesGzip } from "./gzip.ts";

/** Bytes of a file that are handed on at a time. */
const SLICE_BYTES = 64 * 1024;

/** A file, as it travels. */
interface ServedFile extends Omit<PageFile, "body"> {
  /** All answers share it. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** The same in gzip, from when somebody asks for it first; `undefined` in it: there is no use in that. */
  gzipped?: Promise<Uint8Array | undefined>;
}

/** Files of a page, ready to be served. */
export class PageFiles {
  readonly #files: ReadonlyMap<string, ServedFile>;

  constructor(page: Page | undefined) {
    this.#files = new Map((page?.files ?? []).map((file) => [file.path, served(file)]));
  }

  /** The file at a path below the mount. */
  async answer(request: Request, url: URL, path: string): Promise<Response> {
    const file = this.#files.get(path === "" ? "index.html" : path);
    if (file === undefined) {
      throw notFound(
        this.#files.size === 0
          ? "this device has no page (sse({ page })); viewers begin with POST sessions"
          : "the page has no such file",
      );
    }
    const gzipped = takesGzip(request.headers.get("accept-encoding"))
      ? await (file.gzipped ??= gzip(file.bytes))
      : undefined;
    const etag = gzipped === undefined ? file.etag : file.etag.replace(/"$/, '-gzip"');
    const headers = {
      "Content-Type": file.contentType,
      ...(gzipped !== undefined && { "Content-Encoding": "gzip" }),
      "Vary": "Accept-Encoding",
      "ETag": etag,
      "Cache-Control": "no-cache",
      "Content-Security-Policy": policy(url.searchParams.get("livekit")),
      "X-Content-Type-Options": "nosniff",
      "Referrer-Policy": "no-referrer",
    };
    const known = (request.headers.get("if-none-match") ?? "").split(",").map((tag) => tag.trim().replace(/^W\//, ""));
    if (known.includes(etag) || known.includes("*")) return new Response(null, { status: 304, headers });
    if (request.method === "HEAD") return new Response(null, { headers });
    return new Response(slices(gzipped ?? file.bytes), { headers });
  }
}

/** A text is encoded once, and bytes are the caller's to change: here they stay as they were. */
function served({ body, ...file }: PageFile): ServedFile {
  return { ...file, bytes: typeof body === "string" ? new TextEncoder().encode(body) : new Uint8Array(body) };
}

/**
 * The body of an answer. A `Response` made of text or bytes has a copy of its own, and anybody may ask for any number of
 * answers and read none: this one holds nothing, and gives views of the shared bytes as the client reads.
 */
function slices(bytes: Uint8Array): ReadableStream<Uint8Array> {
  let at = 0;
  return new ReadableStream<Uint8Array>({
    pull: (controller) => {
      if (at < bytes.length) controller.enqueue(bytes.subarray(at, at + SLICE_BYTES));
      at += SLICE_BYTES;
      if (at >= bytes.length) controller.close();
    },
  }, { highWaterMark: 0 });
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
