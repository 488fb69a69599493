import { assert, describe, it } from "@effect/vitest";
import * as Effect from "effect/Effect";
import { attacked, MALLORY, textFrame } from "../support/attacked.ts";
import { served } from "../support/listen.ts";
import { requestText } from "../support/raw_socket.ts";
import { until } from "../support/until.ts";

const isSubscribed = ({ topics }: { readonly topics: ReadonlyArray<string> }): boolean => topics.length > 0;

/** Connections that somebody opens at once. */
const MANY = 100;

describe(`bounds over a raw socket, ${served}`, () => {
  it.live("on sessions hold for those who make them without end; who has one keeps it", () =>
    Effect.gen(function* () {
      const target = yield* attacked({ limits: { sessions: 5 } });
      const replies = yield* Effect.all(Array.from({ length: 20 }, () => target.ask("POST /sessions", [MALLORY])), {
        concurrency: 20,
      });
      const made = replies.filter(({ status }) => status === 201);
      assert.equal(made.length, 4);
      for (const { status, head } of replies.filter((reply) => !made.includes(reply))) {
        assert.equal(status, 503);
        assert.match(head, /retry-after/i);
      }
      yield* target.unharmed;
    }));

  it.live("on sessions of one identity hold at once and afterwards", () =>
    Effect.gen(function* () {
      const target = yield* attacked({ limits: { sessionsPerIdentity: 2 } });
      const one = () =>
        target.ask("POST /sessions", [MALLORY, "Content-Type: application/json"], JSON.stringify({ identity: "m" }));
      const replies = yield* Effect.all(Array.from({ length: 10 }, one), { concurrency: 10 });
      assert.equal(replies.filter(({ status }) => status === 201).length, 2);
      assert.equal(replies.filter(({ status }) => status === 429).length, 8);
      yield* target.unharmed;
    }));

  it.live("on requests in a second hold on one connection that sends them all at once", () =>
    Effect.gen(function* () {
      const target = yield* attacked({ limits: { requestsPerSecond: 50 } });
      const { sessionId } = yield* target.join();
      yield* Effect.scoped(Effect.gen(function* () {
        const socket = yield* target.connect;
        socket.send(requestText(`PATCH /sessions/${sessionId}`, [MALLORY]).repeat(500));
        const answers = (): ReadonlyArray<string> => socket.text.match(/HTTP\/1\.1 \d{3}/g) ?? [];
        yield* socket.until("all are answered", () => socket.isOver || answers().length === 500);
        const refused = answers().filter((answer) => answer.endsWith("429")).length;
        assert.isAbove(refused, 100);
      }));
      yield* target.unharmed;
    }));

  it.live("on headers hold for one that is large, for many, and for names alone", () =>
    Effect.gen(function* () {
      const target = yield* attacked();
      const requests = [
        [`Cookie: ${"x".repeat(17_000)}`],
        [`Cookie: ${"x".repeat(1_000_000)}`],
        Array.from({ length: 2_000 }, (_, index) => `X-${index}: ${"y".repeat(20)}`),
        [`${"X".repeat(100_000)}: y`],
      ];
      for (const headers of requests) {
        const { status } = yield* target.ask("POST /sessions", [MALLORY, ...headers]);
        assert.include([0, 400, 431], status);
      }
      yield* target.unharmed;
    }));
});

describe(`requests that come slowly, ${served}`, () => {
  // The time for headers is the server's: Node's http closes after its headersTimeout (60 s where nothing is set), Bun after
  // an idleTimeout of 10 s without a byte; Deno.serve has no bound of its own, there it is the proxy's in front.
  it.live("in their headers hold up nobody else", () =>
    Effect.scoped(Effect.gen(function* () {
      const target = yield* attacked();
      const sockets = yield* Effect.all(Array.from({ length: MANY }, () => target.connect));
      for (const socket of sockets) socket.send("POST /sessions HTTP/1.1\r\nHost: 127.0.0.1\r\n");
      for (let turn = 0; turn < 5; turn++) {
        for (const socket of sockets) socket.send(`X-${turn}: `);
        yield* target.unharmed;
        for (const socket of sockets) socket.send("y\r\n");
      }
      assert.equal((yield* target.ask("POST /sessions", [MALLORY])).status, 201);
      for (const socket of sockets) assert.equal(socket.text, "");
    })));

  it.live("in their body are given up in time, and nothing of them is taken", () =>
    Effect.scoped(Effect.gen(function* () {
      const target = yield* attacked({ limits: { bodyTimeoutMs: 300, requestsPerSession: 4 } });
      const { sessionId } = yield* target.enter;
      const line = `POST /sessions/${sessionId}/streams/x`;
      const sockets = yield* Effect.all(Array.from({ length: 4 }, () => target.connect));
      const begun = performance.now();
      for (const [index, socket] of sockets.entries()) {
        const length = index % 2 === 0 ? "Content-Length: 1000" : "Transfer-Encoding: chunked";
        socket.send(requestText(line, [MALLORY, "Fieldlink-Seq: 0", length], index % 2 === 0 ? "a" : "1\r\na\r\n"));
      }
      for (const [index, socket] of sockets.entries()) {
        const drip = setInterval(() => socket.send(index % 2 === 0 ? "a" : "1\r\na\r\n"), 20);
        const { status } = yield* Effect.ensuring(socket.reply, Effect.sync(() => clearInterval(drip)));
        assert.equal(status, 408);
      }
      assert.isAtLeast(performance.now() - begun, 250);
      const { body } = yield* target.ask(line, [MALLORY, "Fieldlink-Seq: 1"]);
      assert.match(body, /"expected":0/);
      assert.equal((yield* target.ask(line, [MALLORY, "Fieldlink-Seq: 0"])).status, 204);
      yield* target.unharmed;
    })));

  it.live("as readers of events that read nothing hold up nobody else", () =>
    Effect.scoped(Effect.gen(function* () {
      const target = yield* attacked();
      for (let reader = 0; reader < 3; reader++) {
        const session = yield* target.join();
        const events = yield* target.events(session);
        yield* events.until("channels are told", () => events.text.includes('"op":"advertise"'));
        const channel = /"channels":\[\{"id":(\d+)/.exec(events.text)![1]!;
        const line = `POST /sessions/${session.sessionId}/streams/control`;
        const subscribe = textFrame(`{"op":"subscribe","channels":[{"id":${channel}}]}`);
        assert.equal((yield* target.ask(line, [MALLORY, "Fieldlink-Seq: 0"], subscribe)).status, 204);
        yield* until("it is subscribed", () => target.gateway.viewers.filter(isSubscribed).length === reader + 2);
        events.pause();
      }
      // Some 20 MB: more than lines and rings hold.
      for (let turn = 0; turn < 20; turn++) yield* target.load(50_000);
      yield* target.unharmed;
    })));
});
