/**
 * What a parameter store holds, and how it is made.
 */
import type * as Effect from "effect/Effect";
import type { Log } from "../log.ts";
import type { Parameter, ParameterValue } from "../protocol/parameter.ts";
import type { Client } from "../session/client.ts";
import type { ParameterKind } from "./parameter_kind.ts";
import type { ParameterStoreLimits } from "./parameter_limits.ts";
import type { ParameterPersistence } from "./parameter_persistence.ts";

/**
 * What `validate` says of a value: nothing or `true` when it will do; `false`, or words for whoever has set it, when not;
 * now, by a promise, or by an Effect. What it throws, rejects or fails with is a refusal as well.
 */
export type Verdict = VerdictNow | PromiseLike<VerdictNow> | Effect.Effect<VerdictNow, unknown>;

/** A verdict that is there at once. */
export type VerdictNow = boolean | string | undefined | void;

/** What goes with values that are to be judged. */
export interface ValidateContext {
  /** The viewer that sets them; `undefined`: the program itself, or they have been loaded. */
  readonly client: Client | undefined;
}

/** A parameter that a store is to have. */
export interface ParameterDeclaration {
  /** The parameter's name; not empty, and no other's in the store. */
  readonly name: string;
  /** What it holds at first. Default: nothing, it is unset. */
  readonly value?: ParameterValue;
  /** What it may hold. Default: what `value` is (`float64` for a float, `number` for an integer); `any` without one. */
  readonly type?: ParameterKind;
  /** Whether only the program may set it. Default: false. */
  readonly readOnly?: boolean;
  /** Whether viewers may unset it. Default: false. */
  readonly optional?: boolean;
  /** Whether it is saved, where the store saves. Default: unless it is read-only. */
  readonly persist?: boolean;
  /** Judges a value that is of the right type, before it is set. Not asked when the parameter is to be unset. */
  readonly validate?: (value: ParameterValue, context: ValidateContext) => Verdict;
}

/** How a parameter store is made. */
export interface ParameterStoreOptions {
  /** The parameters. More can be declared later. */
  readonly parameters: ReadonlyArray<ParameterDeclaration>;
  /** Judges all values that are set together, after each has been judged by itself. */
  readonly validate?: (parameters: ReadonlyArray<Parameter>, context: ValidateContext) => Verdict;
  /** Bounds, where they are to differ from the defaults. */
  readonly limits?: Partial<ParameterStoreLimits>;
  /** Where diagnostics go. Default: warnings and errors go to the console; of `openEffect`, the fiber's logging. */
  readonly log?: Log;
}

/** How a parameter store that is kept is made. */
export interface PersistentParameterStoreOptions extends ParameterStoreOptions {
  /** Where the parameters are kept. */
  readonly persistence: ParameterPersistence;
}
