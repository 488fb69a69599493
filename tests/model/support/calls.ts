/**
 * Calls that were begun, each of which is to end.
 */
import * as Effect from "effect/Effect";
import type { Violations } from "./violation.ts";

export class Calls {
  readonly #begun = new Map<number, string>();
  readonly #fork: (effect: Effect.Effect<void>) => void;
  #count = 0;

  /** `fork` starts a fiber that lasts as long as the run. */
  constructor(fork: (effect: Effect.Effect<void>) => void) {
    this.#fork = fork;
  }

  /** Starts a call and notes that it is under way. How it ends does not matter. */
  begin<A, E>(name: string, call: Effect.Effect<A, E>): void {
    const number = this.#count;
    this.#count += 1;
    this.#begun.set(number, name);
    const ended = Effect.sync(() => void this.#begun.delete(number));
    this.#fork(Effect.asVoid(Effect.exit(Effect.ensuring(call, ended))));
  }

  /** All of them must have ended by now. */
  check(violations: Violations): void {
    for (const name of this.#begun.values()) violations.check(false, () => `${name} has not ended`);
  }
}
