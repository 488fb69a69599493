/**
 * The event-stream transport: rooms over plain HTTP. The device is the server, and needs no other; viewers read
 * server-sent events and post what they send, through proxies, from browsers as well as from programs, and go on where
 * they were when a connection breaks.
 *
 * @example
 * ```ts
 * import { sse } from "@fieldlink/fieldlink/sse";
 *
 * const transport = sse({ identity: "rover-7" });
 * console.log(transport.name); // sse
 * ```
 *
 * @module
 */
export type { Page, PageFile } from "./page.ts";
export { SseForbidden, type SseForbiddenFields } from "./server/errors.ts";
export type { SseLimits } from "./server/limits.ts";
export type { SseAuthorize, SseOptions, Subject } from "./server/options.ts";
export { sse, type SseTransport } from "./server/sse.ts";
