/**
 * A device behind a real socket that has a viewer who behaves, and others who do not.
 */
import * as Effect from "effect/Effect";
import type * as Scope from "effect/Scope";
import { assert } from "vitest";
import { sse, sseClient, type SseGap, type SseOptions } from "../../../../adapters/sse/mod.ts";
import type { SessionAnswer } from "../../../../adapters/sse/wire.ts";
import { Context, Gateway, Viewer } from "../../../../mod.ts";
import { listen } from "./listen.ts";
import { ask, open, type RawSocket, type Reply, requestText } from "./raw_socket.ts";
import { until } from "./until.ts";

/** Numbers that the viewer is to get after an attack. */
const AFTERWARDS = 20;

/** The header of somebody who may. */
export const bearer = (subject: string): string => `Authorization: Bearer ${subject}`;

/** The header of the one who attacks. */
export const MALLORY: string = bearer("mallory");

/** Who has a token is whom it names; there are three. */
const authorize: SseOptions["authorize"] = (request) => {
  const [, subject] = /^Bearer (honest|mallory|other)$/.exec(request.headers.get("authorization") ?? "") ?? [];
  return subject === undefined ? undefined : { subject };
};

/** What is attacked. */
export interface Target {
  readonly port: number;
  readonly gateway: Gateway;
  /** A request on a connection of its own. */
  readonly ask: (line: string, headers?: ReadonlyArray<string | null>, body?: string) => Effect.Effect<Reply>;
  /** A session of somebody's. */
  readonly join: (subject?: string, body?: object) => Effect.Effect<SessionAnswer>;
  /** A session of the one who attacks that is in the room: its events have been opened, and are read. */
  readonly enter: Effect.Effect<SessionAnswer, never, Scope.Scope>;
  /** The events of a session, as soon as they have been opened. */
  readonly events: (
    session: SessionAnswer,
    headers?: ReadonlyArray<string>,
  ) => Effect.Effect<RawSocket, never, Scope.Scope>;
  /** A connection on which nothing has been said. */
  readonly connect: Effect.Effect<RawSocket, never, Scope.Scope>;
  /** The session of the viewer who behaves, as somebody may have overheard it. */
  readonly honestId: () => string;
  /** Sends numbers in messages of so many bytes, and waits until the viewer who behaves has them. */
  readonly load: (messageBytes: number) => Effect.Effect<void>;
  /** Fails unless the viewer who behaves has got everything there was and there is, over the session it began with. */
  readonly unharmed: Effect.Effect<void>;
}

/** A control message, as a frame. */
export function textFrame(message: string): string {
  return `\x01${String.fromCharCode(message.length)}\0\0\0${message}`;
}

/** Serves a device that counts, to a viewer that counts with it. */
export const attacked: (options?: SseOptions) => Effect.Effect<Target, never, Scope.Scope> = Effect.fnUntraced(
  function* (options: SseOptions = {}) {
    const context = new Context({ log: () => undefined });
    const channel = context.channel({ topic: "/count", encoding: "text", qos: "reliable" });
    const http = sse({ identity: "rover", authorize, ...options });
    let honestId = "";
    const url = yield* listen((request, info) => {
      if (request.method === "GET" && request.headers.get("authorization") === "Bearer honest") {
        honestId = /sessions\/([0-9a-f]{48})\/events$/.exec(request.url)?.[1] ?? honestId;
      }
      return http.fetch(request, info);
    });
    const gateway = yield* Effect.orDie(
      Gateway.make({ name: "rover", context, transport: http, log: () => undefined }),
    );
    const resets: Array<SseGap | undefined> = [];
    const connections: Array<string> = [];
    const transport = sseClient({
      url,
      identity: "honest",
      token: "honest",
      onReset: (gap) => resets.push(gap),
    });
    const viewer = yield* Effect.orDie(Viewer.make(transport, {
      log: () => undefined,
      onConnection: (status) => connections.push(status),
    }));
    const numbers: Array<number> = [];
    viewer.subscribe("/count").onMessage((message) => void numbers.push(Number(message.text())));
    const mine = () => gateway.viewers.filter(({ client }) => client.identity === "honest");
    yield* until("it is subscribed", () => mine()[0]?.topics.length === 1);
    let next = 0;
    const count = (length: number = 0): Effect.Effect<void> =>
      Effect.sync(() => {
        for (let more = 0; more < AFTERWARDS; more++) channel.log(`${next++}`.padEnd(length));
      });
    const arrived = until("all numbers arrive at the other viewer", () => numbers.length >= next);
    yield* count();
    const port = Number(new URL(url).port);
    const asked: Target["ask"] = (line, headers, body) => ask(port, requestText(line, headers, body));
    const join: Target["join"] = (subject = "mallory", body = {}) =>
      Effect.map(
        asked("POST /sessions", [bearer(subject), "Content-Type: application/json"], JSON.stringify(body)),
        (reply) => {
          assert.equal(reply.status, 201, reply.body);
          return JSON.parse(/\{.*\}/.exec(reply.body)![0]) as SessionAnswer;
        },
      );
    const events: Target["events"] = (session, headers = [MALLORY]) =>
      Effect.gen(function* () {
        const socket = yield* open(port);
        socket.send(requestText(`GET /sessions/${session.sessionId}/events`, headers));
        yield* socket.until("its events are opened", () => /event: open\ndata: .*\n\n/.test(socket.text));
        return socket;
      });
    return {
      port,
      gateway,
      ask: asked,
      join,
      enter: Effect.tap(Effect.suspend(() => join()), (session) => events(session)),
      events,
      connect: open(port),
      honestId: () => honestId,
      load: (messageBytes) => Effect.andThen(count(messageBytes), arrived),
      unharmed: Effect.gen(function* () {
        yield* count();
        yield* arrived;
        assert.deepEqual(numbers, Array.from({ length: next }, (_, number) => number));
        assert.deepEqual(resets, []);
        assert.deepEqual(connections, ["connected"]);
        assert.equal(mine().length, 1);
      }),
    };
  },
);
