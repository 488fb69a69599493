/**
 * The transports that the page can use.
 */
import { sseClient } from "../adapters/sse/mod.ts";
import type { Transport } from "../transport/mod.ts";
import type { Target } from "./state/target.ts";

/**
 * Makes the transport to a target: to the device that has served the page, or to a LiveKit server. What only LiveKit needs
 * is loaded with the first connection to such a server. `onStream`: whether the device's stream is there or is being resumed.
 */
export async function transportFor(target: Target, onStream: (isOpen: boolean) => void): Promise<Transport> {
  if (target.via === "device") {
    const token = target.token === undefined ? {} : { token: target.token };
    return sseClient({ url: new URL(".", location.href), onConnection: onStream, ...token });
  }
  const { livekit } = await import("../adapters/livekit/mod.ts");
  return livekit({ url: target.url, token: target.token, logLevel: "silent" });
}
