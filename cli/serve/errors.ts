/**
 * Why a device cannot be served.
 */
import type * as Cause from "effect/Cause";
import * as Data from "effect/Data";
import { messageOf, printable } from "../format.ts";

/** Fields of {@linkcode CannotListen}. */
export interface CannotListenFields {
  /** The address. */
  readonly host: string;
  /** The port. */
  readonly port: number;
  /** What the system says. */
  readonly cause: unknown;
}

const CannotListenBase: new (fields: CannotListenFields) =>
  & Cause.YieldableError
  & { readonly _tag: "CannotListen" }
  & Readonly<CannotListenFields> = Data.TaggedError("CannotListen");

/**
 * The address and port cannot be listened on.
 *
 * @example
 * ```ts
 * import { CannotListen } from "@fieldlink/fieldlink/cli";
 *
 * const error = new CannotListen({ host: "127.0.0.1", port: 80, cause: new Error("permission denied") });
 * console.log(error.message);
 * ```
 */
export class CannotListen extends CannotListenBase {
  /** What was wrong, in one line. */
  override get message(): string {
    const { cause } = this;
    const isTaken = cause instanceof Error && "code" in cause && cause.code === "EADDRINUSE";
    const advice = isTaken ? "the port is taken: give another one, or 0 for any" : messageOf(cause);
    return printable(`cannot listen on ${this.host} port ${this.port}: ${advice}`);
  }
}

/** The page that is served has not been built. */
export interface PageMissingFields {
  /** What the run-time says. */
  readonly cause: unknown;
}

const PageMissingBase: new (fields: PageMissingFields) =>
  & Cause.YieldableError
  & { readonly _tag: "PageMissing" }
  & Readonly<PageMissingFields> = Data.TaggedError("PageMissing");

/**
 * The page that is served with a device is not there: a checkout makes it when its packages are installed.
 *
 * @example
 * ```ts
 * import { PageMissing } from "@fieldlink/fieldlink/cli";
 *
 * console.log(new PageMissing({ cause: new Error("no such file") }).message);
 * ```
 */
export class PageMissing extends PageMissingBase {
  /** What was wrong, in one line. */
  override get message(): string {
    return "the page has not been built: run `npm run build:page`";
  }
}
