/**
 * A device's server that does what a test tells it, without a socket.
 */
import * as Effect from "effect/Effect";
import { sseClient, type SseClientOptions } from "../../../../adapters/sse/mod.ts";
import type { JoinError, Room, RoomListener } from "../../../../transport/mod.ts";
import type * as Scope from "effect/Scope";
import { settle } from "../../../support/settle.ts";

/** A request as it came. */
export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly headers: Headers;
  readonly body: Uint8Array;
  readonly signal: AbortSignal;
}

const encoder = new TextEncoder();

/** One stream of events that a viewer has open. */
export class EventSource {
  readonly request: Seen;
  readonly response: Response;
  isCancelled = false;
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;

  constructor(request: Seen) {
    this.request = request;
    const stream = new ReadableStream<Uint8Array>({
      start: (controller) => void (this.#controller = controller),
      cancel: () => void (this.isCancelled = true),
    });
    this.response = new Response(stream, { headers: { "content-type": "text/event-stream; charset=utf-8" } });
  }

  /** How many pieces the viewer has not taken yet. */
  get untaken(): number {
    return 1 - (this.#controller?.desiredSize ?? 1);
  }

  /** Says whatever it is. */
  raw(text: string): void {
    this.#controller?.enqueue(encoder.encode(text));
  }

  /** Says an event. */
  event(event: string, data: unknown, id?: string): void {
    const text = typeof data === "string" ? data : JSON.stringify(data);
    this.raw(`${id === undefined ? "" : `id: ${id}\n`}event: ${event}\ndata: ${text}\n\n`);
  }

  /** Says that it is open. */
  open(fields: Record<string, unknown> = {}, id = "e.-1"): void {
    this.event("open", { sid: "SID_1", resumed: false, device: device(), ...fields }, id);
  }

  /** Ends, as a server or a proxy does. */
  end(): void {
    this.#controller?.close();
  }

  /** Breaks. */
  fail(): void {
    this.#controller?.error(new TypeError("the connection was reset"));
  }
}

/** The device as viewers are told of it. */
export function device(fields: Record<string, unknown> = {}): Record<string, unknown> {
  return { identity: "rover", sid: "DEV_1", joinedAt: 1, attributes: {}, ...fields };
}

export class ScriptedServer {
  readonly seen: Array<Seen> = [];
  /** All streams of events so far, the latest last. */
  readonly sources: Array<EventSource> = [];
  /** Answers in the place of the server, where it has an answer. */
  answer: (request: Seen) => Response | Promise<Response> | undefined = () => undefined;
  /** Whether streams are open at once. */
  opensAtOnce = true;

  readonly fetch = async (request: Request): Promise<Response> => {
    const url = new URL(request.url);
    const seen: Seen = {
      method: request.method,
      path: url.pathname,
      headers: request.headers,
      body: new Uint8Array(await request.arrayBuffer()),
      signal: request.signal,
    };
    this.seen.push(seen);
    const own = this.answer(seen);
    if (own !== undefined) return own;
    if (seen.method === "POST" && seen.path.endsWith("/sessions")) {
      const body = { sessionId: "s-1", sid: "SID_1", identity: "viewer-1", resumeTtlMs: 30_000 };
      return Response.json(body, { status: 201 });
    }
    if (seen.method === "GET") {
      const source = new EventSource(seen);
      this.sources.push(source);
      if (this.opensAtOnce && this.sources.length === 1) source.open();
      return source.response;
    }
    return new Response(null, { status: 204 });
  };

  /** The stream of events that was opened last. */
  get source(): EventSource {
    return this.sources.at(-1) ?? raise("no stream of events was asked for");
  }

  /** Posts to byte streams, as `seq:end:text`. */
  get posts(): ReadonlyArray<string> {
    return this.seen.filter(({ path }) => path.includes("/streams/")).map(({ headers, body }) =>
      `${headers.get("fieldlink-seq")}:${headers.get("fieldlink-end") ?? ""}:${new TextDecoder().decode(body)}`
    );
  }

  /** How often something was asked for. */
  count(method: string): number {
    return this.seen.filter((one) => one.method === method).length;
  }
}

function raise(message: string): never {
  throw new Error(message);
}

/** What a listener was told, in short. */
export function listening(room: Room): { readonly told: Array<string>; readonly listener: RoomListener } {
  const told: Array<string> = [];
  const listener: RoomListener = {
    participantActive: ({ identity, sid }) => told.push(`active ${identity} ${sid}`),
    participantDisconnected: ({ identity, sid }) => told.push(`gone ${identity} ${sid}`),
    attributesChanged: ({ attributes }) => told.push(`attributes ${JSON.stringify([...attributes])}`),
    connectionQualityChanged: (quality, participant) => told.push(`${quality} ${participant?.identity ?? "own"}`),
    byteStreamOpened: (stream) => {
      told.push(`stream ${stream.topic} of ${stream.sender}`);
      const read: Effect.Effect<void> = Effect.matchEffect(stream.read, {
        onSuccess: (chunk) => {
          if (chunk === undefined) return Effect.sync(() => void told.push(`end of ${stream.topic}`));
          told.push(`${stream.topic}: ${shown(chunk)}`);
          return read;
        },
        onFailure: ({ reason }) => Effect.sync(() => void told.push(`${stream.topic} fails: ${reason}`)),
      });
      Effect.runFork(read);
    },
    datagramReceived: ({ identity }, channelId, frame, logTime) =>
      told.push(`datagram ${identity} ${channelId} ${frame.join(" ")} at ${logTime}`),
    disconnected: (reason) => told.push(`over: ${reason}`),
  };
  room.listen(listener);
  return { told, listener };
}

/** Text frames as their text, everything else as numbers. */
function shown(chunk: Uint8Array): string {
  return chunk[0] === 1 ? new TextDecoder().decode(chunk.subarray(5)) : chunk.join(" ");
}

export interface Joined {
  readonly server: ScriptedServer;
  readonly room: Room;
  readonly told: Array<string>;
}

/** A viewer that has joined, and listens. */
export const joined: (
  options?: Partial<SseClientOptions>,
  prepare?: (server: ScriptedServer) => void,
) => Effect.Effect<Joined, JoinError, Scope.Scope> = Effect.fnUntraced(function* (
  options: Partial<SseClientOptions> = {},
  prepare: (server: ScriptedServer) => void = () => {},
) {
  const server = new ScriptedServer();
  prepare(server);
  const room = yield* sseClient({ url: "http://device.test/robot", fetch: server.fetch, ...options }).join();
  const { told } = listening(room);
  yield* settle;
  return { server, room, told };
});
