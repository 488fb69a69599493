/**
 * Why connections fail and end, in the port's words.
 */
import { JoinError } from "../../transport/errors.ts";
import type { DisconnectReason } from "../../transport/participant.ts";
import { withoutSecrets } from "./secrets.ts";

/** The numbers that LiveKit's protocol gives the ends of a room that mean something of their own. */
const ends: ReadonlyMap<number, DisconnectReason> = new Map([
  [2, "replaced"], // DUPLICATE_IDENTITY
  [3, "server-shutdown"], // SERVER_SHUTDOWN
  [4, "removed"], // PARTICIPANT_REMOVED
  [5, "room-deleted"], // ROOM_DELETED
  [10, "room-deleted"], // ROOM_CLOSED
]);

/**
 * Why a room has ended. The server gives no reason where the connection is lost, and none either where it refuses to
 * resume one because the token has run out meanwhile.
 */
export function endReason(reason: number | undefined, tokenExpired: () => boolean): DisconnectReason {
  const known = reason === undefined ? undefined : ends.get(reason);
  return known ?? (tokenExpired() ? "expired" : "connection-lost");
}

/** livekit-client's classes of connection errors, by number. */
const failures: ReadonlyMap<number, JoinError["reason"]> = new Map([
  [0, "refused"], // NotAllowed
  [5, "timeout"], // Timeout
]);

/** What the server had let in, and lost before it stood. */
class LostConnection extends Error {}

/** Why a room could not be joined that has ended before the connection stood. */
export function endedEarly(reason: DisconnectReason): JoinError {
  if (reason !== "connection-lost") {
    const detail = `the room has ended before the connection stood (${reason})`;
    return new JoinError({ reason: "unreachable", detail });
  }
  const detail = "the connection was lost again before it stood";
  return new JoinError({ reason: "unreachable", detail, cause: new LostConnection(detail) });
}

/** Whether a join has failed since the connection was lost after the server had let it in. */
export function wasLost(error: unknown): boolean {
  return error instanceof JoinError && error.cause instanceof LostConnection;
}

/** Why a room could not be joined. */
export function joinError(error: unknown): JoinError {
  if (error instanceof JoinError) return error;
  if (!(error instanceof Error)) return new JoinError({ reason: "unreachable", detail: withoutSecrets(String(error)) });
  const detail = withoutSecrets(error.message);
  // One that tells a secret is not passed on: whoever logs errors logs their causes, too.
  const cause = detail === error.message ? { cause: error } : {};
  if (error.name === "UnsupportedServer") return new JoinError({ reason: "unsupported", detail, ...cause });
  return new JoinError({ reason: connectionFailure(error) ?? "unreachable", detail, ...cause });
}

function connectionFailure(error: Error): JoinError["reason"] | undefined {
  if (error.name !== "ConnectionError" || !("reason" in error) || typeof error.reason !== "number") return undefined;
  // A room that does not exist, on a server that makes none: somebody may make it yet.
  if ("status" in error && error.status === 404) return "unreachable";
  return failures.get(error.reason);
}

/** When a token runs out, in ms since the Unix epoch; Infinity where it does not say. */
export function tokenExpiry(token: string): number {
  const payload = token.split(".")[1];
  if (payload === undefined) return Infinity;
  try {
    const claims: unknown = JSON.parse(atob(payload.replaceAll("-", "+").replaceAll("_", "/")));
    if (typeof claims !== "object" || claims === null || !("exp" in claims)) return Infinity;
    return typeof claims.exp === "number" ? claims.exp * 1000 : Infinity;
  } catch {
    return Infinity;
  }
}
