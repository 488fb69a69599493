import * as Effect from "effect/Effect";
import * as Fiber from "effect/Fiber";
import { describe, expect, it, vi } from "vitest";
import { OutgoingStream } from "../../../adapters/livekit/outgoing_stream.ts";
import type { StreamError } from "../../../transport/errors.ts";
import { FakeWriter } from "./support/fake_writer.ts";

interface Made {
  readonly outgoing: OutgoingStream;
  readonly writer: FakeWriter;
  /** Whether bytes can be handed on. */
  canSend: boolean;
  /** How often it was done with. */
  gone: number;
}

const WINDOW = 80_000;

function make(sids: ReadonlyArray<string> = ["ana-1"], windowBytes: number = WINDOW): Made {
  const writer = new FakeWriter();
  const made = { writer, canSend: true, gone: 0 };
  const outgoing: OutgoingStream = new OutgoingStream({
    writer,
    id: "s1",
    topic: "control",
    destinations: sids.map((sid) => sid.split("-")[0] ?? ""),
    sids,
    windowBytes,
    canSend: () => made.canSend,
    onGone: () => made.gone++,
  });
  return Object.assign(made, { outgoing });
}

/** Writes in the background; what comes of it: `written`, or the error's reason and words. */
function write({ outgoing }: Made, bytes: Uint8Array): Fiber.Fiber<string> {
  return Effect.runFork(Effect.match(outgoing.stream.write(bytes), {
    onSuccess: () => "written",
    onFailure: ({ reason, detail }: StreamError) => `${reason}: ${detail}`,
  }));
}

function given(fiber: Fiber.Fiber<string>): Promise<string> {
  return Effect.runPromise(Fiber.join(fiber));
}

function isDone(fiber: Fiber.Fiber<string>): boolean {
  return fiber.pollUnsafe() !== undefined;
}

/** Bytes that count up. */
function bytes(length: number, from: number = 0): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => from + index);
}

/** Lets everything happen that waits for nothing but its turn. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
}

async function becomes<A>(read: () => A, wanted: A): Promise<void> {
  await vi.waitFor(() => expect(read()).toEqual(wanted), { timeout: 10_000, interval: 1 });
}

describe("an outgoing byte stream", () => {
  it("hands writes on in order, one at a time, large ones in pieces", async () => {
    const made = make();
    expect([made.outgoing.stream.topic, made.outgoing.stream.destinations]).toEqual(["control", ["ana"]]);
    const fibers = [bytes(3), bytes(0), bytes(150_000, 3), bytes(5, 7)].map((one) => write(made, one));
    for (const fiber of fibers) expect(await given(fiber)).toBe("written");
    expect(made.writer.pieces.map(({ length }) => length)).toEqual([3, 60_000, 60_000, 30_000, 5]);
    expect(made.writer.all()).toEqual(Uint8Array.from([...bytes(3), ...bytes(150_000, 3), ...bytes(5, 7)]));
    expect(made.writer.mostAtOnce).toBe(1);
  });

  it("lets a write wait for what takes the bytes", async () => {
    const made = make();
    made.writer.hold();
    const [first, second] = [write(made, bytes(5)), write(made, bytes(6))];
    await turns();
    expect([isDone(first), isDone(second), made.writer.pieces.length]).toEqual([false, false, 1]);
    made.writer.release();
    expect([await given(first), await given(second)]).toEqual(["written", "written"]);
  });

  it("ends behind all that was written, by a write that still waits too, and takes nothing after that", async () => {
    const made = make();
    made.writer.hold();
    const [first, second] = [write(made, bytes(5)), write(made, bytes(6))];
    Effect.runSync(made.outgoing.stream.close);
    Effect.runSync(made.outgoing.stream.close);
    expect(await given(write(made, bytes(1)))).toBe("closed: it was closed");
    expect(made.writer.closed).toBe(0);
    made.writer.release();
    expect([await given(first), await given(second)]).toEqual(["written", "written"]);
    await becomes(() => [made.writer.closed, made.writer.total, made.gone], [1, 11, 1]);
    expect(await given(write(made, bytes(1)))).toBe("closed: it was closed");
    expect(await given(write(made, bytes(0)))).toBe("closed: it was closed");
  });

  it("gives up on an abort: a write that waits is woken, and nothing more is taken", async () => {
    const made = make();
    made.writer.hold();
    const [first, second] = [write(made, bytes(5)), write(made, bytes(6))];
    Effect.runSync(made.outgoing.stream.abort);
    Effect.runSync(made.outgoing.stream.abort);
    Effect.runSync(made.outgoing.stream.close);
    for (const fiber of [first, second, write(made, bytes(1))]) {
      expect(await given(fiber)).toBe("closed: it was aborted");
    }
    made.writer.release();
    await becomes(() => [made.writer.closed, made.writer.pieces.length, made.gone], [1, 1, 1]);
  });

  it("gives up what still waits on an abort after its close", async () => {
    const made = make();
    made.writer.hold();
    const first = write(made, bytes(5));
    Effect.runSync(made.outgoing.stream.close);
    Effect.runSync(made.outgoing.stream.abort);
    expect(await given(first)).toBe("closed: it was aborted");
    made.writer.release();
    await becomes(() => [made.writer.closed, made.gone], [1, 1]);
  });

  it("fails all writes once one has failed", async () => {
    const made = make();
    made.writer.failure = new Error("the channel is gone");
    const fibers = [write(made, bytes(5)), write(made, bytes(6))];
    for (const fiber of fibers) expect(await given(fiber)).toBe("write: the channel is gone");
    expect(await given(write(made, bytes(7)))).toBe("write: the channel is gone");
    await becomes(() => made.gone, 1);
  });

  it("is of no use after an interrupted write, part of which may have been sent", async () => {
    const made = make();
    made.writer.hold();
    const [first, second] = [write(made, bytes(150_000)), write(made, bytes(6))];
    await turns();
    await Effect.runPromise(Fiber.interrupt(first));
    expect(await given(second)).toContain("write: a write was interrupted");
    made.writer.release();
    await becomes(() => [made.writer.closed, made.writer.pieces.length], [1, 1]);
  });

  it("hands nothing on while the connection is resumed, and goes on by itself", async () => {
    const made = make();
    made.canSend = false;
    const fiber = write(made, bytes(5));
    Effect.runSync(made.outgoing.stream.close);
    await turns();
    expect([isDone(fiber), made.writer.pieces.length, made.writer.closed]).toEqual([false, 0, 0]);
    made.canSend = true;
    made.outgoing.pump();
    made.outgoing.pump();
    expect(await given(fiber)).toBe("written");
    await becomes(() => made.writer.closed, 1);
  });

  it("goes on while some of its destinations are there, and fails when all have left", async () => {
    const made = make(["ana-1", "bo-1"]);
    made.outgoing.forget("bo-2");
    made.outgoing.forget("ana-1");
    expect(await given(write(made, bytes(5)))).toBe("written");
    made.writer.hold();
    const fiber = write(made, bytes(5));
    made.outgoing.forget("bo-1");
    expect(await given(fiber)).toBe("write: all destinations have left");
    expect(await given(write(made, bytes(5)))).toBe("write: all destinations have left");
    made.writer.release();
    await becomes(() => [made.writer.closed, made.gone], [1, 1]);
  });
});

describe("an outgoing byte stream whose readers send receipts", () => {
  it("has a window of bytes under way at most, and goes on as they are read", async () => {
    const made = make();
    made.outgoing.receipt("ana-1", 0);
    const fiber = write(made, bytes(200_000));
    await becomes(() => made.writer.total, WINDOW);
    await turns();
    expect([isDone(fiber), made.writer.total]).toEqual([false, WINDOW]);
    made.outgoing.receipt("ana-1", 30_000);
    await becomes(() => made.writer.total, WINDOW + 30_000);
    made.outgoing.receipt("ana-1", WINDOW + 30_000);
    await becomes(() => made.writer.total, 2 * WINDOW + 30_000);
    made.outgoing.receipt("ana-1", 2 * WINDOW + 30_000);
    expect(await given(fiber)).toBe("written");
    expect(made.writer.all()).toEqual(bytes(200_000));
  });

  it("waits for the slowest of those that send them, and not for one that has left or wants no more", async () => {
    const made = make(["ana-1", "bo-1", "cy-1"]);
    made.outgoing.receipt("ana-1", 0);
    made.outgoing.receipt("bo-1", 0);
    expect(made.outgoing.isUnconfirmed).toBe(true);
    const fiber = write(made, bytes(200_000));
    await becomes(() => made.writer.total, WINDOW);
    made.outgoing.receipt("ana-1", WINDOW);
    await turns();
    expect(made.writer.total).toBe(WINDOW);
    made.outgoing.receipt("bo-1", "all");
    await becomes(() => made.writer.total, 2 * WINDOW);
    made.outgoing.forget("ana-1");
    expect(await given(fiber)).toBe("written");
  });

  it("sends nothing that nobody reads: once all who stay want no more, writes are done at once", async () => {
    const made = make(["ana-1", "bo-1"]);
    made.outgoing.receipt("ana-1", "all");
    expect(await given(write(made, bytes(1_000)))).toBe("written");
    expect(made.writer.total).toBe(1_000);
    made.outgoing.receipt("bo-1", "all");
    expect(await given(write(made, bytes(9 * WINDOW)))).toBe("written");
    expect(made.writer.total).toBe(1_000);
  });

  it("takes no receipt for more than it has sent, for less than before, or of others", async () => {
    const made = make();
    made.outgoing.receipt("ana-1", 0);
    made.outgoing.receipt("bo-1", 0);
    made.outgoing.receipt("ana-1", 999_999_999_999_999);
    const fiber = write(made, bytes(300_000));
    await becomes(() => made.writer.total, WINDOW);
    made.outgoing.receipt("bo-1", "all");
    made.outgoing.receipt("ana-1", 60_000);
    made.outgoing.receipt("ana-1", 0);
    await becomes(() => made.writer.total, WINDOW + 60_000);
    await turns();
    expect([isDone(fiber), made.writer.total]).toEqual([false, WINDOW + 60_000]);
    Effect.runSync(made.outgoing.stream.abort);
    await given(fiber);
  });

  it("sends no crumbs to a reader that hands out its window in crumbs", async () => {
    const made = make();
    made.outgoing.receipt("ana-1", 0);
    const fiber = write(made, bytes(200_000));
    await becomes(() => made.writer.total, WINDOW);
    const pieces = made.writer.pieces.length;
    for (let read = 1; read < 10_000; read += 100) {
      made.outgoing.receipt("ana-1", read);
      await Promise.resolve();
    }
    await turns();
    expect(made.writer.pieces.length).toBe(pieces);
    made.outgoing.receipt("ana-1", 10_000);
    await becomes(() => made.writer.pieces.length, pieces + 1);
    Effect.runSync(made.outgoing.stream.abort);
    await given(fiber);
  });

  it("does not wait for a receipt that has come before the write that it is about was done", async () => {
    const made = make(["ana-1"], 16_384);
    made.outgoing.receipt("ana-1", 0);
    made.writer.hold();
    const fiber = write(made, bytes(20_000));
    await turns();
    made.outgoing.receipt("ana-1", 16_384);
    made.writer.release();
    expect(await given(fiber)).toBe("written");
  });

  it("is done with when the reader has confirmed the end, has left, or never sent any", async () => {
    const confirmed = make();
    confirmed.outgoing.receipt("ana-1", 0);
    const left = make();
    left.outgoing.receipt("ana-1", 0);
    const silent = make();
    for (const { outgoing } of [confirmed, left, silent]) {
      expect(outgoing.isUnconfirmed).toBe(outgoing === silent.outgoing);
      Effect.runSync(outgoing.stream.close);
    }
    await becomes(() => [confirmed.gone, left.gone, silent.gone], [0, 0, 1]);
    await turns();
    confirmed.outgoing.receipt("ana-1", "all");
    left.outgoing.forget("ana-1");
    expect([confirmed.gone, left.gone]).toEqual([1, 1]);
  });
});
