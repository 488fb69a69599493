import * as Effect from "effect/Effect";
import * as Fiber from "effect/Fiber";
import { describe, expect, it } from "vitest";
import { IncomingStream } from "../../../adapters/livekit/incoming_stream.ts";
import type { Receipt } from "../../../adapters/livekit/receipts.ts";
import { given, read, readAll, readLater } from "./support/reading.ts";

interface Made {
  readonly incoming: IncomingStream;
  readonly stream: IncomingStream["stream"];
  /** What was sent to its sender. */
  readonly receipts: Array<Receipt["read"]>;
  /** How often it has said that nothing is of use to it any more. */
  over: number;
}

function make(options: { maxBytes?: number; receiptEvery?: number } = {}): Made {
  const receipts: Array<Receipt["read"]> = [];
  const made = { receipts, over: 0 };
  const incoming: IncomingStream = new IncomingStream({
    topic: "control",
    sender: "ana",
    sid: "ana-1",
    maxBytes: options.maxBytes ?? 1_000_000,
    receiptEvery: options.receiptEvery ?? Infinity,
    sendReceipt: (read) => void receipts.push(read),
    onOver: () => made.over++,
  });
  return Object.assign(made, { incoming, stream: incoming.stream });
}

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

describe("an incoming byte stream", () => {
  it("gives the chunks in order, then its end, again and again", async () => {
    const { incoming, stream } = make();
    expect([stream.topic, stream.sender, incoming.sid]).toEqual(["control", "ana", "ana-1"]);
    for (const text of ["a", "", "bc", "d"]) incoming.arrive(bytes(text));
    incoming.finish();
    expect(await readAll(stream)).toEqual(["a", "bc", "d", "end"]);
    expect(await read(stream)).toBe("end");
  });

  it("gives many chunks in order, whenever they are read", async () => {
    const { incoming, stream } = make();
    const seen: Array<string> = [];
    for (let sent = 0; sent < 1000;) {
      for (const last = sent + 70; sent < last; sent++) incoming.arrive(bytes(`${sent}`));
      for (let count = 0; count < 65; count++) seen.push(await read(stream));
    }
    incoming.finish();
    seen.push(...await readAll(stream));
    expect(seen).toEqual([...Array.from({ length: 1050 }, (_, index) => `${index}`), "end"]);
  });

  it("wakes the reader that waits: for bytes, for the end, for an error", async () => {
    const { incoming, stream } = make();
    const first = readLater(stream);
    incoming.arrive(bytes("a"));
    expect(await given(first)).toBe("a");
    const second = readLater(stream);
    incoming.finish();
    expect(await given(second)).toBe("end");
    const other = make();
    const third = readLater(other.stream);
    other.incoming.fail({ reason: "read", detail: "broken" });
    expect(await given(third)).toBe("read: broken");
  });

  it("has one reader at a time, and loses nothing when a read is interrupted", async () => {
    const { incoming, stream } = make();
    const first = readLater(stream);
    expect(await read(stream)).toBe("read: another read waits already");
    await Effect.runPromise(Fiber.interrupt(first));
    incoming.arrive(bytes("a"));
    expect(await read(stream)).toBe("a");
  });

  it("passes over packets that come again, and breaks where some are missing", async () => {
    const { incoming, stream } = make();
    expect([0, 0, 1, 0, 1, 2].map((index) => incoming.isNext(index))).toEqual([true, false, true, false, false, true]);
    incoming.arrive(bytes("a"));
    expect(incoming.isNext(5)).toBe(false);
    expect(await read(stream)).toBe("read: the server has lost packets 3 to 4, as it does for slow receivers");
    incoming.arrive(bytes("b"));
    expect(await read(stream)).toContain("read: the server has lost");
  });

  it("breaks for numbers that no stream gets to", async () => {
    const { incoming, stream } = make();
    expect(incoming.isNext(2 ** 64)).toBe(false);
    expect(await read(stream)).toContain("read: the server has lost");
  });

  it("keeps what it may and breaks with what goes beyond, freeing all", async () => {
    const { incoming, stream } = make({ maxBytes: 1000 });
    incoming.arrive(new Uint8Array(300));
    expect((await read(stream)).length).toBe(300);
    incoming.arrive(new Uint8Array(744));
    incoming.arrive(new Uint8Array(1));
    expect(await read(stream)).toBe("read: the reader is more than 1000 bytes behind");
  });

  it("counts what it costs to keep a chunk: a million of one byte are no megabyte", async () => {
    const { incoming, stream } = make({ maxBytes: 10_000 });
    for (let sent = 0; sent < 40; sent++) incoming.arrive(bytes("x"));
    expect(await read(stream)).toBe("read: the reader is more than 10000 bytes behind");
  });

  it("keeps no large packet for the few bytes of it that it wants", async () => {
    const { incoming, stream } = make();
    const packet = new Uint8Array(100_000);
    incoming.arrive(packet.subarray(5, 10));
    const small = await Effect.runPromise(stream.read);
    expect([small?.length, small?.buffer.byteLength]).toEqual([5, 5]);
    incoming.arrive(packet.subarray(0, 60_000));
    expect((await Effect.runPromise(stream.read))?.buffer).toBe(packet.buffer);
  });

  it("lets be read what came before its end, whatever fails after that", async () => {
    const made = make();
    made.incoming.arrive(bytes("a"));
    made.incoming.finish();
    made.incoming.arrive(bytes("late"));
    made.incoming.finish();
    expect(await readAll(made.stream)).toEqual(["a", "end"]);
    made.incoming.fail({ reason: "read", detail: "too late" });
    expect([await read(made.stream), made.over]).toEqual(["end", 1]);
  });

  it("throws the rest away when it is cancelled, wakes its reader, and is over once", async () => {
    const { incoming, stream, ...made } = make();
    incoming.arrive(bytes("a"));
    await Effect.runPromise(stream.cancel);
    incoming.arrive(bytes("b"));
    incoming.finish();
    incoming.fail({ reason: "read", detail: "too late" });
    await Effect.runPromise(stream.cancel);
    expect(await read(stream)).toBe("closed: it was cancelled");
    const other = make();
    const waiting = readLater(other.stream);
    await Effect.runPromise(other.stream.cancel);
    expect([await given(waiting), other.over, made.receipts]).toEqual(["closed: it was cancelled", 1, []]);
  });

  it("can be cancelled between its end and the last read", async () => {
    const made = make();
    made.incoming.arrive(bytes("a"));
    made.incoming.finish();
    await Effect.runPromise(made.stream.cancel);
    expect([await read(made.stream), made.over]).toEqual(["closed: it was cancelled", 1]);
  });
});

describe("receipts of an incoming byte stream", () => {
  it("say that the reader is not reached any more when a part was lost, or is more than it may keep", () => {
    const lossy = make({ receiptEvery: 100 });
    expect(lossy.incoming.isNext(1)).toBe(false);
    expect([lossy.receipts, lossy.over]).toEqual([["gone"], 1]);
    const slow = make({ receiptEvery: 100, maxBytes: 1_000 });
    slow.incoming.arrive(new Uint8Array(1_000));
    expect([slow.receipts, slow.over]).toEqual([["gone"], 1]);
  });

  it("are sent for what was read, not for what has arrived, and not for every chunk", async () => {
    const { incoming, stream, receipts } = make({ receiptEvery: 100 });
    for (let sent = 0; sent < 25; sent++) incoming.arrive(new Uint8Array(10));
    expect(receipts).toEqual([]);
    for (let count = 0; count < 9; count++) await read(stream);
    expect(receipts).toEqual([]);
    for (let count = 0; count < 16; count++) await read(stream);
    expect(receipts).toEqual([100, 200]);
  });

  it("say that nothing is to wait for the reader any more: at the end, on an error, on cancelling", async () => {
    for (
      const end of [
        (incoming: IncomingStream) => incoming.finish(),
        (incoming: IncomingStream) => incoming.fail({ reason: "read", detail: "broken" }),
        (incoming: IncomingStream) => Effect.runSync(incoming.stream.cancel),
      ]
    ) {
      const { incoming, stream, receipts } = make({ receiptEvery: 10 });
      incoming.arrive(new Uint8Array(50));
      end(incoming);
      end(incoming);
      await read(stream);
      expect(receipts).toEqual(["all"]);
    }
  });

  it("are not sent where none are wanted", async () => {
    const { incoming, stream, receipts } = make();
    incoming.arrive(new Uint8Array(50_000));
    await read(stream);
    incoming.finish();
    expect(receipts).toEqual([]);
  });
});
