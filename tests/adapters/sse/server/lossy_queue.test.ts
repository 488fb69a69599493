import { assert, describe, it } from "vitest";
import { type LossyMessage, LossyQueue } from "../../../../adapters/sse/server/lossy_queue.ts";

/** A message that is known by its channel and its number. */
function message(channelId: number, number: number, bytes: number): LossyMessage {
  return { channelId, frame: Uint8Array.of(number), event: new Uint8Array(bytes) };
}

const nameOf = ({ channelId, frame }: LossyMessage): string => `${channelId}:${frame[0]}`;

function queue(limit: number): { readonly queue: LossyQueue; readonly dropped: Array<string> } {
  const dropped: Array<string> = [];
  return { queue: new LossyQueue(limit, (one) => dropped.push(nameOf(one))), dropped };
}

describe("lossy messages that wait", () => {
  it("are taken in order, and go for newer ones of their channel first, then for those of others", () => {
    const { queue: waiting, dropped } = queue(1_000);
    waiting.add(message(1, 0, 300));
    for (let number = 0; number < 7; number += 1) waiting.add(message(2, number, 100));
    assert.deepEqual([dropped, waiting.bytes, waiting.length], [[], 1_000, 8]);
    waiting.add(message(2, 7, 100));
    waiting.add(message(2, 8, 100));
    assert.deepEqual(dropped, ["2:0", "2:1"]);
    waiting.add(message(3, 0, 400));
    assert.deepEqual(dropped.slice(2), ["1:0", "2:2"]);
    waiting.add(message(3, 1, 1_000));
    assert.deepEqual(dropped.slice(4), ["3:0", "2:3", "2:4", "2:5", "2:6", "2:7", "2:8"]);
    assert.deepEqual(waiting.take().map(nameOf), ["3:1"]);
    assert.deepEqual([waiting.bytes, waiting.length, waiting.take()], [0, 0, []]);
  });

  it("are one that is larger than the bound beside the others; neither pushes out the other", () => {
    const { queue: waiting, dropped } = queue(1_000);
    waiting.add(message(1, 0, 900));
    waiting.add(message(2, 0, 5_000));
    waiting.add(message(1, 1, 900));
    assert.deepEqual([dropped, waiting.bytes], [["1:0"], 5_900]);
    waiting.add(message(2, 1, 4_000));
    waiting.add(message(3, 0, 3_000));
    assert.deepEqual([dropped.slice(1), waiting.bytes], [["2:0", "2:1"], 3_900]);
    assert.deepEqual(waiting.take().map(nameOf), ["1:1", "3:0"]);
  });

  it("are all told as dropped where they are not sent", () => {
    const { queue: waiting, dropped } = queue(1_000);
    waiting.add(message(1, 0, 10));
    waiting.add(message(2, 0, 5_000));
    waiting.clear();
    assert.deepEqual([dropped, waiting.length, waiting.bytes], [["1:0", "2:0"], 0, 0]);
    waiting.add(message(1, 1, 1_000));
    assert.equal(dropped.length, 2);
  });
});
