/**
 * Parameters as golden fields, and back.
 */
import { Float64, type Parameter, type ParameterValue } from "../../../../core/protocol/mod.ts";
import { bytesOf, type Fields, hexOf, list, present } from "./golden.ts";

function valueFields(value: ParameterValue, float: boolean): Fields {
  if (value instanceof Uint8Array) return { kind: "byteArray", value: hexOf(value) };
  if (value instanceof Float64) return { kind: "float64", value: value.value };
  if (value instanceof Map) {
    return { kind: "dict", value: Object.fromEntries([...value].map(([k, v]) => [k, valueFields(v, false)])) };
  }
  if (Array.isArray(value)) return { kind: "array", value: value.map((item) => valueFields(item, float)) };
  switch (typeof value) {
    case "number":
      return float || !Number.isSafeInteger(value) || Object.is(value, -0)
        ? { kind: "float64", value }
        : { kind: "integer", value: String(value) };
    case "bigint":
      return { kind: "integer", value: String(value) };
    case "boolean":
      return { kind: "bool", value };
    default:
      return { kind: "string", value };
  }
}

/** The golden fields of a parameter. */
export function parameterFields(parameter: Parameter): Fields {
  const { name, type, value } = parameter;
  const float = type === "float64" || type === "float64_array";
  return present({ name, type, value: value === undefined ? undefined : valueFields(value, float) });
}

function valueOf(fields: Fields, type: string | undefined): ParameterValue {
  const { kind, value } = fields;
  switch (kind) {
    case "byteArray":
      return bytesOf(value as string);
    case "integer": {
      const number = Number(value);
      // With a type that makes a float of it, only a bigint still says integer.
      return Number.isSafeInteger(number) && type === undefined ? number : BigInt(value as string);
    }
    case "float64": {
      const number = Number(value);
      return type === undefined ? new Float64(number) : number;
    }
    case "array":
      return list(value).map((item) => valueOf(item, type));
    case "dict":
      return new Map(Object.entries(value as Record<string, Fields>).map(([k, v]) => [k, valueOf(v, undefined)]));
    default:
      return value as string | boolean;
  }
}

/** The parameter of golden fields. */
export function parameterOf(fields: Fields): Parameter {
  const { name, type, value } = fields;
  const types = type as Parameter["type"];
  return {
    name: name as string,
    ...(types !== undefined && { type: types }),
    ...(value !== undefined && { value: valueOf(value as Fields, types) }),
  };
}
