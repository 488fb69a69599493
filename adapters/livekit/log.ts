/**
 * Diagnostics, without what is said again and again.
 */
import { currentLog, type RoomLog } from "../../transport/log.ts";

export { currentLog, type RoomLog };

/** A line that repeats another within this time, in ms, is counted only. */
const REPEAT_MS = 30_000;
/** Different lines that are remembered. */
const MAX_LINES = 64;

interface Line {
  readonly since: number;
  repeats: number;
}

/**
 * A log that does not say the same thing again and again: livekit-client has a line for every packet that it does not
 * expect. Numbers do not count as different. A line is said again after 30 s, with how often it was left out.
 */
export function withoutRepeats(log: RoomLog, now: () => number = Date.now): RoomLog {
  const lines = new Map<string, Line>();
  return (level, message, fields) => {
    const key = message.replaceAll(/\d+/g, "0").slice(0, 200);
    const time = now();
    const line = lines.get(key);
    if (line !== undefined && time - line.since < REPEAT_MS) {
      line.repeats++;
      return;
    }
    lines.delete(key);
    const oldest = lines.keys().next();
    if (lines.size >= MAX_LINES && oldest.done !== true) lines.delete(oldest.value);
    lines.set(key, { since: time, repeats: 0 });
    const repeats = line?.repeats ?? 0;
    log(level, repeats === 0 ? message : `${message} (and ${repeats} more like this)`, fields);
  };
}
