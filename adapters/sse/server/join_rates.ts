/**
 * How many sessions somebody makes in a second, each subject by itself: who makes too many keeps nobody else out.
 */
import { TokenBucket } from "./token_bucket.ts";

/** The buckets of the subjects that have made sessions lately. */
export class JoinRates {
  readonly #perSecond: number;
  readonly #maxSubjects: number;
  readonly #nowMs: () => number;
  /** The one that was used last comes last. */
  readonly #buckets: Map<string, TokenBucket> = new Map();

  constructor(perSecond: number, maxSubjects: number, nowMs: () => number) {
    this.#perSecond = perSecond;
    this.#maxSubjects = maxSubjects;
    this.#nowMs = nowMs;
  }

  /** Takes one of a subject's; `false`: it has none left, or too many others have used up theirs lately. */
  take(subject: string): boolean {
    const bucket = this.#buckets.get(subject) ?? new TokenBucket(this.#perSecond, this.#nowMs);
    this.#buckets.delete(subject);
    this.#forgetRested();
    if (this.#buckets.size >= this.#maxSubjects) return false;
    this.#buckets.set(subject, bucket);
    return bucket.take();
  }

  /** A full bucket is as good as a new one. */
  #forgetRested(): void {
    for (const [subject, bucket] of this.#buckets) {
      if (!bucket.isFull) return;
      this.#buckets.delete(subject);
    }
  }
}
