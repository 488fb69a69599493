/**
 * Numbers, sizes and times as people read them.
 */

/** Bytes: `512 B`, `1.5 kB`, `23 MB`. */
export function bytesText(bytes: number): string {
  if (bytes < 1_000) return `${bytes} B`;
  const units = ["kB", "MB", "GB"];
  let value = bytes / 1_000;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1_000;
    unit += 1;
  }
  return `${value >= 10 ? value.toFixed(0) : value.toFixed(1)} ${units[unit]}`;
}

/** A rate: `9.8/s`, `50/s`. */
export function rateText(perSecond: number): string {
  return `${perSecond >= 10 ? perSecond.toFixed(0) : perSecond.toFixed(1)}/s`;
}

/** A count: `12,345`. */
export function countText(count: number): string {
  return count.toLocaleString("en");
}

const HOUR_NS = 3_600_000_000_000n;
/** Times before this are counted from whatever a recording counts from, and have no date. */
const FIRST_DATED_NS = 100_000n * HOUR_NS;

/** The time of day of a log time, in the viewer's zone: `14:03:27.042`; seconds where it is no time of a clock. */
export function timeText(logTime: bigint): string {
  if (logTime < FIRST_DATED_NS) return `${(Number(logTime) / 1e9).toFixed(3)} s`;
  const date = new Date(Number(logTime / 1_000_000n));
  const two = (part: number): string => String(part).padStart(2, "0");
  const millis = String(date.getMilliseconds()).padStart(3, "0");
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${millis}`;
}

/** A number in at most so many digits: `0.1235`, `1234.6`, `1.2e-9`. */
export function numberText(value: number, digits = 5): string {
  if (Number.isInteger(value) && Math.abs(value) < 1e15) return String(value);
  return Number.isFinite(value) ? String(Number(value.toPrecision(digits))) : String(value);
}
