import { it } from "@effect/vitest";
import * as Effect from "effect/Effect";
import * as Fiber from "effect/Fiber";
import { assert, describe } from "vitest";
import { sse } from "../../../../adapters/sse/mod.ts";
import { encodeTextFrame } from "../../../../core/protocol/mod.ts";
import { advance, settle } from "../../../support/settle.ts";
import { device, events, joinQuietly, jsonOf, newSession, post, send, viewer } from "./support.ts";

function text(message: string): Uint8Array {
  return encodeTextFrame(message) as Uint8Array;
}

describe("coming back", () => {
  it.effect("takes over from a stream that is still open, which is told and ends", () =>
    Effect.gen(function* () {
      const host = yield* device();
      const { session, reader } = yield* viewer(host, { identity: "viewer-1" });
      const stream = yield* host.room.openByteStream({ topic: "control", destinations: ["viewer-1"] });
      yield* stream.write(text("1"));
      yield* reader.until("text");
      const again = yield* events(host.http, session, reader.lastId);
      yield* again.flow;
      yield* stream.write(text("2"));
      yield* again.until("text");
      const [close] = yield* reader.until("close");
      assert.deepEqual(JSON.parse(close!.data), { reason: "replaced" });
      yield* settle;
      assert.isTrue(reader.isOver);
      assert.equal((yield* reader.until("text")).length, 1);
      assert.deepEqual(again.events.map(({ name }) => name), ["open", "text"]);
      // The viewer is not away: it does not expire.
      yield* advance(20_000);
      yield* post(host, session, 0, "");
      yield* advance(20_000);
      assert.deepEqual(host.told, [`active ${session.sid}`]);
      assert.isFalse(again.isOver);
    }));

  it.effect("by an attempt that is overtaken on the way is refused, whatever it says, and changes nothing", () =>
    Effect.gen(function* () {
      const host = yield* device();
      const session = yield* newSession(host.http, { identity: "viewer-1" });
      const attempt = (number: string) => ({ "fieldlink-attempt": number });
      const path = `/sessions/${session.sessionId}/events`;
      const first = yield* events(host.http, session, undefined, attempt("1"));
      yield* first.flow;
      const again = yield* events(host.http, session, undefined, attempt("3"));
      yield* again.flow;
      yield* again.until("open");
      for (
        const headers of [attempt("3"), attempt("2"), { ...attempt("1"), "last-event-id": "0123.4" }, attempt("0")]
      ) {
        const late = yield* send(host.http, path, { headers });
        assert.equal(late.status, 409);
        const { error, message } = yield* jsonOf(late);
        assert.equal(error, "attempt");
        assert.match(String(message), /attempt 3 .* higher number/);
      }
      const stream = yield* host.room.openByteStream({ topic: "control", destinations: ["viewer-1"] });
      yield* stream.write(text("1"));
      yield* again.until("text");
      assert.deepEqual(host.told, [`active ${session.sid}`]);
      assert.isFalse(again.isOver);
      // One that does not say is taken as it comes, and the numbers go on where they were.
      const plain = yield* events(host.http, session, again.lastId);
      yield* plain.flow;
      yield* plain.until("open");
      assert.isTrue(again.isOver);
      assert.equal((yield* send(host.http, path, { headers: attempt("3") })).status, 409);
      const last = yield* events(host.http, session, again.lastId, attempt("4"));
      yield* last.flow;
      yield* last.until("open");
      assert.isTrue(last.open.resumed);
    }));

  for (const number of ["-1", "01", "1.5", "x", "", "9007199254740993"]) {
    it.effect(`by an attempt with the number ${JSON.stringify(number)} is refused`, () =>
      Effect.gen(function* () {
        const host = yield* device();
        const { session, reader } = yield* viewer(host);
        const path = `/sessions/${session.sessionId}/events`;
        const refused = yield* send(host.http, path, { headers: { "fieldlink-attempt": number } });
        assert.equal(refused.status, 400);
        yield* settle;
        assert.isFalse(reader.isOver);
      }));
  }

  it.effect("without saying where it stood replays all there was: its first connection broke before it was told", () =>
    Effect.gen(function* () {
      const host = yield* device();
      const session = yield* newSession(host.http, { identity: "viewer-1" });
      const first = yield* events(host.http, session);
      const stream = yield* host.room.openByteStream({ topic: "control", destinations: ["viewer-1"] });
      yield* stream.write(text("1"));
      first.abort();
      const again = yield* events(host.http, session);
      yield* again.flow;
      yield* again.until("text");
      assert.isTrue(again.open.resumed);
      assert.deepEqual(again.events.map(({ name }) => name), ["open", "stream", "text"]);
    }));

  it.effect("to a ring that has turned is told the exact gap, and the viewer is another instance, both ways from 0", () =>
    Effect.gen(function* () {
      const host = yield* device({ limits: { ringEvents: 4 } });
      const { session, reader } = yield* viewer(host, { identity: "viewer-1" });
      const stream = yield* host.room.openByteStream({ topic: "control", destinations: ["viewer-1"] });
      yield* stream.write(text("1"));
      yield* reader.until("text");
      yield* post(host, session, 0, "before");
      const [incoming] = host.streams;
      reader.abort();
      for (let message = 2; message < 9; message += 1) yield* stream.write(text(`${message}`));
      const again = yield* events(host.http, session, reader.lastId);
      yield* again.flow;
      yield* again.until("open");
      const { sid, resumed, gap } = again.open;
      assert.isFalse(resumed);
      assert.deepEqual(gap, { from: 2, to: 4 });
      assert.notEqual(sid, session.sid);
      assert.deepEqual(host.told, [`active ${session.sid}`, `left ${session.sid}`, `active ${sid}`]);
      assert.equal(host.room.participant("viewer-1")?.sid, sid);
      const failed = yield* Effect.flip(stream.write(text("9")));
      assert.equal(failed.reason, "write");
      assert.deepEqual(yield* incoming!.read, new TextEncoder().encode("before"));
      assert.isUndefined(yield* incoming!.read);
      assert.equal((yield* post(host, session, 0, "after")).status, 204);
      assert.deepEqual(yield* host.streams[1]!.read, new TextEncoder().encode("after"));
      const fresh = yield* host.room.openByteStream({ topic: "control", destinations: ["viewer-1"] });
      yield* fresh.write(text("fresh"));
      const [event] = yield* again.until("text");
      assert.equal(event?.data, "fresh");
      assert.match(event?.id ?? "", /\.1$/);
      assert.notEqual(event?.id?.split(".")[0], reader.lastId?.split(".")[0]);
    }));

  for (
    const [name, id] of [
      ["of another epoch", "0123.4"],
      ["that is none", "garbage"],
      ["of this epoch that has not been given yet", undefined],
    ] as const
  ) {
    it.effect(`with an id ${name} is a reset without a gap to name`, () =>
      Effect.gen(function* () {
        const host = yield* device();
        const { session, reader } = yield* viewer(host, { identity: "viewer-1" });
        const again = yield* events(host.http, session, id ?? reader.lastId!.replace("-1", "7"));
        yield* again.flow;
        yield* again.until("open");
        assert.isFalse(again.open.resumed);
        assert.notProperty(again.open, "gap");
        assert.notEqual(again.open.sid, session.sid);
        assert.deepEqual(host.told, [`active ${session.sid}`, `left ${session.sid}`, `active ${again.open.sid}`]);
      }));
  }

  it.effect("has an event that is larger than the ring as a gap, though it was written while it was away", () =>
    Effect.gen(function* () {
      const host = yield* device({ limits: { ringBytes: 1_000 } });
      const { session, reader } = yield* viewer(host, { identity: "viewer-1" });
      const stream = yield* host.room.openByteStream({ topic: "control", destinations: ["viewer-1"] });
      yield* reader.until("stream");
      reader.abort();
      yield* stream.write(text("x".repeat(2_000)));
      const again = yield* events(host.http, session, reader.lastId);
      yield* again.flow;
      yield* again.until("open");
      assert.deepEqual(again.open.gap, { from: 1, to: 1 });
    }));
});

describe("being away", () => {
  it.effect("ends after resumeTtl, counted from the disconnection whatever is sent or posted meanwhile", () =>
    Effect.gen(function* () {
      const host = yield* device({ resumeTtlMs: 10_000 });
      const { session, reader } = yield* viewer(host, { identity: "viewer-1" });
      const stream = yield* host.room.openByteStream({ topic: "control", destinations: ["viewer-1"] });
      reader.abort();
      yield* settle;
      yield* advance(5_000);
      yield* stream.write(text("1"));
      yield* post(host, session, 0, "x");
      yield* advance(4_900);
      assert.deepEqual(host.told, [`active ${session.sid}`]);
      yield* advance(100);
      assert.deepEqual(host.told, [`active ${session.sid}`, `left ${session.sid}`]);
      assert.equal((yield* post(host, session, 1, "x")).status, 404);
      assert.equal((yield* send(host.http, `/sessions/${session.sessionId}/events`)).status, 404);
      assert.equal((yield* Effect.flip(stream.write(text("2")))).reason, "write");
    }));

  it.effect("is over for who comes back in time", () =>
    Effect.gen(function* () {
      const host = yield* device({ resumeTtlMs: 10_000 });
      const { session, reader } = yield* viewer(host);
      yield* reader.cancel;
      yield* advance(9_900);
      const again = yield* events(host.http, session, reader.lastId);
      yield* again.flow;
      yield* advance(9_900);
      assert.deepEqual(host.told, [`active ${session.sid}`]);
      assert.isTrue(again.open.resumed);
    }));

  it.effect("of a session whose events nobody ever read ends as well", () =>
    Effect.gen(function* () {
      const host = yield* device({ resumeTtlMs: 10_000 });
      const session = yield* newSession(host.http);
      yield* advance(10_000);
      assert.equal((yield* send(host.http, `/sessions/${session.sessionId}/events`)).status, 404);
      assert.deepEqual(host.told, []);
    }));

  for (const how of ["the request's signal", "the stream's cancel", "no request for resumeTtl"] as const) {
    it.effect(`is noticed by ${how}`, () =>
      Effect.gen(function* () {
        const host = yield* device({ resumeTtlMs: 10_000 });
        const { session, reader } = yield* viewer(host, { identity: "viewer-1" });
        const noticed = how === "no request for resumeTtl" ? 10_000 : 0;
        if (how === "the request's signal") reader.abort();
        if (how === "the stream's cancel") yield* reader.cancel;
        yield* advance(noticed + 9_500);
        assert.deepEqual(host.told, [`active ${session.sid}`]);
        yield* advance(500);
        assert.deepEqual(host.told, [`active ${session.sid}`, `left ${session.sid}`]);
      }));
  }

  it.effect("is noticed by the end of the request, where the server tells of it by a promise", () =>
    Effect.gen(function* () {
      const host = yield* device({ resumeTtlMs: 10_000 });
      const session = yield* newSession(host.http);
      let complete: (() => void) | undefined;
      const info = { completed: new Promise<void>((resolve) => complete = resolve) };
      const request = new Request(`http://127.0.0.1/sessions/${session.sessionId}/events`);
      yield* Effect.promise(() => host.http.fetch(request, info));
      complete?.();
      yield* advance(10_000);
      assert.deepEqual(host.told, [`active ${session.sid}`, `left ${session.sid}`]);
    }));

  it.effect("does not begin as long as the viewer makes requests", () =>
    Effect.gen(function* () {
      const host = yield* device({ resumeTtlMs: 10_000 });
      const { session, reader } = yield* viewer(host, { identity: "viewer-1" });
      for (let times = 0; times < 5; times += 1) {
        yield* advance(9_000);
        assert.equal((yield* send(host.http, `/sessions/${session.sessionId}`, { method: "PATCH" })).status, 204);
      }
      assert.isFalse(reader.isOver);
    }));
});

describe("a quiet stream", () => {
  it.effect("has a comment every 8 s", () =>
    Effect.gen(function* () {
      const host = yield* device();
      const { reader } = yield* viewer(host);
      const before = reader.text;
      yield* advance(24_000);
      assert.equal(reader.text.slice(before.length), ":\n\n:\n\n:\n\n");
    }));

  it.effect("has none where nobody reads what was said before", () =>
    Effect.gen(function* () {
      const host = yield* device();
      const session = yield* newSession(host.http);
      const reader = yield* events(host.http, session);
      yield* reader.chunk;
      yield* advance(24_000);
      yield* reader.flow;
      yield* settle;
      assert.equal(reader.text.split("\n\n").filter((block) => block === ":").length, 0);
    }));
});

describe("leaving", () => {
  it.effect("by DELETE ends the stream, and later requests find nothing", () =>
    Effect.gen(function* () {
      const host = yield* device();
      const { session, reader } = yield* viewer(host);
      yield* post(host, session, 0, "last words");
      const path = `/sessions/${session.sessionId}`;
      assert.equal((yield* send(host.http, path, { method: "DELETE" })).status, 204);
      assert.deepEqual(host.told, [`active ${session.sid}`, `left ${session.sid}`]);
      const [close] = yield* reader.until("close");
      assert.deepEqual(JSON.parse(close!.data), { reason: "leaving" });
      assert.deepEqual(yield* host.streams[0]!.read, new TextEncoder().encode("last words"));
      assert.isUndefined(yield* host.streams[0]!.read);
      assert.equal((yield* send(host.http, path, { method: "DELETE" })).status, 404);
      assert.equal((yield* post(host, session, 1, "")).status, 404);
    }));

  it.effect("of the device lets viewers read what was written, and tells them", () =>
    Effect.gen(function* () {
      const host = yield* device();
      const session = yield* newSession(host.http, { identity: "viewer-1" });
      const reader = yield* events(host.http, session);
      const stream = yield* host.room.openByteStream({ topic: "control", destinations: ["viewer-1"] });
      for (let message = 0; message < 5; message += 1) yield* stream.write(text("x".repeat(50_000)));
      const leaving = yield* Effect.forkChild(host.leave);
      yield* settle;
      assert.equal((yield* send(host.http, "/sessions", { method: "POST" })).status, 503);
      yield* reader.flow;
      yield* Fiber.join(leaving);
      assert.equal((yield* reader.until("text", 5)).length, 5);
      const [close] = yield* reader.until("close");
      assert.deepEqual(JSON.parse(close!.data), { reason: "shutdown" });
      assert.equal((yield* post(host, session, 0, "")).status, 404);
      assert.deepEqual(host.told, [`active ${session.sid}`]);
    }));

  it.effect("of the device waits 2 s at most for one that does not read", () =>
    Effect.gen(function* () {
      const host = yield* device();
      const session = yield* newSession(host.http, { identity: "viewer-1" });
      yield* events(host.http, session);
      const leaving = yield* Effect.forkChild(host.leave);
      yield* advance(1_500);
      assert.isUndefined(leaving.pollUnsafe());
      yield* advance(500);
      yield* Fiber.join(leaving);
    }));

  it.effect("of the device leaves no timer behind that would act on the next stay", () =>
    Effect.gen(function* () {
      const http = sse({ resumeTtlMs: 10_000 });
      const first = yield* joinQuietly(http);
      yield* newSession(http);
      yield* first.leave;
      const second = yield* joinQuietly(http);
      second.listen();
      const { session } = yield* viewer(second);
      yield* advance(9_900);
      assert.deepEqual(second.told, [`active ${session.sid}`]);
    }));
});

describe("one identity", () => {
  it.effect("is in the room once: the session whose events are asked for last is it, and the one before is over", () =>
    Effect.gen(function* () {
      const host = yield* device();
      const first = yield* viewer(host, { identity: "viewer-1" });
      const second = yield* newSession(host.http, { identity: "viewer-1" });
      assert.deepEqual(host.told, [`active ${first.session.sid}`]);
      const reader = yield* events(host.http, second);
      yield* reader.flow;
      const [close] = yield* first.reader.until("close");
      assert.deepEqual(JSON.parse(close!.data), { reason: "replaced" });
      assert.deepEqual(host.told, [`active ${first.session.sid}`, `left ${first.session.sid}`, `active ${second.sid}`]);
      assert.equal((yield* post(host, first.session, 0, "")).status, 404);
    }));

  it.effect("of the device joins anew as another instance, and ends the one before", () =>
    Effect.gen(function* () {
      const http = sse({ identity: "rover" });
      const first = yield* joinQuietly(http);
      first.listen();
      const { reader, session } = yield* viewer(first);
      const second = yield* joinQuietly(http);
      second.listen();
      assert.deepEqual(first.told, [`active ${session.sid}`, `left ${session.sid}`, "ended replaced"]);
      const [close] = yield* reader.until("close");
      assert.deepEqual(JSON.parse(close!.data), { reason: "shutdown" });
      assert.notEqual(first.room.sid, second.room.sid);
      yield* first.leave;
      const next = yield* viewer(second);
      assert.equal(next.reader.open.device?.sid, second.room.sid);
      assert.deepEqual(second.told, [`active ${next.session.sid}`]);
    }));
});

describe("attributes", () => {
  it.effect("of the device are told on opening and when they change", () =>
    Effect.gen(function* () {
      const http = sse({ identity: "rover" });
      const host = yield* joinQuietly(http, { attributes: new Map([["a", "1"]]) });
      host.listen();
      const { reader } = yield* viewer(host);
      const { device: told } = reader.open;
      assert.deepEqual({ ...told, joinedAt: 0 }, {
        identity: "rover",
        sid: host.room.sid,
        joinedAt: 0,
        attributes: { a: "1" },
      });
      yield* host.room.setAttributes(new Map([["b", "2"]]));
      const [changed] = yield* reader.until("device");
      assert.deepEqual(JSON.parse(changed!.data).attributes, { a: "1", b: "2" });
      assert.match(changed?.id ?? "", /\.0$/);
    }));

  it.effect("that does not listen yet has no more streams kept for it than the limit says", () =>
    Effect.gen(function* () {
      const host = yield* joinQuietly(sse({ limits: { heldStreams: 2 } }));
      const { session } = yield* viewer(host);
      for (const topic of ["a", "b", "c"]) assert.equal((yield* post(host, session, 0, topic, {}, topic)).status, 204);
      host.listen();
      assert.deepEqual(host.streams.map(({ topic }) => topic), ["a", "b"]);
    }));

  it.effect("of a viewer are there from the start, and can be set later", () =>
    Effect.gen(function* () {
      const host = yield* device();
      const { session } = yield* viewer(host, { identity: "v", protocolVersion: "2.3.0", attributes: { a: "1" } });
      const init = {
        method: "PATCH",
        body: '{"attributes":{"a":"2"}}',
        headers: { "content-type": "application/json" },
      };
      assert.equal((yield* send(host.http, `/sessions/${session.sessionId}`, init)).status, 204);
      assert.deepEqual([...host.room.participant("v")!.attributes], [["a", "2"], ["protocolVersion", "2.3.0"]]);
      assert.equal(host.heard.at(-1)?.what, "attributes");
      const many = JSON.stringify({
        attributes: Object.fromEntries(Array.from({ length: 63 }, (_, index) => [`n${index}`, ""])),
      });
      assert.equal((yield* send(host.http, `/sessions/${session.sessionId}`, { ...init, body: many })).status, 413);
    }));
});
