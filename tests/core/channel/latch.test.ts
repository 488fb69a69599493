import * as fc from "fast-check";
import { assert, describe, it } from "vitest";
import { Latch } from "../../../core/channel/latch.ts";
import { encodeMessageDataFrame, messageDataFrameBytes } from "../../../core/protocol/message_data.ts";
import { type Channel, ChannelError, type ChannelOptions, Context, type Sink } from "../../../mod.ts";
import { ManualClock } from "../../support/clock.ts";
import { CollectedLog } from "../../support/log.ts";

function start() {
  const clock = new ManualClock();
  const log = new CollectedLog();
  const context = new Context({ clock, log: log.log });
  const make = (more: Partial<ChannelOptions>) => context.channel({ topic: "/map", encoding: "json", ...more });
  return { clock, log, context, make };
}

/** The messages that a channel keeps. */
function kept({ latch }: Channel): ReadonlyArray<string> {
  return (latch?.frames ?? []).map((frame) => new TextDecoder().decode(frame.subarray(22)));
}

function errorOf(make: () => unknown): ChannelError {
  try {
    make();
  } catch (error) {
    if (error instanceof ChannelError) return error;
    throw error;
  }
  return assert.fail("expected an error");
}

const frame = (length: number) => encodeMessageDataFrame(1, 0n, new Uint8Array(length));

describe("Latch", () => {
  it("holds the newest frames without a gap, as many as fit, whatever is logged", () => {
    const bounds = fc.record({ messages: fc.integer({ min: 1, max: 8 }), bytes: fc.integer({ min: 1, max: 300 }) });
    const lengths = fc.array(fc.integer({ min: 0, max: 120 }), { maxLength: 80 });
    fc.assert(fc.property(bounds, lengths, (limit, sizes) => {
      const latch = new Latch(limit);
      const all: Array<number> = [];
      for (const size of sizes) {
        all.push(messageDataFrameBytes(size));
        assert.strictEqual(latch.keep(frame(size)), messageDataFrameBytes(size) <= limit.bytes);
        let expected: ReadonlyArray<number> = [];
        for (let count = 1; count <= Math.min(limit.messages, all.length); count += 1) {
          const newest = all.slice(-count);
          if (newest.reduce((sum, length) => sum + length, 0) > limit.bytes) break;
          expected = newest;
        }
        assert.deepEqual(latch.frames.map(({ byteLength }) => byteLength), expected);
        assert.strictEqual(latch.messages, expected.length);
        assert.strictEqual(latch.bytes, expected.reduce((sum, length) => sum + length, 0));
      }
    }));
  });

  it("keeps no more memory alive than it holds: a small frame leaves the block that it was cut from", () => {
    const latch = new Latch({ messages: 2, bytes: 10_000 });
    latch.keep(frame(10));
    latch.keep(frame(6_000));
    for (const one of latch.frames) assert.strictEqual(one.buffer.byteLength, one.byteLength);
  });

  it("gives a list that does not change when more is kept", () => {
    const latch = new Latch({ messages: 1, bytes: 1_000 });
    latch.keep(frame(1));
    const before = latch.frames;
    latch.keep(frame(2));
    assert.deepEqual(before.map(({ byteLength }) => byteLength), [messageDataFrameBytes(1)]);
  });
});

describe("a channel with a latch", () => {
  it("keeps its last messages whether or not anybody is subscribed", () => {
    const { make } = start();
    const channel = make({ latch: 2 });
    for (const text of ["a", "b", "c"]) channel.log(text);
    assert.deepEqual(kept(channel), ["b", "c"]);
  });

  it("keeps what was logged, not what the caller's bytes become", () => {
    const channel = start().make({ latch: 1 });
    const data = new TextEncoder().encode("a");
    channel.log(data);
    data.fill(0);
    assert.deepEqual(kept(channel), ["a"]);
  });

  it("is reliable, and keeps 4 MiB at the most where nothing else is asked for", () => {
    const { make } = start();
    assert.strictEqual(make({ latch: 1 }).qos, "reliable");
    assert.deepEqual(make({ latch: 1 }).latch?.bounds, { messages: 1, bytes: 4 * 1024 * 1024 });
    assert.isUndefined(make({ topic: "/other" }).latch);
  });

  it("gives its sinks the frame along with the message", () => {
    const { context, make } = start();
    const frames: Array<Uint8Array | undefined> = [];
    const sink: Sink = {
      name: "recorder",
      subscribesToAll: true,
      addChannels: () => {},
      removeChannel: () => {},
      log: (_channel, _data, _logTime, encoded) => void frames.push(encoded),
    };
    context.addSink(sink);
    const channel = make({ latch: 1 });
    channel.log("a", { logTime: 5n });
    make({ topic: "/other" }).log("b");
    assert.deepEqual(frames, [encodeMessageDataFrame(channel.id, 5n, new TextEncoder().encode("a")), undefined]);
  });

  it("lets everything go when it is closed, and keeps nothing more", () => {
    const { log, make } = start();
    const channel = make({ latch: 2 });
    channel.log("a");
    channel.close();
    channel.log("b");
    assert.deepEqual(kept(channel), []);
    assert.strictEqual(log.at("warning").length, 1);
  });

  it("does not keep what cannot be logged", () => {
    const { make } = start();
    const channel = make({ latch: 2 });
    channel.log("a");
    channel.log("b", { logTime: -1n });
    assert.deepEqual(kept(channel), ["a"]);
  });

  it("is empty after a message that is larger than the latch, since what came before is out of date", () => {
    const { clock, log, make } = start();
    const channel = make({ latch: { messages: 5, bytes: 30 } });
    channel.log("a");
    for (let n = 0; n < 3; n += 1) channel.log("too large for it");
    assert.deepEqual(kept(channel), []);
    assert.strictEqual(log.at("warning").length, 1);
    assert.include(log.at("warning")[0], 'raise its "bytes"');
    clock.nowMs += 10_000;
    channel.log("too large for it");
    assert.deepEqual(log.lines.map(({ fields }) => fields["messages"]), [1, 3]);
    channel.log("b");
    assert.deepEqual(kept(channel), ["b"]);
  });

  it("keeps what it has when a message is larger than any frame, since that reaches nobody", () => {
    const { log, make } = start();
    const channel = make({ latch: { messages: 5, bytes: 64 * 1024 * 1024 } });
    channel.log("a");
    channel.log(new Uint8Array(16 * 1024 * 1024));
    assert.deepEqual(kept(channel), ["a"]);
    assert.include(log.at("warning")[0], "larger than a frame");
  });

  it("takes a message that fills the latch or the frame to the last byte", () => {
    const { log, make } = start();
    const largest = 16 * 1024 * 1024 - 17;
    const channel = make({ latch: { messages: 1, bytes: messageDataFrameBytes(largest) } });
    channel.log(new Uint8Array(largest));
    assert.strictEqual(channel.latch?.messages, 1);
    assert.deepEqual(log.lines, []);
  });
});

describe("asking for a channel with a latch", () => {
  const wrong: ReadonlyArray<readonly [string, unknown]> = [
    ["0", 0],
    ["a fraction", 1.5],
    ["NaN", NaN],
    ["a text", "1"],
    ["null", null],
    ["no number of messages", { bytes: 100 }],
    ["0 bytes", { messages: 1, bytes: 0 }],
    ["infinitely many bytes", { messages: 1, bytes: Infinity }],
  ];
  for (const [what, latch] of wrong) {
    it(`is refused with ${what}`, () => {
      const { context, make } = start();
      const options: Partial<ChannelOptions> = JSON.parse("{}");
      Object.assign(options, { latch });
      const error = errorOf(() => make(options));
      assert.include(error.message, "positive whole number");
      assert.include(error.message, "/map");
      assert.deepEqual(context.channels, []);
    });
  }

  it("is refused for one that may lose messages", () => {
    const { make } = start();
    assert.include(errorOf(() => make({ latch: 1, qos: "lossy" })).message, "reliable");
    assert.strictEqual(make({ latch: 1, qos: "reliable" }).latch?.bounds.messages, 1);
  });

  it("gives back the one that is there, with a warning where its latch is another one", () => {
    const { log, make } = start();
    const channel = make({ latch: { messages: 2, bytes: 1_000 } });
    for (const latch of [2, { messages: 2 }, { messages: 2, bytes: 1_000 }, undefined]) {
      assert.strictEqual(make(latch === undefined ? {} : { latch }), channel);
    }
    assert.deepEqual(log.lines, []);
    for (const latch of [3, { messages: 2, bytes: 999 }]) assert.strictEqual(make({ latch }), channel);
    assert.strictEqual(log.at("warning").length, 2);
    const plain = make({ topic: "/plain" });
    assert.strictEqual(make({ topic: "/plain", latch: 1 }), plain);
    assert.strictEqual(log.at("warning").length, 3);
    assert.isUndefined(plain.latch);
  });

  it("is refused above what a gateway lets wait for one viewer, for as long as the gateway is there", () => {
    const { context, make } = start();
    const release = context.boundLatches(1_000);
    context.boundLatches(2_000);
    const error = errorOf(() => make({ latch: { messages: 1, bytes: 1_001 } }));
    assert.include(error.message, '"latch.bytes" must be at most 1000');
    assert.include(error.message, "1001");
    assert.strictEqual(make({ topic: "/default", latch: 1 }).latch?.bounds.bytes, 1_000);
    assert.strictEqual(make({ latch: { messages: 1, bytes: 1_000 } }).latch?.bounds.bytes, 1_000);
    release();
    assert.strictEqual(make({ topic: "/b", latch: { messages: 1, bytes: 2_000 } }).latch?.bounds.bytes, 2_000);
    errorOf(() => make({ topic: "/c", latch: { messages: 1, bytes: 2_001 } }));
  });
});
