/**
 * A device served by a handler that is called directly, and viewers made of requests.
 */
import * as Effect from "effect/Effect";
import * as Exit from "effect/Exit";
import * as Scope from "effect/Scope";
import { sse, type SseOptions, type SseTransport } from "../../../../adapters/sse/mod.ts";
import type { OpenEvent, SessionAnswer } from "../../../../adapters/sse/wire.ts";
import type {
  DisconnectReason,
  IncomingByteStream,
  JoinError,
  JoinOptions,
  RemoteParticipant,
  Room,
} from "../../../../transport/mod.ts";
import { eventually } from "../../../support/settle.ts";

export const BASE = "http://127.0.0.1:8787";

/** One event, as a reader sees it. */
export interface Event {
  readonly name: string;
  readonly data: string;
  readonly id: string | undefined;
}

/** What the device's side was told. */
export type Heard =
  | { readonly what: "active" | "left" | "attributes"; readonly participant: RemoteParticipant }
  | { readonly what: "ended"; readonly reason: DisconnectReason };

/** A device in its room. */
export class Device {
  readonly http: SseTransport;
  readonly room: Room;
  readonly heard: Array<Heard> = [];
  readonly streams: Array<IncomingByteStream> = [];
  readonly leave: Effect.Effect<void>;

  constructor(http: SseTransport, room: Room, leave: Effect.Effect<void>) {
    this.http = http;
    this.room = room;
    this.leave = leave;
  }

  /** Begins to listen. */
  listen(): void {
    this.room.listen({
      participantActive: (participant) => void this.heard.push({ what: "active", participant }),
      participantDisconnected: (participant) => void this.heard.push({ what: "left", participant }),
      attributesChanged: (participant) => void this.heard.push({ what: "attributes", participant }),
      byteStreamOpened: (stream) => void this.streams.push(stream),
      disconnected: (reason) => void this.heard.push({ what: "ended", reason }),
    });
  }

  /** What it was told of, in short: `active sid`, `left sid`. */
  get told(): ReadonlyArray<string> {
    return this.heard.map((one) => one.what === "ended" ? `ended ${one.reason}` : `${one.what} ${one.participant.sid}`);
  }
}

/** Joins, without listening yet. */
export function joinQuietly(
  http: SseTransport,
  options?: JoinOptions,
): Effect.Effect<Device, JoinError, Scope.Scope> {
  return Effect.gen(function* () {
    const scope = yield* Scope.make();
    const leave = Scope.close(scope, Exit.void);
    yield* Effect.addFinalizer(() => leave);
    const room = yield* http.join(options).pipe(Effect.provideService(Scope.Scope, scope));
    return new Device(http, room, leave);
  });
}

/** A device that has joined and listens. */
export function device(options: SseOptions = {}): Effect.Effect<Device, JoinError, Scope.Scope> {
  return Effect.tap(joinQuietly(sse(options)), (joined) => Effect.sync(() => joined.listen()));
}

/** A request to the handler, at a path below the mount. */
export function send(http: SseTransport, path: string, init: RequestInit = {}): Effect.Effect<Response> {
  return Effect.promise(() => http.fetch(new Request(BASE + path, init)));
}

/** The JSON of an answer. */
export function jsonOf(response: Response): Effect.Effect<Record<string, unknown>> {
  return Effect.promise(async () => JSON.parse(await response.text()) as Record<string, unknown>);
}

/** Makes a session. */
export function newSession(
  http: SseTransport,
  body: object = {},
  headers: Record<string, string> = {},
): Effect.Effect<SessionAnswer> {
  return Effect.gen(function* () {
    const init = {
      method: "POST",
      body: JSON.stringify(body),
      headers: { "content-type": "application/json", ...headers },
    };
    const response = yield* send(http, "/sessions", init);
    if (response.status !== 201) {
      return yield* Effect.die(new Error(`${response.status}: ${JSON.stringify(yield* jsonOf(response))}`));
    }
    return (yield* jsonOf(response)) as Record<string, unknown> & SessionAnswer;
  });
}

/** A post of a byte stream. */
export function post(
  { http }: Device,
  session: SessionAnswer,
  sequence: number | string,
  bytes: Uint8Array | string,
  headers: Record<string, string> = {},
  topic: string = "control",
): Effect.Effect<Response> {
  return send(http, `/sessions/${session.sessionId}/streams/${topic}`, {
    method: "POST",
    body: typeof bytes === "string" ? bytes : new Uint8Array(bytes),
    headers: { "content-type": "application/octet-stream", "fieldlink-seq": String(sequence), ...headers },
  });
}

/** Who reads an event stream; it reads on only when it is told to. */
export class Reader {
  readonly response: Response;
  readonly events: Array<Event> = [];
  /** Everything that was read, as it came. */
  text: string = "";
  bytes: number = 0;
  /** The last id. */
  lastId: string | undefined;
  isOver = false;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #decoder = new TextDecoder();
  readonly #abort: AbortController;
  #rest = "";

  constructor(response: Response, abort: AbortController) {
    this.response = response;
    this.#reader = response.body!.getReader();
    this.#abort = abort;
  }

  /** Reads one chunk, as soon as there is one. */
  readonly chunk: Effect.Effect<void> = Effect.promise(async () => {
    const { done, value } = await this.#reader.read();
    if (done) {
      this.isOver = true;
      return;
    }
    this.bytes += value.length;
    const text = this.#decoder.decode(value, { stream: true });
    this.text += text;
    const blocks = (this.#rest + text).split("\n\n");
    this.#rest = blocks.pop() ?? "";
    for (const block of blocks) this.#take(block);
  });

  /** Reads all there is, for as long as the test runs. */
  readonly flow: Effect.Effect<void, never, Scope.Scope> = Effect.asVoid(Effect.forkScoped(
    Effect.whileLoop({ while: () => !this.isOver, body: () => this.chunk, step: () => undefined }),
  ));

  /** Waits for an event. */
  until(name: string, count: number = 1): Effect.Effect<ReadonlyArray<Event>> {
    const found = (): ReadonlyArray<Event> => this.events.filter((event) => event.name === name);
    return Effect.map(eventually(`${count} times the event ${name}`, () => found().length >= count), found);
  }

  /** What `open` said last. */
  get open(): OpenEvent {
    return JSON.parse(this.events.findLast(({ name }) => name === "open")!.data) as OpenEvent;
  }

  /** The client hangs up, so that the server is told by the request's signal. */
  abort(): void {
    this.#abort.abort();
  }

  /** The client hangs up, so that the server is told by the stream. */
  readonly cancel: Effect.Effect<void> = Effect.promise(() => this.#reader.cancel());

  #take(block: string): void {
    const fields = new Map(
      block.split("\n").map((line) => {
        const at = line.indexOf(":");
        return [line.slice(0, at), line.slice(at + 1).trimStart()] as const;
      }),
    );
    this.lastId = fields.get("id") ?? this.lastId;
    const name = fields.get("event");
    if (name !== undefined) this.events.push({ name, data: fields.get("data") ?? "", id: fields.get("id") });
  }
}

/** Reads a session's events; nothing is read yet. */
export function events(
  http: SseTransport,
  session: SessionAnswer,
  lastEventId?: string,
  headers: Record<string, string> = {},
): Effect.Effect<Reader, never, Scope.Scope> {
  return Effect.gen(function* () {
    const abort = new AbortController();
    yield* Effect.addFinalizer(() => Effect.sync(() => abort.abort()));
    const response = yield* send(http, `/sessions/${session.sessionId}/events`, {
      headers: {
        accept: "text/event-stream",
        ...(lastEventId !== undefined && { "last-event-id": lastEventId }),
        ...headers,
      },
      signal: abort.signal,
    });
    if (response.status !== 200) {
      return yield* Effect.die(new Error(`${response.status}: ${JSON.stringify(yield* jsonOf(response))}`));
    }
    return new Reader(response, abort);
  });
}

/** A viewer whose events flow, and have been opened. */
export function viewer(
  { http }: Device,
  body: object = {},
): Effect.Effect<{ readonly session: SessionAnswer; readonly reader: Reader }, never, Scope.Scope> {
  return Effect.gen(function* () {
    const session = yield* newSession(http, body);
    const reader = yield* events(http, session);
    yield* reader.flow;
    yield* reader.until("open");
    return { session, reader };
  });
}
