/**
 * Log messages of whatever make as lines.
 */
import { isRecord, type Plain, type PlainRecord } from "../../decode/plain.ts";
import type { Meaning } from "../schema_names.ts";

/** How much a line matters, the least first. */
export const levels = ["unknown", "debug", "info", "warning", "error", "fatal"] as const;
/** How much a line matters. */
export type Level = typeof levels[number];

/** One line of a log. */
export interface LogLine {
  /** Counts the lines of a panel. */
  readonly number: number;
  /** When it was logged, in ns since the Unix epoch. */
  readonly time: bigint;
  readonly level: Level;
  /** The part of the device that says it. */
  readonly name: string;
  readonly text: string;
  /** Where in its sources; empty where that is not said. */
  readonly place: string;
}

/** Characters of a line that are kept. */
export const MAX_LINE = 4_000;
const MAX_NAME = 100;

/** Numbers of levels, from `debug`. */
const numbers: Readonly<Record<"foxglove-log" | "ros1-log" | "ros2-log", ReadonlyArray<number>>> = {
  "foxglove-log": [1, 2, 3, 4, 5],
  "ros1-log": [1, 2, 4, 8, 16],
  "ros2-log": [10, 20, 30, 40, 50],
};

const words: ReadonlyMap<string, Level> = new Map<string, Level>([
  ["debug", "debug"],
  ["info", "info"],
  ["warn", "warning"],
  ["warning", "warning"],
  ["error", "error"],
  ["fatal", "fatal"],
]);

/** The line of a message; `undefined` where it is no record. */
export function logLine(
  meaning: Meaning | undefined,
  value: Plain,
  { number, time }: Pick<LogLine, "number" | "time">,
): LogLine | undefined {
  if (!isRecord(value)) return undefined;
  const file = textOf(value["file"], MAX_NAME);
  const line = value["line"];
  return {
    number,
    time,
    level: levelOf(meaning, value["level"]),
    name: textOf(value["name"], MAX_NAME),
    text: messageOf(value),
    place: file === "" ? "" : typeof line === "number" && line > 0 ? `${file}:${line}` : file,
  };
}

/** Foxglove's and ROS 2's logs have two names for it. */
function messageOf(record: PlainRecord): string {
  return textOf(record["message"] ?? record["msg"], MAX_LINE);
}

function levelOf(meaning: Meaning | undefined, value: Plain | undefined): Level {
  if (typeof value === "string") return words.get(value.toLowerCase()) ?? "unknown";
  if (typeof value !== "number") return "unknown";
  const known = meaning === "ros1-log" || meaning === "ros2-log" ? numbers[meaning] : numbers["foxglove-log"];
  return levels[known.indexOf(value) + 1] ?? "unknown";
}

function textOf(value: Plain | undefined, most: number): string {
  if (typeof value !== "string") return "";
  return value.length > most ? `${value.slice(0, most)}…` : value;
}

/** What is shown of a log. */
export interface LogFilter {
  /** Lines that matter less are left out; lines of no known level are always there. */
  readonly level: Level;
  /** What a line's text or name has to contain; case does not matter. */
  readonly text: string;
}

/** Whether a line is shown. */
export function passes({ level, name, text }: LogLine, filter: LogFilter): boolean {
  if (level !== "unknown" && levels.indexOf(level) < levels.indexOf(filter.level)) return false;
  const wanted = filter.text.trim().toLowerCase();
  return wanted === "" || text.toLowerCase().includes(wanted) || name.toLowerCase().includes(wanted);
}
