/**
 * Why there is nothing to view.
 */
import type * as Cause from "effect/Cause";
import * as Data from "effect/Data";

/** Fields of {@linkcode NoDevice}. */
export interface NoDeviceFields {
  /** The identity that was looked for; none: any device would have done. */
  readonly device?: string | undefined;
  /** How long it was waited, in seconds. */
  readonly seconds: number;
  /** Whether there had been one before the viewer lost its connection. Default: no. */
  readonly again?: boolean;
}

const NoDeviceBase: new (fields: NoDeviceFields) =>
  & Cause.YieldableError
  & { readonly _tag: "NoDevice" }
  & Readonly<NoDeviceFields> = Data.TaggedError("NoDevice");

/**
 * No device has come in time.
 *
 * @example
 * ```ts
 * import { NoDevice } from "@fieldlink/fieldlink/cli";
 *
 * console.log(new NoDevice({ device: "rover-7", seconds: 30 }).message);
 * // no device "rover-7" has come within 30 s; --wait says how long to wait
 * ```
 */
export class NoDevice extends NoDeviceBase {
  /** What was wrong, in one line. */
  override get message(): string {
    const which = this.device === undefined ? "no device" : `no device "${this.device}"`;
    return `${which} has come ${
      this.again === true ? "back " : ""
    }within ${this.seconds} s; --wait says how long to wait`;
  }
}
