/**
 * What is wrong with the options that a gateway or a viewer was given.
 */
import type * as Cause from "effect/Cause";
import * as Data from "effect/Data";

/** Fields of {@linkcode ConfigurationError}. */
export interface ConfigurationErrorFields {
  /** What is wrong, which option it is, what it must be and what was received. */
  readonly detail: string;
}

const ConfigurationErrorBase: new (fields: ConfigurationErrorFields) =>
  & Cause.YieldableError
  & { readonly _tag: "ConfigurationError" }
  & Readonly<ConfigurationErrorFields> = Data.TaggedError("ConfigurationError");

/**
 * An option cannot be as it was given. Nothing has been started.
 *
 * @example
 * ```ts
 * import { ConfigurationError } from "@fieldlink/fieldlink";
 *
 * const error = new ConfigurationError({ detail: 'the limit "dataTrackBytes" must be at least 1200: received 1199' });
 * console.log(error.message); // cannot start: the limit "dataTrackBytes" must be at least 1200: received 1199
 * ```
 */
export class ConfigurationError extends ConfigurationErrorBase {
  /** What was wrong, in one line. */
  override get message(): string {
    return `cannot start: ${this.detail}`;
  }
}
