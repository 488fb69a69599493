import { it } from "@effect/vitest";
import * as Effect from "effect/Effect";
import * as Logger from "effect/Logger";
import { assert, describe } from "vitest";
import { encodeTextFrame } from "../../../../core/protocol/mod.ts";
import { advance, settle } from "../../../support/settle.ts";
import { type Device, device, events, send, viewer } from "./support.ts";

/** How often somebody was said to be in the room. */
const arrivals = (host: Device): number => host.told.filter((one) => one.startsWith("active")).length;

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
        yield* (yield* events(host.http, session, "0123.4")).flow;
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
      yield* (yield* events(host.http, session, "0123.4")).flow;
      const waiting = yield* events(host.http, session, "0123.4");
      yield* waiting.flow;
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
      yield* (yield* events(host.http, session, "0123.4")).flow;
      const waiting = yield* events(host.http, session, "0123.4");
      yield* waiting.flow;
      const other = yield* viewer(host, { identity: "viewer-1" });
      const [close] = yield* waiting.until("close");
      assert.deepEqual(JSON.parse(close!.data), { reason: "replaced" });
      yield* advance(5_000);
      assert.equal(host.room.participant("viewer-1")?.sid, other.session.sid);
      assert.isFalse(other.reader.isOver);
    }));
});
