/**
 * Where to connect, out of flags and variables of the environment.
 */
import * as Effect from "effect/Effect";
import * as Redacted from "effect/Redacted";
import { type IceServer, livekit, type LiveKitOptions } from "../../adapters/livekit/mod.ts";
import { sseClient } from "../../adapters/sse/mod.ts";
import type { Transport } from "../../transport/mod.ts";
import { OptionConflict, OptionMissing } from "../errors.ts";
import { printable } from "../format.ts";
import { type Credentials, credentialsOf, emptyFlags, type Need, variable } from "./credentials.ts";
import type { ConnectionOptions, Environment } from "./options.ts";

/** A way to a device. */
export type Connection = LiveKitConnection | HttpConnection;

/** A way to a LiveKit server. */
export interface LiveKitConnection {
  readonly kind: "livekit";
  readonly transport: Transport;
  /** What the transport was made with. */
  readonly livekit: LiveKitOptions;
  /** Where to, and as whom, for people; it gives nothing secret away. */
  readonly where: string;
  /** Whether the room is one that was asked for, and not the default. */
  readonly isRoomGiven: boolean;
}

/** A way to a device that is served over HTTP. */
export interface HttpConnection {
  readonly kind: "http";
  readonly transport: Transport;
  readonly where: string;
}

/** Who connects, and where to, where nothing is said. */
export interface ConnectionDefaults {
  readonly identity: string;
  /** Default none: the room has to be given. */
  readonly room?: string;
}

const LIVEKIT_SCHEMES: ReadonlySet<string> = new Set(["ws:", "wss:"]);
const HTTP_SCHEMES: ReadonlySet<string> = new Set(["http:", "https:"]);
const STUN = /^stuns?:\S+$/;

/**
 * The connection that was asked for. Flags win over the variables that LiveKit's own tools read: `LIVEKIT_URL`,
 * `LIVEKIT_TOKEN`, `LIVEKIT_API_KEY` and `LIVEKIT_API_SECRET`. The URL's scheme picks the transport.
 */
export function connectionOf(
  options: ConnectionOptions,
  environment: Environment,
  defaults: ConnectionDefaults,
): Connection | OptionConflict | OptionMissing {
  const missing: Array<string> = [];
  const need: Need = (value, what) => {
    if (value === undefined) missing.push(what);
    return value ?? "";
  };
  const givenUrl = options.url ?? variable(environment, "LIVEKIT_URL");
  const text = need(givenUrl, "a --url (or LIVEKIT_URL), for example ws://localhost:7880");
  const empty = emptyFlags(options);
  if (empty !== undefined) return empty;
  if (isHttp(options)) return httpConnection(text, options, environment);
  const credentials = credentialsOf(options, environment, defaults, need);
  if (credentials instanceof OptionConflict) return credentials;
  if (missing.length > 0) return new OptionMissing({ detail: `cannot connect without ${missing.join("; without ")}` });
  // The variable is LiveKit's own, and its tools take any scheme there.
  const url = serverOf(text, options.url === undefined ? "livekit" : options.transport);
  if (url instanceof OptionConflict) return url;
  const iceServers = iceServersOf(options.iceServers);
  if (iceServers instanceof OptionConflict) return iceServers;
  const { iceTransportPolicy } = options;
  const given: LiveKitOptions = {
    url: url.href,
    token: credentials.token,
    ...(iceServers === undefined ? {} : { iceServers }),
    ...(iceTransportPolicy === undefined ? {} : { iceTransportPolicy }),
  };
  return {
    kind: "livekit",
    transport: livekit(given),
    livekit: given,
    where: whereOf(url, credentials),
    isRoomGiven: credentials.room !== defaults.room,
  };
}

/** As {@linkcode connectionOf}, as an Effect. */
export function connect(
  options: ConnectionOptions,
  environment: Environment,
  defaults: ConnectionDefaults,
): Effect.Effect<Connection, OptionConflict | OptionMissing> {
  return Effect.suspend(() => {
    const connection = connectionOf(options, environment, defaults);
    return "transport" in connection ? Effect.succeed(connection) : Effect.fail(connection);
  });
}

/** LiveKit's own tools take any scheme in their variable, so only a flag makes it HTTP. */
function isHttp({ url, transport }: ConnectionOptions): boolean {
  return transport === undefined && url !== undefined && URL.canParse(url) && HTTP_SCHEMES.has(new URL(url).protocol);
}

/** The URL may be the one that was printed for browsers, with a token in its fragment. */
function httpConnection(
  text: string,
  options: ConnectionOptions,
  environment: Environment,
): HttpConnection | OptionConflict {
  const url = new URL(text);
  const token = options.token === undefined
    ? new URLSearchParams(url.hash.slice(1)).get("token") ?? variable(environment, "FIELDLINK_TOKEN")
    : Redacted.value(options.token);
  const others = {
    "--api-key": options.apiKey,
    "--api-secret": options.apiSecret,
    "--room": options.room,
    "--ice-server": options.iceServers[0],
    "--ice-transport-policy": options.iceTransportPolicy,
  };
  const [other] = Object.entries(others).flatMap(([flag, value]) => value === undefined ? [] : [flag]);
  if (other !== undefined) {
    return new OptionConflict({
      detail: `${other} is for LiveKit, and the --url is one over HTTP: leave it out, or say --transport livekit`,
    });
  }
  if (url.username !== "" || url.password !== "") {
    return new OptionConflict({ detail: "a --url over HTTP takes no user and password: give a --token" });
  }
  url.hash = "";
  const { identity } = options;
  const transport = sseClient({
    url: url.href,
    ...(token === undefined ? {} : { token }),
    ...(identity === undefined ? {} : { identity }),
  });
  return { kind: "http", transport, where: printable(`${url.origin}${url.pathname}`) };
}

/** The URL itself is in no error: a password, or a token that was given in its place, would be told with it. */
function serverOf(text: string, transport: "livekit" | undefined): URL | OptionConflict {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || url.host === "") {
    return new OptionConflict({
      detail: "the --url (or LIVEKIT_URL) is no URL of a server: give one like ws://host:7880",
    });
  }
  const { protocol } = url;
  const isLiveKit = LIVEKIT_SCHEMES.has(protocol) || (HTTP_SCHEMES.has(protocol) && transport === "livekit");
  if (isLiveKit) return url;
  const supported = "for a LiveKit server give a URL with ws:// or wss://";
  const detail = `there is no transport for a --url with ${printable(protocol)}//; ${supported}, ` +
    "for a device that is served over HTTP one with http:// or https://";
  return new OptionConflict({ detail });
}

function iceServersOf(given: ReadonlyArray<string>): ReadonlyArray<IceServer> | undefined | OptionConflict {
  if (given.length === 0) return undefined;
  if (given.includes("none")) {
    if (given.length === 1) return [];
    return new OptionConflict({ detail: "--ice-server none goes with no other one" });
  }
  if (given.every((url) => STUN.test(url))) return given.map((urls) => ({ urls }));
  return new OptionConflict({
    detail:
      "an --ice-server is none or a URL like stun:host:3478; TURN needs credentials, which the LiveKit server hands out",
  });
}

function whereOf(url: URL, { room, identity }: Credentials): string {
  const where = [`LiveKit at ${url.protocol}//${url.host}`];
  if (room !== undefined) where.push(`room ${room}`);
  if (identity !== undefined) where.push(`as ${identity}`);
  return printable(where.join(", "));
}
