/**
 * Time, as the adapter's timers need it.
 */

/** A clock, and timers by it. */
export interface Time {
  /** Now, in ms from any beginning; never goes back. */
  readonly now: () => number;
  /** Calls back after that many ms, unless what is returned is called before. */
  readonly after: (ms: number, run: () => void) => () => void;
}

/** The run-time's own time. */
export const systemTime: Time = {
  now: () => performance.now(),
  after: (ms, run) => {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};
