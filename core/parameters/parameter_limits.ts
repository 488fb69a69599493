/**
 * The bounds of a parameter store. LIMITS.md is held against this table by a test.
 */
import { defined, type Limit } from "../limits.ts";

/** A parameter store's bounds; LIMITS.md says what happens when one is reached. */
export interface ParameterStoreLimits {
  /** Parameters that may be declared. Default 4096. */
  readonly parameters: number;
  /** Bytes of all parameters together, as JSON. Default 4 MiB. */
  readonly bytes: number;
  /** Sets that may be under way, or wait for their turn. Default 1024. */
  readonly pendingSets: number;
  /** How long `validate` may take for one set, in ms. Default 10,000. */
  readonly validateTimeoutMs: number;
  /** How long one attempt to load or save may take, in ms. Default 10,000. */
  readonly persistTimeoutMs: number;
}

/** The bounds that a parameter store's options may set. */
export const parameterStoreLimits: Readonly<Record<keyof ParameterStoreLimits, Limit>> = {
  parameters: {
    unit: "parameters",
    default: 4_096,
    bounds: "parameters that are declared or were loaded",
    consequence: "declaring a further one fails; loading more fails",
  },
  bytes: {
    unit: "bytes",
    default: 4 * 1024 * 1024,
    bounds: "names and values of all parameters together, as JSON",
    consequence: "the set is refused, and so is a declaration; loading more fails",
  },
  pendingSets: {
    unit: "requests",
    default: 1_024,
    bounds: "sets, of viewers and of the program, that are judged or wait for earlier ones",
    consequence: "a further one is refused",
  },
  validateTimeoutMs: {
    unit: "ms",
    default: 10_000,
    bounds: "judging one set with `validate`, which later sets wait for",
    consequence: "the set is refused",
  },
  persistTimeoutMs: {
    unit: "ms",
    default: 10_000,
    bounds: "one attempt to load or save; also waited for when the store is closed",
    consequence: "it has failed; saving is tried again after 1 s, doubling to 30 s",
  },
};

/** A parameter store's bounds, the defaults where none is given. */
export function parameterStoreLimitsWith(given: Partial<ParameterStoreLimits> = {}): ParameterStoreLimits {
  const { parameters, bytes, pendingSets, validateTimeoutMs, persistTimeoutMs } = parameterStoreLimits;
  return {
    parameters: parameters.default,
    bytes: bytes.default,
    pendingSets: pendingSets.default,
    validateTimeoutMs: validateTimeoutMs.default,
    persistTimeoutMs: persistTimeoutMs.default,
    ...defined(given),
  };
}
