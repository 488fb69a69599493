/**
 * How a command is told where to connect, and as whom.
 */
import type * as Redacted from "effect/Redacted";

/** What was given on the command line. */
export interface ConnectionOptions {
  /** Default: what the URL's scheme says. */
  readonly transport: "livekit" | undefined;
  readonly url: string | undefined;
  /** An access token; instead of it a key and its secret, with which tokens are made. */
  readonly token: Redacted.Redacted<string> | undefined;
  readonly apiKey: string | undefined;
  readonly apiSecret: Redacted.Redacted<string> | undefined;
  readonly room: string | undefined;
  readonly identity: string | undefined;
  /** `stun:` URLs, or `none`; empty: those that the server names. */
  readonly iceServers: ReadonlyArray<string>;
  readonly iceTransportPolicy: "all" | "relay" | undefined;
}

/** The variables of a process. An empty one counts as one that is not there. */
export type Environment = Readonly<Record<string, string | undefined>>;
