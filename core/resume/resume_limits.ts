/**
 * The bounds of what is kept for readers that lost their connection. LIMITS.md is held against this table by a test.
 */
import { defined, type Limit } from "../limits.ts";

/** Bounds of the events that are kept for each session; LIMITS.md says what happens when one is reached. */
export interface ResumeLimits {
  /** Events that are kept; 0: none. Default 1024. */
  readonly ringEvents: number;
  /** Bytes of the events that are kept. Default 8 MiB. */
  readonly ringBytes: number;
}

/** The bounds that the options of a ring may set. */
export const resumeLimitTable: Readonly<Record<keyof ResumeLimits, Limit>> = {
  ringEvents: {
    unit: "events",
    default: 1_024,
    bounds: "events of one session that are kept for a reader that comes back; 0: none",
    consequence: "the oldest is let go; a reader that has not seen it is told of the gap and reset",
  },
  ringBytes: {
    unit: "bytes",
    default: 8 * 1024 * 1024,
    bounds: "bytes of those events, as they travel",
    consequence: "the oldest are let go; an event larger than that is not kept, and nothing before it",
  },
};

/** The bounds, the defaults where none is given. */
export function resumeLimitsWith(given: Partial<ResumeLimits> = {}): ResumeLimits {
  const { ringEvents, ringBytes } = resumeLimitTable;
  return { ringEvents: ringEvents.default, ringBytes: ringBytes.default, ...defined(given) };
}
