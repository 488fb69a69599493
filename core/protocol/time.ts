/**
 * Times as `serverInfo` writes them (wire protocol, section 3.1).
 */
import type { SecondsNanos } from "./messages.ts";
import { MAX_U32 } from "./shape.ts";

const NANOS_PER_SECOND = 1_000_000_000n;

/** Nanoseconds since the Unix epoch as seconds and the rest; the seconds stop at 0 and at the greatest u32. */
export function secondsNanos(time: bigint): SecondsNanos {
  if (time < 0n) return { sec: 0, nsec: 0 };
  const sec = time / NANOS_PER_SECOND;
  return { sec: sec > BigInt(MAX_U32) ? MAX_U32 : Number(sec), nsec: Number(time % NANOS_PER_SECOND) };
}

/** Seconds and the rest as nanoseconds since the Unix epoch. */
export function nanosOf(time: SecondsNanos): bigint {
  return BigInt(time.sec) * NANOS_PER_SECOND + BigInt(time.nsec);
}
