/**
 * Why a recording cannot be written.
 */
import type * as Cause from "effect/Cause";
import * as Data from "effect/Data";
import { messageOf } from "../format.ts";

/** Fields of {@linkcode RecordError}. */
export interface RecordErrorFields {
  /** The path as it was given. */
  readonly file: string;
  /** What is wrong, in words. */
  readonly detail: string;
  /** The underlying error, if there was one. */
  readonly cause?: unknown;
}

const RecordErrorBase: new (fields: RecordErrorFields) =>
  & Cause.YieldableError
  & { readonly _tag: "RecordError" }
  & Readonly<RecordErrorFields> = Data.TaggedError("RecordError");

/**
 * A recording cannot be written.
 *
 * @example
 * ```ts
 * import { RecordError } from "@fieldlink/fieldlink/cli";
 *
 * const error = new RecordError({ file: "copy.mcap", detail: "the disk is full" });
 * console.log(error.message);
 * ```
 */
export class RecordError extends RecordErrorBase {
  /** What was wrong, in one line. */
  override get message(): string {
    return `cannot record to "${this.file}": ${this.detail}`;
  }
}

/** Wraps what writing a file has thrown. */
export function recordError(file: string, cause: unknown): RecordError {
  if (cause instanceof RecordError) return cause;
  return new RecordError({ file, detail: describe(cause), cause });
}

function describe(cause: unknown): string {
  const code = typeof cause === "object" && cause !== null && "code" in cause ? cause.code : undefined;
  if (code === "ENOENT" || code === "ENOTDIR") return "there is no such folder";
  if (code === "EISDIR") return "it is a folder";
  if (code === "EACCES" || code === "EPERM" || code === "EROFS") return "it may not be written (permission denied)";
  if (code === "ENOSPC") return "the disk is full";
  return messageOf(cause).replace(/\s+/g, " ");
}
