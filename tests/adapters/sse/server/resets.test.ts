import { it } from "@effect/vitest";
import * as Effect from "effect/Effect";
import * as Logger from "effect/Logger";
import { assert, describe } from "vitest";
import { encodeTextFrame } from "../../../../core/protocol/mod.ts";
import type { SessionAnswer } from "../../../../adapters/sse/wire.ts";
import { advance, settle } from "../../../support/settle.ts";
import { sseClient } from "../../../../adapters/sse/mod.ts";
import type { IncomingByteStream } from "../../../../transport/mod.ts";
import { BASE, type Device, device, events, jsonOf, post, send, viewer } from "./support.ts";

/** How often somebody was said to be in the room. */
const arrivals = (host: Device): number => host.told.filter((one) => one.startsWith("active")).length;

/** What has come on byte streams, chunk by chunk. */
function textsOf(streams: ReadonlyArray<IncomingByteStream>): Effect.Effect<ReadonlyArray<string>> {
  return Effect.gen(function* () {
    const texts: Array<string> = [];
    for (const { read } of streams) {
      while (true) {
        const fiber = yield* Effect.forkChild(Effect.orDie(read));
        yield* settle;
        const exit = fiber.pollUnsafe();
        if (exit === undefined) break;
        const chunk = yield* exit;
        if (chunk === undefined) {
          texts[texts.length - 1] += "|end";
          break;
        }
        texts.push(new TextDecoder().decode(chunk));
      }
    }
    return texts;
  });
}

/** A reader that asks for what there never was: its viewer is reset, and that a second time waits. */
const strangeReader = Effect.fnUntraced(function* (host: Device, session: SessionAnswer) {
  const reader = yield* events(host.http, session, "0123.4");
  yield* reader.flow;
  return reader;
});

/** What is logged from a warning on. */
function warnings(into: Array<string>) {
  return Effect.provide(Logger.layer([Logger.make(({ logLevel, message }) => {
    if (logLevel === "Warn" || logLevel === "Error") into.push(String(message));
  })]));
}

describe("a viewer that is reset over and over", () => {
  it.effect("is in the room again at once, then after 1 s, 2 s, up to 30 s, however often it asks; each is one line", () => {
    const logged: Array<string> = [];
    return Effect.gen(function* () {
      const host = yield* device({ limits: { requestsPerSecond: 1_000_000 } });
      const { session } = yield* viewer(host, { identity: "viewer-1" });
      let sid = session.sid;
      const times: Array<number> = [];
      let before = arrivals(host);
      // A thousand times at first, and then for two minutes.
      for (let ms = 0; ms < 120_000; ms += 1_000) {
        for (let more = 0; more < (ms === 0 ? 1_000 : 1); more += 1) {
          const reader = yield* events(host.http, session, "0123.4");
          // It is answered at once all the same, and knows that it begins anew.
          yield* reader.chunk;
          assert.isFalse(reader.open.resumed);
          assert.notEqual(reader.open.sid, sid);
          sid = reader.open.sid;
        }
        for (; before < arrivals(host); before += 1) times.push(ms / 1_000);
        yield* advance(1_000, 1_000);
        for (; before < arrivals(host); before += 1) times.push((ms + 1_000) / 1_000);
      }
      assert.deepEqual(times, [0, 1, 3, 7, 15, 31, 61, 91]);
      // One more has been asked for, and waits.
      assert.equal(logged.length, arrivals(host));
      assert.isTrue(logged.every((line) => line.includes("is reset")));
    }).pipe(warnings(logged));
  });

  it.effect("begins again with no wait after a quiet minute", () =>
    Effect.gen(function* () {
      const host = yield* device();
      const { session } = yield* viewer(host, { identity: "viewer-1" });
      const reset = Effect.gen(function* () {
        yield* strangeReader(host, session);
        yield* settle;
        return arrivals(host);
      });
      assert.equal(yield* reset, 2);
      assert.equal(yield* reset, 2);
      yield* advance(1_000);
      assert.equal(arrivals(host), 3);
      for (let turn = 0; turn < 3; turn += 1) {
        // A sign of life.
        yield* send(host.http, `/sessions/${session.sessionId}`, { method: "PATCH" });
        yield* advance(20_000, 1_000);
      }
      assert.equal(yield* reset, 4);
    }));

  it.effect("hears of what changes while it waits, and is not in the room when it has gone meanwhile", () =>
    Effect.gen(function* () {
      const host = yield* device();
      const { session } = yield* viewer(host, { identity: "viewer-1" });
      yield* strangeReader(host, session);
      const waiting = yield* strangeReader(host, session);
      yield* waiting.until("open");
      assert.isUndefined(host.room.participant("viewer-1"));
      const open = host.room.openByteStream({ topic: "control", destinations: ["viewer-1"] });
      assert.equal((yield* Effect.flip(open)).reason, "open");
      yield* host.room.setAttributes(new Map([["a", "1"]]));
      yield* waiting.until("device");
      waiting.abort();
      yield* advance(5_000);
      assert.equal(arrivals(host), 2);
      // What it says when it comes back is where it stood while it waited.
      const again = yield* events(host.http, session, waiting.lastId);
      yield* again.flow;
      yield* again.until("open");
      assert.isTrue(again.open.resumed);
      assert.equal(arrivals(host), 3);
      assert.equal(host.room.participant("viewer-1")?.sid, again.open.sid);
      const stream = yield* open;
      yield* stream.write(encodeTextFrame("here") as Uint8Array);
      yield* again.until("text");
    }));

  it.effect("is over where another session of its identity is read while it waits", () =>
    Effect.gen(function* () {
      const host = yield* device();
      const { session } = yield* viewer(host, { identity: "viewer-1" });
      yield* strangeReader(host, session);
      const waiting = yield* strangeReader(host, session);
      const other = yield* viewer(host, { identity: "viewer-1" });
      const [close] = yield* waiting.until("close");
      assert.deepEqual(JSON.parse(close!.data), { reason: "replaced" });
      yield* advance(5_000);
      assert.equal(host.room.participant("viewer-1")?.sid, other.session.sid);
      assert.isFalse(other.reader.isOver);
    }));

  it.effect("is taken no posts from while it waits, and all of them then", () =>
    Effect.gen(function* () {
      const host = yield* device();
      const { session } = yield* viewer(host, { identity: "viewer-1" });
      yield* strangeReader(host, session);
      assert.equal((yield* post(host, session, 0, "before")).status, 204);
      const waiting = yield* strangeReader(host, session);
      yield* waiting.until("open");
      for (const headers of [{}, { "fieldlink-sid": waiting.open.sid }]) {
        const refused = yield* post(host, session, 0, "a", headers);
        assert.equal(refused.status, 503);
        assert.equal(refused.headers.get("retry-after"), "1");
        const { error, message } = yield* jsonOf(refused);
        assert.equal(error, "inactive");
        assert.include(message, "has to wait");
      }
      yield* advance(1_000);
      assert.equal((yield* post(host, session, 0, "a")).status, 204);
      assert.equal((yield* post(host, session, 1, "b")).status, 204);
      assert.deepEqual(yield* textsOf(host.streams), ["before|end", "a", "b"]);
    }));

  it.effect("loses nothing, where it is ours, of what it writes while it waits", () =>
    Effect.gen(function* () {
      const host = yield* device();
      const posts: Array<number> = [];
      let isStrange = false;
      let cut: () => void = () => undefined;
      const fetch = async (request: Request): Promise<Response> => {
        const isEvents = request.url.endsWith("/events");
        const headers = new Headers(request.headers);
        if (isEvents && isStrange) headers.set("last-event-id", "0123.4");
        const abort = new AbortController();
        request.signal.addEventListener("abort", () => abort.abort());
        const response = await host.http.fetch(new Request(request, { headers, signal: abort.signal }));
        if (request.url.includes("/streams/")) posts.push(response.status);
        if (!isEvents || response.body === null) return response;
        const source = response.body.getReader();
        const body = new ReadableStream<Uint8Array>({
          start: (controller) => {
            cut = () => {
              abort.abort();
              controller.error(new TypeError("cut"));
            };
          },
          pull: async (controller) => {
            const { value } = await source.read();
            if (value !== undefined) controller.enqueue(value);
          },
          cancel: () => source.cancel(),
        });
        return new Response(body, { headers: response.headers });
      };
      let resets = 0;
      const room = yield* sseClient({ url: BASE, identity: "viewer-1", fetch, onReset: () => void (resets += 1) })
        .join();
      room.listen({});
      isStrange = true;
      for (let turn = 1; turn <= 3; turn += 1) {
        cut();
        for (let ms = 0; ms < 10_000 && resets < turn; ms += 100) yield* advance(100);
        assert.equal(resets, turn);
        if (turn < 3) yield* advance(5_000, 100);
      }
      isStrange = false;
      assert.isUndefined(host.room.participant("viewer-1"));
      const before = host.streams.length;
      const stream = yield* room.openByteStream({ topic: "control", destinations: ["device"] });
      for (const text of ["a", "b"]) yield* stream.write(new TextEncoder().encode(text));
      yield* settle;
      yield* stream.write(new TextEncoder().encode("c"));
      yield* settle;
      assert.isNotEmpty(posts);
      assert.isTrue(posts.every((status) => status === 503));
      assert.equal(host.streams.length, before);
      yield* advance(10_000, 100);
      assert.isDefined(host.room.participant("viewer-1"));
      assert.equal(host.streams.length, before + 1);
      assert.equal((yield* textsOf(host.streams.slice(before))).join(""), "abc");
      assert.equal(posts.filter((status) => status === 204).length, posts.length - posts.lastIndexOf(503) - 1);
    }));
});
