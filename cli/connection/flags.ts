/**
 * The flags that say where to connect, and as whom.
 */
import * as Option from "effect/Option";
import type * as Redacted from "effect/Redacted";
import * as Flag from "effect/cli/Flag";
import type { ConnectionOptions } from "./options.ts";

type Optional<A> = Flag.Flag<Option.Option<A>>;

const transport: Optional<"livekit"> = Flag.Literals("transport", ["livekit"]).pipe(
  Flag.withDescription(
    "How to connect (default: what the URL's scheme says; ws and wss are LiveKit, http and https a served device)",
  ),
  Flag.optional,
);

const url: Optional<string> = text(
  "url",
  "URL",
  "The server, for example ws://localhost:7880 (or LIVEKIT_URL), or a served device, http://127.0.0.1:8787",
);

const token: Optional<Redacted.Redacted<string>> = Flag.Redacted("token").pipe(
  Flag.withDescription(
    "An access token, which says who joins which room, or what a served device asks for; or LIVEKIT_TOKEN, or " +
      "FIELDLINK_TOKEN, which others on this machine cannot see",
  ),
  Flag.withMetavar("TOKEN"),
  Flag.optional,
);

const apiKey: Optional<string> = text(
  "api-key",
  "KEY",
  "In place of a token: the server's API key; or LIVEKIT_API_KEY. Tokens are made of it for each connection",
);

const apiSecret: Optional<Redacted.Redacted<string>> = Flag.Redacted("api-secret").pipe(
  Flag.withDescription("The secret of the API key; or LIVEKIT_API_SECRET, which others on this machine cannot see"),
  Flag.withMetavar("SECRET"),
  Flag.optional,
);

const room: Optional<string> = text("room", "NAME", "With an API key: the room to join");

const iceServer: Flag.Flag<ReadonlyArray<string>> = Flag.String("ice-server").pipe(
  Flag.withDescription(
    "none: no STUN server is asked, which is right on one network and where DNS does not work; or a stun: URL to ask in " +
      "place of those that the server names; repeatable",
  ),
  Flag.withMetavar("none|URL"),
  Flag.atLeast(0),
);

const iceTransportPolicy: Optional<"all" | "relay"> = Flag.Literals("ice-transport-policy", ["all", "relay"]).pipe(
  Flag.withDescription("relay: connect through TURN only (default all)"),
  Flag.optional,
);

/** The flags, the parsed values of which {@linkcode connectionOptions} reads; `who` is the default identity, for people. */
export function connectionFlags(who: string): ConnectionFlags {
  const identity = text("identity", "NAME", `With an API key: who to be in the room (default ${who})`);
  return { transport, url, token, apiKey, apiSecret, room, identity, iceServer, iceTransportPolicy };
}

/** The flags that say where to connect. */
export interface ConnectionFlags {
  readonly transport: typeof transport;
  readonly url: typeof url;
  readonly token: typeof token;
  readonly apiKey: typeof apiKey;
  readonly apiSecret: typeof apiSecret;
  readonly room: typeof room;
  readonly identity: Optional<string>;
  readonly iceServer: typeof iceServer;
  readonly iceTransportPolicy: typeof iceTransportPolicy;
}

/** What the flags have been given as. */
export type ParsedConnection = {
  readonly [Name in keyof ConnectionFlags]: ConnectionFlags[Name] extends Flag.Flag<infer A> ? A : never;
};

/** The parsed flags as options. */
export function connectionOptions(given: ParsedConnection): ConnectionOptions {
  return {
    transport: Option.getOrUndefined(given.transport),
    url: Option.getOrUndefined(given.url),
    token: Option.getOrUndefined(given.token),
    apiKey: Option.getOrUndefined(given.apiKey),
    apiSecret: Option.getOrUndefined(given.apiSecret),
    room: Option.getOrUndefined(given.room),
    identity: Option.getOrUndefined(given.identity),
    iceServers: given.iceServer,
    iceTransportPolicy: Option.getOrUndefined(given.iceTransportPolicy),
  };
}

function text(name: string, metavar: string, description: string): Optional<string> {
  return Flag.String(name).pipe(Flag.withDescription(description), Flag.withMetavar(metavar), Flag.optional);
}
