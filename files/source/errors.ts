/**
 * What may be wrong with a recording.
 */
import type * as Cause from "effect/Cause";
import * as Data from "effect/Data";

/**
 * What is wrong: it is not there, cannot be read, is no recording of a known format, ends too early, contradicts itself,
 * or uses something that this library does not know.
 */
export type SourceErrorReason = "missing" | "unreadable" | "foreign" | "truncated" | "damaged" | "unsupported";

/** Fields of {@linkcode SourceError}. */
export interface SourceErrorFields {
  /** The path as it was given. */
  readonly file: string;
  /** What is wrong, as a class. */
  readonly reason: SourceErrorReason;
  /** What is wrong, in words. */
  readonly detail: string;
  /** The underlying error, if there was one. */
  readonly cause?: unknown;
}

const SourceErrorBase: new (fields: SourceErrorFields) =>
  & Cause.YieldableError
  & { readonly _tag: "SourceError" }
  & Readonly<SourceErrorFields> = Data.TaggedError("SourceError");

/**
 * A recording cannot be replayed, or not to its end.
 *
 * @example
 * ```ts
 * import { SourceError } from "@fieldlink/fieldlink/files";
 *
 * const error = new SourceError({ file: "drive.mcap", reason: "missing", detail: "there is no such file" });
 * console.log(error.message);
 * ```
 */
export class SourceError extends SourceErrorBase {
  /** What was wrong, in one line. */
  override get message(): string {
    return `cannot replay "${this.file}": ${this.detail}`;
  }
}

/** Wraps what a reader of recordings has thrown; what is a {@linkcode SourceError} already stays as it is. */
export function sourceError(file: string, cause: unknown): SourceError {
  if (cause instanceof SourceError) return cause;
  const said = cause instanceof Error ? cause.message : String(cause);
  const detail = `the file is damaged: ${said.replace(/\s+/g, " ").trim()}`;
  const unsupported = /^unsupported compression/i.test(said);
  return unsupported
    ? new SourceError({ file, reason: "unsupported", detail: said, cause })
    : new SourceError({ file, reason: "damaged", detail, cause });
}

/** Passes messages on, and turns what reading them throws into a {@linkcode SourceError}. */
export async function* withSourceErrors<A>(file: string, messages: AsyncIterable<A>): AsyncGenerator<A, void> {
  try {
    yield* messages;
  } catch (error) {
    throw sourceError(file, error);
  }
}
