import { assert, describe, it } from "@effect/vitest";
import * as Effect from "effect/Effect";
import { attacked, MALLORY } from "../support/attacked.ts";
import { served } from "../support/listen.ts";

/** Codes with which a path is refused, by the handler or by the server in front of it. */
const REFUSED: ReadonlyArray<number> = [0, 400, 404, 405, 414, 431, 505];

const page = {
  files: [{ path: "index.html", contentType: "text/html", etag: '"1"', body: "<h1>rover</h1>" }],
};

describe(`paths over a raw socket, ${served}`, () => {
  it.live("with backslashes, NUL, tabs, bytes that are no ASCII, parameters or encoded slashes lead nowhere", () =>
    Effect.gen(function* () {
      const target = yield* attacked({ page });
      const { sessionId: id } = yield* target.join();
      const paths = [
        "sessions",
        "//sessions",
        "///sessions",
        "/sessions/",
        "/sessions//",
        "/sessions\0",
        "/sessions%00",
        "/sess\tions",
        "/sess\xefions",
        "/%73essions",
        "/sessions;x=1",
        "/;/sessions",
        "/sessions%2f",
        "/sessions%3f",
        `/sessions/${id}%2fstreams%2fx`,
        `/sessions//${id}/streams/x`,
        `/sessions/${id};a=b/streams/x`,
        `/sessions/${id}%00/streams/x`,
        `/sessions/${id}/streams/x/`,
        `/sessions/${id}/streams/a%2fb`,
        `/sessions/${id}/streams/..%2fx`,
        `/sessions/${id}/streams/%5c`,
        `/sessions/${id}/streams/%c0%af`,
        `/sessions/${id}/streams/%`,
        `/sessions/${id}/streams/%0d%0ax`,
        `/sessions/${id}/streams/x\0`,
        `/sessions/${id}/streams/${"%41".repeat(257)}`,
      ];
      for (const path of paths) {
        const { status } = yield* target.ask(`POST ${path}`, [MALLORY, "Fieldlink-Seq: 0"]);
        assert.include(REFUSED, status, path);
      }
      yield* target.unharmed;
    }));

  it.live("do not lead out of the mount or the page, however their dots are written", () =>
    Effect.gen(function* () {
      const target = yield* attacked({ page });
      const dots = ["..", "%2e%2e", "%2E.", ".%2e", "%252e%252e", "..%2f..", "..%5c..", "..\\..", "....//"];
      for (const up of dots) {
        for (const path of [`/${up}/${up}/etc/passwd`, `/x/${up}/package.json`, `/index.html/${up}/${up}/mod.ts`]) {
          const { status, body } = yield* target.ask(`GET ${path}`);
          assert.include(REFUSED, status, path);
          assert.notInclude(body, "<h1>");
        }
      }
      for (const path of ["/__proto__", "/constructor", "/hasOwnProperty", "/index.html%00.js", "/index.html/"]) {
        assert.include(REFUSED, (yield* target.ask(`GET ${path}`)).status, path);
      }
      assert.include((yield* target.ask("GET /")).body, "<h1>");
      yield* target.unharmed;
    }));

  it.live("with dots in them are asked for what they lead to, authorization included", () =>
    Effect.gen(function* () {
      const target = yield* attacked({ page });
      const id = target.honestId();
      for (const up of ["..", "%2e%2e", "."]) {
        const before = up === "." ? "" : "/index.html";
        for (const path of [`${before}/${up}/sessions/${id}/events`, `/sessions/${id}/${up}/${id}/events`]) {
          const anonymous = yield* target.ask(`GET ${path}`);
          assert.include([400, 401, 404], anonymous.status, path);
          const other = yield* target.ask(`GET ${path}`, [MALLORY]);
          assert.include([400, 404], other.status, path);
        }
      }
      yield* target.unharmed;
    }));

  it.live("that are very long are refused, at whatever length", () =>
    Effect.gen(function* () {
      const target = yield* attacked({ page });
      for (const length of [17_000, 70_000, 1_000_000]) {
        for (
          const path of [`/${"a".repeat(length)}`, `/sessions?${"a".repeat(length)}`, `/${"a/".repeat(length / 2)}`]
        ) {
          const { status } = yield* target.ask(`POST ${path}`, [MALLORY]);
          assert.include([0, 400, 414, 431], status, `${length}`);
        }
      }
      yield* target.unharmed;
    }));

  it.live("are left alone where the request line is none, or the method is another's", () =>
    Effect.gen(function* () {
      const target = yield* attacked({ page });
      for (const line of ["CONNECT 127.0.0.1:1", "TRACE /sessions", "POSTX /sessions", "PUT /sessions", "GET *"]) {
        const { status, body } = yield* target.ask(line, [MALLORY]);
        assert.include([...REFUSED, 403, 500, 501], status, line);
        assert.notInclude(body, "sessionId");
      }
      for (
        const bytes of [
          "\r\n\r\n\r\n\0\0\0\0\r\n\r\n",
          "\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03\r\n\r\n",
          "GET /\r\n\r\n",
        ]
      ) {
        yield* Effect.scoped(Effect.gen(function* () {
          const socket = yield* target.connect;
          socket.send(bytes);
          socket.finish();
          yield* socket.until("the connection is over", () => socket.isOver);
          assert.notMatch(socket.text, /^HTTP\/1\.1 2/);
        }));
      }
      yield* target.unharmed;
    }));
});
