/**
 * The model of requests: each is handled once at most, answered once at most, to whoever has asked, as its kind says.
 */
import type { Violations } from "./violation.ts";

/** What is asked, and what the device's handler does with it. */
export type Asked =
  | "quick"
  | "slow"
  | "fails"
  | "throws"
  | "empty"
  | "hangs"
  | "hangs-promise"
  | "unknown"
  | "asset"
  | "asset-fails"
  | "asset-hangs"
  | "get"
  | "set";

/** What may come of each kind. Anything may be refused as one too many. */
const outcomes: Readonly<Record<Asked, "answer" | "failure" | "nothing">> = {
  "quick": "answer",
  "slow": "answer",
  "fails": "failure",
  "throws": "failure",
  "empty": "failure",
  "hangs": "nothing",
  "hangs-promise": "nothing",
  "unknown": "failure",
  "asset": "answer",
  "asset-fails": "failure",
  "asset-hangs": "nothing",
  "get": "answer",
  "set": "answer",
};

const TOO_MANY = /too many/i;

interface Ask {
  /** The instance, and its identity: what an instance has sent may arrive when the next one is there, and counts for it. */
  readonly by: string;
  readonly identity: string;
  readonly asked: Asked;
  handled: number;
  answers: number;
}

export class Asks {
  readonly #violations: Violations;
  readonly #asks: Array<Ask> = [];
  /** Identities with viewers that number their requests themselves: the next instance may get answers to theirs. */
  readonly #numbering = new Set<string>();
  /** Handlers that have begun and have not ended, nor been told that nobody waits any more. */
  readonly #underWay = new Set<number>();

  constructor(violations: Violations) {
    this.#violations = violations;
  }

  /** A viewer of that identity numbers its requests itself. */
  numbers(identity: string): void {
    this.#numbering.add(identity);
  }

  /** Somebody asks; tells the number of the request. */
  begin(by: string, identity: string, asked: Asked): number {
    this.#asks.push({ by, identity, asked, handled: 0, answers: 0 });
    return this.#asks.length;
  }

  /** The device's handler begins. */
  handling(number: number): void {
    const ask = this.#asks[number - 1];
    this.#violations.check(ask !== undefined, () => `request ${number} is handled and was never made`);
    if (ask === undefined) return;
    ask.handled += 1;
    this.#violations.check(ask.handled === 1, () => `request ${number} (${ask.asked}) of ${ask.by} is handled again`);
    this.#underWay.add(number);
  }

  /** The handler has ended, or has been told that nobody waits any more. */
  handled(number: number): void {
    this.#underWay.delete(number);
  }

  /** Somebody has got an answer, with its text; or a failure, with the reason. */
  answered(by: string, identity: string, number: number, outcome: "answer" | "failure", text: string): void {
    const ask = this.#asks[number - 1];
    if (ask === undefined && this.#numbering.has(identity)) return;
    const isRight = ask?.identity === identity;
    this.#violations.check(isRight, () => `${by} got an answer to request ${number}, which is none of its own`);
    if (ask === undefined) return;
    ask.answers += 1;
    const what = `request ${number} (${ask.asked}) of ${by}`;
    this.#violations.check(ask.answers === 1, () => `${what} is answered again`);
    if (outcome === "failure" && TOO_MANY.test(text)) return;
    this.#violations.check(outcome === outcomes[ask.asked], () => `${what} has come to: ${outcome}, ${text}`);
    if (outcome === "answer") {
      this.#violations.check(text === `${number}`, () => `${what} is answered with ${text}`);
    }
  }

  /** These requests, made in a calm time, have been answered. */
  checkAnswered(numbers: ReadonlyArray<number>): void {
    for (const number of numbers) {
      const ask = this.#asks[number - 1];
      this.#violations.check(
        ask?.answers === 1,
        () => `request ${number} (${ask?.asked}) of ${ask?.by} is not answered in a calm time`,
      );
    }
  }

  /** No handler goes on for nobody. */
  checkNoneUnderWay(): void {
    for (const number of this.#underWay) {
      const ask = this.#asks[number - 1];
      this.#violations.check(
        false,
        () => `request ${number} (${ask?.asked}) of ${ask?.by} is still under way, and nobody waits for it`,
      );
    }
  }
}
