/**
 * How a device is served over HTTP.
 */
import type * as Redacted from "effect/Redacted";

/** How a device is served over HTTP. */
export interface ServeOptions {
  /** The port; none: 8787, or the next one that is free. */
  readonly port: number | undefined;
  /** The address to listen on; none: 127.0.0.1, which only this machine reaches. */
  readonly host: string | undefined;
  /** What viewers have to present; none: nothing on this machine alone, else one that is made up. */
  readonly token: Redacted.Redacted<string> | undefined;
  /** Whether anybody who reaches the host may view and drive the device. */
  readonly insecure: boolean;
  /** Names beside the loopback ones by which browsers may ask, for example that of a tunnel. */
  readonly allowHosts: ReadonlyArray<string>;
}

/** Where a device is served, where nothing is said. */
export const DEFAULT_PORT = 8787;

/** The address that only this machine reaches. */
export const LOOPBACK = "127.0.0.1";
