/**
 * Why an asset of a folder cannot be had.
 */
import type * as Cause from "effect/Cause";
import * as Data from "effect/Data";

/**
 * What is wrong: the URI is none that the folder serves, there is no such file in the folder, what is there is no file,
 * it is larger than what may be served, or it cannot be read.
 */
export type AssetErrorReason = "refused" | "missing" | "not-a-file" | "too-large" | "unreadable";

/** Fields of {@linkcode AssetError}. */
export interface AssetErrorFields {
  /** The URI as the viewer gave it, shortened. */
  readonly uri: string;
  /** What is wrong, as a class. */
  readonly reason: AssetErrorReason;
  /** What is wrong, in words that are fit for the viewer: nothing about what lies outside of the folder. */
  readonly detail: string;
  /** The underlying error, if there was one. For the device's log only: it may name paths. */
  readonly cause?: unknown;
}

const AssetErrorBase: new (fields: AssetErrorFields) =>
  & Cause.YieldableError
  & { readonly _tag: "AssetError" }
  & Readonly<AssetErrorFields> = Data.TaggedError("AssetError");

/**
 * An asset of a folder cannot be had. Its message goes to the viewer. What leads out of the folder and what is not there
 * have the same message, so that nobody learns from it what exists elsewhere.
 *
 * @example
 * ```ts
 * import { AssetError } from "@fieldlink/fieldlink/files";
 *
 * const error = new AssetError({ uri: "meshes/arm.stl", reason: "missing", detail: "there is no such file" });
 * console.log(error.message); // cannot serve the asset "meshes/arm.stl": there is no such file
 * ```
 */
export class AssetError extends AssetErrorBase {
  /** What was wrong, in one line. */
  override get message(): string {
    return `cannot serve the asset ${JSON.stringify(this.uri)}: ${this.detail}`;
  }
}
