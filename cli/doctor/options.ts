/**
 * What the doctor is asked to look at.
 */
import type { LiveKitOptions } from "../../adapters/livekit/mod.ts";
import type { Transport } from "../../transport/mod.ts";

/** A server to look at. */
export interface Server {
  /** None: the device is served over HTTP. */
  readonly livekit: LiveKitOptions | undefined;
  readonly transport: Transport;
  /** Whether a device is looked for in the room. */
  readonly hasDevice: boolean;
}

/** What the doctor is asked to look at. */
export interface DoctorOptions {
  /** Whether to print one JSON object rather than lines. */
  readonly json: boolean;
  /** The server to look at; none: only this machine. */
  readonly server: Server | undefined;
}
