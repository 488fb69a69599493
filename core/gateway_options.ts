/**
 * How a gateway is made.
 */
import type { Transport } from "../transport/mod.ts";
import type { Context } from "./channel/context.ts";
import type { GatewayLimits } from "./limits.ts";
import type { Log } from "./log.ts";
import type { OfferingOptions } from "./offering.ts";
import type { Status } from "./protocol/mod.ts";
import type { Authorize } from "./session/authorization.ts";
import type { ChannelPolicy, SessionCallbacks } from "./session/session_options.ts";

/** What a gateway is doing. `connecting` also between losing a session and having the next one. */
export type GatewayStatus = "connecting" | "connected" | "shutting-down" | "shut-down";

/** Why a gateway has ended: it was closed, or no viewer was there for `deviceWaitForViewerMs`. */
export type GatewayEnd = "closed" | "idle";

/** Something that a device tells the people at its viewers. */
export type StatusOptions = Omit<Status, "op">;

/** How a gateway is made. Callbacks are synchronous; what they throw is logged and goes no further. */
export interface GatewayOptions extends SessionCallbacks, ChannelPolicy, OfferingOptions {
  /** The device's name, for people. */
  readonly name: string;
  /** How viewers are reached. */
  readonly transport: Transport;
  /** The channels that are offered. */
  readonly context: Context;
  /** Text by key, for people and tools; `fg-library` is added. Default: none. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** The id of the session; it stays the same over reconnects. Default: a random one. */
  readonly sessionId?: string;
  /**
   * Decides who is let in and what each viewer may do, when it joins. What it throws or rejects with, and an answer that
   * takes longer than the limit `authorizeTimeoutMs`, refuse the viewer. Default: everybody may do everything.
   */
  readonly authorize?: Authorize;
  /** How long to stay without a viewer, in ms, before the gateway ends as `idle`. Default: for ever. */
  readonly deviceWaitForViewerMs?: number;
  /** Bounds, where they are to differ from the defaults. */
  readonly limits?: Partial<GatewayLimits>;
  /** Where diagnostics go. Default: the calling fiber's logging; without Effect, warnings and errors go to the console. */
  readonly log?: Log;
  /** The gateway's status has changed; the first one is `connecting`, the last one `shut-down`. */
  readonly onStatus?: (status: GatewayStatus) => void;
}
