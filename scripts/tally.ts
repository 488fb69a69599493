/**
 * Counting what passed and failed, the way `npm test` reports it.
 *
 * @module
 */
import type { Part } from "./parts.ts";

/** How many checks passed, failed and were skipped. */
export interface Tally {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** The sum of tallies. */
export function add(tallies: ReadonlyArray<Tally>): Tally {
  const sum = (field: keyof Tally) => tallies.reduce((total, tally) => total + tally[field], 0);
  return { passed: sum("passed"), failed: sum("failed"), skipped: sum("skipped") };
}

/** The line that stands for a tally: `12 passed, 0 failed`, and `, 1 skipped` when some were. */
export function format(tally: Tally): string {
  const line = `${tally.passed} passed, ${tally.failed} failed`;
  return tally.skipped > 0 ? `${line}, ${tally.skipped} skipped` : line;
}

/** The tally that an output ends with, if it does. */
export function parse(output: string): Tally | undefined {
  const last = output.trimEnd().split("\n").at(-1) ?? "";
  const found = /^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$/.exec(last);
  if (found === null) return undefined;
  return { passed: Number(found[1]), failed: Number(found[2]), skipped: Number(found[3] ?? 0) };
}

/**
 * What a part counts for. A part made of tests that ends badly without naming a failed one, or without any tally, has
 * one failure: the run itself.
 */
export function ofPart(part: Part, code: number, output: string): Tally {
  if (part.tests === undefined) return { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: 0 };
  const tally = parse(output) ?? { passed: 0, failed: 1, skipped: 0 };
  const nothing = tally.passed + tally.failed === 0;
  return tally.failed === 0 && (code !== 0 || nothing) ? { ...tally, failed: 1 } : tally;
}
