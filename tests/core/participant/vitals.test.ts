import { assert, describe, it } from "vitest";
import * as fc from "fast-check";
import { OFFSET_WINDOW_MS } from "../../../core/clock_offset.ts";
import { MAX_UNACKED_PINGS, PLAUSIBLE_CLOCK_MS, Vitals } from "../../../core/participant/vitals.ts";
import { settings } from "../protocol/support/seed.ts";

const EPOCH = 1_700_000_000_000;

/** A viewer's clock ahead of the device's, and the vitals that the device keeps of it. */
class Peer {
  readonly vitals: Vitals = new Vitals();
  ahead: number;
  now = 0;

  constructor(ahead: number) {
    this.ahead = ahead;
  }

  get device(): number {
    return EPOCH + this.now;
  }

  /** One ping that takes `there`, its pong `back` and the ack `again`; `follow`: another ping goes with the ack. */
  exchange(there: number, back: number, again: number, follow = false): void {
    const asked = BigInt(Math.floor(this.device + this.ahead));
    this.now += there;
    const answered = BigInt(Math.floor(this.device));
    this.vitals.pinged(asked, this.device);
    this.now += back;
    const followed = BigInt(Math.floor(this.device + this.ahead));
    this.now += again;
    this.vitals.acked(answered, this.device);
    if (follow) this.vitals.pinged(followed, this.device);
  }

  get known(): { readonly offsetMs: number; readonly boundMs: number } {
    return this.vitals.clockOffset(this.device) ?? { offsetMs: NaN, boundMs: NaN };
  }

  get error(): number {
    return Math.abs(this.ahead - this.known.offsetMs);
  }
}

const delay = fc.double({ min: 0, max: 2_000, noNaN: true });

describe("Vitals: the clock of a viewer", () => {
  it("is within the bound whatever each message's delay, for a viewer that pings again with its ack", () => {
    fc.assert(
      fc.property(
        fc.double({ min: -1e8, max: 1e8, noNaN: true }),
        fc.array(fc.tuple(delay, delay, delay, delay), { minLength: 1, maxLength: 60 }),
        (ahead, exchanges) => {
          const peer = new Peer(ahead);
          for (const [there, back, again, pause] of exchanges) {
            peer.exchange(there, back, again, true);
            assert.isAtMost(peer.error, peer.known.boundMs + 1e-3);
            peer.now += pause;
          }
        },
      ),
      settings(),
    );
  });

  it("is within the bound for any other viewer whose way here is as long for its pings as for its acks", () => {
    fc.assert(
      fc.property(
        fc.double({ min: -1e8, max: 1e8, noNaN: true }),
        delay,
        fc.array(fc.tuple(delay, delay), { minLength: 1, maxLength: 60 }),
        (ahead, there, exchanges) => {
          const peer = new Peer(ahead);
          for (const [back, pause] of exchanges) {
            peer.exchange(there, back, there);
            assert.isAtMost(peer.error, peer.known.boundMs + 1e-3);
            peer.now += pause;
          }
        },
      ),
      settings(),
    );
  });

  it("is known as well as the round trip is short", () => {
    const peer = new Peer(5_000);
    peer.exchange(8, 6, 8);
    assert.approximately(peer.known.boundMs, (14 + 3) / 2, 0.1);
    peer.now += 3_000;
    peer.exchange(2, 3, 2, true);
    assert.approximately(peer.known.boundMs, (5 + 2) / 2, 0.1);
    assert.isAtMost(peer.error, peer.known.boundMs);
  });

  it("is not spoilt by a ping that was slow, when a quicker one came before", () => {
    const peer = new Peer(-700);
    peer.exchange(2, 10, 10);
    peer.exchange(500, 1, 1);
    assert.isAtMost(peer.error, peer.known.boundMs);
    assert.isBelow(peer.known.boundMs, 5);
  });

  it("stays unknown for a viewer whose pings tell no time, or one far from the device's", () => {
    for (
      const asked of [0n, 123n, 0x0807060504030201n, BigInt(EPOCH - PLAUSIBLE_CLOCK_MS - 1), BigInt(EPOCH) * 1_000n]
    ) {
      const vitals = new Vitals();
      for (let n = 0; n < 3; n += 1) {
        vitals.pinged(asked, EPOCH);
        vitals.acked(BigInt(EPOCH), EPOCH + 20);
      }
      assert.isUndefined(vitals.clockOffset(EPOCH + 20));
      assert.strictEqual(vitals.roundTripTime.mean, 20);
      assert.isTrue(vitals.hasPinged);
    }
    const slow = new Vitals();
    slow.pinged(BigInt(EPOCH - PLAUSIBLE_CLOCK_MS), EPOCH);
    slow.acked(BigInt(EPOCH), EPOCH + 20);
    assert.isDefined(slow.clockOffset(EPOCH + 20));
  });

  it("is found again when one of the clocks is set", () => {
    for (const follow of [false, true]) {
      for (const [ownJump, otherJump] of [[0, 3_600_000], [0, -3_600_000], [3_600_000, 0], [-3_600_000, 0]] as const) {
        const peer = new Peer(100);
        for (let n = 0; n < 10; n += 1) {
          peer.exchange(5, 5, 5, follow);
          peer.now += 3_000;
        }
        peer.ahead += otherJump - ownJump;
        peer.now += ownJump;
        for (let n = 0; n < 3; n += 1) {
          peer.exchange(5, 5, 5, follow);
          peer.now += 3_000;
        }
        assert.isAtMost(peer.error, peer.known.boundMs, `${follow} ${ownJump} ${otherJump}`);
      }
    }
  });

  it("is found again within the window when it is set by so little that nothing contradicts it", () => {
    for (const jump of [-400, 400]) {
      const peer = new Peer(0);
      peer.exchange(1, 1, 1);
      peer.ahead += jump;
      for (let time = 0; time < 2 * OFFSET_WINDOW_MS; time += 3_000) {
        peer.exchange(5, 5, 5);
        peer.now += 3_000;
      }
      assert.isAtMost(peer.error, peer.known.boundMs);
    }
  });

  it("is not known any more when nothing has come for the window", () => {
    const peer = new Peer(3);
    peer.exchange(1, 1, 1, true);
    peer.now += OFFSET_WINDOW_MS + 1;
    assert.isUndefined(peer.vitals.clockOffset(peer.device));
  });
});

describe("Vitals: the round trip", () => {
  it("counts acks of pongs that were sent, once each, and no others", () => {
    const vitals = new Vitals();
    vitals.acked(BigInt(EPOCH), EPOCH + 5);
    vitals.pinged(BigInt(EPOCH), EPOCH);
    vitals.acked(BigInt(EPOCH + 1), EPOCH + 5);
    assert.isUndefined(vitals.roundTripTime.latest);
    vitals.acked(BigInt(EPOCH), EPOCH + 7);
    vitals.acked(BigInt(EPOCH), EPOCH + 90);
    assert.strictEqual(vitals.roundTripTime.latest, 7);
  });

  it("forgets the oldest of too many pings that nobody acks", () => {
    const vitals = new Vitals();
    for (let n = 0; n <= MAX_UNACKED_PINGS; n += 1) vitals.pinged(0n, EPOCH + n);
    vitals.acked(BigInt(EPOCH), EPOCH + 100);
    assert.isUndefined(vitals.roundTripTime.latest);
    vitals.acked(BigInt(EPOCH + 1), EPOCH + 101);
    assert.strictEqual(vitals.roundTripTime.latest, 100);
  });
});
