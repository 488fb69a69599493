/**
 * The event-stream transport: rooms over plain HTTP. The device is the server, and needs no other; viewers read
 * server-sent events and post what they send, through proxies, from browsers as well as from programs, and go on where
 * they were when a connection breaks.
 *
 * What goes over the wire, for peers of another make, is in `docs/sse_wire.md` of the sources.
 *
 * @example
 * ```ts
 * import { sse, sseClient } from "@fieldlink/fieldlink/sse";
 *
 * const device = sse({ identity: "rover-7" });
 * const viewer = sseClient({ url: "http://127.0.0.1:8787/" });
 * console.log(device.name, viewer.name); // sse sse
 * ```
 *
 * @module
 */
export type { SseClientLimits } from "./client/limits.ts";
export type { SseClientOptions, SseGap, SseTokenRequest } from "./client/options.ts";
export { sseClient } from "./client/transport.ts";
export type { Page, PageFile } from "./page.ts";
export { SseForbidden, type SseForbiddenFields } from "./server/errors.ts";
export type { SseLimits } from "./server/limits.ts";
export type { SseAuthorize, SseOptions, Subject } from "./server/options.ts";
export { isLoopbackHost } from "./server/origin.ts";
export { sse, type SseTransport } from "./server/sse.ts";
