/**
 * Something is not well.
 */
import type * as Cause from "effect/Cause";
import * as Data from "effect/Data";

/** Fields of {@linkcode Unwell}. */
export interface UnwellFields {
  /** The checks that have failed. */
  readonly failed: ReadonlyArray<string>;
}

const UnwellBase: new (fields: UnwellFields) =>
  & Cause.YieldableError
  & { readonly _tag: "Unwell" }
  & Readonly<UnwellFields> = Data.TaggedError("Unwell");

/**
 * Something does not work that has to.
 *
 * @example
 * ```ts
 * import { Unwell } from "@fieldlink/fieldlink/cli";
 *
 * console.log(new Unwell({ failed: ["server"] }).message); // not everything is well: see server
 * ```
 */
export class Unwell extends UnwellBase {
  /** What was wrong, in one line. */
  override get message(): string {
    return `not everything is well: see ${this.failed.join(", ")}`;
  }
}
