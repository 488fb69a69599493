/**
 * Numbers and texts for people.
 */

const BYTE_UNITS = ["B", "KiB", "MiB", "GiB", "TiB"] as const;

/** A count with a comma every three digits: `12,345`. */
export function formatCount(count: number): string {
  return String(Math.round(count)).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** An amount of bytes: `512 B`, `1.5 KiB`. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1023.95 && unit < BYTE_UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${unit === 0 ? Math.round(value) : value.toFixed(1)} ${BYTE_UNITS[unit]}`;
}

/** A rate: `50.0 Hz`. */
export function formatRate(perSecond: number): string {
  return `${perSecond >= 1000 ? formatCount(perSecond) : perSecond.toFixed(1)} Hz`;
}

/** A duration given in milliseconds: `0.42 ms`, `12 ms`, `3.4 s`, `2 min 5 s`. */
export function formatDuration(milliseconds: number): string {
  if (milliseconds < 10) return `${milliseconds.toFixed(2)} ms`;
  if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`;
  if (milliseconds < 60_000) return `${(milliseconds / 1000).toFixed(1)} s`;
  const seconds = Math.round(milliseconds / 1000);
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/** How far another clock is ahead, and how far from the truth that may be, in milliseconds: `+0.42 ms ± 12 ms`. */
export function formatClock({ offsetMs, boundMs }: { readonly offsetMs: number; readonly boundMs: number }): string {
  return `${offsetMs < 0 ? "-" : "+"}${formatDuration(Math.abs(offsetMs))} ± ${formatDuration(boundMs)}`;
}

/** The word for one or for several: `1 message`, `2 messages`. */
export function plural(count: number, word: string): string {
  return `${formatCount(count)} ${word}${count === 1 ? "" : "s"}`;
}

/** Text from a file or a peer, made safe to print on a terminal: control characters become their escapes. */
export function printable(text: string): string {
  // deno-lint-ignore no-control-regex -- these are what must not reach the terminal
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}

/** Columns side by side, two spaces apart, the first to the left and the others to the right. */
export function alignColumns(rows: ReadonlyArray<ReadonlyArray<string>>): ReadonlyArray<string> {
  const widths: Array<number> = [];
  for (const row of rows) row.forEach((cell, index) => widths[index] = Math.max(widths[index] ?? 0, cell.length));
  return rows.map((row) => {
    const cells = row.map((cell, index) => index === 0 ? cell.padEnd(widths[index]!) : cell.padStart(widths[index]!));
    return cells.join("  ").trimEnd();
  });
}

/** What something that was thrown says. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
