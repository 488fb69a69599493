/**
 * What could not be read of a channel, said once, however many messages it concerns.
 */
import type { UndecodableChannel, UndecodableMessage } from "../decode/errors.ts";

/** The problem of a panel that is to be shown. */
export class Problems {
  #text: string | undefined;
  #count = 0;

  /** The first problem, in words. */
  get text(): string | undefined {
    return this.#text;
  }

  /** The messages that had one. */
  get count(): number {
    return this.#count;
  }

  /** Takes note of one. */
  note(problem: UndecodableChannel | UndecodableMessage): void {
    this.say(problem.message);
  }

  /** Takes note of one, in words. */
  say(text: string): void {
    this.#text ??= text;
    this.#count += 1;
  }
}
