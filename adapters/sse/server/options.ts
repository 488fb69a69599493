/**
 * How a device is reached over HTTP.
 */
import type { Page } from "../page.ts";
import type { SseLimits } from "./limits.ts";

/** Who makes a request, as the application knows it. */
export interface Subject {
  /** Who it is, to the application: the user, the token, the account. All requests of a session come from the same one. */
  readonly subject: string;
  /**
   * The identity it has in the room: it is nobody else's, and whoever has merely asked for it before loses it. Default: the
   * one that it asks for, or else a random one.
   */
  readonly identity?: string;
}

/**
 * Decides on a request: who makes it; `undefined`: nobody knows (401). Throwing an {@linkcode SseForbidden} refuses it
 * (403). It must leave the body alone.
 */
export type SseAuthorize = (request: Request) => Subject | undefined | Promise<Subject | undefined>;

/** How a device is reached over HTTP. */
export interface SseOptions {
  /** The device's identity in the room. Default `device`. */
  readonly identity?: string;
  /** Who may do what; asked on each request but those of the page's files, which hold no secrets. Default: everybody. */
  readonly authorize?: SseAuthorize;
  /** A page for browsers. Default: none. */
  readonly page?: Page;
  /** Where the handler is mounted: the path in front of its own, as it stands in the address, for example `/robot/`. Default `/`. */
  readonly basePath?: string;
  /**
   * What the server listens on. With a loopback address, requests must name a loopback host, or one of `hosts`: a page
   * elsewhere could otherwise reach the device through a name that it has pointed here. Default `127.0.0.1`.
   */
  readonly hostname?: string;
  /** Further names that the device is reached by, without a port, for example that of a tunnel. Default: none. */
  readonly hosts?: ReadonlyArray<string>;
  /** Pages elsewhere that may reach the device, for example `https://ops.example`. Default: none. */
  readonly origins?: ReadonlyArray<string>;
  /** How long a viewer may be away before it has left, in ms. Default 30,000. */
  readonly resumeTtlMs?: number;
  /** Bounds that differ from the defaults; LIMITS.md lists them. */
  readonly limits?: Partial<SseLimits>;
}

/** The options, checked and with their defaults. */
export interface SseSettings {
  readonly identity: string;
  readonly authorize: SseAuthorize | undefined;
  readonly page: Page | undefined;
  /** With a slash at both ends. */
  readonly basePath: string;
  readonly isLoopback: boolean;
  /** In lower case. */
  readonly hosts: ReadonlySet<string>;
  /** As a browser writes them. */
  readonly origins: ReadonlySet<string>;
  readonly resumeTtlMs: number;
  readonly limits: SseLimits;
}
