/**
 * The lines that a log panel keeps.
 */
import type { LogLine } from "./log_line.ts";

/** Lines that are kept; the oldest goes first. */
export const MAX_LINES = 2_000;

/** The last lines of a log. */
export class LogLines {
  #lines: Array<LogLine> = [];
  #count = 0;

  /** The lines that are kept, the oldest first. */
  get kept(): ReadonlyArray<LogLine> {
    return this.#lines;
  }

  /** All lines there have been. */
  get count(): number {
    return this.#count;
  }

  /** The number of the next line. */
  get next(): number {
    return this.#count;
  }

  /** Adds a line. */
  add(line: LogLine): void {
    this.#lines.push(line);
    this.#count += 1;
    // Not one by one: each takes the whole array along.
    if (this.#lines.length >= MAX_LINES * 1.25) this.#lines = this.#lines.slice(-MAX_LINES);
  }

  /** Forgets all lines. */
  clear(): void {
    this.#lines = [];
  }
}
