import { it } from "@effect/vitest";
import * as Effect from "effect/Effect";
import * as Fiber from "effect/Fiber";
import * as fc from "fast-check";
import { assert, describe, it as plain } from "vitest";
import { sse, SseForbidden, type SseOptions, type Subject } from "../../../../adapters/sse/mod.ts";
import { isSameId, newSessionId } from "../../../../adapters/sse/server/session_id.ts";
import { TokenBucket } from "../../../../adapters/sse/server/token_bucket.ts";
import { encodeTextFrame } from "../../../../core/protocol/mod.ts";
import { advance } from "../../../support/settle.ts";
import { type Device, device, events, jsonOf, newSession, post, send, viewer } from "./support.ts";

/** Who has a token is whom it names. */
const byToken: SseOptions = {
  authorize: (request): Subject | undefined => {
    const [, token] = /^Bearer (.+)$/.exec(request.headers.get("authorization") ?? "") ?? [];
    if (token === "banned") throw new SseForbidden({ detail: "ask somebody for access" });
    if (token === "broken") throw new Error("no database");
    if (token === "fixed") return { subject: token, identity: "operator" };
    return token === undefined ? undefined : { subject: token };
  },
};

const as = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` });

/** Every request that is about a session, each as it would be right. */
function requests(id: string): ReadonlyArray<readonly [string, RequestInit]> {
  return [
    [`/sessions/${id}/events`, { headers: {} }],
    [`/sessions/${id}/streams/control`, { method: "POST", headers: { "fieldlink-seq": "0" } }],
    [`/sessions/${id}`, { method: "PATCH" }],
    [`/sessions/${id}`, { method: "DELETE" }],
  ];
}

function get(host: Device, path: string, headers: Record<string, string>): Effect.Effect<Response> {
  return send(host.http, path, { headers });
}

/** Asks for a session. */
function join(host: Device, body: object, headers: Record<string, string>): Effect.Effect<Response> {
  return send(host.http, "/sessions", {
    method: "POST",
    body: JSON.stringify(body),
    headers: { "content-type": "application/json", ...headers },
  });
}

describe("authorization", () => {
  it.effect("is asked for on each request, and one without is refused", () =>
    Effect.gen(function* () {
      const host = yield* device(byToken);
      const session = yield* newSession(host.http, {}, as("one"));
      const all = [["/sessions", { method: "POST", headers: {} }] as const, ...requests(session.sessionId)];
      for (const [path, init] of all) {
        const refused = yield* send(host.http, path, init);
        assert.equal(refused.status, 401, `${init.method} ${path}`);
        assert.equal(refused.headers.get("www-authenticate"), "Bearer");
        assert.include((yield* jsonOf(refused))["message"], "say who you are");
        const forbidden = yield* send(host.http, path, { ...init, headers: { ...init.headers, ...as("banned") } });
        assert.equal(forbidden.status, 403);
        assert.include((yield* jsonOf(forbidden))["message"], "ask somebody for access");
        const failed = yield* send(host.http, path, { ...init, headers: { ...init.headers, ...as("broken") } });
        assert.equal(failed.status, 503);
        assert.notInclude((yield* jsonOf(failed))["message"], "database");
      }
    }));

  it.effect("of another subject finds nothing, whoever knows the id: no event, no post, no end", () =>
    Effect.gen(function* () {
      const host = yield* device(byToken);
      const session = yield* newSession(host.http, { identity: "viewer-1" }, as("one"));
      const reader = yield* events(host.http, session, undefined, as("one"));
      yield* reader.flow;
      const stream = yield* host.room.openByteStream({ topic: "control", destinations: ["viewer-1"] });
      yield* stream.write(encodeTextFrame("secret") as Uint8Array);
      yield* reader.until("text");
      for (const [path, init] of requests(session.sessionId)) {
        const refused = yield* send(host.http, path, { ...init, headers: { ...init.headers, ...as("other") } });
        assert.equal(refused.status, 404, path);
        assert.notInclude(yield* Effect.promise(() => refused.text()), "secret");
      }
      assert.isFalse(reader.isOver);
      assert.equal((yield* post(host, session, 0, "a", as("one"))).status, 204);
    }));

  it.effect("that names an identity gives that one, whatever was asked for", () =>
    Effect.gen(function* () {
      const host = yield* device(byToken);
      assert.equal((yield* newSession(host.http, { identity: "me" }, as("fixed"))).identity, "operator");
      assert.equal((yield* newSession(host.http, { identity: "me" }, as("one"))).identity, "me");
      assert.match((yield* newSession(host.http, {}, as("one"))).identity, /^viewer-[0-9a-f]{12}$/);
    }));

  it.effect("does not let a subject be what another is, or what the device is", () =>
    Effect.gen(function* () {
      const host = yield* device({ ...byToken, identity: "rover" });
      yield* newSession(host.http, { identity: "me" }, as("one"));
      for (const identity of ["me", "rover"]) {
        const init = {
          method: "POST",
          body: JSON.stringify({ identity }),
          headers: { "content-type": "application/json", ...as("other") },
        };
        const refused = yield* send(host.http, "/sessions", init);
        assert.equal(refused.status, 409);
      }
    }));

  it.effect("that names an identity gives that one, however many have asked for it before", () =>
    Effect.gen(function* () {
      const host = yield* device(byToken);
      const squatted = yield* newSession(host.http, { identity: "operator" }, as("squatter"));
      const squatter = yield* events(host.http, squatted, undefined, as("squatter"));
      yield* squatter.flow;
      yield* squatter.until("open");
      for (let more = 0; more < 3; more++) yield* newSession(host.http, { identity: "operator" }, as("squatter"));
      const session = yield* newSession(host.http, {}, as("fixed"));
      assert.equal(session.identity, "operator");
      const [closed] = yield* squatter.until("close");
      assert.deepEqual(JSON.parse(closed!.data), { reason: "replaced" });
      assert.equal(
        (yield* send(host.http, requests(squatted.sessionId)[0]![0], { headers: as("squatter") })).status,
        404,
      );
      const reader = yield* events(host.http, session, undefined, as("fixed"));
      yield* reader.flow;
      yield* reader.until("open");
      assert.deepEqual(host.told, [`active ${squatted.sid}`, `left ${squatted.sid}`, `active ${session.sid}`]);
      const again = yield* join(host, { identity: "operator" }, as("squatter"));
      assert.equal(again.status, 409);
      assert.isFalse(reader.isOver);
    }));

  it.effect("that gives two subjects one identity has the one that reads last be it", () =>
    Effect.gen(function* () {
      const host = yield* device({
        authorize: (request) => ({ subject: request.headers.get("authorization") ?? "", identity: "operator" }),
      });
      const before = yield* newSession(host.http, {}, as("one"));
      const reader = yield* events(host.http, before, undefined, as("one"));
      yield* reader.flow;
      yield* reader.until("open");
      const after = yield* newSession(host.http, {}, as("other"));
      assert.isFalse(reader.isOver);
      yield* events(host.http, after, undefined, as("other"));
      assert.deepEqual(JSON.parse((yield* reader.until("close"))[0]!.data), { reason: "replaced" });
      assert.deepEqual(host.told, [`active ${before.sid}`, `left ${before.sid}`, `active ${after.sid}`]);
    }));

  it.effect("bounds the sessions of one subject, by whatever identities, and leaves others theirs", () =>
    Effect.gen(function* () {
      const host = yield* device({ ...byToken, limits: { sessionsPerSubject: 3, requestsPerSecond: 4 } });
      for (const identity of ["a", "b", "c"]) yield* newSession(host.http, { identity }, as("greedy"));
      for (let more = 0; more < 5; more++) {
        const refused = yield* join(host, {}, as("greedy"));
        assert.equal(refused.status, 429);
        assert.include((yield* jsonOf(refused))["message"], "3 sessions already");
      }
      // What was refused has not used up the new sessions of this second.
      assert.equal((yield* join(host, {}, as("other"))).status, 201);
    }));

  it.effect("bounds the new sessions of one subject in a second, and leaves others theirs", () =>
    Effect.gen(function* () {
      const host = yield* device({ ...byToken, limits: { requestsPerSecond: 2 } });
      for (const expected of [201, 201, 429, 429]) {
        assert.equal((yield* join(host, {}, as("greedy"))).status, expected);
      }
      for (const expected of [201, 201, 429]) assert.equal((yield* join(host, {}, as("other"))).status, expected);
      yield* advance(500, 100);
      assert.equal((yield* join(host, {}, as("greedy"))).status, 201);
    }));

  it.effect("where there is none leaves no bound but that of all sessions", () =>
    Effect.gen(function* () {
      const host = yield* device({ limits: { sessionsPerSubject: 3, sessions: 6 } });
      for (let more = 0; more < 6; more++) yield* newSession(host.http);
      assert.equal((yield* join(host, {}, {})).status, 503);
    }));

  it.effect("that takes too long is given up", () =>
    Effect.gen(function* () {
      const host = yield* device({ authorize: () => new Promise(() => undefined) });
      const waiting = yield* Effect.forkChild(send(host.http, "/sessions", { method: "POST" }));
      yield* advance(10_000);
      assert.equal((yield* Fiber.join(waiting)).status, 503);
    }));

  it.effect("that gives something else than a subject refuses", () =>
    Effect.gen(function* () {
      const wrong: SseOptions = JSON.parse("{}");
      for (const result of [null, {}, { subject: 1 }, { subject: "a", identity: "" }]) {
        const authorize: unknown = () => result;
        const host = yield* device({ ...wrong, authorize: authorize as NonNullable<SseOptions["authorize"]> });
        assert.equal((yield* send(host.http, "/sessions", { method: "POST" })).status, 503);
      }
    }));
});

describe("the host", () => {
  it.effect("of a request must be this machine, or one that is allowed, where the server is for this machine", () =>
    Effect.gen(function* () {
      const host = yield* device({ hosts: ["rover.example", "[fe80::1]"] });
      const allowed = [
        "127.0.0.1:8787",
        "localhost",
        "a.localhost:1",
        "[::1]:80",
        "127.9.9.9",
        "ROVER.example:443",
        "[fe80::1]:8787",
      ];
      for (const name of allowed) assert.equal((yield* get(host, "/", { host: name })).status, 404, name);
      const others = [
        "evil.example",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "xrover.example",
        "10.0.0.1",
        "",
        "[::2]",
        "rover.example@evil",
        "127.0.0.1:8787:1",
        "a b",
      ];
      for (const name of others) {
        const refused = yield* get(host, "/", { host: name });
        assert.equal(refused.status, 403, name);
        const { error, message } = yield* jsonOf(refused);
        assert.equal(error, "host");
        assert.include(message, "--allow-host");
      }
    }));

  it.effect("in the address counts as well as that of the header", () =>
    Effect.gen(function* () {
      const host = yield* device();
      const request = new Request("http://evil.example/", { headers: { host: "localhost" } });
      assert.equal((yield* Effect.promise(() => host.http.fetch(request))).status, 403);
    }));

  it.effect("is not checked on a server that is for others", () =>
    Effect.gen(function* () {
      for (const hostname of ["0.0.0.0", "::", "192.168.1.7"]) {
        const host = yield* device({ hostname });
        assert.equal((yield* get(host, "/", { host: "whatever.example" })).status, 404);
      }
      for (const hostname of ["127.0.0.1", "::1", "localhost"]) {
        const host = yield* device({ hostname });
        assert.equal((yield* get(host, "/", { host: "whatever.example" })).status, 403);
      }
    }));
});

describe("the origin", () => {
  const own = "http://localhost:8787";
  const listed = "https://ops.example";

  it.effect("that is the device's own may do everything, over a tunnel with TLS as well", () =>
    Effect.gen(function* () {
      const host = yield* device({ hosts: ["rover.example"] });
      for (
        const [origin, name] of [[own, "localhost:8787"], ["https://rover.example", "rover.example"], [
          "https://rover.example",
          "rover.example:443",
        ]] as const
      ) {
        const response = yield* send(host.http, "/sessions", { method: "POST", headers: { origin, host: name } });
        assert.equal(response.status, 201, origin);
        assert.isNull(response.headers.get("access-control-allow-origin"));
      }
    }));

  it.effect("of anybody else is refused before anything is done", () =>
    Effect.gen(function* () {
      const host = yield* device({ origins: [listed] });
      const session = yield* newSession(host.http);
      const others = [
        "https://evil.example",
        "http://ops.example",
        "https://ops.example:444",
        "https://ops.example.evil",
        "null",
        "",
        "http://localhost:9999",
        "file://",
        "garbage",
      ];
      for (const origin of others) {
        for (const [path, init] of [["/sessions", { method: "POST" }] as const, ...requests(session.sessionId)]) {
          const refused = yield* send(host.http, path, {
            ...init,
            headers: { ...init.headers, host: "localhost:8787", origin },
          });
          assert.equal(refused.status, 403, `${origin} ${path}`);
          assert.isNull(refused.headers.get("access-control-allow-origin"));
        }
      }
      assert.equal((yield* send(host.http, `/sessions/${session.sessionId}`, { method: "DELETE" })).status, 204);
    }));

  it.effect("that is listed can read answers, refusals too", () =>
    Effect.gen(function* () {
      const host = yield* device({ origins: [listed] });
      const headers = { origin: listed };
      const session = yield* newSession(host.http, {}, headers);
      const reader = yield* events(host.http, session, undefined, headers);
      const refused = yield* get(host, `/sessions/${"0".repeat(48)}/events`, headers);
      for (const response of [reader.response, refused]) {
        assert.equal(response.headers.get("access-control-allow-origin"), listed);
        assert.equal(response.headers.get("access-control-allow-credentials"), "true");
        assert.equal(response.headers.get("vary"), "Origin");
      }
      assert.equal(refused.status, 404);
    }));

  it.effect("that is listed may ask what it may send; others hear nothing", () =>
    Effect.gen(function* () {
      const host = yield* device({ ...byToken, origins: [listed] });
      const asked = {
        "access-control-request-method": "POST",
        "access-control-request-headers": "authorization,fieldlink-attempt,fieldlink-seq",
      };
      const answer = yield* send(host.http, "/sessions", { method: "OPTIONS", headers: { origin: listed, ...asked } });
      assert.equal(answer.status, 204);
      assert.equal(answer.headers.get("access-control-allow-headers"), "authorization,fieldlink-attempt,fieldlink-seq");
      assert.include(answer.headers.get("access-control-allow-methods"), "DELETE");
      const other = yield* send(host.http, "/sessions", {
        method: "OPTIONS",
        headers: { origin: "https://evil.example", ...asked },
      });
      assert.equal(other.status, 403);
      assert.isNull(other.headers.get("access-control-allow-origin"));
    }));
});

describe("bounds", () => {
  it.effect("on sessions in all", () =>
    Effect.gen(function* () {
      const host = yield* device({ limits: { sessions: 2 } });
      const first = yield* newSession(host.http);
      yield* newSession(host.http);
      const refused = yield* send(host.http, "/sessions", { method: "POST" });
      assert.equal(refused.status, 503);
      assert.isNotNull(refused.headers.get("retry-after"));
      yield* send(host.http, `/sessions/${first.sessionId}`, { method: "DELETE" });
      yield* newSession(host.http);
    }));

  it.effect("on sessions of one identity", () =>
    Effect.gen(function* () {
      const host = yield* device({ limits: { sessionsPerIdentity: 2 } });
      const one = { identity: "one" };
      yield* newSession(host.http, one);
      yield* newSession(host.http, one);
      const init = { method: "POST", body: JSON.stringify(one), headers: { "content-type": "application/json" } };
      assert.equal((yield* send(host.http, "/sessions", init)).status, 429);
      yield* newSession(host.http, { identity: "other" });
      yield* advance(30_000);
      yield* newSession(host.http, one);
    }));

  it.effect("on requests of a session in a second, and on new sessions", () =>
    Effect.gen(function* () {
      const host = yield* device({ limits: { requestsPerSecond: 3 } });
      const session = yield* newSession(host.http);
      const other = yield* newSession(host.http);
      yield* newSession(host.http);
      assert.equal((yield* send(host.http, "/sessions", { method: "POST" })).status, 429);
      for (const expected of [204, 204, 204, 429]) {
        const response = yield* send(host.http, `/sessions/${session.sessionId}`, { method: "PATCH" });
        assert.equal(response.status, expected);
      }
      assert.equal((yield* send(host.http, `/sessions/${other.sessionId}`, { method: "PATCH" })).status, 204);
      yield* advance(400, 100);
      assert.equal((yield* send(host.http, `/sessions/${session.sessionId}`, { method: "PATCH" })).status, 204);
      assert.equal((yield* send(host.http, `/sessions/${session.sessionId}`, { method: "PATCH" })).status, 429);
    }));

  it.effect("on headers and on the address", () =>
    Effect.gen(function* () {
      const host = yield* device();
      assert.equal((yield* get(host, "/", { cookie: "x".repeat(17_000) })).status, 431);
      assert.equal((yield* get(host, `/?${"x".repeat(17_000)}`, {})).status, 431);
    }));

  it.effect("on attributes, however many requests they come in, and in number as in bytes", () =>
    Effect.gen(function* () {
      const host = yield* device();
      const session = yield* newSession(host.http);
      const set = (name: string, value: string) =>
        send(host.http, `/sessions/${session.sessionId}`, {
          method: "PATCH",
          body: JSON.stringify({ attributes: { [name]: value } }),
          headers: { "content-type": "application/json" },
        });
      for (let name = 0; name < 8; name++) assert.equal((yield* set(`${name}`, "x".repeat(2_000))).status, 204);
      const refused = yield* set("8", "\u00e4".repeat(300));
      assert.equal(refused.status, 413);
      assert.include((yield* jsonOf(refused))["message"], "16384 bytes at most, not 16609");
      // In the place of another it is no longer than that.
      assert.equal((yield* set("7", "x".repeat(1_000))).status, 204);
      assert.equal((yield* set("8", "x".repeat(900))).status, 204);
      for (let name = 9; name < 64; name++) assert.equal((yield* set(`${name}`, "")).status, 204);
      assert.equal((yield* set("64", "")).status, 413);
    }));

  it.effect("on names, JSON, attributes and lossy frames are what they are set to", () =>
    Effect.gen(function* () {
      const limits = { nameCharacters: 8, jsonBytes: 200, attributes: 3, attributeBytes: 40, lossyFrameBytes: 100 };
      const host = yield* device({ limits });
      const statusOf = (body: object) => Effect.map(join(host, body, {}), ({ status }) => status);
      assert.equal(yield* statusOf({ identity: "viewer-12" }), 400);
      assert.equal(yield* statusOf({ identity: "viewer-1", attributes: { a: "x".repeat(150) } }), 413);
      assert.equal(yield* statusOf({ identity: "viewer-1", attributes: { a: "1", b: "2", c: "3", d: "4" } }), 413);
      assert.equal(yield* statusOf({ identity: "viewer-1", attributes: { a: "x".repeat(40) } }), 413);
      assert.equal(yield* statusOf({ identity: "viewer-1", attributes: { a: "x".repeat(39) } }), 201);
      const { session } = yield* viewer(host, { identity: "viewer-2" });
      assert.equal((yield* post(host, session, 0, "a", {}, "nine-char")).status, 404);
      assert.equal((yield* post(host, session, 0, "a", {}, "eight-ch")).status, 204);
      assert.equal(host.room.datagrams?.maxFrameBytes, 100);
      assert.throws(() => sse({ identity: "a-device-1", limits }), RangeError, "1 to 8 characters");
    }));

  it.effect("on the JSON of a session", () =>
    Effect.gen(function* () {
      const host = yield* device();
      const ask = (body: string, type: string = "application/json") =>
        Effect.map(
          send(host.http, "/sessions", { method: "POST", body, headers: { "content-type": type } }),
          ({ status }) => status,
        );
      assert.equal(yield* ask(JSON.stringify({ attributes: { a: "x".repeat(17_000) } })), 413);
      assert.equal(
        yield* ask(JSON.stringify({ attributes: Object.fromEntries(Array.from({ length: 65 }, (_, at) => [at, ""])) })),
        413,
      );
      assert.equal(yield* ask("{}", "text/plain"), 415);
      const wrong = [
        "[]",
        "null",
        "1",
        "{",
        '"a"',
        '{"identity":1}',
        '{"identity":""}',
        '{"identity":"a\\u0000b"}',
        '{"protocolVersion":2}',
        '{"attributes":[]}',
        '{"attributes":{"a":1}}',
      ];
      for (const body of [...wrong, JSON.stringify({ identity: "x".repeat(257) })]) {
        assert.equal(yield* ask(body), 400, body);
      }
      assert.equal(yield* ask(""), 201);
      assert.equal(yield* ask('{"__proto__":{"identity":"x"},"constructor":1}'), 201);
    }));
});

describe("paths and methods", () => {
  it.effect("that are not there are not found, however they are written", () =>
    Effect.gen(function* () {
      const host = yield* device({ basePath: "/robot" });
      const { sessionId: id } = yield* Effect.flatMap(
        send(host.http, "/robot/sessions", { method: "POST" }),
        jsonOf,
      ) as Effect.Effect<{ sessionId: string } & Record<string, unknown>>;
      const paths = [
        "/sessions",
        "/robots/sessions",
        "/robot//sessions",
        "//robot/sessions",
        "/robot/sessions/",
        "/robot/sessions//events",
        "/robot%2fsessions",
        "/robot/sessions%2f",
        `/robot/sessions/${id}/`,
        `/robot/sessions/${id}/events/`,
        `/robot/sessions/${id.toUpperCase()}x`,
        `/robot/sessions/${id}%2fevents`,
        `/robot/sessions/${id.slice(1)}`,
        `/robot/sessions/${id}/streams`,
        `/robot/sessions/${id}/streams/`,
        `/robot/sessions/${id}/streams/a/b`,
        `/robot/sessions/${id}/streams/a%2fb`,
        `/robot/sessions/${id}/streams/a%2Fb`,
        `/robot/sessions/${id}/streams/..%2fb`,
        `/robot/sessions/${id}/streams/%5cb`,
        `/robot/sessions/${id}/streams/%00`,
        `/robot/sessions/${id}/streams/%ff`,
        `/robot/sessions/${id}/streams/${"x".repeat(257)}`,
        `/robot/../robot/../sessions/${id}`,
        `/robot/sessions/${id}/streams/control/..`,
        `/robot/sessions/${id}/streams/%2e%2e`,
        `/robot/%73essions/${id}`,
        "/robot/index.html",
        "/robot/..%2f..%2fetc/passwd",
        "/",
      ];
      for (const path of paths) {
        for (const method of ["GET", "POST"]) {
          const { status } = yield* send(host.http, path, { method, headers: { "fieldlink-seq": "0" } });
          assert.include([404, 405], status, `${method} ${path}`);
        }
      }
      assert.isEmpty(host.streams);
      assert.isEmpty(host.heard);
      const redirect = yield* send(host.http, "/robot?a=1");
      assert.equal(redirect.status, 308);
      assert.equal(redirect.headers.get("location"), "/robot/?a=1");
    }));

  it.effect("whose method is another are told which there are", () =>
    Effect.gen(function* () {
      const host = yield* device();
      const { sessionId: id } = yield* newSession(host.http);
      const wrong = [
        ["/sessions", "GET", "POST"],
        [`/sessions/${id}`, "GET", "DELETE, PATCH"],
        [`/sessions/${id}/events`, "POST", "GET"],
        [`/sessions/${id}/streams/a`, "PUT", "POST"],
        ["/", "POST", "GET, HEAD"],
      ];
      for (const [path, method, allowed] of wrong) {
        const refused = yield* send(host.http, path!, { method: method! });
        assert.equal(refused.status, 405);
        assert.equal(refused.headers.get("allow"), allowed);
      }
    }));

  it.effect("of events must take events", () =>
    Effect.gen(function* () {
      const host = yield* device();
      const { sessionId: id } = yield* newSession(host.http);
      assert.equal((yield* get(host, `/sessions/${id}/events`, { accept: "application/json" })).status, 406);
      for (const accept of ["text/event-stream", "*/*", "text/html, Text/Event-Stream;q=0.5"]) {
        const response = yield* get(host, `/sessions/${id}/events`, { accept });
        assert.equal(response.status, 200, accept);
        yield* Effect.promise(() => response.body!.cancel());
      }
    }));

  it.effect("answer with headers that keep anybody from keeping or holding back anything", () =>
    Effect.gen(function* () {
      const host = yield* device();
      const session = yield* newSession(host.http);
      const { response } = yield* events(host.http, session);
      assert.equal(response.headers.get("content-type"), "text/event-stream");
      assert.equal(response.headers.get("x-accel-buffering"), "no");
      for (const answer of [response, yield* get(host, "/nothing", {}), yield* post(host, session, 0, "")]) {
        assert.equal(answer.headers.get("cache-control"), "no-store, no-transform");
        assert.equal(answer.headers.get("x-content-type-options"), "nosniff");
      }
    }));

  plain("are answered while no device is there: try again, or make a new session", async () => {
    const http = sse();
    const of = async (path: string, init?: RequestInit) =>
      (await http.fetch(new Request(`http://localhost${path}`, init))).status;
    assert.equal(await of("/sessions", { method: "POST" }), 503);
    assert.equal(await of(`/sessions/${"0".repeat(48)}/events`), 404);
  });
});

describe("a session id", () => {
  plain("has 192 random bits, of which 128 are compared in constant time", () => {
    const ids = Array.from({ length: 100 }, newSessionId);
    assert.equal(new Set(ids).size, 100);
    for (const id of ids) assert.match(id, /^[0-9a-f]{48}$/);
  });

  plain("is the same or not, as === says", () => {
    const id = fc.string({ maxLength: 6 });
    fc.assert(fc.property(id, id, (one, other) => assert.equal(isSameId(one, other), one === other)));
  });

  it.effect("that is right but for its last digit finds nothing", () =>
    Effect.gen(function* () {
      const host = yield* device();
      const { session } = yield* viewer(host);
      const last = session.sessionId.endsWith("0") ? "1" : "0";
      const sessionId = session.sessionId.slice(0, -1) + last;
      assert.equal((yield* post(host, { ...session, sessionId }, 0, "")).status, 404);
    }));
});

describe("a token bucket", () => {
  plain("gives so many at once and then so many a second, and is not moved by a clock that goes back", () => {
    let now = 1_000;
    const bucket = new TokenBucket(2, () => now);
    const take = () => [bucket.take(), bucket.take(), bucket.take()];
    assert.deepEqual(take(), [true, true, false]);
    now = 0;
    assert.isFalse(bucket.take());
    now = 500;
    assert.deepEqual(take(), [true, false, false]);
    now = 100_000;
    assert.deepEqual(take(), [true, true, false]);
  });
});
