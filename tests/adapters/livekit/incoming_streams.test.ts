import * as Effect from "effect/Effect";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { IncomingStream } from "../../../adapters/livekit/incoming_stream.ts";
import { IncomingStreams } from "../../../adapters/livekit/incoming_streams.ts";
import { WINDOW_ATTRIBUTE } from "../../../adapters/livekit/receipts.ts";
import { chunk, header, trailer, user } from "./support/packets.ts";
import { given, read, readAll, readLater } from "./support/reading.ts";

const bo = { identity: "bo", sid: "bo-1" };

interface Made {
  readonly streams: IncomingStreams;
  readonly opened: Array<IncomingStream>;
  readonly refused: Array<string>;
  readonly receipts: Array<string>;
  /** The sids of those whose end is still to be heard of. */
  readonly present: Set<string>;
  /** The stream that was opened as the so-many-th. */
  stream(index?: number): IncomingStream["stream"];
}

function make(options: { maxBytes?: number; maxStreams?: number } = {}): Made {
  const made = { opened: [], refused: [], receipts: [], present: new Set(["ana-1", "bo-1"]) };
  const { opened, refused, receipts, present }: Pick<Made, "opened" | "refused" | "receipts" | "present"> = made;
  const streams = new IncomingStreams({
    maxBytes: options.maxBytes ?? 1_000_000,
    maxStreams: options.maxStreams ?? 10,
    isPresent: (_identity, sid) => present.has(sid),
    opened: (stream) => void opened.push(stream),
    refused: (sender) => void refused.push(sender),
    sendReceipt: (sender, { stream, read }) => void receipts.push(`${sender} ${stream} ${read}`),
  });
  const stream = (index = 0): IncomingStream["stream"] => {
    const found = opened[index];
    if (found === undefined) throw new Error(`there is no stream ${index}`);
    return found.stream;
  };
  return { streams, opened, refused, receipts, present, stream };
}

async function deflated(text: string | Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  const source = new Blob([text]).stream().pipeThrough(new CompressionStream("deflate-raw"));
  return new Uint8Array(await new Response(source).arrayBuffer());
}

describe("incoming byte streams", () => {
  it("are put together from the packets of all topics and senders, each by itself", async () => {
    const { streams, stream, opened } = make();
    streams.packet(header({ id: "s1", topic: "control" }));
    streams.packet(header({ id: "s2", topic: "anything else" }, bo));
    streams.packet(chunk(0, "a", "s1"));
    streams.packet(chunk(0, "x", "s2", bo));
    streams.packet(chunk(1, "b", "s1"));
    streams.packet(trailer("", "s1"));
    streams.packet(trailer("", "s2", bo));
    expect(opened.map(({ sid, stream: { topic, sender } }) => [sid, topic, sender]))
      .toEqual([["ana-1", "control", "ana"], ["bo-1", "anything else", "bo"]]);
    expect([await readAll(stream(0)), await readAll(stream(1))]).toEqual([["a", "b", "end"], ["x", "end"]]);
  });

  it("pass over packets that come again, and break where some were lost", async () => {
    const { streams, stream } = make();
    streams.packet(header());
    for (const index of [0, 0, 1]) streams.packet(chunk(index, `${index}`));
    streams.packet(header());
    streams.packet(chunk(3, "3"));
    streams.packet(chunk(4, "4"));
    expect(await read(stream())).toContain("lost packets 2 to 2");
  });

  it("break for a number beyond all that can be", async () => {
    const { streams, stream } = make();
    streams.packet(header());
    streams.packet(chunk(2n ** 64n - 1n, "x"));
    expect(await read(stream())).toContain("read: the server has lost packets");
  });

  it("end with the sender's words where it broke one off, of which no more than a line is kept", async () => {
    const { streams, stream } = make();
    streams.packet(header());
    streams.packet(trailer("out of paper"));
    expect(await read(stream())).toBe("read: the sender broke it off: out of paper");
    streams.packet(header());
    streams.packet(trailer("x".repeat(10_000)));
    expect((await read(stream(1))).length).toBeLessThan(300);
  });

  it("are nobody else's: packets of others for them are passed over", async () => {
    const { streams, stream, opened } = make();
    streams.packet(header());
    streams.packet(chunk(0, "no", "s1", bo));
    streams.packet(trailer("", "s1", bo));
    streams.packet(chunk(0, "no", "s1", { identity: "ana", sid: "ana-2" }));
    streams.packet(header({}, bo));
    streams.packet(chunk(0, "bo's", "s1", bo));
    streams.packet(chunk(0, "ana's"));
    expect([opened.length, await read(stream(0)), await read(stream(1))]).toEqual([2, "ana's", "bo's"]);
  });

  it("are not opened by packets of other kinds, of nobody, or of streams that nobody has opened", () => {
    const { streams, opened, refused } = make();
    streams.packet(chunk(0, "a"));
    streams.packet(trailer());
    streams.packet(user("control", new Uint8Array(5)));
    streams.packet(header({ kind: "textHeader" }));
    streams.packet(header({}, { identity: "", sid: "" }));
    streams.packet(header({}, { identity: "ana", sid: "" }));
    expect([opened, refused]).toEqual([[], []]);
  });

  it("keep no more of a stream that nobody reads than they may", async () => {
    const { streams, stream } = make({ maxBytes: 100_000 });
    streams.packet(header({ attributes: { [WINDOW_ATTRIBUTE]: "999999999999999" } }));
    for (let index = 0; index < 12; index++) streams.packet(chunk(index, new Uint8Array(10_000)));
    expect(await read(stream())).toBe("read: the reader is more than 100000 bytes behind");
  });

  it("are so many of one sender at most; others have room, and so has the sender when one has ended", () => {
    const { streams, opened, refused } = make({ maxStreams: 3 });
    for (let id = 0; id < 5; id++) streams.packet(header({ id: `s${id}` }));
    streams.packet(header({ id: "s0" }, bo));
    expect([opened.length, refused]).toEqual([4, ["ana", "ana"]]);
    streams.packet(trailer("", "s1"));
    streams.packet(header({ id: "s5" }));
    expect([opened.length, refused.length]).toEqual([5, 2]);
  });

  it("end when this participant's room does", async () => {
    const { streams, stream } = make();
    streams.packet(header());
    streams.packet(header({ id: "s2" }, bo));
    streams.packet(chunk(0, "a"));
    streams.end("the room has ended");
    expect([await read(stream(0)), await read(stream(1))])
      .toEqual(["read: the room has ended", "read: the room has ended"]);
  });

  it("know who has opened one and has not left: the latest instance of an identity", () => {
    const { streams } = make();
    expect(streams.sender("ana")).toBeUndefined();
    streams.packet(header());
    streams.packet(header({ id: "s2" }, { identity: "ana", sid: "ana-2" }));
    streams.packet(header({ id: "s3" }, bo));
    expect(streams.sender("ana")).toEqual({ identity: "ana", sid: "ana-2" });
    streams.left("ana-2");
    expect(streams.sender("ana")).toEqual({ identity: "ana", sid: "ana-1" });
    streams.packet(trailer());
    expect([streams.sender("ana"), streams.sender("bo")]).toEqual([undefined, bo]);
    streams.end("over");
  });
});

describe("receipts for incoming byte streams", () => {
  const attributes = { [WINDOW_ATTRIBUTE]: "80000" };

  it("begin with the stream, follow the reader in eighths of the window, and end with it", async () => {
    const { streams, stream, receipts } = make();
    streams.packet(header({ attributes }));
    expect(receipts).toEqual(["ana s1 0"]);
    for (let index = 0; index < 5; index++) streams.packet(chunk(index, new Uint8Array(6000)));
    for (let index = 0; index < 5; index++) await read(stream());
    streams.packet(trailer());
    expect(receipts).toEqual(["ana s1 0", "ana s1 12000", "ana s1 24000", "ana s1 all"]);
  });

  it("say when this participant leaves, so that nobody writes to it any more", () => {
    const { streams, receipts } = make();
    streams.packet(header({ attributes }));
    streams.packet(header({ id: "s2", attributes }, bo));
    streams.packet(header({ id: "s3" }, bo));
    streams.packet(trailer("", "s2", bo));
    streams.end("this participant has left the room");
    expect(receipts).toEqual(["ana s1 0", "bo s2 0", "bo s2 all", "ana s1 gone"]);
  });

  it("are sent to nobody who offers no window, a silly one, or a stream whose id is a book", async () => {
    const { streams, opened, receipts } = make();
    streams.packet(header({ id: "s1" }));
    streams.packet(header({ id: "s2", attributes: { [WINDOW_ATTRIBUTE]: "1" } }));
    streams.packet(header({ id: "s".repeat(129), attributes }));
    for (const { stream } of [...opened]) await Effect.runPromise(stream.cancel);
    expect([opened.length, receipts]).toEqual([3, []]);
  });

  it("come often enough for the bytes that are kept, where the window is larger", async () => {
    const { streams, stream, receipts } = make({ maxBytes: 8000 });
    streams.packet(header({ attributes: { [WINDOW_ATTRIBUTE]: "999999999" } }));
    streams.packet(chunk(0, new Uint8Array(1000)));
    await read(stream());
    expect(receipts).toEqual(["ana s1 0", "ana s1 1000"]);
  });
});

describe("incoming byte streams whose sender has left", () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] }));
  afterEach(() => void vi.useRealTimers());

  it("end when nothing more has arrived for a while: word of a leaving overtakes data", async () => {
    const { streams, stream } = make();
    streams.packet(header());
    streams.packet(header({ id: "s2" }, bo));
    streams.left("ana-1");
    vi.advanceTimersByTime(299);
    streams.packet(chunk(0, "late"));
    vi.advanceTimersByTime(299);
    streams.packet(chunk(1, "later"));
    vi.advanceTimersByTime(299);
    expect([await read(stream()), await read(stream())]).toEqual(["late", "later"]);
    const last = readLater(stream());
    vi.advanceTimersByTime(1);
    expect(await given(last)).toBe("end");
    vi.advanceTimersByTime(60_000);
    const other = readLater(stream(1));
    streams.packet(chunk(0, "bo's", "s2", bo));
    expect(await given(other)).toBe("bo's");
  });

  it("end at once with the trailer, and leave no timer behind", async () => {
    const { streams, stream } = make();
    streams.packet(header());
    streams.left("ana-1");
    streams.packet(trailer());
    expect([await read(stream()), vi.getTimerCount()]).toEqual(["end", 0]);
  });

  it("end after longer where the sender was never heard of, and not when it turns out to be there", async () => {
    const { streams, stream, present } = make();
    present.clear();
    streams.packet(header());
    streams.packet(header({ id: "s2" }, bo));
    vi.advanceTimersByTime(4999);
    streams.came("bo-1");
    const first = readLater(stream(0));
    const second = readLater(stream(1));
    vi.advanceTimersByTime(1);
    expect(await given(first)).toBe("end");
    vi.advanceTimersByTime(3_600_000);
    streams.packet(chunk(0, "still here", "s2", bo));
    expect([await given(second), vi.getTimerCount()]).toEqual(["still here", 0]);
  });
});

describe("incoming byte streams in one packet", () => {
  it("are read like others", async () => {
    const { streams, stream } = make();
    streams.packet(header({ inline: new TextEncoder().encode("all of it") }));
    streams.packet(chunk(0, "more"));
    expect(await readAll(stream())).toEqual(["all of it", "end"]);
  });

  it("may be empty", async () => {
    const { streams, stream } = make();
    streams.packet(header({ inline: new Uint8Array() }));
    expect(await readAll(stream())).toEqual(["end"]);
  });

  it("may be compressed", async () => {
    const { streams, stream } = make();
    streams.packet(header({ compressed: true, inline: await deflated("all of it"), length: 9 }));
    expect(await Effect.runPromise(stream().read)).toEqual(new TextEncoder().encode("all of it"));
    expect(await read(stream())).toBe("end");
  });
});

describe("compressed incoming byte streams", () => {
  it("are inflated, packets that come again left out, and gaps breaking them", async () => {
    const text = Array.from({ length: 5000 }, (_, index) => `line ${index}`).join("\n");
    const packed = await deflated(text);
    const { streams, stream } = make();
    streams.packet(header({ compressed: true }));
    for (let index = 0; index * 1000 < packed.length; index++) {
      const piece = packed.subarray(index * 1000, index * 1000 + 1000);
      streams.packet(chunk(index, piece));
      streams.packet(chunk(index, piece));
    }
    streams.packet(trailer());
    const items = await readAll(stream());
    expect([items.at(-1), items.slice(0, -1).join("") === text]).toEqual(["end", true]);
    streams.packet(header({ compressed: true }));
    streams.packet(chunk(1, packed));
    expect(await read(stream(1))).toContain("lost packets 0 to 0");
  });

  it("break where they are nonsense, or cut off", async () => {
    const text = "some text that is long enough to be cut somewhere";
    const packed = await deflated(text);
    const { streams, stream } = make();
    streams.packet(header({ id: "s1", compressed: true }));
    streams.packet(chunk(0, new Uint8Array(64).fill(255), "s1"));
    streams.packet(trailer("", "s1"));
    streams.packet(header({ id: "s2", compressed: true, length: text.length }));
    streams.packet(chunk(0, packed.subarray(0, 10), "s2"));
    streams.packet(trailer("", "s2"));
    for (const index of [0, 1]) {
      expect((await readAll(stream(index))).at(-1)).toContain("read: its compressed bytes cannot be read");
    }
  });

  it("that unfold to more than may be kept break, and so do those that come faster than they are inflated", async () => {
    const bomb = await deflated(new Uint8Array(20_000_000));
    const { streams, stream } = make({ maxBytes: 100_000 });
    streams.packet(header({ id: "s1", compressed: true }));
    streams.packet(chunk(0, bomb, "s1"));
    // Nothing is read, so that what is inflated has to be kept.
    const lost = await vi.waitUntil(() => streams.sender("ana") === undefined, { timeout: 15_000, interval: 1 });
    expect([lost, await read(stream())]).toEqual([true, "read: the reader is more than 100000 bytes behind"]);
    streams.packet(header({ id: "s2", compressed: true }));
    for (let index = 0; index < 6; index++) streams.packet(chunk(index, new Uint8Array(20_000), "s2"));
    expect(await read(stream(1))).toBe("read: more than 100000 of its bytes wait to be inflated");
  });

  it("break where they are not as long as their sender has said", async () => {
    const { streams, stream } = make();
    streams.packet(header({ compressed: true, inline: await deflated("all of it"), length: 10 }));
    expect((await readAll(stream())).at(-1)).toBe("read: its compressed bytes cannot be read: they are 9, not 10");
  });

  it("break where the run-time cannot inflate", async () => {
    vi.stubGlobal("DecompressionStream", undefined);
    try {
      const { streams, stream } = make();
      streams.packet(header({ compressed: true, inline: new Uint8Array(5) }));
      expect(await read(stream())).toContain("read: this run-time cannot read compressed streams");
    } finally {
      vi.unstubAllGlobals();
    }
  });

  it("can be cancelled while they are inflated", async () => {
    const { streams, stream } = make();
    streams.packet(header({ compressed: true }));
    streams.packet(chunk(0, await deflated("x".repeat(1000))));
    await Effect.runPromise(stream().cancel);
    expect([await read(stream()), streams.sender("ana")]).toEqual(["closed: it was cancelled", undefined]);
  });
});
