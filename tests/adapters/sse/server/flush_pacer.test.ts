import { assert, describe, it } from "vitest";
import { EventStream } from "../../../../adapters/sse/server/event_stream.ts";
import { FlushPacer } from "../../../../adapters/sse/server/flush_pacer.ts";

class Pacing {
  now = 0;
  readonly waits: Array<{ readonly callback: () => void; readonly ms: number }> = [];
  readonly pacer = new FlushPacer(() => this.now, (callback, ms) => void this.waits.push({ callback, ms }));
  flushed = 0;

  /** What was to wait for so long goes on. */
  next(ms: number): void {
    const wait = this.waits.shift();
    assert.equal(wait?.ms, ms);
    wait?.callback();
  }

  stream(): EventStream {
    const owner = {
      changed: () => undefined,
      advanced: () => undefined,
      dropped: () => undefined,
      over: () => undefined,
    };
    const log = { epoch: "e", next: 0, at: () => undefined };
    const stream = new EventStream({ owner, log, cursor: -1, open: new Uint8Array(1), lossyBytes: 1 });
    stream.flush = () => void (this.flushed += 1);
    return stream;
  }
}

describe("flushing", () => {
  it("comes after all that is done in one go, and not within the call", async () => {
    const pacing = new Pacing();
    pacing.pacer.flush(pacing.stream());
    pacing.pacer.flush(pacing.stream());
    assert.equal(pacing.flushed, 0);
    await Promise.resolve();
    assert.equal(pacing.flushed, 2);
    assert.isEmpty(pacing.waits);
  });

  it("waits when there was much, until there is time for it, and is made up for by a pause", async () => {
    const pacing = new Pacing();
    const streams = Array.from({ length: 30 }, () => pacing.stream());
    for (let round = 0; round < 35; round += 1) {
      for (const stream of streams) pacing.pacer.flush(stream);
      await Promise.resolve();
    }
    assert.equal(pacing.flushed, 1_020);
    assert.deepEqual(pacing.waits.map(({ ms }) => ms), [1]);
    assert.isTrue(pacing.pacer.isHolding);
    pacing.now += 1;
    pacing.waits.shift()?.callback();
    assert.equal(pacing.flushed, 1_050);
    assert.isFalse(pacing.pacer.isHolding);
    pacing.pacer.flush(streams[0]!);
    await Promise.resolve();
    // 25 more than their time allowed.
    assert.deepEqual(pacing.waits.map(({ ms }) => ms), [2]);
    pacing.now += 10_000;
    pacing.waits.shift()?.callback();
    for (const stream of streams.slice(1)) pacing.pacer.flush(stream);
    await Promise.resolve();
    assert.equal(pacing.flushed, 1_080);
    assert.isEmpty(pacing.waits);
  });

  it("of many streams waits afterwards for as long as it took with the writing, and for 100 ms at the most", async () => {
    const pacing = new Pacing();
    const streams = Array.from({ length: 40 }, () => pacing.stream());
    for (const [took, rest] of [[7, 7], [3_000, 100]] as const) {
      pacing.flushed = 0;
      for (const stream of streams) pacing.pacer.flush(stream);
      await Promise.resolve();
      assert.equal(pacing.flushed, 40);
      assert.isTrue(pacing.pacer.isHolding);
      pacing.pacer.flush(streams[0]!);
      await Promise.resolve();
      assert.equal(pacing.flushed, 40);
      pacing.now += took;
      pacing.next(0);
      pacing.now += rest;
      pacing.next(rest);
      assert.equal(pacing.flushed, 41);
      assert.isFalse(pacing.pacer.isHolding);
    }
    assert.isEmpty(pacing.waits);
  });
});
