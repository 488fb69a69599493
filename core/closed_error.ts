/**
 * What waits for something fails with when that can not come any more.
 */
import type * as Cause from "effect/Cause";
import * as Data from "effect/Data";

/** Fields of {@linkcode Closed}. */
export interface ClosedFields {
  /** What has been closed. */
  readonly what: "gateway" | "viewer" | "channel";
  /** What was waited for. */
  readonly awaited: string;
}

const ClosedBase: new (fields: ClosedFields) =>
  & Cause.YieldableError
  & { readonly _tag: "Closed" }
  & Readonly<ClosedFields> = Data.TaggedError("Closed");

/**
 * A gateway, a viewer or a viewer's channel was closed while something was waited for.
 *
 * @example
 * ```ts
 * import { Closed } from "@fieldlink/fieldlink";
 *
 * console.log(new Closed({ what: "viewer", awaited: "a device" }).message);
 * // the viewer was closed while it waited for a device
 * ```
 */
export class Closed extends ClosedBase {
  /** What was wrong, in one line. */
  override get message(): string {
    return `the ${this.what} was closed while it waited for ${this.awaited}`;
  }
}
