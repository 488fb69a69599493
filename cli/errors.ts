/**
 * What is wrong with what a command was asked to do.
 */
import type * as Cause from "effect/Cause";
import * as Data from "effect/Data";
import { printable } from "./format.ts";

/** Fields of {@linkcode NoSuchTopic}. */
export interface NoSuchTopicFields {
  /** What was to be replayed. */
  readonly source: string;
  /** The patterns that were asked for. */
  readonly patterns: ReadonlyArray<string>;
  /** The topics that are there. */
  readonly topics: ReadonlyArray<string>;
}

const NoSuchTopicBase: new (fields: NoSuchTopicFields) =>
  & Cause.YieldableError
  & { readonly _tag: "NoSuchTopic" }
  & Readonly<NoSuchTopicFields> = Data.TaggedError("NoSuchTopic");

/**
 * None of the topics is one of those asked for.
 *
 * @example
 * ```ts
 * import { NoSuchTopic } from "@fieldlink/fieldlink/cli";
 *
 * const error = new NoSuchTopic({ source: "drive.mcap", patterns: ["/pose"], topics: ["/tf"] });
 * console.log(error.message);
 * ```
 */
export class NoSuchTopic extends NoSuchTopicBase {
  /** What was wrong, in one line. */
  override get message(): string {
    const patterns = this.patterns.map((pattern) => `"${pattern}"`).join(" or ");
    const topics = [...new Set(this.topics)].join(", ") || "no topics";
    return printable(`no topic of ${this.source} is like ${patterns}; it has ${topics}`);
  }
}

/** Fields of {@linkcode OptionConflict}. */
export interface OptionConflictFields {
  /** What does not go together, and what to do. */
  readonly detail: string;
}

const OptionConflictBase: new (fields: OptionConflictFields) =>
  & Cause.YieldableError
  & { readonly _tag: "OptionConflict" }
  & Readonly<OptionConflictFields> = Data.TaggedError("OptionConflict");

/**
 * The command was given what does not go together.
 *
 * @example
 * ```ts
 * import { OptionConflict } from "@fieldlink/fieldlink/cli";
 *
 * console.log(new OptionConflict({ detail: "--play goes with a speed, not with max" }).message);
 * ```
 */
export class OptionConflict extends OptionConflictBase {
  /** What was wrong, in one line. */
  override get message(): string {
    return this.detail;
  }
}

/** Fields of {@linkcode OptionMissing}. */
export interface OptionMissingFields {
  /** What is missing, and which flag or variable gives it. */
  readonly detail: string;
}

const OptionMissingBase: new (fields: OptionMissingFields) =>
  & Cause.YieldableError
  & { readonly _tag: "OptionMissing" }
  & Readonly<OptionMissingFields> = Data.TaggedError("OptionMissing");

/**
 * The command was not given what it needs.
 *
 * @example
 * ```ts
 * import { OptionMissing } from "@fieldlink/fieldlink/cli";
 *
 * console.log(new OptionMissing({ detail: "cannot connect: give --url or LIVEKIT_URL" }).message);
 * ```
 */
export class OptionMissing extends OptionMissingBase {
  /** What was wrong, in one line. */
  override get message(): string {
    return this.detail;
  }
}
