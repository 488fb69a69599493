/**
 * The server's answers in the port's words.
 */
import { JoinError } from "../../../transport/errors.ts";
import { messageOf } from "../../../transport/message_of.ts";
import type { DisconnectReason } from "../../../transport/participant.ts";
import type { CloseReason } from "../wire.ts";

/** The most characters of an answer's body that go into an error. */
const MAX_WORDS = 500;
/** Causes of causes that are kept of what was thrown. */
const CAUSES = 4;

/** Why the room has ended, by what the server says when it ends the stream for good. */
export const endReasons: Readonly<Record<Exclude<CloseReason, "reset">, DisconnectReason>> = {
  replaced: "replaced",
  // Somebody else has ended the session: this end would not read on any more.
  leaving: "removed",
  // The session has, by being away for too long; credentials are looked at anew with the next one.
  expired: "connection-lost",
  shutdown: "server-shutdown",
};

/** What the server says in a refusal, in short. Takes the whole body, so that the connection is free again. */
export async function refusalOf(response: Response): Promise<{ readonly words: string; readonly body: unknown }> {
  const text = (await response.text().catch(() => "")).trim();
  try {
    const body: unknown = JSON.parse(text);
    const message = typeof body === "object" && body !== null && "message" in body ? body.message : undefined;
    return { words: typeof message === "string" ? message.slice(0, MAX_WORDS) : text.slice(0, MAX_WORDS), body };
  } catch {
    return { words: text.startsWith("<") ? "" : text.slice(0, MAX_WORDS), body: undefined };
  }
}

/** An answer other than the one that was hoped for, in one line. */
export function answerOf(status: number, words: string): string {
  return words === "" ? `the server answers ${status}` : `the server answers ${status}: ${words}`;
}

/** Why the room could not be joined, by an answer other than the one that was hoped for. */
export function joinErrorOf(status: number, words: string): JoinError {
  const says = answerOf(status, words);
  switch (status) {
    case 401:
      return new JoinError({ reason: "refused", detail: `${says} (give a valid 'token')` });
    case 403:
      return new JoinError({ reason: "refused", detail: `${says} (this token, or this page's origin, may not)` });
    case 400:
    case 413:
    case 415:
      return new JoinError({ reason: "refused", detail: `${says} (it does not take what this version asks)` });
    case 404:
    case 405:
      return new JoinError({
        reason: "unreachable",
        detail: `${says} (is 'url' where the device's handler is mounted?)`,
      });
    case 429:
      return new JoinError({
        reason: "unreachable",
        detail: `${says} (too many sessions or requests; it is tried again)`,
      });
    case 503:
      return new JoinError({ reason: "unreachable", detail: `${says} (the device is not there, or full)` });
    default:
      return new JoinError({ reason: "unreachable", detail: says });
  }
}

/** Why the room could not be joined, by what was thrown on the way. Whoever reads of it is not told of the session. */
export function joinErrorFrom(thrown: unknown): JoinError {
  if (thrown instanceof JoinError) return thrown;
  const detail = withoutSession(messageOf(thrown));
  return new JoinError({ reason: "unreachable", detail, cause: cleanCause(thrown, CAUSES) });
}

/** A text in which no session's id stands: some run-times name the address of a request that has failed. */
function withoutSession(text: string): string {
  return text.replaceAll(/(\/sessions\/)[^/\s?#"'()<>]+/g, "$1...");
}

/** The same failure, without a session's id anywhere in it. What has none stays what it is. */
function cleanCause(thrown: unknown, depth: number): unknown {
  if (!(thrown instanceof Error)) return typeof thrown === "string" ? withoutSession(thrown) : thrown;
  const cause = depth > 0 ? cleanCause(thrown.cause, depth - 1) : undefined;
  const texts = Object.getOwnPropertyNames(thrown).flatMap((name) => {
    const value: unknown = Reflect.get(thrown, name);
    return typeof value === "string" ? [value] : [];
  });
  if (cause === thrown.cause && texts.every((text) => withoutSession(text) === text)) return thrown;
  const clean = new Error(withoutSession(thrown.message), cause === undefined ? {} : { cause });
  clean.name = thrown.name;
  clean.stack = withoutSession(thrown.stack ?? "");
  return "code" in thrown ? Object.assign(clean, { code: thrown.code }) : clean;
}
