/**
 * What a device says of what it sends.
 */
import { OptionConflict } from "../errors.ts";
import { formatCount, printable } from "../format.ts";
import type { SourceOptions } from "./source_options.ts";

/** How a source is replayed, to be put behind a line: nothing where there is nothing to say. */
export function pace({ speed, loop }: Pick<SourceOptions, "speed" | "loop">): string {
  const times = speed === 1 ? "" : speed === "max" ? ", as fast as it goes" : `, ${speed} times as fast`;
  return `${times}${loop ? ", over and over" : ""}`;
}

/** A line for each channel that viewers cannot have. */
export function notAdvertised(lines: ReadonlyArray<string>): ReadonlyArray<string> {
  return lines.map((line) => `not advertised: ${line}`);
}

/** Counts with what they are of; those of nothing are left out. */
export function nonzero(counts: ReadonlyArray<readonly [count: number, what: string]>): ReadonlyArray<string> {
  return counts.flatMap(([count, what]) => count > 0 ? [`${formatCount(count)} ${what}`] : []);
}

/** There is a recording to replay, and one for viewers to play. */
export function twoRecordings(file: string, play: string): OptionConflict {
  const detail =
    `there are two recordings: FILE "${file}" is replayed, --play "${play}" is controlled by viewers; give one`;
  return new OptionConflict({ detail });
}

/** Lines that say what to open. */
export function invitation(urls: ReadonlyArray<string>): ReadonlyArray<string> {
  const [first, ...others] = urls;
  if (first === undefined) return [];
  return [`open ${printable(first)} to see and drive it`, ...others.map((url) => `  or ${printable(url)}`)];
}
