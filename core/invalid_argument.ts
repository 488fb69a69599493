/**
 * What is wrong with what a method of a gateway was given.
 */
import type * as Cause from "effect/Cause";
import * as Data from "effect/Data";
import { isU64 } from "./protocol/u64.ts";

/** Fields of {@linkcode InvalidArgument}. */
export interface InvalidArgumentFields {
  /** What was called. */
  readonly operation: string;
  /** What is wrong, what it must be and what was received. */
  readonly detail: string;
}

const InvalidArgumentBase: new (fields: InvalidArgumentFields) =>
  & Cause.YieldableError
  & { readonly _tag: "InvalidArgument" }
  & Readonly<InvalidArgumentFields> = Data.TaggedError("InvalidArgument");

/**
 * Something cannot be published as it was given. Nothing has been sent, and nothing has changed.
 *
 * @example
 * ```ts
 * import { type Gateway, InvalidArgument } from "@fieldlink/fieldlink";
 *
 * function tell(gateway: Gateway, time: bigint) {
 *   try {
 *     gateway.publishTime(time);
 *   } catch (error) {
 *     if (error instanceof InvalidArgument) console.log(error.message);
 *   }
 * }
 * console.log(tell);
 * ```
 */
export class InvalidArgument extends InvalidArgumentBase {
  /** What was wrong, in one line. */
  override get message(): string {
    return `${this.operation} has sent nothing: ${this.detail}`;
  }
}

/** What a value that was received looks like in a message, shortened. */
export function received(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.slice(0, 40));
  if (typeof value === "object" || typeof value === "function") return value === null ? "null" : `a ${typeof value}`;
  return String(value);
}

/** What keeps a time from being sent; `undefined`: nothing. */
export function timeProblem(what: string, time: unknown): string | undefined {
  if (isU64(time)) return undefined;
  return `${what} must be a bigint of 64 bits without sign, in ns since the Unix epoch: received ${received(time)}`;
}
