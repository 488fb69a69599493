/**
 * livekit-client, loaded when it is first needed.
 */
import { JoinError } from "../../transport/errors.ts";
import { couldNotLoad } from "./missing_package.ts";
import { mendWebSocket } from "./web_socket.ts";
import { installWebRtc } from "./webrtc/install.ts";

/** What livekit-client exports. */
export type LiveKitClient = typeof import("livekit-client");

/**
 * Loads livekit-client, after WebRTC has been supplied where the run-time has none. Rejects with JoinError
 * `unsupported`, whose detail says what to install.
 */
export async function loadClient(): Promise<LiveKitClient> {
  if (Reflect.get(globalThis, "WebSocket") === undefined) {
    throw new JoinError({
      reason: "unsupported",
      detail: "this run-time has no WebSocket; Node has one from version 22 on",
    });
  }
  mendWebSocket();
  await installWebRtc();
  try {
    return await import("livekit-client");
  } catch (cause) {
    throw couldNotLoad("livekit-client", cause);
  }
}
