/**
 * What happened in a hub, line by line, in virtual time.
 */

/** The lines, bounded in number. */
export class Trace {
  /** The lines so far. */
  readonly lines: Array<string> = [];
  readonly #most: number;
  readonly #now: () => number;

  constructor(most: number, now: () => number) {
    this.#most = most;
    this.#now = now;
  }

  /** Adds a line. At the bound one last line says so, and no more come. */
  add(text: string): void {
    if (this.lines.length > this.#most) return;
    const full = this.lines.length === this.#most;
    this.lines.push(`${this.#now().toFixed(3)} ${full ? "the trace is full" : text}`);
  }
}
