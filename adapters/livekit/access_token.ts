/**
 * Access tokens: who may be what in which room.
 */
import { SignJWT } from "jose";

/** In seconds. */
const DEFAULT_TTL = 21_600;

/** What a token allows, and how long. */
export interface AccessTokenOptions {
  /** The server's API key. */
  readonly apiKey: string;
  /** The secret of that key. */
  readonly apiSecret: string;
  /** The room that may be joined. Not empty. */
  readonly room: string;
  /** Who joins it. Not empty. */
  readonly identity: string;
  /** How long the token may be used to join, in seconds from now. Default 21,600 (six hours). Below 0: it has run out, for tests. */
  readonly ttlSeconds?: number;
  /** Attributes that the others find on the participant. Default none. */
  readonly attributes?: Readonly<Record<string, string>>;
  /** Whether it may send: messages, streams and tracks. Default true. */
  readonly canPublish?: boolean;
  /**
   * Whether it may set its own attributes. A viewer that may is announced to the device at once; others after up to
   * three seconds. Default true.
   */
  readonly canUpdateOwnMetadata?: boolean;
}

/**
 * Makes an access token for a LiveKit server whose API key and secret are at hand: on a server of one's own, in tests, on
 * a developer's machine. The secret belongs on no device and in no page. Rejects with a RangeError where something is
 * missing or makes no sense.
 *
 * @example
 * ```ts
 * import { accessToken, livekit } from "@fieldlink/fieldlink/livekit";
 *
 * const transport = livekit({
 *   url: "ws://127.0.0.1:7880",
 *   token: () => accessToken({ apiKey: "devkey", apiSecret: "secret", room: "yard", identity: "rover-7" }),
 * });
 * console.log(transport.name); // livekit
 * ```
 */
export async function accessToken(options: AccessTokenOptions): Promise<string> {
  check(options);
  const ttl = options.ttlSeconds ?? DEFAULT_TTL;
  const canPublish = options.canPublish ?? true;
  const now = Math.floor(Date.now() / 1000);
  return await new SignJWT({
    video: {
      roomJoin: true,
      room: options.room,
      canPublish,
      canPublishData: canPublish,
      canSubscribe: true,
      canUpdateOwnMetadata: options.canUpdateOwnMetadata ?? true,
    },
    ...(options.attributes === undefined ? {} : { attributes: options.attributes }),
  })
    .setProtectedHeader({ alg: "HS256" })
    .setIssuer(options.apiKey)
    .setSubject(options.identity)
    // Clocks differ: a token that is made now is to be good now.
    .setNotBefore(now - 60)
    .setExpirationTime(now + Math.ceil(ttl))
    .sign(new TextEncoder().encode(options.apiSecret));
}

/** Throws a RangeError where something is missing or makes no sense. The secret is never repeated. */
function check(options: AccessTokenOptions): void {
  for (const name of ["apiKey", "apiSecret", "room", "identity"] as const) {
    const value: unknown = options[name];
    if (typeof value === "string" && value !== "") continue;
    throw new RangeError(`Cannot make an access token as '${name}' must be text and not empty`);
  }
  const ttl: unknown = options.ttlSeconds ?? DEFAULT_TTL;
  if (typeof ttl !== "number" || !Number.isFinite(ttl)) {
    throw new RangeError(`Cannot make an access token as 'ttlSeconds' must be a number: received ${ttl}`);
  }
  for (const [name, value] of Object.entries<unknown>(options.attributes ?? {})) {
    if (typeof value === "string") continue;
    throw new RangeError(`Cannot make an access token as attribute '${name}' must be text: received ${typeof value}`);
  }
}
