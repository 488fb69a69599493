/**
 * What a stored parameter may hold, and values brought into the form in which they are kept.
 */
import {
  checkParameter,
  isArray,
  isFloat,
  MAX_PARAMETER_DEPTH,
  type Parameter,
  parameterType,
  type ParameterValue,
} from "../protocol/parameter.ts";
import { Float64 } from "../protocol/float64.ts";

/**
 * What a parameter may hold. `number`: an integer or a float, kept as what it is; `float64`: integers become floats;
 * `array` and `any` take what the protocol takes.
 */
export type ParameterKind =
  | "boolean"
  | "integer"
  | "number"
  | "float64"
  | "string"
  | "byte_array"
  | "boolean_array"
  | "integer_array"
  | "float64_array"
  | "string_array"
  | "array"
  | "map"
  | "any";

/** The kind that a value is of, where none is declared: floats are `float64`, integers `number`. */
export function kindOf(parameter: Parameter): ParameterKind {
  const { value } = parameter;
  const type = parameterType(parameter);
  if (value === undefined) return "any";
  if (type !== undefined) return type;
  if (value instanceof Float64) return "float64";
  if (typeof value === "boolean") return "boolean";
  if (typeof value === "string") return "string";
  if (typeof value === "number" || typeof value === "bigint") return "number";
  return isArray(value) ? "array" : "map";
}

/**
 * A copy of a parameter as it is kept, or what is wrong with it. Whoever has given the value may change it afterwards.
 */
export function conform(kind: ParameterKind, parameter: Parameter): Parameter | string {
  const { name, type, value } = parameter;
  if (value === undefined) return { name };
  const kept = keep(kind, value);
  if (kept === undefined) return `it must be ${described[kind]}: received ${describe(value)}`;
  const own = wireTypes.get(kind) ?? type;
  if (own === undefined && isArray(kept) && isMixed(kept)) return conform("float64_array", parameter);
  const conformed = own === undefined ? { name, value: kept } : { name, type: own, value: kept };
  return checkParameter(conformed)?.detail ?? conformed;
}

/** Whether two values are the same, `3` and `3.0` being two. */
export function sameValue(one: ParameterValue | undefined, other: ParameterValue | undefined): boolean {
  if (one === undefined || other === undefined || typeof one !== "object" || typeof other !== "object") {
    return Object.is(one, other);
  }
  if (one instanceof Float64 || other instanceof Float64) {
    return one instanceof Float64 && other instanceof Float64 && Object.is(one.value, other.value);
  }
  if (one instanceof Uint8Array || other instanceof Uint8Array) {
    return one instanceof Uint8Array && other instanceof Uint8Array && one.length === other.length &&
      one.every((byte, index) => byte === other[index]);
  }
  if (isArray(one) || isArray(other)) {
    return isArray(one) && isArray(other) && one.length === other.length &&
      one.every((item, index) => sameValue(item, other[index]));
  }
  return one.size === other.size && [...one].every(([key, item]) => sameValue(item, other.get(key)));
}

/** Whether an array has numbers that a reader takes for floats because others are (wire protocol, section 3.3). */
function isMixed(values: ReadonlyArray<ParameterValue>): boolean {
  const isNumber = (value: ParameterValue): boolean => typeof value === "number" || typeof value === "bigint";
  return values.some((value) => value instanceof Float64 || (typeof value === "number" && isFloat(value))) &&
    values.some(isNumber) && values.every((value) => value instanceof Float64 || isNumber(value));
}

const wireTypes: ReadonlyMap<ParameterKind, NonNullable<Parameter["type"]>> = new Map([
  ["byte_array", "byte_array"],
  ["float64", "float64"],
  ["float64_array", "float64_array"],
]);

const described: Readonly<Record<ParameterKind, string>> = {
  boolean: "true or false",
  integer: "an integer of 64 bits",
  number: "a number",
  float64: "a number that a float can hold",
  string: "text",
  byte_array: "bytes",
  boolean_array: "an array of true and false",
  integer_array: "an array of integers of 64 bits",
  float64_array: "an array of numbers that floats can hold",
  string_array: "an array of texts",
  array: "an array",
  map: "a map",
  any: "a value",
};

function keep(kind: ParameterKind, value: ParameterValue): ParameterValue | undefined {
  switch (kind) {
    case "boolean":
      return typeof value === "boolean" ? value : undefined;
    case "string":
      return typeof value === "string" ? value : undefined;
    case "integer":
      return integer(value);
    case "number":
      return typeof value === "number" || typeof value === "bigint" || value instanceof Float64
        ? copy(value)
        : undefined;
    case "float64":
      return float(value);
    case "byte_array":
      return value instanceof Uint8Array ? value.slice() : undefined;
    case "boolean_array":
      return each(value, (item) => typeof item === "boolean" ? item : undefined);
    case "string_array":
      return each(value, (item) => typeof item === "string" ? item : undefined);
    case "integer_array":
      return each(value, integer);
    case "float64_array":
      return each(value, float);
    case "array":
      return isArray(value) ? copy(value) : undefined;
    case "map":
      return value instanceof Map ? copy(value) : undefined;
    case "any":
      return copy(value);
  }
}

function each(
  value: ParameterValue,
  item: (value: ParameterValue) => ParameterValue | undefined,
): ParameterValue | undefined {
  if (!isArray(value)) return undefined;
  const items: Array<ParameterValue> = [];
  for (const given of value) {
    const kept = item(given);
    if (kept === undefined) return undefined;
    items.push(kept);
  }
  return items;
}

function integer(value: ParameterValue): number | bigint | undefined {
  if (typeof value === "number") return isFloat(value) ? undefined : value;
  return typeof value === "bigint" ? plain(value) : undefined;
}

/** The value as a float, unless it is an integer that would have to be rounded. */
function float(value: ParameterValue): number | undefined {
  if (typeof value === "number") return value;
  if (value instanceof Float64) return value.value;
  if (typeof value !== "bigint") return undefined;
  const rounded = Number(value);
  return BigInt(rounded) === value ? rounded : undefined;
}

/** An integer as it is read from the wire: a number where that is exact. */
function plain(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** A copy to any depth. What is nested too deeply, or is no value at all, is left for the check that follows. */
function copy(value: ParameterValue, depth: number = 0): ParameterValue | undefined {
  if (typeof value === "number" || typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "bigint") return plain(value);
  if (typeof value !== "object" || value === null || depth > MAX_PARAMETER_DEPTH) return undefined;
  if (value instanceof Float64) return isFloat(value.value) ? value.value : new Float64(value.value);
  if (value instanceof Uint8Array) return value.slice();
  if (isArray(value)) return each(value, (item) => copy(item, depth + 1));
  if (!(value instanceof Map)) return undefined;
  const map = new Map<string, ParameterValue>();
  for (const [key, item] of value) {
    const kept = copy(item, depth + 1);
    if (kept === undefined) return undefined;
    map.set(key, kept);
  }
  return map;
}

function describe(value: ParameterValue): string {
  if (typeof value !== "object") {
    return typeof value === "string" ? "text" : `${typeof value} ${String(value).slice(0, 40)}`;
  }
  if (value === null) return "null";
  if (value instanceof Float64) return `the float ${value}`;
  if (value instanceof Uint8Array) return "bytes";
  return isArray(value) ? "an array that does not fit" : value instanceof Map ? "a map" : "an object (use a Map)";
}
