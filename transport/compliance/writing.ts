/**
 * Cases: opening byte streams and writing to them.
 */
import * as Effect from "effect/Effect";
import * as Fiber from "effect/Fiber";
import type * as Scope from "effect/Scope";
import type { OutgoingByteStream } from "../byte_stream.ts";
import {
  acquainted,
  connect,
  eventually,
  expect,
  failsWith,
  type Guest,
  join,
  joined,
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
import type { ComplianceCase, ComplianceFailure, ComplianceHarness } from "./harness.ts";

const chunkBytes = 65_536;
const fillChunks = 256;

interface Filling {
  readonly taken: () => number;
  readonly fiber: Fiber.Fiber<void, unknown>;
}

/** Writes chunk after chunk until a write waits, or 16 MiB have gone. Says how many bytes were taken. */
function fill(
  harness: ComplianceHarness,
  stream: OutgoingByteStream,
): Effect.Effect<Filling, ComplianceFailure, Scope.Scope> {
  return Effect.gen(function* () {
    let taken = 0;
    const chunk = new Uint8Array(chunkBytes);
    const writing = Effect.gen(function* () {
      for (let count = 0; count < fillChunks; count++) {
        yield* stream.write(chunk);
        taken += chunk.length;
      }
    });
    const fiber = yield* Effect.forkScoped(writing);
    // Comes before the fiber's own end: a write that cannot be interrupted must not hold up the suite.
    yield* Effect.addFinalizer(() => stream.abort);
    let before = -1;
    yield* eventually(harness, "the writes wait, or are done", () => {
      const still = taken === before;
      before = taken;
      return still;
    });
    yield* quiet(harness);
    return { taken: () => taken, fiber };
  });
}

/** Streams go both ways in a star. */
const either = ["sender", "receiver"] as const;

/** The cases. */
export const writingCases: ReadonlyArray<ComplianceCase> = [
  {
    name: "a stream is told to its destination, with its topic and its sender",
    member: "RoomListener.byteStreamOpened",
    needs: [],
    hosts: either,
    run: (harness) =>
      Effect.gen(function* () {
        const [sender, receiver] = yield* joinTwo(harness, "sender", "receiver");
        const [outgoing, incoming] = yield* connect(harness, sender, receiver, "ch-7 ü");
        yield* quiet(harness);
        yield* expect(incoming.topic === "ch-7 ü", `the topic is "${incoming.topic}"`);
        yield* expect(incoming.sender === "sender", `the sender is "${incoming.sender}"`);
        yield* expect(outgoing.topic === "ch-7 ü", `the sender's own topic is "${outgoing.topic}"`);
        yield* expect(outgoing.destinations.join() === "receiver", `destinations ${outgoing.destinations.join()}`);
        yield* expect(streamsOf(receiver, "ch-7 ü").length === 1, "it was told more than once");
      }),
  },
  {
    name: "every byte arrives, once and in order, however it is cut",
    member: "OutgoingByteStream.write",
    needs: [],
    hosts: either,
    run: (harness) =>
      Effect.gen(function* () {
        const [sender, receiver] = yield* joinTwo(harness, "sender", "receiver");
        const [outgoing, incoming] = yield* connect(harness, sender, receiver, "sizes");
        const sizes = [1, 2, 3, 255, 1024, 15_000, 15_001, 65_535, 65_536, 65_537, 300_000, 1, 1_000_001, 7];
        const parts = sizes.map((size, index) => pattern(size, index + 1));
        const writing = Effect.andThen(Effect.forEach(parts, (part) => outgoing.write(part)), outgoing.close);
        const fiber = yield* Effect.forkChild(writing);
        const received = yield* readAll(harness, incoming);
        yield* within(harness, "the writes are done", Fiber.join(fiber));
        yield* sameBytes("what was read", received, joined(parts));
      }),
  },
  {
    name: "an empty write succeeds and sends nothing",
    member: "OutgoingByteStream.write",
    needs: [],
    hosts: either,
    run: (harness) =>
      Effect.gen(function* () {
        const [sender, receiver] = yield* joinTwo(harness, "sender", "receiver");
        const [outgoing, incoming] = yield* connect(harness, sender, receiver, "empty");
        const reading = yield* Effect.forkChild(incoming.read);
        yield* within(harness, "the empty write is done", outgoing.write(new Uint8Array(0)));
        yield* quiet(harness);
        yield* expect(reading.pollUnsafe() === undefined, "an empty write ended a read");
        yield* within(harness, "the write is done", outgoing.write(Uint8Array.of(9)));
        const chunk = yield* within(harness, "the read is done", Fiber.join(reading));
        yield* sameBytes("what was read", chunk ?? new Uint8Array(0), Uint8Array.of(9));
      }),
  },
  {
    name: "a second write waits for the first, and their bytes do not mix",
    member: "OutgoingByteStream",
    needs: [],
    hosts: either,
    run: (harness) =>
      Effect.gen(function* () {
        const [sender, receiver] = yield* joinTwo(harness, "sender", "receiver");
        const [outgoing, incoming] = yield* connect(harness, sender, receiver, "several writers");
        const parts = [pattern(700_000, 1), pattern(3, 2), pattern(500_000, 3)];
        const fibers = yield* Effect.forEach(parts, (part) =>
          Effect.forkChild(outgoing.write(part), { startImmediately: true }));
        const received = yield* readBytes(harness, incoming, joined(parts).length);
        yield* within(harness, "the writes are done", Fiber.joinAll(fibers));
        yield* sameBytes("what was read", received, joined(parts));
      }),
  },
  {
    name: "a stream goes to all of its destinations and to nobody else",
    member: "ByteStreamOptions.destinations",
    needs: [],
    run: (harness) =>
      Effect.gen(function* () {
        const names = ["sender", "one", "two", "stranger"];
        const guests = yield* Effect.forEach(names, (name) => join(harness, name));
        yield* acquainted(harness, guests);
        const [sender, one, two, stranger] = guests as [Guest, Guest, Guest, Guest];
        const opening = sender.room.openByteStream({ topic: "some", destinations: ["one", "two"] });
        const outgoing = yield* within(harness, "the stream opens", opening);
        const bytes = pattern(100_000);
        yield* Effect.forkChild(Effect.andThen(outgoing.write(bytes), outgoing.close));
        const incoming = [yield* theStream(harness, one, "some"), yield* theStream(harness, two, "some")];
        const readers = yield* Effect.forEach(incoming, (stream) => Effect.forkChild(readAll(harness, stream)));
        for (const received of yield* within(harness, "both have read it", Fiber.joinAll(readers))) {
          yield* sameBytes("what was read", received, bytes);
        }
        yield* quiet(harness);
        yield* expect(streamsOf(stranger, "some").length === 0, "somebody else was told of the stream");
        yield* expect(streamsOf(sender, "some").length === 0, "the sender was told of its own stream");
      }),
  },
  {
    name: "opening a stream to nobody who is there fails, with reason open",
    member: "Room.openByteStream",
    needs: [],
    hosts: either,
    run: (harness) =>
      Effect.gen(function* () {
        const [sender] = yield* joinTwo(harness, "sender", "receiver");
        const opening = sender.room.openByteStream({ topic: "nobody", destinations: ["absent", "also-absent"] });
        yield* failsWith(harness, "opening a stream to nobody", ["open"], opening);
      }),
  },
  {
    name: "a destination that is missing is left out",
    member: "Room.openByteStream",
    needs: [],
    hosts: either,
    run: (harness) =>
      Effect.gen(function* () {
        const [sender, receiver] = yield* joinTwo(harness, "sender", "receiver");
        const opening = sender.room.openByteStream({ topic: "part", destinations: ["absent", "receiver"] });
        const outgoing = yield* within(harness, "the stream opens", opening);
        yield* within(harness, "the write is done", outgoing.write(pattern(1000)));
        const incoming = yield* theStream(harness, receiver, "part");
        yield* sameBytes("what was read", yield* readBytes(harness, incoming, 1000), pattern(1000));
      }),
  },
  {
    name: "opening a stream in a room that has ended fails, with reason open",
    member: "Room.openByteStream",
    needs: [],
    hosts: either,
    run: (harness) =>
      Effect.gen(function* () {
        const [sender, receiver] = yield* joinTwo(harness, "sender", "receiver");
        yield* sender.leave;
        const opening = sender.room.openByteStream({ topic: "late", destinations: [receiver.identity] });
        yield* failsWith(harness, "opening a stream after leaving", ["open"], opening);
      }),
  },
  {
    name: "opening a stream can be interrupted",
    member: "Room.openByteStream",
    needs: [],
    hosts: either,
    run: (harness) =>
      Effect.gen(function* () {
        const [sender, receiver] = yield* joinTwo(harness, "sender", "receiver");
        const opening = sender.room.openByteStream({ topic: "interrupted", destinations: [receiver.identity] });
        const fiber = yield* Effect.forkChild(opening, { startImmediately: true });
        yield* within(harness, "the interruption", Fiber.interrupt(fiber));
        const [outgoing, incoming] = yield* connect(harness, sender, receiver, "after it");
        yield* within(harness, "the write is done", outgoing.write(pattern(10)));
        yield* sameBytes("what was read", yield* readBytes(harness, incoming, 10), pattern(10));
      }),
  },
  {
    name: "a write waits while nobody reads, and goes on by itself when somebody does",
    member: "OutgoingByteStream.write",
    needs: ["backpressure"],
    hosts: either,
    run: (harness) =>
      Effect.gen(function* () {
        const [sender, receiver] = yield* joinTwo(harness, "sender", "receiver");
        const [outgoing, incoming] = yield* connect(harness, sender, receiver, "full");
        const { taken, fiber } = yield* fill(harness, outgoing);
        yield* expect(fiber.pollUnsafe() === undefined, `${taken()} bytes were taken though nobody reads`);
        const before = taken();
        yield* readBytes(harness, incoming, fillChunks * chunkBytes);
        yield* within(harness, "the writes go on and end", Fiber.await(fiber));
        yield* expect(taken() === fillChunks * chunkBytes, `after ${before} bytes the writes ended at ${taken()}`);
      }),
  },
  {
    name: "a reader that does not read holds up nothing but its own stream",
    member: "IncomingByteStream.read",
    needs: ["backpressure"],
    hosts: either,
    run: (harness) =>
      Effect.gen(function* () {
        const [sender, receiver] = yield* joinTwo(harness, "sender", "receiver");
        const [blocked] = yield* connect(harness, sender, receiver, "unread");
        const { fiber } = yield* fill(harness, blocked);
        const [outgoing, incoming] = yield* connect(harness, sender, receiver, "read");
        const bytes = pattern(1_000_000);
        const writing = yield* Effect.forkChild(outgoing.write(bytes));
        yield* sameBytes("the other stream", yield* readBytes(harness, incoming, bytes.length), bytes);
        yield* within(harness, "the other write is done", Fiber.join(writing));
        yield* expect(fiber.pollUnsafe() === undefined, "the blocked stream did not wait");
        yield* blocked.abort;
      }),
  },
  {
    name: "a write that waits can be interrupted at once, and abort ends the stream then",
    member: "OutgoingByteStream.write",
    needs: ["backpressure"],
    hosts: either,
    run: (harness) =>
      Effect.gen(function* () {
        const [sender, receiver] = yield* joinTwo(harness, "sender", "receiver");
        const [outgoing, incoming] = yield* connect(harness, sender, receiver, "interrupted");
        const { fiber } = yield* fill(harness, outgoing);
        const interrupting = yield* Effect.forkChild(Fiber.interrupt(fiber), { startImmediately: true });
        yield* within(harness, "the interruption", Fiber.join(interrupting));
        yield* outgoing.abort;
        yield* within(harness, "the reader sees an end", Effect.ignore(readAll(harness, incoming)));
      }),
  },
  {
    name: "abort wakes a write that waits, with an error",
    member: "OutgoingByteStream.abort",
    needs: ["backpressure"],
    hosts: either,
    run: (harness) =>
      Effect.gen(function* () {
        const [sender, receiver] = yield* joinTwo(harness, "sender", "receiver");
        const [outgoing] = yield* connect(harness, sender, receiver, "aborted");
        const { fiber } = yield* fill(harness, outgoing);
        yield* outgoing.abort;
        const exit = yield* within(harness, "the write is woken", Fiber.await(fiber));
        yield* expect(exit._tag === "Failure", "the write that was aborted succeeded");
      }),
  },
  {
    name: "a write that waits fails when all destinations leave",
    member: "OutgoingByteStream.write",
    needs: ["backpressure"],
    hosts: either,
    run: (harness) =>
      Effect.gen(function* () {
        const [sender, receiver] = yield* joinTwo(harness, "sender", "receiver");
        const [outgoing] = yield* connect(harness, sender, receiver, "left alone");
        const { fiber } = yield* fill(harness, outgoing);
        yield* receiver.leave;
        const exit = yield* within(harness, "the write is woken", Fiber.await(fiber));
        yield* expect(exit._tag === "Failure", "a write to nobody succeeded");
      }),
  },
  {
    name: "writes fail when all destinations have left, and ever after",
    member: "OutgoingByteStream.write",
    needs: [],
    hosts: either,
    run: (harness) =>
      Effect.gen(function* () {
        const [sender, receiver] = yield* joinTwo(harness, "sender", "receiver");
        const [outgoing] = yield* connect(harness, sender, receiver, "left");
        yield* receiver.leave;
        yield* eventually(harness, "the sender hears of it", () => sender.room.participant("receiver") === undefined);
        const failing = eventuallyFails(harness, outgoing);
        yield* failsWith(harness, "a write to those who left", ["write"], failing);
        yield* failsWith(harness, "another one", ["write"], outgoing.write(Uint8Array.of(1)));
      }),
  },
  {
    name: "a stream goes on for the destinations that stay",
    member: "OutgoingByteStream.write",
    needs: [],
    run: (harness) =>
      Effect.gen(function* () {
        const [sender, stays] = yield* joinTwo(harness, "sender", "stays");
        const leaves = yield* join(harness, "leaves");
        yield* acquainted(harness, [sender, stays, leaves]);
        const opening = sender.room.openByteStream({ topic: "both", destinations: ["leaves", "stays"] });
        const outgoing = yield* within(harness, "the stream opens", opening);
        const incoming = yield* theStream(harness, stays, "both");
        yield* within(harness, "the first write is done", outgoing.write(pattern(500, 1)));
        yield* leaves.leave;
        yield* eventually(harness, "the sender hears of it", () => sender.room.participant("leaves") === undefined);
        yield* within(harness, "the second write is done", outgoing.write(pattern(500, 2)));
        const received = yield* readBytes(harness, incoming, 1000);
        yield* sameBytes("what was read", received, joined([pattern(500, 1), pattern(500, 2)]));
      }),
  },
  {
    name: "writes fail after close and after abort, with reason closed",
    member: "OutgoingByteStream.write",
    needs: [],
    hosts: either,
    run: (harness) =>
      Effect.gen(function* () {
        const [sender, receiver] = yield* joinTwo(harness, "sender", "receiver");
        const [closed] = yield* connect(harness, sender, receiver, "closed");
        yield* closed.close;
        yield* failsWith(harness, "a write after close", ["closed"], closed.write(Uint8Array.of(1)));
        const [aborted] = yield* connect(harness, sender, receiver, "aborted");
        yield* aborted.abort;
        yield* failsWith(harness, "a write after abort", ["closed"], aborted.write(Uint8Array.of(1)));
      }),
  },
  {
    name: "writes fail when the sender's own room has ended, with reason write",
    member: "OutgoingByteStream.write",
    needs: [],
    hosts: either,
    run: (harness) =>
      Effect.gen(function* () {
        const [sender, receiver] = yield* joinTwo(harness, "sender", "receiver");
        const [outgoing] = yield* connect(harness, sender, receiver, "gone");
        yield* sender.leave;
        yield* failsWith(harness, "a write after leaving", ["write"], outgoing.write(Uint8Array.of(1)));
      }),
  },
];

/** Writes until it fails. A transport may hear of the receivers' end a little later than of their leaving. */
function eventuallyFails(
  harness: ComplianceHarness,
  stream: OutgoingByteStream,
): ReturnType<OutgoingByteStream["write"]> {
  return Effect.gen(function* () {
    for (let tries = harness.patience ?? 200; tries > 0; tries--) {
      yield* stream.write(Uint8Array.of(1));
      yield* harness.pause;
    }
  });
}
