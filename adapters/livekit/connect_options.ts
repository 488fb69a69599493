/**
 * What a connection is made with: its token, and what livekit-client is told.
 */
import * as Effect from "effect/Effect";
import type { RoomConnectOptions } from "livekit-client";
import { JoinError } from "../../transport/errors.ts";
import { messageOf } from "../../transport/message_of.ts";
import type { LiveKitOptions } from "./options.ts";
import { withoutSecrets } from "./secrets.ts";
import { installWebRtc } from "./webrtc/install.ts";

/** How long the signal connection, and then the peer connection, may take, in ms, where nothing is said. */
export const CONNECT_TIMEOUT_MS = 15_000;

/**
 * All that a connection carries goes over one transport in the end, on any LiveKit server. Unless it is told so
 * @roamhq/wrtc opens, for each of the seven media sections that livekit-client offers, sockets of its own on each network,
 * asks the STUN servers from each, and holds up the program meanwhile. Its offer is the same but for the candidates; those
 * of browsers would differ in more, which older servers do not understand.
 */
const ONE_TRANSPORT: RTCConfiguration = { bundlePolicy: "max-bundle" };

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
export async function connectOptions(options: Omit<LiveKitOptions, "url" | "token">): Promise<RoomConnectOptions> {
  const { source } = await installWebRtc();
  const timeout = options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS;
  return {
    autoSubscribe: false,
    peerConnectionTimeout: timeout,
    websocketTimeout: timeout,
    rtcConfig: { ...rtcConfig(options), ...(source === "native" ? {} : ONE_TRANSPORT) },
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
