import { assert, describe, it } from "@effect/vitest";
import * as Effect from "effect/Effect";
import * as Exit from "effect/Exit";
import * as Fiber from "effect/Fiber";
import * as Scope from "effect/Scope";
import { sseClient, type SseClientOptions } from "../../../../adapters/sse/mod.ts";
import { JoinError } from "../../../../transport/mod.ts";
import { advance, settle } from "../../../support/settle.ts";
import { joined, ScriptedServer } from "./scripted_server.ts";

const attempt = (options: Partial<SseClientOptions>, server: ScriptedServer) =>
  sseClient({ url: "http://device.test/", fetch: server.fetch, ...options }).join().pipe(Effect.scoped, Effect.flip);

describe("joining over server-sent events", () => {
  it.effect("makes a session and opens its stream, with token, headers and attributes", () =>
    Effect.gen(function* () {
      const server = new ScriptedServer();
      const attributes = new Map([["protocolVersion", "2.3.0"], ["colour", "red"]]);
      const transport = sseClient({
        url: "http://device.test/robot?x=1#token",
        token: "secret",
        headers: { "X-Way": "tunnel" },
        identity: "me",
        fetch: server.fetch,
      });
      const room = yield* transport.join({ attributes });
      assert.deepStrictEqual(server.seen.map(({ method, path }) => `${method} ${path}`), [
        "POST /robot/sessions",
        "GET /robot/sessions/s-1/events",
      ]);
      const [made, events] = server.seen;
      assert.deepStrictEqual(JSON.parse(new TextDecoder().decode(made?.body)), {
        identity: "me",
        protocolVersion: "2.3.0",
        attributes: { colour: "red" },
      });
      for (const request of [made, events]) {
        assert.strictEqual(request?.headers.get("authorization"), "Bearer secret");
        assert.strictEqual(request?.headers.get("x-way"), "tunnel");
      }
      assert.strictEqual(events?.headers.get("accept"), "text/event-stream");
      assert.isFalse(events?.headers.has("last-event-id"));
      assert.deepStrictEqual([room.identity, room.sid], ["viewer-1", "SID_1"]);
      assert.deepStrictEqual(room.participants().map(({ identity, sid }) => [identity, sid]), [["rover", "DEV_1"]]);
    }));

  it.effect("asks for a token anew with each request", () =>
    Effect.gen(function* () {
      let asked = 0;
      const { server } = yield* joined({ token: () => Promise.resolve(`t${++asked}`) });
      assert.deepStrictEqual(server.seen.map(({ headers }) => headers.get("authorization")), [
        "Bearer t1",
        "Bearer t2",
      ]);
    }));

  const answers: ReadonlyArray<readonly [number, string]> = [
    [401, "refused"],
    [403, "refused"],
    [400, "refused"],
    [404, "unreachable"],
    [429, "unreachable"],
    [503, "unreachable"],
    [500, "unreachable"],
    [302, "unreachable"],
  ];
  for (const [status, reason] of answers) {
    for (const at of ["POST", "GET"]) {
      it.effect(`fails as ${reason} where the answer to ${at} is ${status}, with what the server says`, () =>
        Effect.gen(function* () {
          const server = new ScriptedServer();
          server.answer = ({ method }) =>
            method === at ? Response.json({ error: "x", message: "it says why" }, { status }) : undefined;
          const error = yield* attempt({}, server);
          assert.strictEqual(error.reason, reason);
          assert.include(error.message, `${status}: it says why`);
          yield* settle;
          // A session that was made is ended.
          assert.strictEqual(server.count("DELETE"), at === "GET" ? 1 : 0);
        }));
    }
  }

  it.effect("fails as unreachable where nobody answers, or somebody else does", () =>
    Effect.gen(function* () {
      const server = new ScriptedServer();
      server.answer = () => Promise.reject(new TypeError("fetch failed"));
      assert.deepInclude(yield* attempt({}, server), { reason: "unreachable", detail: "fetch failed" });
      server.answer = () => new Response("<html>", { status: 201 });
      assert.strictEqual((yield* attempt({}, server)).reason, "unreachable");
      server.answer = () =>
        Response.json({ sessionId: "../x", sid: "a", identity: "b", resumeTtlMs: 1 }, { status: 201 });
      assert.include((yield* attempt({}, server)).message, "cannot be understood");
      server.answer = ({ method }) => method === "GET" ? new Response("hello") : undefined;
      assert.include((yield* attempt({}, server)).message, "no device");
    }));

  it.effect("fails as timeout where no answer comes, and leaves nothing behind when it is interrupted", () =>
    Effect.gen(function* () {
      const server = new ScriptedServer();
      server.answer = () => new Promise(() => {});
      const fiber = yield* Effect.forkChild(attempt({}, server), { startImmediately: true });
      yield* advance(15_000, 5_000);
      assert.strictEqual((yield* Fiber.join(fiber)).reason, "timeout");
      assert.isTrue(server.seen[0]?.signal.aborted);
      server.answer = () => undefined;
      server.opensAtOnce = false;
      const waiting = yield* Effect.forkChild(attempt({}, server), { startImmediately: true });
      yield* settle;
      assert.strictEqual(server.sources.length, 1);
      yield* Fiber.interrupt(waiting);
      assert.strictEqual(server.count("DELETE"), 1);
      assert.isTrue(server.source.request.signal.aborted);
    }));

  it.effect("tells of a token function that fails, and never what it says", () =>
    Effect.gen(function* () {
      const server = new ScriptedServer();
      const failing = yield* attempt({ token: () => Promise.reject(new Error("secret in here")) }, server);
      assert.strictEqual(failing.reason, "unreachable");
      assert.notInclude(JSON.stringify([failing.message, failing.cause]), "secret");
      const refusing = new JoinError({ reason: "refused", detail: "signed out" });
      assert.strictEqual(yield* attempt({ token: () => Promise.reject(refusing) }, server), refusing);
      assert.strictEqual((yield* attempt({ token: () => "" }, server)).reason, "refused");
      assert.deepStrictEqual(server.seen, []);
    }));

  it.effect("ends with the scope: what was written goes first, then a goodbye that a page's end does not stop", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make();
      const { server, room, told } = yield* Scope.provide(joined(), scope);
      const stream = yield* room.openByteStream({ topic: "control", destinations: ["rover"] });
      yield* stream.write(new TextEncoder().encode("last words"));
      yield* Scope.close(scope, Exit.void);
      assert.deepStrictEqual(server.posts, ["0::last words"]);
      assert.strictEqual(server.seen.at(-1)?.method, "DELETE");
      assert.isTrue(server.source.request.signal.aborted);
      assert.deepStrictEqual(told, ["active rover DEV_1"]);
    }));

  it("refuses options that cannot work", () => {
    const wrong: ReadonlyArray<readonly [Partial<SseClientOptions>, string]> = [
      [{ url: "ws://device.test" }, "'url' must be an http:// or https:// URL"],
      [{ url: "not a url" }, "'url' must be an http:// or https:// URL"],
      [{ url: "http://user:hush@device.test" }, "no user or password"],
      [{ token: "" }, "'token' must not be empty"],
      [{ identity: "" }, "'identity' must not be empty"],
      [{ limits: { stallMs: 0 } }, "'stallMs' must be a whole number above 0"],
    ];
    for (const [options, says] of wrong) {
      try {
        sseClient({ url: "http://device.test", ...options });
        assert.fail("it was taken");
      } catch (error) {
        assert.include(String(error), says);
        assert.notInclude(String(error), "hush");
      }
    }
  });
});

describe("leaving over server-sent events", () => {
  it.effect("takes nothing more, and hangs up only when the server knows, or it would count as a break", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make();
      const { server, room } = yield* Scope.provide(joined({ limits: { incomingBytes: 1 } }), scope);
      const goodbyes: Array<() => void> = [];
      server.answer = ({ method }) =>
        method === "DELETE"
          ? new Promise((resolve) => goodbyes.push(() => resolve(new Response(null, { status: 204 }))))
          : undefined;
      const leaving = yield* Effect.forkChild(Scope.close(scope, Exit.void), { startImmediately: true });
      for (let number = 0; number < 5; number += 1) server.source.event("text", "late", `e.${number}`);
      yield* settle;
      assert.strictEqual(server.count("DELETE"), 1);
      assert.isFalse(server.source.request.signal.aborted);
      assert.isAbove(server.source.untaken, 1);
      goodbyes[0]?.();
      yield* Fiber.join(leaving);
      assert.isTrue(server.source.request.signal.aborted);
      assert.deepStrictEqual(room.participants(), []);
    }));
});
