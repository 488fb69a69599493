/**
 * As whom to connect: an access token, or a key and its secret that tokens are made with.
 */
import { Buffer } from "node:buffer";
import * as Redacted from "effect/Redacted";
import { accessToken, type LiveKitOptions } from "../../adapters/livekit/mod.ts";
import { OptionConflict } from "../errors.ts";
import type { ConnectionOptions, Environment } from "./options.ts";

/** As whom to connect. */
export interface Credentials {
  readonly token: LiveKitOptions["token"];
  /** The room that may be joined, as far as it is known. */
  readonly room: string | undefined;
  /** Who joins it, as far as it is known. */
  readonly identity: string | undefined;
}

/** Gives a value, or notes what is missing. */
export type Need = (value: string | undefined, what: string) => string;

/** The variable's value; an empty one counts as none. */
export function variable(environment: Environment, name: string): string | undefined {
  return environment[name] === "" ? undefined : environment[name];
}

/** Flags that were given nothing: a variable that is not set is not to make somebody else of who connects. */
export function emptyFlags(
  { token, apiKey, apiSecret, room, identity }: ConnectionOptions,
): OptionConflict | undefined {
  const given = {
    "--token": token === undefined ? undefined : Redacted.value(token),
    "--api-key": apiKey,
    "--api-secret": apiSecret === undefined ? undefined : Redacted.value(apiSecret),
    "--room": room,
    "--identity": identity,
  };
  const empty = Object.entries(given).flatMap(([flag, value]) => value === "" ? [flag] : []);
  if (empty.length === 0) return undefined;
  const are = empty.length === 1 ? "is" : "are";
  return new OptionConflict({ detail: `${empty.join(" and ")} ${are} empty: is a variable set that it was made of?` });
}

/** A token that was given; or, when a key was, tokens that are made for each connection anew, so that none expires. */
export function credentialsOf(
  options: ConnectionOptions,
  environment: Environment,
  defaults: { readonly identity: string; readonly room?: string },
  need: Need,
): Credentials | OptionConflict {
  const given = {
    "--api-key": options.apiKey,
    "--api-secret": options.apiSecret,
    "--room": options.room,
    "--identity": options.identity,
  };
  const forKeys = Object.entries(given).flatMap(([flag, value]) => value === undefined ? [] : [flag]);
  if (options.token !== undefined) {
    if (forKeys.length === 0) return fromToken(Redacted.value(options.token));
    return new OptionConflict({
      detail: `--token says already who joins which room: leave out ${forKeys.join(" and ")}, or the token`,
    });
  }
  const token = forKeys.length === 0 ? variable(environment, "LIVEKIT_TOKEN") : undefined;
  return token === undefined ? fromKeys(options, environment, defaults, need) : fromToken(token);
}

function fromKeys(
  options: ConnectionOptions,
  environment: Environment,
  defaults: { readonly identity: string; readonly room?: string },
  need: Need,
): Credentials {
  const key = options.apiKey ?? variable(environment, "LIVEKIT_API_KEY");
  const secret = options.apiSecret === undefined
    ? variable(environment, "LIVEKIT_API_SECRET")
    : Redacted.value(options.apiSecret);
  const { room: givenRoom = defaults.room, identity = defaults.identity } = options;
  if (key === undefined && secret === undefined) {
    need(
      undefined,
      "a --token (or LIVEKIT_TOKEN), or an --api-key with its --api-secret (or LIVEKIT_API_KEY and LIVEKIT_API_SECRET) " +
        "and a --room",
    );
    return { token: "", room: undefined, identity: undefined };
  }
  const apiKey = need(key, "the --api-key (or LIVEKIT_API_KEY) of the secret");
  const apiSecret = need(secret, "the --api-secret (or LIVEKIT_API_SECRET) of the key");
  const room = need(givenRoom, "the --room to join");
  return { token: () => accessToken({ apiKey, apiSecret, room, identity }), room, identity };
}

/** What a token says of itself is shown, but it is the server that judges it. */
function fromToken(token: string): Credentials {
  const claims = claimsOf(token);
  const video = record(claims?.["video"]);
  return { token, room: text(video?.["room"]), identity: text(claims?.["sub"]) };
}

function claimsOf(token: string): Readonly<Record<string, unknown>> | undefined {
  try {
    return record(JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString()));
  } catch {
    return undefined;
  }
}

function record(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === "object" && value !== null ? Object.fromEntries(Object.entries(value)) : undefined;
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
