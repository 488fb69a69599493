/**
 * The stream of events: opened, read, and resumed when it breaks.
 */
import * as Effect from "effect/Effect";
import { ResetBackoff } from "../../../core/resume/reset_backoff.ts";
import { JoinError } from "../../../transport/errors.ts";
import type { RoomLog } from "../../../transport/log.ts";
import { elapsedMs } from "../elapsed.ts";
import { ATTEMPT_HEADER, EVENT_STREAM, LAST_EVENT_ID } from "../wire.ts";
import type { ClientRoom } from "./client_room.ts";
import { EventParser } from "./event_parser.ts";
import type { Http } from "./http.ts";
import type { SseClientLimits } from "./limits.ts";
import { joinErrorFrom, joinErrorOf, refusalOf } from "./reasons.ts";

/** The pause before a second attempt, in ms, until the server asks for another. */
const RETRY_MS = 1_000;

/** What a connection needs. */
export interface ConnectionOptions {
  readonly http: Http;
  readonly path: string;
  readonly room: ClientRoom;
  readonly limits: SseClientLimits;
  /** How long the server keeps a viewer that is away, in ms. */
  readonly resumeTtlMs: number;
  readonly log: RoomLog;
  /** The very first attempt has failed, and is not repeated. */
  readonly failed: (error: JoinError) => void;
}

/** A stream of events that is open. */
interface Source {
  readonly reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly abort: () => void;
}

/** The connection of one room. {@linkcode Connection.run} is its fiber. */
export class Connection {
  readonly #options: ConnectionOptions;
  /** All attempts so far: the server goes by their numbers where one is held up on the way and another overtakes it. */
  #attempts = 0;
  /** Whether the last one came too late: a browser sends a request again by itself, and the first may have got through. */
  #isOvertaken = false;
  /** Attempts since there was something to show for one. */
  #failures = 0;
  #retryMs = RETRY_MS;
  readonly #resets: ResetBackoff;
  /** How long to wait before another attempt as the server begins anew over and over, in ms. */
  #resetMs = 0;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    // Away for longer than the server waits, it would lose its session, and only begin anew once more.
    this.#resets = new ResetBackoff(Math.min(options.limits.retryMs, options.resumeTtlMs / 2));
  }

  /** Keeps the stream open until the room is over. */
  readonly run: Effect.Effect<void> = Effect.suspend(() => this.#run());

  readonly #run: () => Effect.Effect<void> = Effect.fnUntraced(function* (this: Connection) {
    const { room, log, resumeTtlMs, failed } = this.#options;
    let awaySince = yield* elapsedMs;
    while (!room.isOver) {
      const began = yield* elapsedMs;
      const error = yield* this.#attempt;
      if (room.isOver) return;
      if (!room.isOpen && !this.#isOvertaken) return failed(error);
      const now = yield* elapsedMs;
      if (this.#failures === 0) awaySince = now;
      // The server has forgotten this viewer by now, whatever it says when it is reached.
      if (now - awaySince > resumeTtlMs + this.#retryMs) return room.end("connection-lost");
      room.away();
      log("debug", "the stream of events has broken; it is resumed", { error, openForMs: now - began });
      const pause = Math.max(this.#resetMs, this.#failures > 0 ? this.#pause() : 0);
      if (pause > 0) yield* Effect.sleep(pause);
      this.#resetMs = 0;
      this.#failures++;
    }
  });

  /** Doubles from what the server asks for, up to the bound. */
  #pause(): number {
    return Math.min(this.#options.limits.retryMs, this.#retryMs * 2 ** Math.min(this.#failures - 1, 16));
  }

  /** One connection, until it breaks; says how. */
  readonly #attempt: Effect.Effect<JoinError> = Effect.acquireUseRelease(
    Effect.sync(() => new AbortController()),
    (controller) => Effect.flatMap(this.#connect(controller), (source) => this.#read(source)),
    (controller) => Effect.sync(() => controller.abort()),
  ).pipe(Effect.catch((error) => Effect.succeed(error)));

  readonly #connect: (controller: AbortController) => Effect.Effect<Source, JoinError> = Effect.fnUntraced(
    function* (this: Connection, controller: AbortController) {
      const { http, path, room, limits: { stallMs } } = this.#options;
      const { lastEventId } = room;
      const headers = {
        Accept: EVENT_STREAM,
        [ATTEMPT_HEADER]: String(++this.#attempts),
        ...(lastEventId === undefined ? {} : { [LAST_EVENT_ID]: lastEventId }),
      };
      const response = yield* Effect.tryPromise({
        try: () => http.send({ method: "GET", path, headers, signal: controller.signal }),
        catch: joinErrorFrom,
      }).pipe(this.#inTime(stallMs, `no answer has come for ${stallMs} ms`));
      const { body, status } = response;
      this.#isOvertaken = status === 409;
      const type = response.headers.get("content-type") ?? "";
      if (status === 200 && body !== null && type.startsWith(EVENT_STREAM)) {
        return { reader: body.getReader(), abort: () => controller.abort() };
      }
      const { words } = yield* Effect.promise(() => refusalOf(response)).pipe(this.#inTime(stallMs, "no whole answer"));
      if (status === 200) {
        const detail = `what is under 'url' is no device: it answers with "${type}" instead of events`;
        return yield* new JoinError({ reason: "unreachable", detail });
      }
      if (room.isOpen) {
        // The session is no more: a new one is made by joining anew. Or the credentials do not hold any more.
        if (status === 404) room.end("connection-lost");
        if (status === 401 || status === 403) room.end("expired");
      }
      return yield* joinErrorOf(status, words);
    },
  );

  readonly #read: (source: Source) => Effect.Effect<JoinError> = Effect.fnUntraced(
    function* (this: Connection, { reader, abort }: Source) {
      const { room, limits: { stallMs, eventBytes }, log } = this.#options;
      let next: "on" | "again" | "over" = "on";
      const parser = new EventParser({
        maxChars: eventBytes,
        onEvent: (event) => {
          if (next !== "on") return;
          next = room.event(event);
          // `open` alone is nothing to show: a server, or what stands in front of it, may hang up right behind it.
          if (event.event !== "open" && event.event !== "close") this.#failures = 0;
        },
        onRetry: (ms) => this.#retryMs = Math.max(1, ms),
      });
      const chunk = Effect.tryPromise({ try: () => reader.read(), catch: joinErrorFrom }).pipe(
        this.#inTime(stallMs, `nothing has come for ${stallMs} ms`),
      );
      const release = Effect.sync(() => {
        abort();
        reader.cancel().catch(() => undefined);
      });
      const reading = Effect.gen({ self: this }, function* () {
        while (next === "on") {
          if (!room.hasRoom) yield* room.changed.until(() => room.hasRoom);
          const { done, value } = yield* chunk;
          if (done) {
            return new JoinError({ reason: "unreachable", detail: "the server has ended the stream of events" });
          }
          const isWhole = parser.feed(value);
          // The stream stays until the server knows of the leaving, or it would keep things for one that comes back.
          if (room.hasLeft) yield* Effect.never;
          if (isWhole) continue;
          log("error", "an event of the device is larger than the limit 'eventBytes'; the room is left", {
            eventBytes,
          });
          room.end("connection-lost");
          break;
        }
        if (next === "again") this.#resetMs = this.#resets.next(yield* elapsedMs);
        return new JoinError({ reason: "unreachable", detail: "the server begins anew" });
      });
      return yield* Effect.ensuring(reading, release).pipe(Effect.catch((error: JoinError) => Effect.succeed(error)));
    },
  );

  #inTime(ms: number, detail: string) {
    return <A, E>(effect: Effect.Effect<A, E>): Effect.Effect<A, E | JoinError> =>
      Effect.timeoutOrElse(effect, {
        duration: ms,
        orElse: () => Effect.fail(new JoinError({ reason: "timeout", detail })),
      });
  }
}
