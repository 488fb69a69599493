/**
 * Numbers that ought to come one by one.
 */

/** What has come and what has not. */
export interface Figures {
  readonly received: number;
  /** Numbers that have been left out while nothing had been said of a loss. */
  readonly lost: number;
  /** Numbers between the last one before a session's end and the first one after it. */
  readonly missedBetween: number;
  /** Numbers that are not larger than the one before. */
  readonly disordered: number;
}

/** Takes numbers and counts. */
export class Numbers {
  #last: number | undefined;
  #isContinued = false;
  #received = 0;
  #lost = 0;
  #missedBetween = 0;
  #disordered = 0;

  /** The latest one. */
  get last(): number {
    return this.#last ?? -1;
  }

  get figures(): Figures {
    return {
      received: this.#received,
      lost: this.#lost,
      missedBetween: this.#missedBetween,
      disordered: this.#disordered,
    };
  }

  /** A new session with the device has begun: what was between is missing, and that is known. */
  beginAnew(): void {
    this.#isContinued = false;
  }

  /** One has come. */
  take(number: number): void {
    this.#received += 1;
    const last = this.#last;
    const missing = last === undefined ? 0 : number - last - 1;
    if (missing < 0) this.#disordered += 1;
    else if (this.#isContinued) this.#lost += missing;
    else this.#missedBetween += missing;
    this.#isContinued = true;
    this.#last = number;
  }
}
