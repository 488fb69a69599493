/**
 * Parameters: named values of a device that viewers read and write (wire protocol, section 3.3).
 */
import { InvalidParameter } from "./errors.ts";
import { Float64 } from "./float64.ts";
import { MAX_JSON_DEPTH } from "./json.ts";

/**
 * What a parameter can hold.
 *
 * A number that is a safe integer is an integer, other numbers are floats (`-0` too), unless the parameter's `type` says
 * otherwise. Integers beyond 2^53 - 1 are `bigint`, up to 64 bits with sign. `Float64` is a whole float without a type.
 * Bytes can only be the value itself, not part of an array or map.
 */
export type ParameterValue =
  | number
  | bigint
  | boolean
  | string
  | Float64
  | Uint8Array
  | ReadonlyArray<ParameterValue>
  | ReadonlyMap<string, ParameterValue>;

/** What a parameter's value is, where the value alone is ambiguous. */
export type ParameterType = "byte_array" | "float64" | "float64_array";

/** A named value of a device. Without a value it is unset. */
export interface Parameter {
  /** The parameter's name. */
  readonly name: string;
  /** What the value is; may be left out, then it follows from the value: see {@linkcode parameterType}. */
  readonly type?: ParameterType;
  /** The value. Absent: the parameter is unset. */
  readonly value?: ParameterValue;
}

/** How deep arrays and maps in a value can be nested: the bound for JSON, less the message's own three levels. */
export const MAX_PARAMETER_DEPTH: number = MAX_JSON_DEPTH - 3;

const MIN_I64 = -(2n ** 63n);
const MAX_I64 = 2n ** 63n - 1n;

/** Whether a plain number counts as a float. */
export function isFloat(value: number): boolean {
  return !Number.isSafeInteger(value) || Object.is(value, -0);
}

/** Whether the integer is of the i64 range. */
export function isI64(value: bigint): boolean {
  return value >= MIN_I64 && value <= MAX_I64;
}

/**
 * The type that a parameter is written with: its own, else the one its value asks for: `byte_array` for bytes, `float64`
 * for a plain number that is a float, `float64_array` for an array of numbers one of which is. A `Float64` needs none.
 */
export function parameterType(parameter: Parameter): ParameterType | undefined {
  const { type, value } = parameter;
  if (type !== undefined || value === undefined) return type;
  if (value instanceof Uint8Array) return "byte_array";
  if (typeof value === "number") return isFloat(value) ? "float64" : undefined;
  return isArray(value) && isFloatArray(value) ? "float64_array" : undefined;
}

function isFloatArray(values: ReadonlyArray<ParameterValue>): boolean {
  let floats = 0;
  for (const value of values) {
    if (typeof value === "number") floats += isFloat(value) ? 1 : 0;
    else if (!(value instanceof Float64)) return false;
  }
  return floats > 0;
}

/** Whether the value is an array. (`Array.isArray` does not narrow readonly arrays.) */
export function isArray(value: ParameterValue): value is ReadonlyArray<ParameterValue> {
  return Array.isArray(value);
}

function isNumeric(value: ParameterValue): boolean {
  return typeof value === "number" || typeof value === "bigint" || value instanceof Float64;
}

/**
 * Checks that a parameter arrives as what it is: `undefined` where it does. What fails the check would be refused by the
 * reader, together with the whole message, or would arrive changed.
 */
export function checkParameter(parameter: Parameter): InvalidParameter | undefined {
  // Programs without types can give anything.
  if (typeof parameter?.name !== "string") return new InvalidParameter({ name: "", detail: "it has no name" });
  const { name, value } = parameter;
  if (value === undefined) return undefined;
  const detail = textProblem(name) ?? valueProblem(value, 0) ?? typeProblem(parameterType(parameter), value);
  return detail === undefined ? undefined : new InvalidParameter({ name, detail });
}

function typeProblem(type: ParameterType | undefined, value: ParameterValue): string | undefined {
  switch (type) {
    case "byte_array":
      return value instanceof Uint8Array ? undefined : "its type is byte_array, and its value is no Uint8Array";
    case "float64":
      return isNumeric(value) ? undefined : "its type is float64, and its value is no number";
    case "float64_array":
      return isArray(value) && value.every(isNumeric)
        ? undefined
        : "its type is float64_array, and its value is no array of numbers";
    case undefined:
      return value instanceof Uint8Array || !isArray(value) || !isMixed(value)
        ? undefined
        : "its value is an array that mixes numbers with something else";
    default:
      return "its type is none of byte_array, float64 and float64_array";
  }
}

function isMixed(values: ReadonlyArray<ParameterValue>): boolean {
  return values.some(isNumeric) && !values.every(isNumeric);
}

function valueProblem(value: ParameterValue, depth: number): string | undefined {
  switch (typeof value) {
    case "number":
      return Number.isFinite(value) ? undefined : `${value} is no JSON number`;
    case "bigint":
      return isI64(value) ? undefined : `${value} is beyond 64 bits with sign`;
    case "boolean":
      return undefined;
    case "string":
      return textProblem(value);
  }
  if (value instanceof Float64) return valueProblem(value.value, depth);
  if (value instanceof Uint8Array) return depth === 0 ? undefined : "bytes cannot be part of an array or map";
  if (depth === MAX_PARAMETER_DEPTH) return `its value is nested more than ${MAX_PARAMETER_DEPTH} deep`;
  if (isArray(value)) return firstProblem(value, depth);
  if (!(value instanceof Map)) return `${kindOf(value)} is no value of a parameter`;
  for (const key of value.keys()) {
    const problem = typeof key === "string" ? textProblem(key) : "its value has a map with a key that is no text";
    if (problem !== undefined) return problem;
  }
  return firstProblem(value.values(), depth);
}

function firstProblem(values: Iterable<ParameterValue>, depth: number): string | undefined {
  for (const value of values) {
    const problem = valueProblem(value, depth + 1);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

/** What a value is that is none of a parameter's. */
function kindOf(value: unknown): string {
  if (value === null) return "null";
  return typeof value === "object" ? "an object that is no array and no Map" : `what is ${typeof value}`;
}

function textProblem(text: string): string | undefined {
  return text.isWellFormed() ? undefined : "its text has half a surrogate pair, which is no UTF-8";
}
