import { assert, describe, it } from "@effect/vitest";
import * as Effect from "effect/Effect";
import { attacked, bearer, MALLORY } from "../support/attacked.ts";
import { served } from "../support/listen.ts";

/** The start line of each request about a session, and what else belongs to it. */
function requests(id: string): ReadonlyArray<readonly [string, ReadonlyArray<string>]> {
  return [
    [`GET /sessions/${id}/events`, ["Accept: text/event-stream"]],
    [`POST /sessions/${id}/streams/control`, ["Fieldlink-Seq: 0"]],
    [`PATCH /sessions/${id}`, []],
    [`DELETE /sessions/${id}`, []],
  ];
}

describe(`a session id over a raw socket, ${served}`, () => {
  it.live("that is guessed, cut short, longer, in capitals or written in another way finds nothing", () =>
    Effect.gen(function* () {
      const target = yield* attacked();
      const { sessionId: id } = yield* target.join();
      const guesses = [
        "0".repeat(48),
        id.slice(0, -1),
        id.slice(0, 16),
        `${id}0`,
        id.slice(0, 16) + "0".repeat(32),
        id.toUpperCase().replace(/^[0-9]*$/, "A"),
        `%${id.charCodeAt(0).toString(16)}${id.slice(1)}`,
        `${id}%00`,
        `${id};a=b`,
        "__proto__",
      ];
      for (const guess of guesses) {
        for (const [line, headers] of requests(guess)) {
          const { status, body } = yield* target.ask(line, [MALLORY, ...headers]);
          assert.equal(status, 404, line);
          assert.notInclude(body, id);
        }
      }
      assert.equal((yield* target.ask(`PATCH /sessions/${id}`, [MALLORY])).status, 204);
      yield* target.unharmed;
    }));

  it.live("of another subject opens no events, takes no bytes and ends nothing", () =>
    Effect.gen(function* () {
      const target = yield* attacked();
      const id = target.honestId();
      assert.match(id, /^[0-9a-f]{48}$/);
      for (const [line, headers] of requests(id)) {
        for (const more of [[], ["Last-Event-ID: x.0"], [`Fieldlink-Sid: ${target.gateway.viewers[0]!.client.id}`]]) {
          const { status, body } = yield* target.ask(line, [MALLORY, ...headers, ...more]);
          assert.equal(status, 404, line);
          assert.notInclude(body, "/count");
        }
      }
      yield* target.unharmed;
    }));

  it.live("in the query, in a header or in a cookie is none", () =>
    Effect.gen(function* () {
      const target = yield* attacked();
      const { sessionId: id } = yield* target.join();
      const more = [MALLORY, `Cookie: session=${id}`, `X-Session-Id: ${id}`, "Accept: text/event-stream"];
      for (const line of [`GET /sessions?id=${id}`, `GET /sessions/?${id}`, `GET /events?session=${id}`]) {
        const { status, body } = yield* target.ask(line, more);
        assert.include([404, 405], status, line);
        assert.notInclude(body, id);
      }
      yield* target.unharmed;
    }));

  it.live("asks for an identity that is another subject's in vain", () =>
    Effect.gen(function* () {
      const target = yield* attacked();
      for (const identity of ["honest", "rover"]) {
        const reply = yield* target.ask(
          "POST /sessions",
          [MALLORY, "Content-Type: application/json"],
          JSON.stringify({ identity }),
        );
        assert.equal(reply.status, 409);
      }
      yield* target.unharmed;
    }));
});

describe(`authorization over a raw socket, ${served}`, () => {
  it.live("that is missing, of another scheme, or twice there is refused on every route", () =>
    Effect.gen(function* () {
      const target = yield* attacked();
      const id = target.honestId();
      const routes = [["POST /sessions", []] as const, ...requests(id)];
      const wrong = [
        [],
        ["Authorization:"],
        ["Authorization: Bearer"],
        ["Authorization: Bearer nobody"],
        ["Authorization: Basic bWFsbG9yeTptYWxsb3J5"],
        ["Authorization: Bearer honest, Bearer honest"],
        ["Proxy-Authorization: Bearer honest"],
        ["X-Authorization: Bearer honest"],
        ["Cookie: Authorization=Bearer honest"],
      ];
      for (const [line, headers] of routes) {
        for (const authorization of wrong) {
          const { status, body } = yield* target.ask(line, [...headers, ...authorization]);
          assert.equal(status, 401, `${line} ${authorization.join()}`);
          assert.notInclude(body, "/count");
        }
      }
      yield* target.unharmed;
    }));

  it.live("in two headers is never that of the one whom the second names", () =>
    Effect.gen(function* () {
      const target = yield* attacked();
      const id = target.honestId();
      for (const pair of [["mallory", "honest"], ["nobody", "honest"], ["", "honest"]]) {
        for (const [line, headers] of requests(id)) {
          const { status } = yield* target.ask(line, [...pair.map((name) => bearer(name)), ...headers]);
          assert.include([400, 401, 404], status, `${line} ${pair.join()}`);
        }
      }
      yield* target.unharmed;
    }));

  it.live("in a header that is folded, or has a space before its colon, is refused", () =>
    Effect.gen(function* () {
      const target = yield* attacked();
      for (const headers of [["Authorization : Bearer mallory"], ["Authorization: Bearer", " mallory"]]) {
        const { status } = yield* target.ask("POST /sessions", headers);
        assert.include([0, 400, 401], status, headers.join());
      }
      yield* target.unharmed;
    }));

  it.live("in the trailers of a body comes too late", () =>
    Effect.gen(function* () {
      const target = yield* attacked();
      const body = `2\r\n{}\r\n0\r\n${bearer("honest")}\r\n\r\n`;
      const { status } = yield* target.ask("POST /sessions", ["Transfer-Encoding: chunked"], body);
      assert.include([400, 401], status);
      yield* target.unharmed;
    }));
});
