/**
 * What a run has shown, line by line, in virtual time. Nothing in it depends on what ran before in the process.
 */
import type { WallClock } from "../../../core/clock.ts";

export class RunTrace {
  readonly lines: Array<string> = [];
  readonly #clock: WallClock;

  constructor(clock: WallClock) {
    this.#clock = clock;
  }

  /** Adds a line. */
  add(line: string): void {
    this.lines.push(`${this.#clock.currentTimeMillisUnsafe()} ${line}`);
  }
}
