import { it } from "@effect/vitest";
import * as Effect from "effect/Effect";
import * as Fiber from "effect/Fiber";
import { assert, describe } from "vitest";
import { decodeDatagram } from "../../../../adapters/sse/wire.ts";
import { encodeBinaryFrame, encodeTextFrame } from "../../../../core/protocol/mod.ts";
import { settle } from "../../../support/settle.ts";
import { type Device, device, events, newSession, send, viewer } from "./support.ts";

function text(message: string): Uint8Array {
  return encodeTextFrame(message) as Uint8Array;
}

/** A viewer that is connected and reads nothing until it is told to, and a control stream to it. */
function slow(host: Device) {
  return Effect.gen(function* () {
    const session = yield* newSession(host.http, { identity: "viewer-1" });
    const reader = yield* events(host.http, session);
    const stream = yield* host.room.openByteStream({ topic: "control", destinations: ["viewer-1"] });
    return { session, reader, stream };
  });
}

/** The chunks of a viewer's events, as they are. */
function rawReader(host: Device, identity: string) {
  return Effect.gen(function* () {
    const session = yield* newSession(host.http, { identity });
    const response = yield* send(host.http, `/sessions/${session.sessionId}/events`);
    const reader = response.body!.getReader();
    yield* Effect.addFinalizer(() => Effect.promise(() => reader.cancel()));
    return reader;
  });
}

describe("a viewer that reads slowly", () => {
  it.effect("holds up writes at the bound of the read-ahead, and reads them all when it reads on", () =>
    Effect.gen(function* () {
      const host = yield* device({ limits: { readAheadBytes: 10_000 } });
      const { reader, stream } = yield* slow(host);
      let written = 0;
      const writing = yield* Effect.forkChild(Effect.gen(function* () {
        for (let message = 0; message < 50; message += 1) {
          yield* stream.write(text(`${message} ${"x".repeat(1_000)}`));
          written += 1;
        }
      }));
      yield* settle;
      assert.equal(written, 9);
      yield* reader.chunk;
      yield* settle;
      assert.isAtLeast(written, 15);
      assert.isBelow(written, 50);
      yield* reader.flow;
      yield* Fiber.join(writing);
      const texts = yield* reader.until("text", 50);
      assert.deepEqual(texts.map(({ data }) => Number(data.split(" ")[0])), Array.from({ length: 50 }, (_, at) => at));
    }));

  it.effect("holds them up by their number, so that none is pushed out of the ring before it is read", () =>
    Effect.gen(function* () {
      const host = yield* device({ limits: { ringEvents: 8 } });
      const { reader, stream } = yield* slow(host);
      const writing = yield* Effect.forkChild(Effect.gen(function* () {
        for (let message = 0; message < 50; message += 1) yield* stream.write(text(`${message}`));
      }));
      yield* settle;
      assert.isUndefined(writing.pollUnsafe());
      yield* reader.flow;
      yield* Fiber.join(writing);
      assert.equal((yield* reader.until("text", 50)).length, 50);
      assert.deepEqual(reader.events.filter(({ name }) => name === "close" || name === "open").length, 1);
    }));

  it.effect("gets an event that is larger than the ring when it is not behind", () =>
    Effect.gen(function* () {
      const host = yield* device({ limits: { ringBytes: 1_000, readAheadBytes: 5_000 } });
      const { reader, stream } = yield* slow(host);
      const writing = yield* Effect.forkChild(
        Effect.all([stream.write(text("x".repeat(30_000))), stream.write(text("y".repeat(2_000)))]),
      );
      yield* settle;
      assert.isUndefined(writing.pollUnsafe());
      yield* reader.flow;
      yield* Fiber.join(writing);
      const texts = yield* reader.until("text", 2);
      assert.deepEqual(texts.map(({ data }) => data.length), [30_000, 2_000]);
    }));

  it.effect("holds up nothing any more once its connection is lost", () =>
    Effect.gen(function* () {
      const host = yield* device({ limits: { readAheadBytes: 2_000 } });
      const { session, reader, stream } = yield* slow(host);
      const writing = yield* Effect.forkChild(Effect.gen(function* () {
        for (let message = 0; message < 20; message += 1) yield* stream.write(text(`${message} ${"x".repeat(500)}`));
      }));
      yield* settle;
      assert.isUndefined(writing.pollUnsafe());
      reader.abort();
      yield* Fiber.join(writing);
      const again = yield* events(host.http, session);
      yield* again.flow;
      assert.equal((yield* again.until("text", 20)).length, 20);
      assert.isTrue(again.open.resumed);
    }));

  it.effect("holds up no other", () =>
    Effect.gen(function* () {
      const host = yield* device({ limits: { readAheadBytes: 2_000 } });
      const { stream } = yield* slow(host);
      const other = yield* viewer(host, { identity: "viewer-2" });
      const quick = yield* host.room.openByteStream({ topic: "control", destinations: ["viewer-2"] });
      const writing = yield* Effect.forkChild(Effect.forever(stream.write(text("x".repeat(500)))));
      for (let message = 0; message < 20; message += 1) yield* quick.write(text(`${message}`));
      yield* other.reader.until("text", 20);
      assert.isUndefined(writing.pollUnsafe());
    }));

  it.effect("that falls out of the ring all the same is told on coming back", () =>
    Effect.gen(function* () {
      const host = yield* device({ limits: { ringEvents: 4 } });
      const { session, reader } = yield* slow(host);
      yield* reader.chunk;
      // Attributes wait for nobody.
      for (let change = 0; change < 10; change += 1) yield* host.room.setAttributes(new Map([["n", `${change}`]]));
      yield* reader.flow;
      const [close] = yield* reader.until("close");
      assert.deepEqual(JSON.parse(close!.data), { reason: "reset" });
      const again = yield* events(host.http, session, reader.lastId);
      yield* again.flow;
      yield* again.until("open");
      assert.isFalse(again.open.resumed);
      assert.isDefined(again.open.gap);
      assert.equal(again.open.device?.attributes["n"], "9");
    }));
});

describe("a write that waits", () => {
  it.effect("fails when its viewer leaves, and when the stream is aborted", () =>
    Effect.gen(function* () {
      const host = yield* device({ limits: { readAheadBytes: 100 } });
      const { session, stream } = yield* slow(host);
      const waiting = yield* Effect.forkChild(Effect.flip(stream.write(text("x".repeat(200)))));
      yield* settle;
      yield* stream.abort;
      assert.equal((yield* Fiber.join(waiting)).reason, "closed");
      const next = yield* host.room.openByteStream({ topic: "control", destinations: ["viewer-1"] });
      const failing = yield* Effect.forkChild(Effect.flip(next.write(text("x".repeat(200)))));
      yield* settle;
      yield* send(host.http, `/sessions/${session.sessionId}`, { method: "DELETE" });
      assert.equal((yield* Fiber.join(failing)).reason, "write");
    }));

  it.effect("can be interrupted; the stream is of no use then, and the viewer is held up by nothing", () =>
    Effect.gen(function* () {
      const host = yield* device({ limits: { readAheadBytes: 100 } });
      const { reader, stream } = yield* slow(host);
      const waiting = yield* Effect.forkChild(stream.write(text("x".repeat(200))));
      yield* settle;
      yield* Fiber.interrupt(waiting);
      assert.equal((yield* Effect.flip(stream.write(text("y")))).reason, "write");
      yield* stream.abort;
      const next = yield* host.room.openByteStream({ topic: "control", destinations: ["viewer-1"] });
      yield* reader.flow;
      yield* next.write(text("z"));
      const texts = yield* reader.until("text");
      assert.deepEqual(texts.map(({ data }) => data), ["z"]);
      const ends = (yield* reader.until("stream", 3)).map(({ data }) => JSON.parse(data).op);
      assert.deepEqual(ends, ["open", "abort", "open"]);
    }));

  it.effect("is sent before the end of a stream that is closed meanwhile", () =>
    Effect.gen(function* () {
      const host = yield* device({ limits: { readAheadBytes: 100 } });
      const { reader, stream } = yield* slow(host);
      const waiting = yield* Effect.forkChild(stream.write(text("x".repeat(200))));
      yield* settle;
      yield* stream.close;
      assert.equal((yield* Effect.flip(stream.write(text("y")))).reason, "closed");
      yield* reader.flow;
      yield* Fiber.join(waiting);
      yield* reader.until("stream", 2);
      assert.deepEqual(reader.events.map(({ name }) => name), ["open", "stream", "text", "stream"]);
    }));

  it.effect("to several waits for the slowest, and for nobody who has left", () =>
    Effect.gen(function* () {
      const host = yield* device({ limits: { readAheadBytes: 100 } });
      const { reader, session } = yield* slow(host);
      const other = yield* viewer(host, { identity: "viewer-2" });
      const both = yield* host.room.openByteStream({ topic: "some", destinations: ["viewer-1", "viewer-2", "nobody"] });
      const waiting = yield* Effect.forkChild(both.write(new Uint8Array(200)));
      yield* other.reader.until("stream", 2);
      assert.isUndefined(waiting.pollUnsafe());
      yield* Effect.promise(() =>
        host.http.fetch(new Request(`http://127.0.0.1/sessions/${session.sessionId}`, { method: "DELETE" }))
      );
      yield* Fiber.join(waiting);
      yield* both.write(new Uint8Array(5));
      yield* other.reader.until("stream", 3);
      assert.isFalse(reader.isOver);
    }));
});

describe("streams beside the newest control stream", () => {
  it.effect("go as bytes, under their own number", () =>
    Effect.gen(function* () {
      const host = yield* device();
      const { reader } = yield* viewer(host, { identity: "viewer-1" });
      const old = yield* host.room.openByteStream({ topic: "control", destinations: ["viewer-1"] });
      const other = yield* host.room.openByteStream({ topic: "other", destinations: ["viewer-1"] });
      const newest = yield* host.room.openByteStream({ topic: "control", destinations: ["viewer-1"] });
      yield* old.write(text("old"));
      yield* other.write(Uint8Array.of(1, 2, 3));
      yield* newest.write(text("new"));
      yield* newest.write(Uint8Array.of(9, 9));
      yield* reader.until("stream", 6);
      const seen = reader.events.slice(1).map(({ name, data }) => name === "text" ? data : JSON.parse(data));
      assert.deepEqual(seen.slice(3), [
        { stream: 0, op: "data", data: btoa(String.fromCharCode(...text("old"))) },
        { stream: 1, op: "data", data: "AQID" },
        "new",
        { stream: 2, op: "data", data: "CQk=" },
      ]);
    }));
});

describe("lossy messages", () => {
  it.effect("come with their channel and their time, without an id", () =>
    Effect.gen(function* () {
      const host = yield* device();
      const { reader } = yield* viewer(host, { identity: "viewer-1" });
      const frame = Uint8Array.of(1, 2, 3);
      assert.isTrue(host.room.datagrams?.send("viewer-1", 7, frame, 99n));
      const [lossy] = yield* reader.until("lossy");
      assert.deepEqual(decodeDatagram(lossy!.data), { channelId: 7, logTime: 99n, frame });
      assert.isUndefined(lossy?.id);
      assert.match(reader.lastId ?? "", /\.-1$/);
    }));

  it.effect("are the newest for a viewer that reads slowly, and those that are not sent after all are told", () =>
    Effect.gen(function* () {
      const host = yield* device({ limits: { lossyBytes: 5_000 } });
      const { reader, session } = yield* slow(host);
      const dropped: Array<readonly [string, number, number | undefined]> = [];
      host.room.datagrams!.onDropped!((identity, channelId, [first]) => dropped.push([identity, channelId, first]));
      const sendOne = (first: number, bytes: number = 1_000): boolean =>
        host.room.datagrams!.send("viewer-1", 1, new Uint8Array(bytes).fill(first), 0n);
      yield* reader.chunk;
      for (let number = 0; number < 10; number += 1) assert.isTrue(sendOne(number));
      assert.deepEqual(dropped, [0, 1, 2, 3, 4, 5, 6].map((number) => ["viewer-1", 1, number]));
      yield* reader.chunk;
      const seen = reader.events.filter(({ name }) => name === "lossy").map(({ data }) =>
        decodeDatagram(data)?.frame[0]
      );
      assert.deepEqual(seen, [7, 8, 9]);
      // What waits when the connection breaks, or the viewer leaves, is not sent either.
      sendOne(10);
      yield* settle;
      sendOne(11, 20_000);
      sendOne(12);
      reader.abort();
      assert.deepEqual(dropped.slice(7).map(([, , first]) => first), [10, 11, 12]);
      const again = yield* events(host.http, session, reader.lastId);
      sendOne(13);
      yield* send(host.http, `/sessions/${session.sessionId}`, { method: "DELETE" });
      assert.equal(dropped.at(-1)?.[2], 13);
      yield* again.flow;
    }));

  it.effect("are not taken for a viewer that is away or not there, or where they are too large", () =>
    Effect.gen(function* () {
      const host = yield* device();
      const { reader } = yield* slow(host);
      const sendOne = (bytes: number): boolean => host.room.datagrams!.send("viewer-1", 1, new Uint8Array(bytes), 0n);
      assert.isTrue(sendOne(20_000));
      assert.isFalse(sendOne(1024 * 1024 + 1));
      assert.isFalse(host.room.datagrams!.send("nobody", 1, new Uint8Array(1), 0n));
      reader.abort();
      assert.isFalse(sendOne(1));
    }));

  it.effect("are made into an event once, whatever the number of viewers, and share its memory", () =>
    Effect.gen(function* () {
      const host = yield* device();
      const chunks: Array<Uint8Array> = [];
      for (const identity of ["a", "b", "c"]) {
        const reader = yield* rawReader(host, identity);
        yield* Effect.promise(() => reader.read());
        void reader.read().then(({ value }) => value !== undefined && chunks.push(value));
      }
      yield* settle;
      const frame = new Uint8Array(1_000);
      for (const identity of ["a", "b", "c"]) host.room.datagrams?.send(identity, 1, frame, 0n);
      yield* settle;
      assert.equal(chunks.length, 3);
      assert.isTrue(chunks.every((chunk) => chunk === chunks[0]));
    }));
});

describe("what is written in one go", () => {
  it.effect("leaves in one piece, and a large frame in the very memory it was made in for all", () =>
    Effect.gen(function* () {
      const host = yield* device();
      const readers: Array<ReadableStreamDefaultReader<Uint8Array>> = [];
      for (const identity of ["a", "b"]) {
        readers.push(yield* rawReader(host, identity));
      }
      const open = (identity: string) => host.room.openByteStream({ topic: "control", destinations: [identity] });
      const streams = [yield* open("a"), yield* open("b")];
      const small = Array.from({ length: 10 }, (_, at) => encodeBinaryFrame(Uint8Array.of(at)) as Uint8Array);
      const large = encodeBinaryFrame(new Uint8Array(50_000)) as Uint8Array;
      for (const stream of streams) {
        for (const frame of small) yield* stream.write(frame);
        // As the core does: a view of its own for each viewer.
        yield* stream.write(large.subarray());
      }
      const chunks: Array<ReadonlyArray<Uint8Array>> = [];
      for (const reader of readers) {
        const read = Effect.promise(async () => (await reader.read()).value!);
        chunks.push([yield* read, yield* read, yield* read]);
      }
      const [first, second] = chunks;
      assert.equal(new TextDecoder().decode(first![0]).match(/event: binary/g)?.length, 10);
      assert.strictEqual(first![2], second![2]);
      assert.isAbove(first![2]!.length, 60_000);
    }));
});
