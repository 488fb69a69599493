/**
 * A clock that stands still until a test moves it.
 */
import type { WallClock } from "../../core/clock.ts";

export class ManualClock implements WallClock {
  nowMs = 0;
  readonly currentTimeMillisUnsafe = (): number => this.nowMs;
  readonly currentTimeNanosUnsafe = (): bigint => BigInt(this.nowMs) * 1_000_000n;
}
