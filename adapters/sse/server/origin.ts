/**
 * Where a request comes from, and by which name it came: a page elsewhere must not reach the device through the browser of
 * somebody who may.
 */
import { HttpRefusal } from "./errors.ts";
import type { SseSettings } from "./options.ts";

/**
 * Whether a server that listens on this host is reached by this machine alone, whatever a resolver says: `localhost`, `::1`,
 * or an address that begins with 127. What listens elsewhere is for others to reach: it is to have an `authorize`.
 *
 * @example
 * ```ts
 * import { isLoopbackHost } from "@fieldlink/fieldlink/sse";
 *
 * console.log(isLoopbackHost("127.0.0.1"), isLoopbackHost("0.0.0.0")); // true false
 * ```
 */
export function isLoopbackHost(hostname: string): boolean {
  const name = hostname.toLowerCase();
  if (name === "localhost" || name === "::1" || name === "[::1]") return true;
  const parts = name.split(".");
  const isAddress = parts.length === 4 && parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255);
  return isAddress && parts[0] === "127";
}

/** Whether a request's host, without a port, leads to this machine: browsers look up no name below `localhost`. */
export function isLoopbackName(host: string): boolean {
  return isLoopbackHost(host) || host.toLowerCase().endsWith(".localhost");
}

/** Whether it is a name or an address as it stands in a `Host`, without a port. */
export function isHostName(text: string): boolean {
  return /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)$/i.test(text);
}

/** A host as it stands in a header, without its port; `undefined` where it is none. */
function hostName(host: string): string | undefined {
  const name = host.replace(/:\d{1,5}$/, "");
  return isHostName(name) ? name.toLowerCase() : undefined;
}

/** A host with its port, the two that browsers leave out left out. */
function plainHost(host: string): string {
  return host.toLowerCase().replace(/:(80|443)$/, "");
}

/** Whether it is the origin of a page from a server, and written as browsers write it. */
function isWebOrigin(origin: string): boolean {
  return /^https?:/.test(origin) && URL.canParse(origin) && new URL(origin).origin === origin;
}

/** The hosts a request names: its address and, where it has one, its header. */
function hostsOf(request: Request, url: URL): ReadonlyArray<string> {
  const header = request.headers.get("host");
  return header === null ? [url.host] : [header, url.host];
}

/** Refuses requests that came by a name that nobody has allowed. */
export function checkHost(request: Request, url: URL, { isLoopback, hosts }: SseSettings): void {
  if (!isLoopback) return;
  for (const host of hostsOf(request, url)) {
    const name = hostName(host);
    if (name !== undefined && (isLoopbackName(name) || hosts.has(name))) continue;
    throw new HttpRefusal({
      status: 403,
      error: "host",
      detail:
        `requests to the host ${JSON.stringify(host.slice(0, 100))} are refused, as this server is for this machine; ` +
        "where the name is meant to lead here, allow it: sse({ hosts: [...] }), on the command line --allow-host",
    });
  }
}

/**
 * The headers that let a page elsewhere read the answer; none for the device's own pages and for programs. Refuses pages
 * that are not listed. Hosts are compared, not schemes: TLS may end in a tunnel in front.
 */
export function checkOrigin(request: Request, url: URL, { origins }: SseSettings): Readonly<Record<string, string>> {
  const origin = request.headers.get("origin");
  if (origin === null) return {};
  if (origins.has(origin)) {
    return {
      "Access-Control-Allow-Origin": origin,
      "Access-Control-Allow-Credentials": "true",
      "Access-Control-Expose-Headers": "Retry-After",
      "Vary": "Origin",
    };
  }
  const own = plainHost(request.headers.get("host") ?? url.host);
  if (isWebOrigin(origin) && plainHost(new URL(origin).host) === own) return {};
  throw new HttpRefusal({
    status: 403,
    error: "origin",
    detail: `pages of ${JSON.stringify(origin.slice(0, 100))} may not reach this device; ` +
      "where they are meant to, list the origin: sse({ origins: [...] })",
    headers: { Vary: "Origin" },
  });
}

/** The answer to a browser that asks what a listed page may send. */
export function preflight(request: Request, cors: Readonly<Record<string, string>>): Response {
  const asked = request.headers.get("access-control-request-headers") ?? "";
  const headers = new Headers({
    ...cors,
    "Access-Control-Allow-Methods": "GET, POST, PATCH, DELETE",
    "Access-Control-Max-Age": "600",
    "Cache-Control": "no-store",
  });
  // Applications have headers of their own for `authorize`, and the origin is one that they have listed.
  if (/^[a-z0-9!#$%&'*+.^_`|~, -]{1,1024}$/i.test(asked)) headers.set("Access-Control-Allow-Headers", asked);
  if (request.headers.get("access-control-request-private-network") === "true") {
    headers.set("Access-Control-Allow-Private-Network", "true");
  }
  return new Response(null, { status: 204, headers });
}
