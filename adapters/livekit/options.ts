/**
 * How to reach a LiveKit server.
 */

import type { LiveKitLimits } from "./limits.ts";

/** What a token function is told. */
export interface TokenRequest {
  /** Aborts when the token is not needed any more: the join was given up. */
  readonly signal: AbortSignal;
}

/** An ICE server, as WebRTC knows it. */
export interface IceServer {
  /** Its address or addresses, for example `turn:turn.example.org:3478`. */
  readonly urls: string | ReadonlyArray<string>;
  /** For TURN. */
  readonly username?: string;
  /** For TURN. */
  readonly credential?: string;
}

/** From which level on livekit-client's log lines are passed on. */
export type LiveKitLogLevel = "silent" | "error" | "warn" | "info" | "debug" | "trace";

/** Who connects, where to, and how. */
export interface LiveKitOptions {
  /** The server: `ws://`, `wss://`, `http://` or `https://`. */
  readonly url: string;
  /**
   * The access token, which names room and identity; or a function that is called for each connection, for tokens that
   * expire. What it throws or rejects with fails the attempt, which is then made again with back-off; a JoinError of
   * reason `refused` says that this would be of no use.
   */
  readonly token: string | ((request: TokenRequest) => string | Promise<string>);
  /**
   * ICE servers to use instead of those the server names. `[]`: none, only direct connections; the right choice on one
   * host or one network, and on a device without working DNS, where each look-up of a STUN server would leave threads
   * behind. Default: those the server names.
   */
  readonly iceServers?: ReadonlyArray<IceServer>;
  /** `relay`: only through TURN. Default `all`. */
  readonly iceTransportPolicy?: "all" | "relay";
  /** See {@linkcode LiveKitLogLevel}. The latest connection's level holds for the process. Default `warn`. */
  readonly logLevel?: LiveKitLogLevel;
  /** Waiting for the signal connection and then for the peer connection, in ms each. Default 15,000. */
  readonly connectTimeoutMs?: number;
  /** Bounds that differ from the defaults; LIMITS.md lists them. */
  readonly limits?: Partial<LiveKitLimits>;
}
