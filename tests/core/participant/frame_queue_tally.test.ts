import { assert, describe, it } from "@effect/vitest";
import fc from "fast-check";
import { type DropReason, type Flow, Tally } from "../../../core/metering/tally.ts";
import { Counter, type Traffic } from "../../../core/metering/traffic.ts";
import { FrameQueue } from "../../../core/participant/frame_queue.ts";
import { settings } from "../protocol/support/seed.ts";

const OVERHEAD = 5;
const limits = { maxFrames: 6, maxBytes: 200 };

/** What a queue holds of a tally. */
function queued(queue: FrameQueue, tally: Tally): Traffic {
  const counter = new Counter();
  queue.countQueued((other, bytes) => {
    if (other.current === tally) counter.add(bytes);
  });
  return counter.snapshot;
}

/** What was published is what was delivered, dropped or is queued. */
function assertLaw({ published, delivered, queued, dropped, drops }: Flow): void {
  for (const unit of ["messages", "bytes"] as const) {
    assert.strictEqual(published[unit], delivered[unit] + dropped[unit] + queued[unit], unit);
    assert.strictEqual(dropped[unit], Object.values(drops).reduce((sum, part) => sum + part[unit], 0), unit);
  }
}

type Step =
  | { readonly type: "offer"; readonly tally: number; readonly bytes: number }
  | { readonly type: "burst"; readonly tally: number; readonly sizes: ReadonlyArray<number> }
  | { readonly type: "take"; readonly budget: number }
  | { readonly type: "written" }
  | { readonly type: "finish" }
  | { readonly type: "takeOver" }
  | { readonly type: "close"; readonly reason: DropReason };

const bytes = fc.integer({ min: 0, max: 120 });
const tally = fc.integer({ min: 0, max: 1 });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 10, arbitrary: fc.record({ type: fc.constant("offer" as const), tally, bytes }) },
  {
    weight: 2,
    arbitrary: fc.record({ type: fc.constant("burst" as const), tally, sizes: fc.array(bytes, { maxLength: 4 }) }),
  },
  { weight: 6, arbitrary: fc.record({ type: fc.constant("take" as const), budget: fc.integer({ min: 1, max: 300 }) }) },
  { weight: 4, arbitrary: fc.constant({ type: "written" as const }) },
  { weight: 1, arbitrary: fc.constant({ type: "takeOver" as const }) },
  { weight: 1, arbitrary: fc.constant({ type: "finish" as const }) },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant("close" as const),
      reason: fc.constantFrom<DropReason>("queueFull", "reset", "viewerLeft"),
    }),
  },
);

describe("the tallies of a FrameQueue", () => {
  it("hold the law at every moment, whatever is done to the queue", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const queue = new FrameQueue(limits);
        const tallies = [new Tally(OVERHEAD), new Tally(OVERHEAD)];
        const published = [0, 0];
        const offer = (index: number, sizes: ReadonlyArray<number>): void => {
          const heir = tallies.indexOf(tallies[index]!.current);
          published[heir] = published[heir]! + sizes.length;
        };
        for (const one of steps) {
          switch (one.type) {
            case "offer": {
              if (tallies[one.tally]!.current !== tallies[one.tally]) break;
              offer(one.tally, [one.bytes]);
              const result = queue.offer(new Uint8Array(one.bytes + OVERHEAD), tallies[one.tally]);
              if (result === "full") queue.close("queueFull");
              break;
            }
            case "burst": {
              if (tallies[one.tally]!.current !== tallies[one.tally]) break;
              offer(one.tally, one.sizes);
              const frames = one.sizes.map((size) => new Uint8Array(size + OVERHEAD));
              const own = frames.map(() => tallies[one.tally]!);
              if (queue.offerBurst(frames, own) === "full") queue.close("queueFull");
              break;
            }
            case "take":
              queue.take(one.budget);
              break;
            case "written":
              queue.written();
              break;
            case "finish":
              queue.finish();
              break;
            case "takeOver":
              if (tallies[1]!.current === tallies[0]) break;
              tallies[0]!.takeOver(tallies[1]!);
              published[0] = published[0]! + published[1]!;
              published[1] = 0;
              break;
            case "close":
              queue.close(one.reason);
              break;
          }
          tallies.forEach((each, index) => {
            if (each.current !== each) return;
            const flow = each.flow(queued(queue, each));
            assertLaw(flow);
            assert.strictEqual(flow.published.messages, published[index]);
          });
        }
      }),
      settings(2_000),
    );
  });

  it("count a frame as delivered once it is written, and as queued until then", () => {
    const queue = new FrameQueue(limits);
    const own = new Tally(OVERHEAD);
    queue.offer(new Uint8Array(15), own);
    queue.offer(new Uint8Array(25), own);
    queue.take(1);
    assert.deepStrictEqual(own.delivered, { messages: 0, bytes: 0 });
    assert.deepStrictEqual(queued(queue, own), { messages: 2, bytes: 30 });
    queue.written();
    assert.deepStrictEqual(own.delivered, { messages: 1, bytes: 10 });
    assert.deepStrictEqual(queued(queue, own), { messages: 1, bytes: 20 });
  });

  it("count what is lost by the reason for which the queue was closed, what is being written included", () => {
    const queue = new FrameQueue(limits);
    const own = new Tally();
    for (let n = 0; n < 3; n += 1) queue.offer(new Uint8Array(10), own);
    queue.take(1);
    queue.close("viewerLeft");
    queue.offer(new Uint8Array(1), own);
    assert.deepStrictEqual(own.flow(queued(queue, own)), {
      published: { messages: 4, bytes: 31 },
      delivered: { messages: 0, bytes: 0 },
      queued: { messages: 0, bytes: 0 },
      dropped: { messages: 4, bytes: 31 },
      drops: { viewerLeft: { messages: 4, bytes: 31 } },
    });
  });

  it("count the frame that does not fit as lost by the full queue, and what comes after it by the reset", () => {
    const queue = new FrameQueue({ maxFrames: 1, maxBytes: 100 });
    const own = new Tally();
    queue.offer(new Uint8Array(1), own);
    assert.strictEqual(queue.offer(new Uint8Array(2), own), "full");
    queue.close("queueFull");
    assert.strictEqual(queue.offer(new Uint8Array(4), own), "closed");
    assert.deepStrictEqual(own.flow(queued(queue, own)).drops, {
      queueFull: { messages: 2, bytes: 3 },
      reset: { messages: 1, bytes: 4 },
    });
  });

  it("leave frames without a tally to the queue's own", () => {
    const control = new Tally();
    const queue = new FrameQueue(limits, control);
    queue.offer(new Uint8Array(3));
    queue.offerBurst([new Uint8Array(4), new Uint8Array(5)]);
    queue.take(100);
    queue.written();
    assert.deepStrictEqual(control.delivered, { messages: 3, bytes: 12 });
  });
});
