import fc from "fast-check";
import { assert, describe, it } from "vitest";
import { Gap } from "../../../core/viewer/gap.ts";
import { type ChannelInfo, Message } from "../../../core/viewer/message.ts";
import { MAX_MISSING_CHANNELS, MESSAGE_OVERHEAD_BYTES, MessageBuffer } from "../../../core/viewer/message_buffer.ts";

const channel = (reliable: boolean): ChannelInfo => ({
  id: reliable ? 1 : 2,
  topic: "/t",
  encoding: "json",
  metadata: new Map(),
  reliable,
});
const [reliable, lossy] = [channel(true), channel(false)];

function message(info: ChannelInfo, text: string): Message {
  return new Message(info, 0n, new TextEncoder().encode(text));
}

const limits = { lossyMessages: 3, lossyBytes: 10_000, reliableBytes: 4 * MESSAGE_OVERHEAD_BYTES };

const textOf = (item: Message | Gap): string =>
  item instanceof Gap ? `${item.missed} missing on ${item.topic}: ${item.cause}` : item.text();

describe("MessageBuffer", () => {
  it("puts one gap for each channel before everything that is left of it, by cause", () => {
    const dropped: Array<string> = [];
    const buffer = new MessageBuffer(limits, { dropped: ({ topic }) => dropped.push(topic), keepsGaps: true });
    const push = (text: string): number => buffer.push(message(lossy, text));
    buffer.push(new Gap(lossy, 7, "network"));
    for (const text of ["a", "b", "c"]) push(text);
    assert.deepEqual(buffer.takeAll().map(textOf), [`7 missing on ${lossy.topic}: network`, "a", "b", "c"]);
    for (let n = 0; n < 50; n += 1) {
      push(`${n}`);
      buffer.push(new Gap(lossy, 2, "network"));
    }
    buffer.push(message(reliable, "r"));
    assert.isAtMost(buffer.length, limits.lossyMessages + 2);
    const items = buffer.takeAll();
    assert.deepEqual(items.slice(0, 2).map(textOf), [
      `${2 * (50 - items.filter((item) => item instanceof Gap).length + 2)} missing on ${lossy.topic}: network`,
      `${dropped.length} missing on ${lossy.topic}: buffer`,
    ]);
    assert.strictEqual(items.at(-1)?.topic, reliable.topic);
    assert.strictEqual(buffer.length, 0);
  });

  it("remembers of a bounded number of channels that messages are missing, whatever a device goes on to", () => {
    const buffer = new MessageBuffer(limits, { dropped: () => {}, keepsGaps: true });
    const count = MAX_MISSING_CHANNELS + 50;
    for (let id = 0; id < count; id += 1) buffer.push(message({ ...lossy, id }, `${id}`));
    assert.strictEqual(buffer.length, MAX_MISSING_CHANNELS + limits.lossyMessages);
    const [first] = buffer.takeAll();
    assert.strictEqual(first?.channel.id, count - limits.lossyMessages - MAX_MISSING_CHANNELS);
  });

  it("puts no gaps where nobody asked for them", () => {
    const buffer = new MessageBuffer(limits);
    for (const text of ["a", "b", "c", "d"]) buffer.push(message(lossy, text));
    assert.deepEqual(buffer.takeAll().map(textOf), ["b", "c", "d"]);
  });

  it("drops the oldest lossy message for a new one, and never a reliable one", () => {
    const buffer = new MessageBuffer(limits);
    buffer.push(message(reliable, "r1"));
    for (const text of ["a", "b", "c"]) assert.equal(buffer.push(message(lossy, text)), 0);
    buffer.push(message(reliable, "r2"));
    assert.equal(buffer.push(message(lossy, "d")), 1);
    assert.deepEqual(buffer.takeAll().map(textOf), ["r1", "b", "c", "r2", "d"]);
  });

  it("keeps to the bound in bytes, but takes a single larger message when no lossy one waits", () => {
    const buffer = new MessageBuffer({ ...limits, lossyBytes: 1_000 });
    assert.equal(buffer.push(message(lossy, "x".repeat(5_000))), 0);
    assert.equal(buffer.push(message(lossy, "y")), 1);
    assert.deepEqual(buffer.takeAll().map(textOf), ["y"]);
  });

  it("is full at the bound of its reliable messages, empty ones counted too, and has room again at half of it", () => {
    const buffer = new MessageBuffer(limits);
    for (let n = 0; n < 4; n += 1) {
      assert.isFalse(buffer.isFull);
      buffer.push(message(reliable, ""));
    }
    assert.isTrue(buffer.isFull);
    buffer.shift();
    assert.isFalse(buffer.hasRoom);
    buffer.shift();
    assert.isTrue(buffer.hasRoom);
  });

  it("does what a plain list would, whatever comes and goes", () => {
    const step = fc.oneof(
      fc.record({ op: fc.constant("push" as const), reliable: fc.boolean(), bytes: fc.nat(400) }),
      fc.record({ op: fc.constant("shift" as const) }),
      fc.record({ op: fc.constant("takeAll" as const) }),
    );
    fc.assert(fc.property(fc.array(step, { maxLength: 400 }), (steps) => {
      const bounds = { lossyMessages: 5, lossyBytes: 1_500, reliableBytes: 1_000 };
      const buffer = new MessageBuffer(bounds);
      let model: Array<Message> = [];
      const weight = (one: Message) => one.data.byteLength + MESSAGE_OVERHEAD_BYTES;
      const lossyOnes = () => model.filter((one) => !one.channel.reliable);
      for (const one of steps) {
        if (one.op === "push") {
          const next = message(one.reliable ? reliable : lossy, "x".repeat(one.bytes));
          let dropped = 0;
          if (!one.reliable) {
            const tooMany = () =>
              lossyOnes().length >= bounds.lossyMessages ||
              lossyOnes().reduce((sum, other) => sum + weight(other), 0) + weight(next) > bounds.lossyBytes;
            while (lossyOnes().length > 0 && tooMany()) {
              model.splice(model.indexOf(lossyOnes()[0]!), 1);
              dropped += 1;
            }
          }
          model.push(next);
          assert.equal(buffer.push(next), dropped);
        } else if (one.op === "shift") {
          assert.strictEqual(buffer.shift(), model.shift());
        } else {
          assert.deepEqual(buffer.takeAll(), model);
          model = [];
        }
        assert.equal(buffer.length, model.length);
      }
    }));
  });
});
