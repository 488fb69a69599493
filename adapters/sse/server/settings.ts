/**
 * Options that cannot work, told before anything is served.
 */
import { isHostName, isLoopbackName } from "./origin.ts";
import { sseLimits } from "./limits.ts";
import type { SseOptions, SseSettings } from "./options.ts";

/** The longest that a timer can be set for, in ms. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** How long a viewer may be away, where nothing else is said, in ms. */
export const RESUME_TTL_MS = 30_000;

/** Whether it can be an identity, of so many characters at most. */
export function isIdentity(value: unknown, characters: number): value is string {
  // deno-lint-ignore no-control-regex
  return typeof value === "string" && value !== "" && value.length <= characters && !/[\x00-\x1f\x7f]/.test(value);
}

/** The options with their defaults. Throws a RangeError for options that cannot work. */
export function settingsOf(options: SseOptions): SseSettings {
  const { identity = "device", basePath = "/", hostname = "127.0.0.1", resumeTtlMs = RESUME_TTL_MS } = options;
  const refuse = (name: string, what: string, received: unknown): never => {
    throw new RangeError(`Cannot serve as '${name}' must be ${what}: received ${String(received)}`);
  };
  const limits = sseLimits(options.limits);
  const { nameCharacters } = limits;
  if (!isIdentity(identity, nameCharacters)) {
    refuse("identity", `1 to ${nameCharacters} characters without control characters`, identity);
  }
  if (!(typeof resumeTtlMs === "number" && resumeTtlMs > 0 && resumeTtlMs <= MAX_TIMER_MS)) {
    refuse("resumeTtlMs", `a number above 0, and ${MAX_TIMER_MS} at most`, resumeTtlMs);
  }
  const path = basePath.endsWith("/") ? basePath : `${basePath}/`;
  // As it stands in an address: what a URL would write otherwise could never be met.
  if (!path.startsWith("/") || new URL(path, "http://host").pathname !== path || path.includes("//")) {
    refuse("basePath", "a path as it stands in an address, for example /robot/", basePath);
  }
  const origins = (options.origins ?? []).map((origin) =>
    URL.canParse(origin) && new URL(origin).origin === origin.replace(/\/$/, "").toLowerCase()
      ? new URL(origin).origin
      : refuse("origins", "origins, for example https://ops.example", origin)
  );
  const hosts = (options.hosts ?? []).map((host) =>
    typeof host === "string" && isHostName(host)
      ? host.toLowerCase()
      : refuse("hosts", "names without a port, for example rover.example", host)
  );
  return {
    identity,
    authorize: options.authorize,
    page: options.page,
    basePath: path,
    isLoopback: isLoopbackName(hostname),
    hosts: new Set(hosts),
    origins: new Set(origins),
    resumeTtlMs,
    limits,
  };
}
