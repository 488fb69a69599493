import { assert, describe, it } from "vitest";
import * as fc from "fast-check";
import { CLOCK_DRIFT, ClockOffset, OFFSET_SAMPLES, OFFSET_WINDOW_MS, sampleExchange } from "../../core/clock_offset.ts";
import { settings } from "./protocol/support/seed.ts";

const EPOCH = 1_700_000_000_000;
const delay = fc.oneof(
  fc.constant(0),
  fc.double({ min: 0, max: 3, noNaN: true }),
  fc.double({ min: 0, max: 5_000, noNaN: true }),
);

/** Both clocks, as functions of a time that neither of them knows. */
interface Clocks {
  readonly own: (time: number) => number;
  readonly other: (time: number) => number;
}

/** Asks and is answered; the time at which that ends. */
function exchange(offset: ClockOffset, { own, other }: Clocks, start: number, there: number, back: number): number {
  const end = start + there + back;
  sampleExchange(offset, Math.floor(own(start)), Math.floor(other(start + there)), Math.floor(own(end)));
  return end;
}

describe("ClockOffset", () => {
  it("has the true offset within its bound, whatever the delays there and back and however the clocks drift", () => {
    fc.assert(
      fc.property(
        fc.double({ min: -1e12, max: 1e12, noNaN: true }),
        fc.double({ min: -CLOCK_DRIFT, max: CLOCK_DRIFT, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.array(fc.tuple(delay, delay, delay), { minLength: 1, maxLength: 100 }),
        delay,
        (ahead, drift, phase, exchanges, later) => {
          const own = (time: number): number => EPOCH + phase + time;
          const clocks: Clocks = { own, other: (time) => own(time) + ahead + drift * time };
          const offset = new ClockOffset();
          let now = 0;
          for (const [pause, there, back] of exchanges) {
            now = exchange(offset, clocks, now + pause, there, back);
            const at = now + later;
            const known = offset.at(Math.floor(own(at)));
            assert.isDefined(known);
            const error = Math.abs(clocks.other(at) - own(at) - known!.offsetMs);
            // What the numbers themselves cannot hold, and the drift within the millisecond that was rounded off.
            assert.isAtMost(error, known!.boundMs + 2 * CLOCK_DRIFT + 1e-3);
          }
        },
      ),
      settings(),
    );
  });

  it("counts the exchange with the shortest round trip", () => {
    const offset = new ClockOffset();
    const clocks: Clocks = { own: (time) => time, other: (time) => time + 5_000 };
    exchange(offset, clocks, 0, 400, 0);
    assert.approximately(offset.at(400)?.boundMs ?? 0, 201, 0.3);
    exchange(offset, clocks, 1_000, 3, 7);
    assert.approximately(offset.at(1_010)?.offsetMs ?? 0, 5_000, 6);
    assert.approximately(offset.at(1_010)?.boundMs ?? 0, 6, 0.01);
    exchange(offset, clocks, 2_000, 0, 300);
    assert.approximately(offset.at(2_300)?.boundMs ?? 0, 6, 1);
  });

  it("knows less as time goes on, and nothing after the window", () => {
    const offset = new ClockOffset();
    sampleExchange(offset, 0, 0, 0);
    const first = offset.at(0)?.boundMs ?? NaN;
    assert.approximately((offset.at(60_000)?.boundMs ?? NaN) - first, 60_000 * CLOCK_DRIFT, 1e-9);
    assert.isDefined(offset.at(OFFSET_WINDOW_MS));
    assert.isUndefined(offset.at(OFFSET_WINDOW_MS + 1));
  });

  it("follows a clock that is set, the other one or its own, with the next exchange", () => {
    for (
      const [ownJump, otherJump] of [[0, 3_600_000], [0, -3_600_000], [3_600_000, 0], [-3_600_000, 0], [0, 40]] as const
    ) {
      const offset = new ClockOffset();
      const before: Clocks = { own: (time) => EPOCH + time, other: (time) => EPOCH + time };
      const after: Clocks = { own: (time) => EPOCH + time + ownJump, other: (time) => EPOCH + time + otherJump };
      for (let time = 0; time < 50_000; time += 5_000) exchange(offset, before, time, 1, 1);
      exchange(offset, after, 50_000, 10, 10);
      const known = offset.at(Math.floor(after.own(50_020)));
      assert.approximately(known?.offsetMs ?? NaN, otherJump - ownJump, known?.boundMs ?? 0);
    }
  });

  it("forgets about a clock that is set by less than its bound within the window", () => {
    const offset = new ClockOffset();
    exchange(offset, { own: (time) => time, other: (time) => time }, 0, 2, 0);
    const after: Clocks = { own: (time) => time, other: (time) => time + 4 };
    let now = 0;
    while (now < OFFSET_WINDOW_MS + 5_000) now = exchange(offset, after, now + 5_000, 4, 4);
    const known = offset.at(now);
    assert.isAtMost(Math.abs((known?.offsetMs ?? NaN) - 4), known?.boundMs ?? 0);
  });

  it("forgets everything when an exchange ends before it has begun: a clock was set meanwhile", () => {
    const offset = new ClockOffset();
    sampleExchange(offset, 0, 0, 10);
    assert.isDefined(offset.at(10));
    sampleExchange(offset, 5_000, 5_000, 4_000);
    assert.isUndefined(offset.at(4_000));
    sampleExchange(offset, 4_000, NaN, 4_001);
    assert.isUndefined(offset.at(4_001));
    sampleExchange(offset, 4_010, 4_010, 4_020);
    assert.isDefined(offset.at(4_020));
  });

  it("keeps so many exchanges and no more: the oldest goes, however good it was", () => {
    const offset = new ClockOffset();
    sampleExchange(offset, 0, 0, 0);
    for (let n = 1; n < OFFSET_SAMPLES; n += 1) sampleExchange(offset, n, n + 50, n + 100);
    assert.approximately(offset.at(200)?.boundMs ?? 0, 1, 0.2);
    sampleExchange(offset, 100, 150, 200);
    assert.approximately(offset.at(200)?.boundMs ?? 0, 51, 0.2);
  });
});
