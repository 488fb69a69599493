import { it } from "@effect/vitest";
import * as Effect from "effect/Effect";
import * as Fiber from "effect/Fiber";
import { assert, describe } from "vitest";
import { advance, settle } from "../../../support/settle.ts";
import { BASE, type Device, device, events, jsonOf, newSession, post, send, viewer } from "./support.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** A body that never ends, or ends after some chunks; it counts what is taken of it. */
function endless(
  chunkBytes: number,
  chunks: number = Infinity,
): { body: ReadableStream<Uint8Array>; taken: () => number; cancelled: () => boolean } {
  let taken = 0;
  let cancelled = false;
  const body = new ReadableStream<Uint8Array>({
    pull: (controller) => {
      if (taken === chunks) return controller.close();
      taken += 1;
      controller.enqueue(new Uint8Array(chunkBytes));
    },
    cancel: () => void (cancelled = true),
  }, { highWaterMark: 0 });
  return { body, taken: () => taken, cancelled: () => cancelled };
}

function postStream(
  { http }: Device,
  sessionId: string,
  sequence: number,
  body: ReadableStream<Uint8Array>,
): Effect.Effect<Response> {
  const init = { method: "POST", body, duplex: "half", headers: { "fieldlink-seq": String(sequence) } };
  return Effect.promise(() => http.fetch(new Request(`${BASE}/sessions/${sessionId}/streams/control`, init)));
}

describe("the number of a post", () => {
  it.effect("that was applied before is acknowledged, and nothing is applied twice", () =>
    Effect.gen(function* () {
      const host = yield* device();
      const { session } = yield* viewer(host);
      for (const sequence of [0, 0, 1, 0, 1]) {
        assert.equal((yield* post(host, session, sequence, `${sequence}`)).status, 204);
      }
      const [stream] = host.streams;
      assert.deepEqual(yield* stream!.read, bytes("0"));
      assert.deepEqual(yield* stream!.read, bytes("1"));
      const more = yield* Effect.forkChild(stream!.read);
      yield* settle;
      assert.isUndefined(more.pollUnsafe());
    }));

  it.effect("that leaves a gap is refused, and told what is expected", () =>
    Effect.gen(function* () {
      const host = yield* device();
      const { session } = yield* viewer(host);
      yield* post(host, session, 0, "a");
      const refused = yield* post(host, session, 2, "c");
      assert.equal(refused.status, 409);
      const body = yield* jsonOf(refused);
      assert.equal(body["error"], "gap");
      assert.equal(body["expected"], 1);
      assert.equal((yield* post(host, session, 1, "b")).status, 204);
      assert.equal((yield* post(host, session, 2, "c")).status, 204);
    }));

  it.effect("must be one", () =>
    Effect.gen(function* () {
      const host = yield* device();
      const { session } = yield* viewer(host);
      for (const sequence of ["", "-1", "1.5", "01", "x", "0x1", "99999999999999999"]) {
        assert.equal((yield* post(host, session, sequence, "")).status, 400, sequence);
      }
      assert.isEmpty(host.streams);
    }));

  it.effect("is counted for each topic by itself, decoded once", () =>
    Effect.gen(function* () {
      const host = yield* device();
      const { session } = yield* viewer(host);
      for (const topic of ["control", "last%20words", "%2525"]) {
        assert.equal((yield* post(host, session, 0, "a", {}, topic)).status, 204);
      }
      assert.deepEqual(host.streams.map(({ topic }) => topic), ["control", "last words", "%25"]);
    }));

  it.effect("is looked at again when the body has come: of two that come at once one is applied", () =>
    Effect.gen(function* () {
      const host = yield* device();
      const { session } = yield* viewer(host);
      const both = yield* Effect.all([post(host, session, 0, "a"), post(host, session, 0, "b")], { concurrency: 2 });
      assert.deepEqual(both.map(({ status }) => status), [204, 204]);
      yield* post(host, session, 1, "c");
      const [stream] = host.streams;
      yield* stream!.read;
      assert.deepEqual(yield* stream!.read, bytes("c"));
    }));
});

describe("a byte stream of posts", () => {
  it.effect("ends with the header that says so, and the next post begins another", () =>
    Effect.gen(function* () {
      const host = yield* device();
      const { session } = yield* viewer(host);
      yield* post(host, session, 0, "a", { "fieldlink-end": "close" });
      yield* post(host, session, 0, "a", { "fieldlink-end": "close" });
      yield* post(host, session, 1, "b");
      yield* post(host, session, 2, "", { "fieldlink-end": "abort" });
      const [first, second] = host.streams;
      assert.equal(host.streams.length, 2);
      assert.deepEqual(yield* first!.read, bytes("a"));
      assert.isUndefined(yield* first!.read);
      assert.isUndefined(yield* first!.read);
      assert.equal((yield* Effect.flip(second!.read)).reason, "read");
      assert.equal((yield* post(host, session, 3, "", { "fieldlink-end": "now" })).status, 400);
    }));

  it.effect("that the device cancels goes on being posted to, and holds nothing up", () =>
    Effect.gen(function* () {
      const host = yield* device({ limits: { incomingBytes: 10 } });
      const { session } = yield* viewer(host);
      yield* post(host, session, 0, "x".repeat(20));
      yield* host.streams[0]!.cancel;
      assert.equal((yield* post(host, session, 1, "x".repeat(20))).status, 204);
      assert.equal((yield* post(host, session, 2, "x".repeat(20))).status, 204);
      assert.equal((yield* Effect.flip(host.streams[0]!.read)).reason, "closed");
    }));

  it.effect("meant for an instance that is over is refused", () =>
    Effect.gen(function* () {
      const host = yield* device();
      const { session } = yield* viewer(host);
      const refused = yield* post(host, session, 0, "a", { "fieldlink-sid": "another" });
      assert.equal(refused.status, 409);
      assert.equal((yield* jsonOf(refused))["error"], "reset");
      assert.equal((yield* post(host, session, 0, "a", { "fieldlink-sid": session.sid })).status, 204);
    }));

  it.effect("is not taken before the events are read: it is to be repeated then, with its number", () =>
    Effect.gen(function* () {
      const host = yield* device();
      const session = yield* newSession(host.http);
      for (const headers of [{}, { "fieldlink-sid": session.sid }]) {
        const refused = yield* post(host, session, 0, "a", headers);
        assert.equal(refused.status, 503);
        assert.equal(refused.headers.get("retry-after"), "1");
        const { error, message } = yield* jsonOf(refused);
        assert.equal(error, "inactive");
        assert.include(message, "GET sessions/{id}/events");
      }
      // Not even of the body is anything taken.
      const { body, taken } = endless(1_000);
      assert.equal((yield* postStream(host, session.sessionId, 0, body)).status, 503);
      assert.equal(taken(), 0);
      assert.isEmpty(host.streams);
      yield* (yield* events(host.http, session)).flow;
      assert.equal((yield* post(host, session, 0, "a")).status, 204);
      assert.equal((yield* post(host, session, 1, "b")).status, 204);
      assert.equal(host.streams.length, 1);
      assert.deepEqual(yield* host.streams[0]!.read, bytes("a"));
      assert.deepEqual(yield* host.streams[0]!.read, bytes("b"));
    }));

  it.effect("is taken while its viewer is away", () =>
    Effect.gen(function* () {
      const host = yield* device();
      const { session, reader } = yield* viewer(host);
      reader.abort();
      yield* settle;
      assert.equal((yield* post(host, session, 0, "a")).status, 204);
      assert.deepEqual(yield* host.streams[0]!.read, bytes("a"));
    }));

  it.effect("is no participant's whose identity its session merely shares", () =>
    Effect.gen(function* () {
      const host = yield* device();
      const { session, reader } = yield* viewer(host, { identity: "viewer-1" });
      const other = yield* newSession(host.http, { identity: "viewer-1" });
      for (const headers of [{}, { "fieldlink-sid": other.sid }]) {
        assert.equal((yield* post(host, other, 0, "a", headers)).status, 503);
      }
      assert.equal((yield* post(host, other, 0, "a", { "fieldlink-sid": session.sid })).status, 409);
      assert.isEmpty(host.streams);
      assert.equal(host.room.participant("viewer-1")?.sid, session.sid);
      assert.isFalse(reader.isOver);
      // Once it is read it takes over, and the first one has nothing to say any more.
      yield* (yield* events(host.http, other)).flow;
      assert.equal((yield* post(host, other, 0, "b")).status, 204);
      assert.equal((yield* post(host, session, 0, "c")).status, 404);
      assert.equal(host.streams.length, 1);
      assert.deepEqual(yield* host.streams[0]!.read, bytes("b"));
    }));

  it.effect("is of so many topics at most", () =>
    Effect.gen(function* () {
      const host = yield* device({ limits: { topics: 2 } });
      const { session } = yield* viewer(host);
      const statuses: Array<number> = [];
      for (const topic of ["a", "b", "c", "a"]) {
        statuses.push((yield* post(host, session, statuses.length === 3 ? 1 : 0, "", {}, topic)).status);
      }
      assert.deepEqual(statuses, [204, 204, 429, 204]);
    }));
});

describe("a device that does not read", () => {
  it.effect("holds posts up until it does", () =>
    Effect.gen(function* () {
      const host = yield* device({ limits: { incomingBytes: 10 } });
      const { session } = yield* viewer(host);
      yield* post(host, session, 0, "x".repeat(20));
      const waiting = yield* Effect.forkChild(post(host, session, 1, "y"));
      yield* advance(5_000);
      assert.isUndefined(waiting.pollUnsafe());
      yield* host.streams[0]!.read;
      assert.equal((yield* Fiber.join(waiting)).status, 204);
      assert.deepEqual(yield* host.streams[0]!.read, bytes("y"));
    }));

  it.effect("makes them fail after 10 s, to be made again with the same number", () =>
    Effect.gen(function* () {
      const host = yield* device({ limits: { incomingBytes: 10 } });
      const { session } = yield* viewer(host);
      yield* post(host, session, 0, "x".repeat(20));
      const waiting = yield* Effect.forkChild(post(host, session, 1, "y"));
      yield* advance(10_000);
      const refused = yield* Fiber.join(waiting);
      assert.equal(refused.status, 503);
      assert.equal(refused.headers.get("retry-after"), "1");
      assert.equal((yield* jsonOf(refused))["error"], "slow-device");
      yield* host.streams[0]!.read;
      assert.equal((yield* post(host, session, 1, "y")).status, 204);
    }));

  it.effect("has no more than so many of one viewer's requests to keep", () =>
    Effect.gen(function* () {
      const host = yield* device({ limits: { incomingBytes: 10, requestsPerSession: 2 } });
      const { session } = yield* viewer(host);
      yield* post(host, session, 0, "x".repeat(20));
      const waiting = yield* Effect.forkChild(
        Effect.all([post(host, session, 1, "y"), post(host, session, 1, "y")], { concurrency: 2 }),
      );
      yield* settle;
      const refused = yield* post(host, session, 1, "y");
      assert.equal(refused.status, 429);
      yield* host.streams[0]!.read;
      assert.deepEqual((yield* Fiber.join(waiting)).map(({ status }) => status), [204, 204]);
    }));

  it.effect("lets those that wait go when their viewer leaves", () =>
    Effect.gen(function* () {
      const host = yield* device({ limits: { incomingBytes: 10 } });
      const { session } = yield* viewer(host);
      yield* post(host, session, 0, "x".repeat(20));
      const waiting = yield* Effect.forkChild(post(host, session, 1, "y"));
      yield* settle;
      yield* send(host.http, `/sessions/${session.sessionId}`, { method: "DELETE" });
      assert.equal((yield* Fiber.join(waiting)).status, 404);
    }));
});

describe("a body", () => {
  it.effect("that never ends is read up to the bound and no further", () =>
    Effect.gen(function* () {
      const host = yield* device({ limits: { bodyBytes: 10_000 } });
      const { session } = yield* viewer(host);
      const { body, cancelled, taken } = endless(1_000);
      const refused = yield* postStream(host, session.sessionId, 0, body);
      assert.equal(refused.status, 413);
      assert.isAtMost(taken(), 12);
      assert.isTrue(cancelled());
      assert.isEmpty(host.streams);
      assert.equal((yield* post(host, session, 0, "a")).status, 204);
    }));

  it.effect("that says that it is too long is not read at all", () =>
    Effect.gen(function* () {
      const host = yield* device({ limits: { bodyBytes: 10_000 } });
      const { session } = yield* viewer(host);
      const refused = yield* post(host, session, 0, "x", { "content-length": "10001" });
      assert.equal(refused.status, 413);
      assert.include((yield* jsonOf(refused))["message"], "10000");
    }));

  it.effect("may be as long as a frame can be", () =>
    Effect.gen(function* () {
      const host = yield* device();
      const { session } = yield* viewer(host);
      const largest = new Uint8Array(16 * 1024 * 1024 + 5);
      assert.equal((yield* post(host, session, 0, largest)).status, 204);
      assert.equal((yield* host.streams[0]!.read)?.length, largest.length);
    }));

  it.effect("that does not come is given up after 30 s, and nothing of it is taken", () =>
    Effect.gen(function* () {
      const host = yield* device();
      const { session } = yield* viewer(host);
      const stuck = new ReadableStream<Uint8Array>({ start: (controller) => controller.enqueue(bytes("a")) });
      const waiting = yield* Effect.forkChild(postStream(host, session.sessionId, 0, stuck));
      yield* advance(29_000);
      assert.isUndefined(waiting.pollUnsafe());
      yield* advance(1_000);
      assert.equal((yield* Fiber.join(waiting)).status, 408);
      assert.isEmpty(host.streams);
    }));

  it.effect("that breaks off is not taken, and can be sent again", () =>
    Effect.gen(function* () {
      const host = yield* device();
      const { session } = yield* viewer(host);
      const broken = new ReadableStream<Uint8Array>({
        pull: (controller) => controller.error(new Error("the connection is gone")),
      });
      assert.equal((yield* postStream(host, session.sessionId, 0, broken)).status, 400);
      assert.equal((yield* post(host, session, 0, "a")).status, 204);
      assert.deepEqual(yield* host.streams[0]!.read, bytes("a"));
    }));

  it.effect("waits for no other's: of more than so many bytes of all, the largest of whoever has most is refused", () =>
    Effect.gen(function* () {
      const host = yield* device({ limits: { pendingBodyBytes: 1_000 } });
      const { session } = yield* viewer(host);
      const other = yield* viewer(host);
      const slow = (length: number): ReadableStream<Uint8Array> =>
        new ReadableStream({ start: (controller) => controller.enqueue(new Uint8Array(length)) });
      const large = yield* Effect.forkChild(postStream(host, session.sessionId, 0, slow(500)));
      const small = yield* Effect.forkChild(postStream(host, session.sessionId, 0, slow(400)));
      yield* settle;
      assert.equal((yield* post(host, other.session, 0, "x".repeat(100))).status, 204);
      // Whoever has most gets no more, at no one's cost.
      const more = yield* post(host, session, 0, "x".repeat(200));
      assert.equal(more.status, 503);
      assert.include((yield* jsonOf(more))["message"], "1000 bytes are being read already");
      assert.isUndefined(large.pollUnsafe());
      // Whoever has less takes the place of its largest, and of no more than is needed.
      assert.equal((yield* post(host, other.session, 1, "x".repeat(200))).status, 204);
      assert.equal((yield* Fiber.join(large)).status, 503);
      assert.isUndefined(small.pollUnsafe());
      // No more than what the other has left, and never at the cost of one that has less.
      assert.equal((yield* post(host, other.session, 2, "x".repeat(900))).status, 503);
      yield* advance(30_000);
      assert.equal((yield* Fiber.join(small)).status, 408);
      // There being no other, a single larger one passes.
      assert.equal((yield* post(host, other.session, 2, "x".repeat(2_000))).status, 204);
    }));

  it.effect("of another type is refused", () =>
    Effect.gen(function* () {
      const host = yield* device();
      const { session } = yield* viewer(host);
      const refused = yield* post(host, session, 0, "a", { "content-type": "application/x-www-form-urlencoded" });
      assert.equal(refused.status, 415);
      assert.include((yield* jsonOf(refused))["message"], "application/octet-stream");
    }));
});
