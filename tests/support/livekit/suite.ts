/**
 * What tests on the real server use: the suite's server, a fresh room for each test, and ways into it.
 */
import { randomBytes } from "node:crypto";
import { inject } from "vitest";
import { accessToken, type AccessTokenOptions, livekit, type LiveKitOptions } from "../../../adapters/livekit/mod.ts";
import type { Transport } from "../../../transport/mod.ts";
import { Admin } from "./admin.ts";
import type { ServerAddress } from "./server.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** The server that the suite runs on. */
    readonly livekit: ServerAddress;
  }
}

/** Where the suite's server is. Only within tests and hooks: while files are being collected there is none. */
export function suiteServer(): ServerAddress {
  return inject("livekit");
}

/** An administrator of the suite's server. */
export function suiteAdmin(): Admin {
  return new Admin(suiteServer());
}

let rooms = 0;
const process = randomBytes(4).toString("hex");

/** A room that nobody else uses. */
export function freshRoom(): string {
  rooms += 1;
  return `room-${process}-${rooms}`;
}

/** What may be said of a participant's way into a room. */
export interface WayInOptions {
  /** The server. Default: the suite's. */
  readonly server?: ServerAddress;
  /** What its token says beside who and where. */
  readonly token?: Omit<Partial<AccessTokenOptions>, "apiKey" | "apiSecret" | "room" | "identity">;
  /** More of the transport's options; no ICE servers by default. */
  readonly livekit?: Omit<Partial<LiveKitOptions>, "url" | "token">;
}

/** A token for a room. */
export function tokenFor(room: string, identity: string, options: WayInOptions = {}): Promise<string> {
  const { apiKey, apiSecret } = options.server ?? suiteServer();
  return accessToken({ ...options.token, apiKey, apiSecret, room, identity });
}

/** A transport into a room of the suite's server. */
export function transport(room: string, identity: string, options: WayInOptions = {}): Transport {
  return livekit({
    iceServers: [],
    ...options.livekit,
    url: (options.server ?? suiteServer()).url,
    token: () => tokenFor(room, identity, options),
  });
}
