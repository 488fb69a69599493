/**
 * The transports that the page can use.
 */
import { JoinError, type Transport } from "../transport/mod.ts";
import type { Target } from "./state/target.ts";

/** Makes the transport to a target. What only LiveKit needs is loaded with the first connection to such a server. */
export async function transportFor(target: Target): Promise<Transport> {
  if (target.via === "device") {
    throw new JoinError({ reason: "unsupported", detail: "this page can only connect to LiveKit servers" });
  }
  const { livekit } = await import("../adapters/livekit/mod.ts");
  return livekit({ url: target.url, token: target.token, logLevel: "silent" });
}
