import { assert, describe, it } from "@effect/vitest";
import * as Effect from "effect/Effect";
import type { SessionAnswer } from "../../../../adapters/sse/wire.ts";
import { attacked, MALLORY } from "../support/attacked.ts";
import { served } from "../support/listen.ts";
import { requestText } from "../support/raw_socket.ts";

const JSON_TYPE = "Content-Type: application/json";
const CHUNKED = "Transfer-Encoding: chunked";

describe(`bodies over a raw socket, ${served}`, () => {
  it.live("that announce too much are refused before any of it is sent", () =>
    Effect.gen(function* () {
      const target = yield* attacked({ limits: { bodyBytes: 1_000 } });
      const { sessionId } = yield* target.enter;
      for (const line of ["POST /sessions", `POST /sessions/${sessionId}/streams/x`, `PATCH /sessions/${sessionId}`]) {
        for (const length of ["100000", "999999999999"]) {
          const { status } = yield* target.ask(line, [MALLORY, "Fieldlink-Seq: 0", `Content-Length: ${length}`]);
          assert.equal(status, 413, line);
        }
      }
      yield* target.unharmed;
    }));

  it.live("that never end are refused at their bound, and what comes after is kept nowhere", () =>
    Effect.gen(function* () {
      const target = yield* attacked({ limits: { bodyBytes: 100_000 } });
      const { sessionId } = yield* target.enter;
      const chunk = `8000\r\n${"x".repeat(0x8000)}\r\n`;
      yield* Effect.scoped(Effect.gen(function* () {
        const socket = yield* target.connect;
        const headers = [MALLORY, "Fieldlink-Seq: 0", CHUNKED];
        socket.send(requestText(`POST /sessions/${sessionId}/streams/x`, headers));
        // Node closes the connection then. Deno and Bun leave it open and throw away what still comes, at the sender's cost.
        const more = served === "Node's http" ? Infinity : 200;
        yield* Effect.promise(async () => {
          for (let chunks = 0; !socket.isOver && chunks < more;) {
            // What is not taken of it waits here, as it would on a line.
            if (socket.backlog < 1_000_000) socket.send(chunk);
            if (socket.text !== "") chunks += 1;
            await new Promise((resolve) => setTimeout(resolve, 1));
          }
        }).pipe(Effect.timeout("10 seconds"), Effect.orDie);
        yield* target.unharmed;
        const reply = yield* socket.reply;
        assert.include([0, 413], reply.status);
      }));
      assert.match(
        (yield* target.ask(`POST /sessions/${sessionId}/streams/x`, [MALLORY, "Fieldlink-Seq: 1"])).body,
        /"expected":0/,
      );
      yield* target.unharmed;
    }));

  it.live("that one session sends slowly, as many as there may be, hold up no other session's, nor a new one", () =>
    Effect.scoped(Effect.gen(function* () {
      const target = yield* attacked({ limits: { pendingBodyBytes: 100_000, bodyBytes: 60_000 } });
      const [greedy, other] = [yield* target.enter, yield* target.enter];
      const headers = [MALLORY, "Fieldlink-Seq: 0", "Content-Length: 60000"];
      const fill = (session: SessionAnswer, topic: string, bytes: number) =>
        Effect.map(target.connect, (socket) => {
          socket.send(requestText(`POST /sessions/${session.sessionId}/streams/${topic}`, headers), "x".repeat(bytes));
          return socket;
        });
      // What has not arrived at the server yet is not counted: a further one tells when it has.
      const first = yield* fill(greedy, "a", 50_000);
      const second = yield* fill(greedy, "b", 49_000);
      yield* Effect.repeat(target.ask(`PATCH /sessions/${greedy.sessionId}`, [MALLORY], `{}${" ".repeat(2_000)}`), {
        until: ({ status, body }) => status === 503 && /"busy".*100000 bytes/.test(body),
      }).pipe(Effect.timeout("10 seconds"), Effect.orDie);
      assert.deepEqual([first.text, second.text], ["", ""]);
      const post = `POST /sessions/${other.sessionId}/streams/x`;
      assert.equal((yield* target.ask(post, [MALLORY, "Fieldlink-Seq: 0"], "z".repeat(5_000))).status, 204);
      // It has taken the place of the largest body of the one who has most.
      const refused = yield* first.reply;
      assert.equal(refused.status, 503);
      assert.match(refused.body, /"busy".*100000 bytes/);
      assert.equal(second.text, "");
      const again = yield* fill(greedy, "d", 50_000);
      const joined = target.ask("POST /sessions", [MALLORY, JSON_TYPE], `{"identity":"new"}${" ".repeat(5_000)}`);
      assert.equal((yield* joined).status, 201);
      again.destroy();
      yield* target.unharmed;
    })));

  it.live("that are bad JSON, deep JSON, no UTF-8 or of another type make no session", () =>
    Effect.gen(function* () {
      const target = yield* attacked();
      const ask = (body: string, type = JSON_TYPE) => target.ask("POST /sessions", [MALLORY, type], body);
      const bodies = [
        "{",
        "[]",
        "[".repeat(16_000),
        '{"a":'.repeat(3_000),
        '{"identity":"\xff\xfe"}',
        '{"identity":"\xed\xa0\x80"}',
        '{"identity":"\xc0\xaf"}',
        "\xff\xfe{\0}\0",
        '{"identity":1e999}',
        '{"identity":"a"}{"identity":"b"}',
        "\0",
        "NaN",
      ];
      for (const body of bodies) assert.equal((yield* ask(body)).status, 400, body.slice(0, 40));
      for (
        const type of [
          "text/plain",
          "multipart/form-data; boundary=x",
          "application/x-www-form-urlencoded",
          "application/jsonx",
        ]
      ) {
        assert.equal((yield* ask("{}", `Content-Type: ${type}`)).status, 415, type);
      }
      assert.equal((yield* ask(`${'{"a":'.repeat(2_500)}1${"}".repeat(2_500)}`)).status, 201);
      yield* target.unharmed;
    }));

  it.live("with chunks that are none, cut short or lengths that disagree are never taken", () =>
    Effect.gen(function* () {
      const target = yield* attacked();
      const { sessionId } = yield* target.enter;
      const line = `POST /sessions/${sessionId}/streams/x`;
      const bodies = [
        [[CHUNKED], "-2\r\nab\r\n0\r\n\r\n"],
        [[CHUNKED], "fffffffffffffffff\r\nab\r\n0\r\n\r\n"],
        [[CHUNKED], "zz\r\nab\r\n0\r\n\r\n"],
        [[CHUNKED], "0x2\r\nab\r\n0\r\n\r\n"],
        [[CHUNKED], "1\r\nab\r\n0\r\n\r\n"],
        [[CHUNKED], "\r\nab\r\n0\r\n\r\n"],
        [[CHUNKED], "2\r\nab\r\n"],
        [[CHUNKED], "ffff\r\nab"],
        [["Content-Length: 9"], "ab"],
        [["Content-Length: -1"], "ab"],
        [["Content-Length: +2"], "ab"],
        [["Content-Length: 0x2"], "ab"],
        [["Content-Length: 2", "Content-Length: 3"], "abc"],
        [["Transfer-Encoding: chunked, identity"], "2\r\nab\r\n0\r\n\r\n"],
        [["Transfer-Encoding: xchunked"], "2\r\nab\r\n0\r\n\r\n"],
        [["Transfer-Encoding : chunked"], "2\r\nab\r\n0\r\n\r\n"],
      ] as const;
      for (const [headers, body] of bodies) {
        yield* Effect.scoped(Effect.gen(function* () {
          const socket = yield* target.connect;
          socket.send(requestText(line, [MALLORY, "Fieldlink-Seq: 0", ...headers], body));
          socket.finish();
          yield* socket.until("it is refused", () => socket.isOver || socket.text.includes("\r\n\r\n"));
          assert.notMatch(socket.text, /^HTTP\/1\.1 2/, `${headers.join()} ${JSON.stringify(body)}`);
        }));
      }
      const { body } = yield* target.ask(line, [MALLORY, "Fieldlink-Seq: 1"]);
      assert.match(body, /"expected":0/);
      yield* target.unharmed;
    }));

  it.live("with a length and chunks both smuggle no second request past the first", () =>
    Effect.gen(function* () {
      const target = yield* attacked();
      const { sessionId } = yield* target.join();
      const inner = requestText(`DELETE /sessions/${sessionId}`, [MALLORY]);
      for (const headers of [[CHUNKED, "Content-Length: 5"], ["Content-Length: 5", CHUNKED]]) {
        yield* Effect.scoped(Effect.gen(function* () {
          const socket = yield* target.connect;
          socket.send(requestText("POST /sessions", [MALLORY, ...headers], `0\r\n\r\n${inner}`));
          socket.finish();
          yield* socket.until("the connection is over", () => socket.isOver);
        }));
      }
      assert.equal((yield* target.ask(`PATCH /sessions/${sessionId}`, [MALLORY])).status, 204);
      yield* target.unharmed;
    }));
});
