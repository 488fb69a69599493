import { assert, describe, it } from "@effect/vitest";
import * as Effect from "effect/Effect";
import * as Fiber from "effect/Fiber";
import { FrameQueue } from "../../../core/participant/frame_queue.ts";
import { bytes } from "../../support/streams.ts";

const limits = { maxFrames: 4, maxBytes: 100 };

function taken(queue: FrameQueue, budget: number): string | undefined {
  const chunk = queue.take(budget);
  return chunk === undefined ? undefined : new TextDecoder().decode(chunk);
}

describe("FrameQueue", () => {
  it("gathers what is queued, in order, up to the budget and at least one frame", () => {
    const queue = new FrameQueue(limits);
    for (const text of ["aa", "bb", "cccc"]) queue.offer(bytes(text));
    assert.strictEqual(taken(queue, 5), "aabb");
    assert.strictEqual(taken(queue, 1), "cccc");
    assert.isUndefined(taken(queue, 5));
  });

  it("hands a lone frame out as it is, and frames that lie next to each other without a copy", () => {
    const queue = new FrameQueue(limits);
    const lone = bytes("lone");
    queue.offer(lone);
    assert.strictEqual(queue.take(100)?.buffer, lone.buffer);
    const slab = bytes("onetwo");
    queue.offer(slab.subarray(0, 3));
    queue.offer(slab.subarray(3));
    const chunk = queue.take(100);
    assert.strictEqual(chunk?.buffer, slab.buffer);
    assert.strictEqual(chunk?.byteLength, 6);
  });

  it("copies nothing together for a reader that takes frames as they are", () => {
    const queue = new FrameQueue({ maxFrames: 8, maxBytes: 100 });
    const [slab, other] = [bytes("onetwosix"), bytes("ten")];
    for (const frame of [slab.subarray(0, 3), slab.subarray(3, 6), other, slab.subarray(6)]) queue.offer(frame);
    const chunks = Array.from({ length: 3 }, () => queue.take(100, true));
    assert.deepStrictEqual(chunks.map((chunk) => new TextDecoder().decode(chunk)), ["onetwo", "ten", "six"]);
    assert.deepStrictEqual(chunks.map((chunk) => chunk?.buffer), [slab.buffer, other.buffer, slab.buffer]);
    assert.isUndefined(queue.take(100, true));
  });

  it("is full at its bound in number", () => {
    const queue = new FrameQueue(limits);
    for (let n = 0; n < 4; n += 1) assert.strictEqual(queue.offer(bytes("x")), "queued");
    assert.strictEqual(queue.offer(bytes("x")), "full");
    queue.take(1);
    assert.strictEqual(queue.offer(bytes("x")), "queued");
  });

  it("is full at its bound in bytes, but a single larger frame passes when nothing waits", () => {
    const queue = new FrameQueue(limits);
    assert.strictEqual(queue.offer(new Uint8Array(1000)), "queued");
    assert.strictEqual(queue.offer(bytes("x")), "full");
    queue.take(1);
    assert.strictEqual(queue.offer(new Uint8Array(100)), "queued");
    assert.strictEqual(queue.offer(bytes("x")), "full");
  });

  it("does not count the frames of a burst while they wait", () => {
    const queue = new FrameQueue(limits);
    queue.offerBurst(Array.from({ length: 10 }, () => bytes("s")));
    for (let n = 0; n < 4; n += 1) assert.strictEqual(queue.offer(bytes("x")), "queued");
    assert.strictEqual(queue.offer(bytes("x")), "full");
    assert.strictEqual(taken(queue, 11), "ssssssssssx");
    assert.strictEqual(queue.offer(bytes("x")), "queued");
    assert.strictEqual(queue.offer(bytes("x")), "full");
  });

  it("takes a burst whatever waits, and what comes behind it as if it were not there", () => {
    const queue = new FrameQueue(limits);
    queue.offer(new Uint8Array(60));
    assert.strictEqual(queue.offerBurst([new Uint8Array(300), new Uint8Array(300)]), "queued");
    assert.isFalse(queue.hasRoom);
    assert.strictEqual(queue.offer(new Uint8Array(40)), "queued");
    assert.strictEqual(queue.offer(bytes("x")), "full");
    assert.strictEqual(queue.take(400)?.byteLength, 360);
    assert.isTrue(queue.hasRoom);
    assert.strictEqual(queue.bytes, 340);
    assert.strictEqual(queue.offer(new Uint8Array(60)), "queued");
    assert.strictEqual(queue.offer(bytes("x")), "full");
    assert.strictEqual(queue.take(400)?.byteLength, 400);
    assert.strictEqual(queue.bytes, 0);
  });

  it("takes no burst, as a whole, while the bursts that wait are beyond its bound in bytes", () => {
    const queue = new FrameQueue(limits);
    const burst = [new Uint8Array(30), new Uint8Array(30)];
    assert.strictEqual(queue.offerBurst(burst), "queued");
    assert.strictEqual(queue.offerBurst(burst), "queued");
    assert.strictEqual(queue.offerBurst(burst), "full");
    assert.strictEqual(queue.length, 4);
    queue.take(30);
    assert.strictEqual(queue.offerBurst(burst), "queued");
    assert.strictEqual(queue.offerBurst(burst), "full");
  });

  it("answers closed once nobody reads it any more, and holds nothing", () => {
    const queue = new FrameQueue(limits);
    queue.offer(bytes("x"));
    queue.close();
    assert.strictEqual(queue.offer(bytes("y")), "closed");
    assert.strictEqual(queue.length, 0);
    assert.strictEqual(queue.bytes, 0);
  });

  it("keeps order and counts over thousands of frames", () => {
    const queue = new FrameQueue({ maxFrames: 10_000, maxBytes: 1_000_000 });
    const expected: Array<string> = [];
    const seen: Array<string> = [];
    for (let round = 0; round < 50; round += 1) {
      for (let n = 0; n < 100; n += 1) {
        const text = `${round}.${n};`;
        expected.push(text);
        queue.offer(bytes(text));
      }
      for (let n = 0; n < 7; n += 1) seen.push(taken(queue, 40) ?? "");
    }
    for (let chunk = taken(queue, 4000); chunk !== undefined; chunk = taken(queue, 4000)) seen.push(chunk);
    assert.strictEqual(seen.join(""), expected.join(""));
    assert.strictEqual(queue.bytes, 0);
  });

  it.effect("lets a producer who asked wait until it is at most half full", () =>
    Effect.gen(function* () {
      const queue = new FrameQueue(limits);
      for (let n = 0; n < 4; n += 1) queue.offer(bytes("x"));
      assert.isFalse(queue.hasRoom);
      const waiting = yield* Effect.forkChild(queue.awaitRoom, { startImmediately: true });
      queue.take(1);
      yield* Effect.yieldNow;
      assert.isUndefined(waiting.pollUnsafe());
      queue.take(1);
      yield* Fiber.join(waiting);
      assert.isTrue(queue.hasRoom);
    }));

  it.effect("is idle only when what was taken has been written", () =>
    Effect.gen(function* () {
      const queue = new FrameQueue(limits);
      queue.offer(bytes("x"));
      const idle = yield* Effect.forkChild(queue.awaitIdle, { startImmediately: true });
      queue.take(1);
      yield* Effect.yieldNow;
      assert.isUndefined(idle.pollUnsafe());
      queue.written();
      yield* Fiber.join(idle);
    }));

  it.effect("lets everybody go on when it is closed", () =>
    Effect.gen(function* () {
      const queue = new FrameQueue(limits);
      for (let n = 0; n < 4; n += 1) queue.offer(bytes("x"));
      const room = yield* Effect.forkChild(queue.awaitRoom, { startImmediately: true });
      const idle = yield* Effect.forkChild(queue.awaitIdle, { startImmediately: true });
      queue.close();
      yield* Fiber.join(room);
      yield* Fiber.join(idle);
      yield* queue.awaitChange;
      assert.isTrue(queue.isFinished);
    }));
});
