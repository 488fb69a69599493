/**
 * How far the server's clock is from this one.
 */
import { type Check, figures, milliseconds } from "./check.ts";

/** How far clocks may be apart, in ms, before that is worth a word. */
const WORTH_A_WORD_MS = 1_000;

/**
 * What is to be said of the clock: the server has noted a moment, `serverMs`, that lay between two of this clock, all in
 * ms since the Unix epoch.
 */
export function clockCheck(serverMs: number, beforeMs: number, afterMs: number): Check {
  const offsetMs = serverMs - (beforeMs + afterMs) / 2;
  const boundMs = Math.max(1, (afterMs - beforeMs) / 2);
  const sign = offsetMs < 0 ? "behind" : "ahead of";
  const about = {
    name: "clock" as const,
    detail: `the server's clock is ${milliseconds(Math.abs(offsetMs))} ${sign} this one, ± ${milliseconds(boundMs)}`,
    ...figures({ offsetMs: Math.round(offsetMs), boundMs: Math.round(boundMs) }),
  };
  if (Math.abs(offsetMs) - boundMs <= WORTH_A_WORD_MS) return { ...about, state: "ok" };
  return {
    ...about,
    state: "warning",
    advice:
      "set this clock, or the server's, for example by NTP: tokens are refused when they seem old or not valid yet",
  };
}
