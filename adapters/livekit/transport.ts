/**
 * The way into a room of a LiveKit server.
 */
import * as Effect from "effect/Effect";
import { JoinError } from "../../transport/errors.ts";
import type { Transport } from "../../transport/room.ts";
import type { LiveKitOptions } from "./options.ts";

/**
 * Rooms of a LiveKit server.
 *
 * @example
 * ```ts
 * import { livekit } from "@fieldlink/fieldlink/livekit";
 *
 * const transport = livekit({ url: "wss://livekit.example.org", token: "eyJhbGciOi..." });
 * console.log(transport.name); // livekit
 * ```
 */
export function livekit(options: LiveKitOptions): Transport {
  void options;
  return {
    name: "livekit",
    join: () => Effect.fail(new JoinError({ reason: "unsupported", detail: "not there yet" })),
  };
}
