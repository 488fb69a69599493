/**
 * How a viewer reaches a device over server-sent events.
 */
import type { SseClientLimits } from "./limits.ts";

/** What a token function is told. */
export interface SseTokenRequest {
  /** Aborts when the token is not needed any more: the request was given up. */
  readonly signal: AbortSignal;
}

/**
 * Numbers of events that the device had not kept any more, both included, as it counts them for this viewer. What came
 * after them was dropped with them: it belongs to the instance that is over.
 */
export interface SseGap {
  /** The first one. */
  readonly from: number;
  /** The last one. */
  readonly to: number;
}

/** Whom to reach, as whom, and how. */
export interface SseClientOptions {
  /** Where the device's handler is mounted: `http://` or `https://`; in a page it may be relative to the page. */
  readonly url: string | URL;
  /**
   * Goes with each request as `Authorization: Bearer`. A function is called anew for each request, for tokens that
   * expire. What it throws or rejects with on joining fails the attempt, which is then made again with back-off; a
   * JoinError of reason `refused` says that this would be of no use. Default: none.
   */
  readonly token?: string | ((request: SseTokenRequest) => string | Promise<string>);
  /** Further headers of each request, for what stands between the viewer and the device. Default none. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Who the viewer is, where the device does not know better by the token. Default: the device makes one up. */
  readonly identity?: string;
  /** Sends a request. Default: the run-time's own `fetch`. A device of the same process needs no socket: its handler does. */
  readonly fetch?: (request: Request) => Promise<Response>;
  /**
   * Events that must not be lost have been lost: the connection was away, or too slow, for longer than the device keeps
   * them. `gap` says exactly which of them it had not kept any more; what it still had after those is dropped as well, so
   * that all that came after the last event is lost. `undefined`: the device has lost its memory, and nobody knows. The
   * viewer starts from a clean state then, as after a reconnect: it subscribes again, and requests under way fail. Also
   * logged as a warning.
   */
  readonly onReset?: (gap: SseGap | undefined) => void;
  /** Whether the stream of events is there: `false` while it is being resumed, `true` when it is back. */
  readonly onConnection?: (isConnected: boolean) => void;
  /** Bounds that differ from the defaults; LIMITS.md lists them. */
  readonly limits?: Partial<SseClientLimits>;
}

/** The URL under which everything is, with a slash at its end. Throws a RangeError for options that cannot work. */
export function baseUrl({ url, token, identity }: SseClientOptions): URL {
  const { location } = globalThis as { readonly location?: { readonly href: string } };
  const base = URL.parse(String(url), location?.href);
  if (base === null || (base.protocol !== "http:" && base.protocol !== "https:")) {
    throw new RangeError(`Cannot connect as 'url' must be an http:// or https:// URL: received ${shown(url)}`);
  }
  if (base.username !== "" || base.password !== "") {
    throw new RangeError("Cannot connect as 'url' must hold no user or password: use 'token' or 'headers'");
  }
  if (token === "") throw new RangeError("Cannot connect as 'token' must not be empty: leave it out for none");
  if (identity === "") throw new RangeError("Cannot connect as 'identity' must not be empty: leave it out for none");
  base.hash = "";
  base.search = "";
  if (!base.pathname.endsWith("/")) base.pathname += "/";
  return base;
}

/** No secrets: what stands in front of an `@` may be one. */
function shown(url: string | URL): string {
  const text = String(url).slice(0, 100);
  return `"${text.slice(text.lastIndexOf("@") + 1)}"`;
}
