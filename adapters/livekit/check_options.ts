/**
 * Options that cannot work, told before anything is connected.
 */
import { CONNECT_TIMEOUT_MS } from "./connect_options.ts";
import type { LiveKitLogLevel, LiveKitOptions } from "./options.ts";

/** The longest that a timer can be set for, in ms. */
const MAX_TIMER_MS = 2 ** 31 - 1;

const PROTOCOLS: ReadonlySet<string> = new Set(["ws:", "wss:", "http:", "https:"]);
const POLICIES: ReadonlySet<unknown> = new Set<NonNullable<LiveKitOptions["iceTransportPolicy"]>>(["all", "relay"]);
const LEVELS: ReadonlySet<unknown> = new Set<LiveKitLogLevel>(["silent", "error", "warn", "info", "debug", "trace"]);

/** Throws a RangeError for options that cannot work. */
export function checkOptions({ url, token, ...options }: LiveKitOptions): void {
  const problem = urlProblem(url);
  if (problem !== undefined) throw new RangeError(`Cannot make a transport as ${problem}`);
  if (typeof token !== "function" && (typeof token !== "string" || token === "")) {
    throw new RangeError("Cannot make a transport as 'token' must be a token, or a function that gives one");
  }
  const { iceServers = [], iceTransportPolicy = "all", logLevel = "warn" } = options;
  const timeout: unknown = options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS;
  if (typeof timeout !== "number" || !(timeout > 0 && timeout <= MAX_TIMER_MS)) {
    throw new RangeError(
      `Cannot make a transport as 'connectTimeoutMs' must be a number above 0, and ${MAX_TIMER_MS} at most: received ${timeout}`,
    );
  }
  if (!Array.isArray(iceServers) || !iceServers.every(isIceServer)) {
    throw new RangeError("Cannot make a transport as 'iceServers' must be a list of servers, each with its 'urls'");
  }
  oneOf("iceTransportPolicy", iceTransportPolicy, POLICIES);
  oneOf("logLevel", logLevel, LEVELS);
}

/** What is wrong with a server's address, if anything. Of the address only its scheme is told: the rest may be secret. */
export function urlProblem(url: unknown): string | undefined {
  const text = typeof url === "string" ? url : "";
  if (URL.canParse(text) && PROTOCOLS.has(new URL(text).protocol)) return undefined;
  const scheme = /^[a-z][a-z0-9+.-]*:\/\//i.exec(text)?.[0];
  const received = scheme === undefined ? "text that is no such URL" : `one that begins with ${scheme}`;
  return `'url' must be a URL that begins with ws://, wss://, http:// or https://: received ${
    typeof url === "string" ? received : typeof url
  }`;
}

function isIceServer(server: unknown): boolean {
  if (typeof server !== "object" || server === null || !("urls" in server)) return false;
  const urls: ReadonlyArray<unknown> = [server.urls].flat();
  return urls.length > 0 && urls.every((url) => typeof url === "string" && url !== "");
}

function oneOf(name: string, value: unknown, allowed: ReadonlySet<unknown>): void {
  if (allowed.has(value)) return;
  throw new RangeError(
    `Cannot make a transport as '${name}' must be one of ${[...allowed].join(", ")}: received ${String(value)}`,
  );
}
