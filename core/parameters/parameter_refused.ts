/**
 * Why a parameter is not set.
 */
import type * as Cause from "effect/Cause";
import * as Data from "effect/Data";

/**
 * What is wrong: there is no such parameter, viewers may not set it, the value is of another type, the application's
 * `validate` has rejected it or has not decided in time, the store would hold too much, too many sets wait, or the store
 * has been closed.
 */
export type ParameterRefusedReason =
  | "unknown"
  | "read-only"
  | "wrong-type"
  | "rejected"
  | "timeout"
  | "too-large"
  | "busy"
  | "closed";

/** Fields of {@linkcode ParameterRefused}. */
export interface ParameterRefusedFields {
  /** The parameter's name. */
  readonly name: string;
  /** What is wrong, as a class. */
  readonly reason: ParameterRefusedReason;
  /** What is wrong, in words. */
  readonly detail: string;
  /** What `validate` has thrown or failed with, if it has. */
  readonly cause?: unknown;
}

const ParameterRefusedBase: new (fields: ParameterRefusedFields) =>
  & Cause.YieldableError
  & { readonly _tag: "ParameterRefused" }
  & Readonly<ParameterRefusedFields> = Data.TaggedError("ParameterRefused");

/** Characters of a name that an error repeats. */
const SHOWN_NAME = 100;

/**
 * A parameter is not set as was asked for, and none of those that were to be set with it is.
 *
 * @example
 * ```ts
 * import { ParameterRefused } from "@fieldlink/fieldlink";
 *
 * const error = new ParameterRefused({ name: "speed", reason: "read-only", detail: "viewers may not set it" });
 * console.log(error.message); // cannot set the parameter "speed": viewers may not set it
 * ```
 */
export class ParameterRefused extends ParameterRefusedBase {
  /** What was wrong, in one line. */
  override get message(): string {
    const shown = this.name.length > SHOWN_NAME ? `${this.name.slice(0, SHOWN_NAME)}…` : this.name;
    return `cannot set the parameter ${JSON.stringify(shown)}: ${this.detail}`;
  }
}
