/**
 * Cases: reading byte streams, and how they end.
 */
import * as Effect from "effect/Effect";
import * as Fiber from "effect/Fiber";
import {
  acquainted,
  connect,
  eventually,
  expect,
  failsWith,
  join,
  joined,
  joinQuietly,
  joinTwo,
  pattern,
  quiet,
  readAll,
  readBytes,
  sameBytes,
  streamsOf,
  theStream,
  within,
} from "./check.ts";
import type { ComplianceCase } from "./harness.ts";

/** Streams go both ways in a star. */
const either = ["sender", "receiver"] as const;

/** The cases. */
export const readingCases: ReadonlyArray<ComplianceCase> = [
  {
    name: "what was written before the first read is read",
    member: "IncomingByteStream",
    needs: [],
    hosts: either,
    run: (harness) =>
      Effect.gen(function* () {
        const [sender, receiver] = yield* joinTwo(harness, "sender", "receiver");
        const opening = sender.room.openByteStream({ topic: "early", destinations: ["receiver"] });
        const outgoing = yield* within(harness, "the stream opens", opening);
        yield* within(harness, "the write is done", outgoing.write(pattern(2000)));
        yield* outgoing.close;
        yield* quiet(harness);
        const incoming = yield* theStream(harness, receiver, "early");
        yield* sameBytes("what was read", yield* readAll(harness, incoming), pattern(2000));
      }),
  },
  {
    name: "a stream opened before listen is told by it, and nothing of it is lost",
    member: "Room.listen",
    needs: [],
    run: (harness) =>
      Effect.gen(function* () {
        const sender = yield* join(harness, "sender");
        const receiver = yield* joinQuietly(harness, "receiver");
        yield* acquainted(harness, [sender, receiver]);
        const opening = sender.room.openByteStream({ topic: "kept", destinations: ["receiver"] });
        const outgoing = yield* within(harness, "the stream opens", opening);
        yield* within(harness, "the write is done", outgoing.write(pattern(300)));
        yield* outgoing.close;
        yield* quiet(harness);
        receiver.listen();
        const [incoming] = streamsOf(receiver, "kept");
        yield* expect(incoming !== undefined, "listen did not tell of the stream");
        const last = receiver.heard.at(-1)?.what;
        yield* expect(last === "stream", `listen told of streams before others: ${last} came last`);
        if (incoming !== undefined) {
          yield* sameBytes("what was read", yield* readAll(harness, incoming), pattern(300));
        }
      }),
  },
  {
    name: "a stream whose sender has left can be read",
    member: "RoomListener.byteStreamOpened",
    needs: [],
    hosts: either,
    run: (harness) =>
      Effect.gen(function* () {
        const [sender, receiver] = yield* joinTwo(harness, "sender", "receiver");
        const opening = sender.room.openByteStream({ topic: "last words", destinations: ["receiver"] });
        const outgoing = yield* within(harness, "the stream opens", opening);
        yield* within(harness, "the write is done", outgoing.write(pattern(300)));
        yield* sender.leave;
        const incoming = yield* theStream(harness, receiver, "last words");
        yield* eventually(harness, "the receiver hears of it", () => receiver.room.participant("sender") === undefined);
        yield* sameBytes("what was read", yield* readAll(harness, incoming), pattern(300));
      }),
  },
  {
    name: "a chunk that was read stays as it is",
    member: "IncomingByteStream.read",
    needs: [],
    hosts: either,
    run: (harness) =>
      Effect.gen(function* () {
        const [sender, receiver] = yield* joinTwo(harness, "sender", "receiver");
        const [outgoing, incoming] = yield* connect(harness, sender, receiver, "kept chunks");
        const parts = Array.from({ length: 20 }, (_, index) => pattern(3000, index + 1));
        const writing = Effect.andThen(Effect.forEach(parts, (part) => outgoing.write(part)), outgoing.close);
        yield* Effect.forkChild(writing);
        const kept: Array<Uint8Array> = [];
        const copies: Array<Uint8Array> = [];
        const reading = Effect.gen(function* () {
          for (let chunk = yield* incoming.read; chunk !== undefined; chunk = yield* incoming.read) {
            yield* expect(chunk.length > 0, "an empty chunk was read");
            kept.push(chunk);
            copies.push(chunk.slice());
          }
        });
        yield* within(harness, "everything is read", reading);
        yield* sameBytes("chunks kept over later reads", joined(kept), joined(copies));
        yield* sameBytes("what was read", joined(copies), joined(parts));
      }),
  },
  {
    name: "after close the reader reads what was written and then the end, again and again",
    member: "OutgoingByteStream.close",
    needs: [],
    hosts: either,
    run: (harness) =>
      Effect.gen(function* () {
        const [sender, receiver] = yield* joinTwo(harness, "sender", "receiver");
        const [outgoing, incoming] = yield* connect(harness, sender, receiver, "closed");
        yield* within(harness, "the write is done", outgoing.write(pattern(100)));
        yield* outgoing.close;
        yield* outgoing.close;
        yield* sameBytes("what was read", yield* readAll(harness, incoming), pattern(100));
        for (let again = 0; again < 3; again++) {
          const end = yield* within(harness, "a read at the end", incoming.read);
          yield* expect(end === undefined, "a read after the end gave bytes");
        }
      }),
  },
  {
    name: "close ends a read that waits",
    member: "OutgoingByteStream.close",
    needs: [],
    hosts: either,
    run: (harness) =>
      Effect.gen(function* () {
        const [sender, receiver] = yield* joinTwo(harness, "sender", "receiver");
        const [outgoing, incoming] = yield* connect(harness, sender, receiver, "closed empty");
        const reading = yield* Effect.forkChild(incoming.read, { startImmediately: true });
        yield* outgoing.close;
        const end = yield* within(harness, "the read ends", Fiber.join(reading));
        yield* expect(end === undefined, "a stream without bytes gave some");
      }),
  },
  {
    name: "abort ends the stream for the reader, with an error or the end",
    member: "OutgoingByteStream.abort",
    needs: [],
    hosts: either,
    run: (harness) =>
      Effect.gen(function* () {
        const [sender, receiver] = yield* joinTwo(harness, "sender", "receiver");
        const [outgoing, incoming] = yield* connect(harness, sender, receiver, "aborted");
        yield* within(harness, "the write is done", outgoing.write(pattern(100)));
        yield* outgoing.abort;
        yield* outgoing.abort;
        yield* outgoing.close;
        const result = yield* within(harness, "the reader sees an end", Effect.result(readAll(harness, incoming)));
        if (result._tag === "Success") {
          yield* sameBytes("what was read", result.success, pattern(100).subarray(0, result.success.length));
        } else {
          const { failure } = result;
          const holds = failure._tag === "StreamError" && failure.reason === "read";
          yield* expect(holds, `the reader's error is: ${failure.message}`);
        }
      }),
  },
  {
    name: "a sender that leaves is a normal end, after every byte it wrote",
    member: "Transport.join",
    needs: [],
    hosts: either,
    run: (harness) =>
      Effect.gen(function* () {
        const [sender, receiver] = yield* joinTwo(harness, "sender", "receiver");
        const [outgoing, incoming] = yield* connect(harness, sender, receiver, "left");
        const parts = [pattern(10, 1), pattern(50_000, 2), pattern(100, 3)];
        const writing = Effect.forEach(parts, (part) => outgoing.write(part));
        yield* Effect.forkChild(Effect.andThen(writing, sender.leave));
        yield* sameBytes("what was read", yield* readAll(harness, incoming), joined(parts));
        const end = yield* within(harness, "a read at the end", incoming.read);
        yield* expect(end === undefined, "a read after the end gave bytes");
      }),
  },
  {
    name: "a read fails when the reader's own room ends, with reason read",
    member: "IncomingByteStream.read",
    needs: [],
    hosts: either,
    run: (harness) =>
      Effect.gen(function* () {
        const [sender, receiver] = yield* joinTwo(harness, "sender", "receiver");
        const [, incoming] = yield* connect(harness, sender, receiver, "own end");
        const reading = yield* Effect.forkChild(Effect.result(incoming.read), { startImmediately: true });
        yield* receiver.leave;
        const waiting = Effect.flatMap(Fiber.join(reading), (result) => Effect.fromResult(result));
        yield* failsWith(harness, "a read that waits", ["read"], waiting);
        yield* failsWith(harness, "a later read", ["read"], incoming.read);
      }),
  },
  {
    name: "cancel fails a read that waits and every later one, with reason closed",
    member: "IncomingByteStream.cancel",
    needs: [],
    hosts: either,
    run: (harness) =>
      Effect.gen(function* () {
        const [sender, receiver] = yield* joinTwo(harness, "sender", "receiver");
        const [, incoming] = yield* connect(harness, sender, receiver, "cancelled");
        const reading = yield* Effect.forkChild(Effect.result(incoming.read), { startImmediately: true });
        yield* incoming.cancel;
        yield* incoming.cancel;
        const waiting = Effect.flatMap(Fiber.join(reading), (result) => Effect.fromResult(result));
        yield* failsWith(harness, "a read that waits", ["closed"], waiting);
        yield* failsWith(harness, "a later read", ["closed"], incoming.read);
      }),
  },
  {
    name: "a stream that was cancelled holds up neither its own writes nor others",
    member: "IncomingByteStream.cancel",
    needs: [],
    hosts: either,
    run: (harness) =>
      Effect.gen(function* () {
        const [sender, receiver] = yield* joinTwo(harness, "sender", "receiver");
        const [unwanted, cancelled] = yield* connect(harness, sender, receiver, "unwanted");
        yield* cancelled.cancel;
        const chunk = new Uint8Array(65_536);
        const writes = Effect.ignore(Effect.forEach(Array.from({ length: 64 }), () => unwanted.write(chunk)));
        yield* within(harness, "the writes to the cancelled stream end", writes);
        const [outgoing, incoming] = yield* connect(harness, sender, receiver, "wanted");
        yield* within(harness, "the other write is done", outgoing.write(pattern(100)));
        yield* sameBytes("the other stream", yield* readBytes(harness, incoming, 100), pattern(100));
      }),
  },
  {
    name: "interrupting a read loses no bytes",
    member: "IncomingByteStream.read",
    needs: [],
    hosts: either,
    run: (harness) =>
      Effect.gen(function* () {
        const [sender, receiver] = yield* joinTwo(harness, "sender", "receiver");
        const [outgoing, incoming] = yield* connect(harness, sender, receiver, "interrupted reads");
        const got: Array<Uint8Array> = [];
        for (let round = 0; round < 20; round++) {
          const reading = yield* Effect.forkChild(incoming.read, { startImmediately: true });
          const writing = yield* Effect.forkChild(outgoing.write(pattern(50, round + 1)), { startImmediately: true });
          if (round % 3 === 0) yield* harness.pause;
          yield* Fiber.interrupt(reading);
          const exit = reading.pollUnsafe();
          if (exit?._tag === "Success" && exit.value !== undefined) got.push(exit.value);
          yield* within(harness, "the write is done", Fiber.join(writing));
        }
        yield* outgoing.close;
        got.push(yield* readAll(harness, incoming));
        const written = Array.from({ length: 20 }, (_, round) => pattern(50, round + 1));
        yield* sameBytes("what was read", joined(got), joined(written));
      }),
  },
];
