import { assert, describe, it } from "@effect/vitest";
import * as Clock from "effect/Clock";
import * as Effect from "effect/Effect";
import { advance, settle } from "../../../support/settle.ts";
import { device, joined } from "./scripted_server.ts";

/** Opens and begins a control stream, and says the texts under numbers from 0. */
const begin = Effect.fnUntraced(function* (...texts: ReadonlyArray<string>) {
  const all = yield* joined();
  all.server.source.event("stream", { stream: 1, op: "open", topic: "control" }, "e.0");
  for (const [index, text] of texts.entries()) all.server.source.event("text", text, `e.${index + 1}`);
  yield* settle;
  return all;
});

describe("a connection that breaks", () => {
  it.effect("is resumed at once with the last id: what comes again is passed over, and only its quality is told", () =>
    Effect.gen(function* () {
      const { server, told } = yield* begin("a", "b");
      server.source.end();
      yield* settle;
      assert.strictEqual(server.sources.length, 2);
      assert.strictEqual(server.source.request.headers.get("last-event-id"), "e.2");
      server.source.open({ resumed: true }, "e.2");
      server.source.event("text", "b", "e.2");
      server.source.event("text", "c", "e.3");
      yield* settle;
      assert.deepStrictEqual(told, [
        "active rover DEV_1",
        "stream control of rover",
        "control: a",
        "control: b",
        "lost own",
        "excellent own",
        "control: c",
      ]);
      assert.strictEqual(server.count("POST"), 1);
    }));

  it.effect("is tried again under a higher number each time, and where the server has seen that one already", () =>
    Effect.gen(function* () {
      const { server, told } = yield* joined({}, (server) => {
        // As when a browser has sent the first request twice.
        server.answer = ({ method }) =>
          method === "GET" && server.count("GET") === 1
            ? Response.json({ error: "attempt", message: "too late" }, { status: 409 })
            : undefined;
      });
      server.source.event("device", device(), "e.0");
      yield* settle;
      server.answer = ({ method }) =>
        method === "GET" && server.count("GET") === 3
          ? Response.json({ error: "attempt", message: "too late" }, { status: 409 })
          : undefined;
      server.source.end();
      yield* advance(2_000);
      server.source.open({ resumed: true }, "e.0");
      yield* settle;
      const numbers = server.seen.filter(({ method }) => method === "GET").map(({ headers }) =>
        headers.get("fieldlink-attempt")
      );
      assert.deepStrictEqual(numbers, ["1", "2", "3", "4"]);
      assert.deepStrictEqual(told, ["active rover DEV_1", "attributes []", "lost own", "excellent own"]);
    }));

  it.effect("is tried again with pauses that grow up to a bound, from what the server asks for", () =>
    Effect.gen(function* () {
      const { server, told } = yield* begin("a");
      server.source.raw("retry: 200\n\n");
      yield* settle;
      const times: Array<number> = [];
      const clock = yield* Clock.Clock;
      server.answer = ({ method }) => {
        if (method !== "GET") return undefined;
        times.push(clock.currentTimeMillisUnsafe());
        return new Response("no", { status: 503 });
      };
      server.source.fail();
      yield* advance(20_000, 100);
      const waited = times.slice(1).map((time, index) => time - times[index]!);
      assert.deepStrictEqual(waited, [200, 400, 800, 1_600, 3_200, 6_400]);
      server.answer = () => undefined;
      yield* advance(8_000, 1_000);
      server.source.open({ resumed: true }, "e.1");
      server.source.event("text", "b", "e.2");
      yield* settle;
      assert.deepStrictEqual(told.slice(-3), ["lost own", "excellent own", "control: b"]);
    }));

  it.effect("does not try again and again without a pause where only openings come", () =>
    Effect.gen(function* () {
      const { server } = yield* begin("a");
      server.source.end();
      const opened = new Set([server.source]);
      for (let turn = 0; turn < 20; turn += 1) {
        yield* settle;
        if (opened.has(server.source)) continue;
        opened.add(server.source);
        server.source.open({ resumed: true }, "e.1");
        yield* settle;
        server.source.fail();
      }
      assert.isAtMost(server.sources.length, 3);
    }));

  it.effect("is the end of the room when the device has forgotten the session, or must have", () =>
    Effect.gen(function* () {
      const first = yield* begin("a");
      first.server.answer = ({ method }) => method === "GET" ? new Response("no", { status: 404 }) : undefined;
      first.server.source.end();
      yield* settle;
      assert.strictEqual(first.told.at(-1), "over: connection-lost");
      const second = yield* begin("a");
      second.server.answer = ({ method }) => method === "GET" ? Promise.reject(new TypeError("no route")) : undefined;
      second.server.source.end();
      yield* advance(29_000, 1_000);
      assert.strictEqual(second.told.at(-1), "lost own");
      yield* advance(20_000, 1_000);
      assert.strictEqual(second.told.at(-1), "over: connection-lost");
    }));

  it.effect("ends the room as expired where the credentials do not hold any more", () =>
    Effect.gen(function* () {
      const { server, told } = yield* begin("a");
      server.answer = ({ method }) => method === "GET" ? new Response("no", { status: 401 }) : undefined;
      server.source.end();
      yield* settle;
      assert.strictEqual(told.at(-1), "over: expired");
    }));

  it.effect("is taken for dead when nothing has come for 20 s; keep-alives are something", () =>
    Effect.gen(function* () {
      const { server, told } = yield* begin("a");
      for (let turn = 0; turn < 5; turn += 1) {
        yield* advance(8_000, 4_000);
        server.source.raw(": keep-alive\n\n");
        yield* settle;
      }
      assert.strictEqual(server.sources.length, 1);
      yield* advance(19_000, 1_000);
      assert.strictEqual(server.sources.length, 1);
      yield* advance(1_000);
      assert.strictEqual(server.sources.length, 2);
      assert.isTrue(server.sources[0]?.request.signal.aborted);
      assert.strictEqual(told.at(-1), "lost own");
    }));

  it.effect("tells the application, where it asks", () =>
    Effect.gen(function* () {
      const seen: Array<boolean> = [];
      const { server } = yield* joined({
        onConnection: (isConnected) => {
          seen.push(isConnected);
          throw new Error("an application's own fault harms nobody");
        },
      });
      server.source.event("device", device(), "e.0");
      yield* settle;
      server.source.end();
      yield* settle;
      server.source.open({ resumed: true }, "e.0");
      yield* settle;
      assert.deepStrictEqual(seen, [false, true]);
    }));
});

describe("a viewer that has missed events", () => {
  it.effect("is told of the exact gap, and both ends begin anew in the same room", () =>
    Effect.gen(function* () {
      const gaps: Array<unknown> = [];
      const { server, room, told } = yield* joined({ onReset: (gap) => gaps.push(gap) });
      server.source.event("stream", { stream: 1, op: "open", topic: "control" }, "e.0");
      server.source.event("text", "a", "e.1");
      const stream = yield* room.openByteStream({ topic: "control", destinations: ["rover"] });
      yield* stream.write(Uint8Array.of(1));
      yield* settle;
      server.source.end();
      yield* settle;
      server.source.open({ resumed: true, gap: { from: 2, to: 7 }, sid: "SID_2" }, "f.-1");
      server.source.event("stream", { stream: 1, op: "open", topic: "control" }, "f.0");
      server.source.event("text", "anew", "f.1");
      yield* settle;
      assert.deepStrictEqual(gaps, [{ from: 2, to: 7 }]);
      const [, , , ...news] = told.filter((line) => line !== "end of control");
      assert.deepStrictEqual(news, ["lost own", "excellent own", "stream control of rover", "control: anew"]);
      assert.include(told, "end of control");
      assert.strictEqual(room.sid, "SID_2");
      assert.strictEqual((yield* Effect.flip(stream.write(Uint8Array.of(2)))).reason, "write");
      const again = yield* room.openByteStream({ topic: "control", destinations: ["rover"] });
      yield* again.write(new TextEncoder().encode("x"));
      yield* settle;
      const last = server.seen.at(-1);
      assert.deepStrictEqual(
        [last?.headers.get("fieldlink-seq"), last?.headers.get("fieldlink-sid")],
        ["0", "SID_2"],
      );
    }));

  it.effect("is told of the device's attributes where news of them is among what is lost", () =>
    Effect.gen(function* () {
      const { server, told } = yield* begin("a");
      for (const turn of [2, 3]) {
        server.source.end();
        yield* advance(2_000);
        const changed = device({ attributes: { a: "b" } });
        server.source.open({ gap: { from: 2, to: 7 }, sid: `SID_${turn}`, device: changed }, `f${turn}.-1`);
        yield* settle;
      }
      assert.deepStrictEqual(told.filter((line) => line.startsWith("attributes")), ['attributes [["a","b"]]']);
    }));

  it.effect("is told that nobody knows what is lost where the device has lost its memory, and of another device", () =>
    Effect.gen(function* () {
      const gaps: Array<unknown> = [];
      const { server, told } = yield* joined({ onReset: (gap) => gaps.push(gap) });
      server.source.event("text", "a", "e.0");
      yield* settle;
      server.source.end();
      yield* settle;
      server.source.open({ resumed: false, device: device({ sid: "DEV_2" }) }, "f.-1");
      yield* settle;
      assert.deepStrictEqual(gaps, [undefined]);
      const news = told.slice(3).filter((line) => line !== "end of control");
      assert.deepStrictEqual(news, ["lost own", "gone rover DEV_1", "active rover DEV_2", "excellent own"]);
      assert.include(told, "end of control");
    }));

  it.effect("reconnects at once where the device says that it is to begin anew", () =>
    Effect.gen(function* () {
      const { server, told } = yield* begin("a");
      server.source.event("close", { reason: "reset" });
      yield* settle;
      assert.strictEqual(server.source.request.headers.get("last-event-id"), "e.1");
      server.source.open({ gap: { from: 2, to: 3 } }, "f.-1");
      yield* settle;
      assert.include(told, "end of control");
      assert.strictEqual(told.at(-1), "excellent own");
    }));

  it.effect("waits longer each time where the device says so again and again, and not at all after a quiet minute", () =>
    Effect.gen(function* () {
      const { server } = yield* begin("a");
      const clock = yield* Clock.Clock;
      const waited: Array<number> = [];
      const beginAnew = Effect.fnUntraced(function* (ms: number) {
        const before = server.sources.length;
        const from = clock.currentTimeMillisUnsafe();
        server.source.event("close", { reason: "reset" });
        for (let left = ms; left > 0 && server.sources.length === before; left -= 500) yield* advance(500);
        waited.push(clock.currentTimeMillisUnsafe() - from);
        const epoch = `f${before}`;
        server.source.open({ gap: { from: 2, to: 3 }, sid: `SID_${before + 1}` }, `${epoch}.-1`);
        // There is something to show for it each time.
        server.source.event("device", device(), `${epoch}.0`);
        yield* settle;
      });
      for (let turn = 0; turn < 6; turn += 1) yield* beginAnew(20_000);
      assert.deepStrictEqual(waited, [500, 1_000, 2_000, 4_000, 8_000, 8_000]);
      for (let turn = 0; turn < 6; turn += 1) {
        server.source.raw(": keep-alive\n\n");
        yield* advance(10_000);
      }
      yield* beginAnew(20_000);
      assert.strictEqual(waited.at(-1), 500);
    }));

  it.effect("passes over events that it does not know, of which those with a number count", () =>
    Effect.gen(function* () {
      const { server, told } = yield* begin("a");
      server.source.event("weather", "rain", "e.2");
      server.source.event("mood", "good");
      server.source.event("text", "b", "e.3");
      yield* settle;
      assert.strictEqual(told.at(-1), "control: b");
      server.source.event("weather", "sun", "e.4");
      server.source.end();
      yield* settle;
      assert.strictEqual(server.source.request.headers.get("last-event-id"), "e.4");
    }));

  const broken: ReadonlyArray<
    readonly [string, (source: { event: (e: string, d: unknown, id?: string) => void }) => void]
  > = [
    ["a number is left out", (source) => source.event("text", "x", "e.9")],
    ["the memory changes without word", (source) => source.event("text", "x", "f.2")],
    ["an event that must not be lost has no number", (source) => source.event("text", "x")],
    ["an event cannot be read", (source) => source.event("binary", "no base64!", "e.2")],
    ["a stream's event cannot be read", (source) => source.event("stream", { stream: 1, op: "what" }, "e.2")],
    ["an opening cannot be read", (source) => source.event("open", { sid: 1 }, "e.1")],
    ["an end has no known reason", (source) => source.event("close", { reason: "mood" })],
  ];
  for (const [what, say] of broken) {
    it.effect(`leaves the room for a new session where ${what}`, () =>
      Effect.gen(function* () {
        const { server, told } = yield* begin("a");
        say(server.source);
        yield* settle;
        assert.strictEqual(told.at(-1), "over: connection-lost");
        assert.strictEqual(server.sources.length, 1);
      }));
  }

  it.effect("leaves the room where an event is larger than it takes", () =>
    Effect.gen(function* () {
      const { server, told } = yield* joined({ limits: { eventBytes: 1_000 } });
      server.source.raw(`event: text\ndata: ${"x".repeat(2_000)}`);
      yield* settle;
      assert.strictEqual(told.at(-1), "over: connection-lost");
    }));
});
