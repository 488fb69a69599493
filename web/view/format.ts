/**
 * Numbers as the page shows them. What is not known is a dash.
 */

/** What stands where something is not known. */
export const UNKNOWN = "–";

/** Messages a second. */
export function hertz(value: number | undefined): string {
  if (value === undefined) return UNKNOWN;
  if (value === 0) return "0 Hz";
  return `${value >= 9.95 ? value.toFixed(0) : value.toFixed(1)} Hz`;
}

/** Bytes a second. */
export function perSecond(bytes: number | undefined): string {
  return bytes === undefined ? UNKNOWN : `${size(bytes)}/s`;
}

/** Bytes. */
export function size(bytes: number): string {
  if (bytes < 999.5) return `${bytes.toFixed(0)} B`;
  let value = bytes;
  let unit = "B";
  for (const next of ["kB", "MB", "GB", "TB"]) {
    if (value < 999.5) break;
    value /= 1000;
    unit = next;
  }
  return `${value >= 99.5 ? value.toFixed(0) : value.toFixed(1)} ${unit}`;
}

/** Milliseconds. */
export function milliseconds(ms: number | undefined): string {
  if (ms === undefined) return UNKNOWN;
  const size = Math.abs(ms);
  if (size >= 9_950) return `${(ms / 1000).toFixed(0)} s`;
  if (size >= 995) return `${(ms / 1000).toFixed(1)} s`;
  return `${size > 0 && size < 9.95 ? ms.toFixed(1) : ms.toFixed(0)} ms`;
}

/** Whole seconds until a time, for a count-down; 0 when it has come. */
export function secondsUntil(at: number, now: number): number {
  return Math.max(0, Math.ceil((at - now) / 1000));
}

/** The time of day, to the second. */
export function timeOfDay(at: number): string {
  return new Date(at).toLocaleTimeString(undefined, { hour12: false });
}
