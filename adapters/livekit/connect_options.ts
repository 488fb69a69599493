/**
 * What a connection is made with: its token, and what livekit-client is told.
 */
import * as Effect from "effect/Effect";
import type { RoomConnectOptions } from "livekit-client";
import { JoinError } from "../../transport/errors.ts";
import { messageOf } from "../../transport/message_of.ts";
import type { LiveKitOptions } from "./options.ts";
import { withoutSecrets } from "./secrets.ts";

/** How long the signal connection, and then the peer connection, may take, in ms, where nothing is said. */
export const CONNECT_TIMEOUT_MS = 15_000;

/** Asks for the token of one connection. */
export function askToken(token: LiveKitOptions["token"]): Effect.Effect<string, JoinError> {
  if (typeof token === "string") return Effect.succeed(token);
  return Effect.tryPromise({
    try: async (signal) => {
      const given: unknown = await token({ signal });
      if (typeof given !== "string" || given === "") throw new Error("the function gave no text");
      return given;
    },
    catch: (cause) => cause instanceof JoinError ? cause : noToken(cause),
  });
}

function noToken(cause: unknown): JoinError {
  const why = messageOf(cause);
  const safe = withoutSecrets(why);
  const detail = `there is no token: ${safe}`;
  return new JoinError({ reason: "unreachable", detail, ...(safe === why ? { cause } : {}) });
}

/** What livekit-client is told. */
export function connectOptions(options: Omit<LiveKitOptions, "url" | "token">): RoomConnectOptions {
  const timeout = options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS;
  return {
    autoSubscribe: false,
    peerConnectionTimeout: timeout,
    websocketTimeout: timeout,
    rtcConfig: rtcConfig(options),
  };
}

function rtcConfig({ iceServers, iceTransportPolicy }: Omit<LiveKitOptions, "url" | "token">) {
  return {
    ...(iceServers === undefined
      ? {}
      : { iceServers: iceServers.map((server) => ({ ...server, urls: [server.urls].flat() })) }),
    ...(iceTransportPolicy === undefined ? {} : { iceTransportPolicy }),
  };
}
