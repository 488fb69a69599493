/**
 * The requests of one session beside its stream of events.
 */
import * as Effect from "effect/Effect";
import { JoinError } from "../../../transport/errors.ts";
import type { RoomLog } from "../../../transport/log.ts";
import type { DisconnectReason } from "../../../transport/participant.ts";
import { END_HEADER, OCTETS, SEQ_HEADER, type SessionRequest, SID_HEADER } from "../wire.ts";
import { readSession } from "./events.ts";
import type { Http } from "./http.ts";
import type { Post, PostResult, StreamEnding } from "./lane.ts";
import type { SseClientLimits } from "./limits.ts";
import { answerOf, joinErrorFrom, joinErrorOf, refusalOf } from "./reasons.ts";

const JSON_TYPE = { "Content-Type": "application/json" };
/** The pause before a post is repeated, in ms; it doubles. */
const FIRST_RETRY_MS = 100;

/** What a session is. */
export interface SessionInfo {
  readonly sessionId: string;
  readonly sid: string;
  readonly identity: string;
  readonly resumeTtlMs: number;
}

/** Makes a session. */
export const makeSession: (
  http: Http,
  identity: string | undefined,
  attributes: ReadonlyMap<string, string>,
) => Effect.Effect<SessionInfo, JoinError> = Effect.fnUntraced(function* (
  http: Http,
  identity: string | undefined,
  attributes: ReadonlyMap<string, string>,
) {
  const { protocolVersion, ...others } = Object.fromEntries(attributes);
  const request: SessionRequest = {
    ...(identity === undefined ? {} : { identity }),
    ...(protocolVersion === undefined ? {} : { protocolVersion }),
    ...(Object.keys(others).length === 0 ? {} : { attributes: others }),
  };
  const body = JSON.stringify(request);
  return yield* Effect.tryPromise({
    try: async (signal) => {
      const response = await http.send({ method: "POST", path: "sessions", headers: JSON_TYPE, body, signal });
      if (response.status !== 201) throw joinErrorOf(response.status, (await refusalOf(response)).words);
      const session = readSession(await response.json());
      if (session !== undefined) return session;
      const detail = "what is under 'url' is no device of this protocol: it makes a session that cannot be understood";
      throw new JoinError({ reason: "unreachable", detail });
    },
    catch: joinErrorFrom,
  });
});

/** What a session's requests need. */
export interface SessionOptions {
  readonly http: Http;
  /** Under which the session is, without a slash at its end. */
  readonly path: string;
  readonly limits: SseClientLimits;
  readonly log: RoomLog;
  /** The session is no more, or not this viewer's any more. */
  readonly lost: (reason: DisconnectReason) => void;
}

/** The requests of one session. */
export class Session {
  /** How many requests have been answered, by which the server knows that the viewer is alive. */
  answered = 0;
  readonly #options: SessionOptions;

  constructor(options: SessionOptions) {
    this.#options = options;
  }

  /** Posts until there is an answer that says what has become of it. */
  readonly post: (post: Post, sid: string) => Effect.Effect<PostResult> = Effect.fnUntraced(
    function* (this: Session, { topic, seq, body, end }: Post, sid: string) {
      const { path, limits, log } = this.#options;
      const headers = {
        "Content-Type": OCTETS,
        [SEQ_HEADER]: String(seq),
        [SID_HEADER]: sid,
        ...(end === undefined ? {} : { [END_HEADER]: end }),
      };
      for (let pause = FIRST_RETRY_MS;; pause = Math.min(pause * 2, limits.retryMs)) {
        const result = yield* this.#send("POST", `${path}/streams/${encodeURIComponent(topic)}`, headers, body).pipe(
          Effect.map((answer) => this.#resultOf(answer, seq, end)),
          Effect.catch((error: JoinError) => Effect.succeed(error)),
        );
        if (!(result instanceof JoinError)) return result;
        log("debug", "a post is repeated", { topic, seq, error: result });
        yield* Effect.sleep(pause);
      }
    },
  );

  /** Sets attributes; with none it is a sign of life. `false`: it is to be tried again. */
  patch(attributes: Readonly<Record<string, string>> | undefined): Effect.Effect<boolean> {
    const body = JSON.stringify(attributes === undefined ? {} : { attributes });
    return this.#send("PATCH", this.#options.path, JSON_TYPE, body).pipe(
      Effect.map(({ status }) => {
        if (status === 404) this.#options.lost("connection-lost");
        return status < 500 && status !== 429;
      }),
      Effect.catch(() => Effect.succeed(false)),
    );
  }

  /** Leaves. Whether the server has heard of it is not known when it fails: it will find out. */
  readonly end: Effect.Effect<void> = Effect.suspend(() => {
    const { http, path, limits } = this.#options;
    return Effect.tryPromise((signal) => http.send({ method: "DELETE", path, signal, keepalive: true }).then(drop))
      .pipe(
        Effect.timeout(limits.leaveTimeoutMs),
        Effect.ignore,
      );
  });

  /** Leaves at once, for a page that goes. */
  endNow(): void {
    const { http, path } = this.#options;
    const { signal } = new AbortController();
    http.sendNow({ method: "DELETE", path, signal, keepalive: true }).then(drop).catch(() => undefined);
  }

  #send(
    method: "POST" | "PATCH",
    path: string,
    headers: Readonly<Record<string, string>>,
    body: string | Uint8Array<ArrayBuffer>,
  ): Effect.Effect<Answer, JoinError> {
    const { http, limits } = this.#options;
    return Effect.tryPromise({
      try: async (signal) => {
        const response = await http.send({ method, path, headers, body, signal });
        this.answered++;
        if (response.ok) {
          await drop(response);
          return { status: response.status, words: "", body: undefined };
        }
        return { status: response.status, ...(await refusalOf(response)) };
      },
      catch: joinErrorFrom,
    }).pipe(Effect.timeoutOrElse({
      duration: limits.postTimeoutMs,
      orElse: () =>
        Effect.fail(new JoinError({ reason: "timeout", detail: `no answer has come for ${limits.postTimeoutMs} ms` })),
    }));
  }

  /** What an answer to a post says; a JoinError: the post is to be repeated. */
  #resultOf({ status, words, body }: Answer, seq: number, end: StreamEnding | undefined): PostResult | JoinError {
    if (status < 300) return "taken";
    switch (status) {
      case 409:
        return this.#conflict(body, words, seq);
      case 404:
        this.#options.lost("connection-lost");
        return "reset";
      case 401:
      case 403:
        this.#options.lost("expired");
        return "reset";
      case 429:
        // More requests may be made in a while, but never streams of more topics.
        return fieldsOf(body).get("error") === "topics"
          ? { refused: answerOf(status, words) }
          : joinErrorOf(status, words);
      case 400:
      case 413:
      case 415:
        // A stream that cannot even be given up would go on in the next one.
        if (end === "abort") {
          this.#options.log("error", "the server does not take the end of a stream; the room is left", { seq, words });
          this.#options.lost("connection-lost");
          return "reset";
        }
        return { refused: answerOf(status, words) };
      default:
        return joinErrorOf(status, words);
    }
  }

  /** The server waits for another number, or for another instance of this viewer. */
  #conflict(body: unknown, words: string, seq: number): PostResult {
    const fields = fieldsOf(body);
    if (fields.get("error") === "reset") return "reset";
    // A repeat of what has arrived would be acknowledged: one that is behind it was.
    const expected: unknown = fields.get("expected");
    if (expected === seq + 1) return "taken";
    this.#options.log("error", "the server has not got what was posted before; the room is left", {
      seq,
      expected,
      words,
    });
    this.#options.lost("connection-lost");
    return "reset";
  }
}

function fieldsOf(body: unknown): ReadonlyMap<string, unknown> {
  return new Map(typeof body === "object" && body !== null ? Object.entries(body) : []);
}

interface Answer {
  readonly status: number;
  readonly words: string;
  readonly body: unknown;
}

/** Lets the connection go to others: what is left of the answer is of no interest. */
async function drop(response: Response): Promise<void> {
  await response.body?.cancel().catch(() => undefined);
}
