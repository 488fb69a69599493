/**
 * Time for the adapter's timers that passes when a test says so.
 */
import type { Time } from "../../../../adapters/livekit/time.ts";

/** More than the longest chain of promises in these tests. */
const TURNS = 60;

/** Lets all promises that can settle do so. */
export async function turns(): Promise<void> {
  for (let turn = 0; turn < TURNS; turn++) await Promise.resolve();
}

/** The time. */
export class ManualTime implements Time {
  #now = 1_000;
  #timers: Array<{ readonly at: number; readonly run: () => void }> = [];

  /** How many timers are set. */
  get timers(): number {
    return this.#timers.length;
  }

  readonly now = (): number => this.#now;

  readonly after = (ms: number, run: () => void): () => void => {
    const timer = { at: this.#now + ms, run };
    this.#timers.push(timer);
    return () => this.#remove(timer);
  };

  /** Lets time pass, and what it wakes run. */
  async pass(ms: number): Promise<void> {
    const end = this.#now + ms;
    for (;;) {
      await turns();
      const due = this.#timers.filter(({ at }) => at <= end).toSorted((one, other) => one.at - other.at)[0];
      if (due === undefined) break;
      this.#now = Math.max(this.#now, due.at);
      this.#remove(due);
      due.run();
    }
    this.#now = end;
    await turns();
  }

  #remove(timer: object): void {
    this.#timers = this.#timers.filter((other) => other !== timer);
  }
}
