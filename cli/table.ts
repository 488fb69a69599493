/**
 * What arrives, as a table: redrawn in place on a terminal, line by line elsewhere.
 */
import { alignColumns, formatBytes, formatCount, formatDuration, formatRate, plural, printable } from "./format.ts";
import type { ChannelTraffic, Delay } from "./traffic.ts";

/** The size of a terminal in characters. */
export interface TableSize {
  /** Characters in a line. */
  readonly columns: number;
  /** Lines on the screen. */
  readonly rows: number;
}

/**
 * The lines of a table that fits in a terminal, with further lines below it: rows that do not fit are counted in the last
 * line of the table.
 */
export function tableLines(
  traffic: ReadonlyArray<ChannelTraffic>,
  size: TableSize,
  below: ReadonlyArray<string> = [],
): ReadonlyArray<string> {
  const room = Math.max(1, size.rows - 3 - below.length);
  const shown = traffic.length <= room ? traffic : traffic.slice(0, room);
  const delay = traffic.find((row) => row.delay !== undefined)?.delay?.kind ?? "latency";
  const headings = ["topic", "messages", "rate", "bandwidth", delay, "lost"];
  const lines = [...alignColumns([headings, ...shown.map(cells)])];
  if (shown.length < traffic.length) lines.push(`... and ${traffic.length - shown.length} more`);
  return [...lines, ...below].map((line) => fit(line, size.columns));
}

/** A line for each channel that has had messages since `before`, for output that is no terminal. */
export function plainLines(
  traffic: ReadonlyArray<ChannelTraffic>,
  before: ReadonlyArray<ChannelTraffic>,
  elapsed: number,
): ReadonlyArray<string> {
  const time = `${(elapsed / 1000).toFixed(1)} s`.padStart(8);
  return traffic.flatMap((row, index) => {
    if (row.messages === (before[index]?.messages ?? 0)) return [];
    const [topic, , ...rest] = cells(row);
    return [`${time}  ${topic}  ${plural(row.messages, "message")}  ${rest.join("  ")} lost`];
  });
}

/** The control sequence that puts lines where `previous` lines have been drawn before; none of them: at the cursor. */
export function redraw(lines: ReadonlyArray<string>, previous: number): string {
  const up = previous === 0 ? "" : `\x1b[${previous}A`;
  return `${up}\r${lines.map((line) => `${line}\x1b[K\n`).join("")}\x1b[J`;
}

function cells(row: ChannelTraffic): ReadonlyArray<string> {
  return [
    printable(row.topic),
    formatCount(row.messages),
    formatRate(row.rate),
    `${formatBytes(row.bandwidth)}/s`,
    formatDelay(row.delay),
    formatCount(row.lost),
  ];
}

function formatDelay(delay: Delay | undefined): string {
  if (delay === undefined) return "-";
  if (delay.kind === "latency") return formatDuration(delay.ms);
  const sign = delay.ms < 0 ? "-" : "";
  return `${sign}${formatDuration(Math.abs(delay.ms))} ± ${formatDuration(delay.uncertaintyMs)}`;
}

function fit(line: string, columns: number): string {
  return columns > 1 && line.length > columns - 1 ? `${line.slice(0, columns - 2)}…` : line;
}
