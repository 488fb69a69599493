/**
 * Parameters as JSON (wire protocol, section 3.3).
 */
import { decodeBase64, encodeBase64 } from "./base64.ts";
import { Float64, floatText } from "./float64.ts";
import { isJsonArray, isJsonObject, type JsonValue, ownedKey } from "./json.ts";
import { jsonList, jsonMap, jsonString } from "./json_writer.ts";
import {
  isArray,
  isFloat,
  isI64,
  MAX_PARAMETER_DEPTH,
  type Parameter,
  type ParameterType,
  parameterType,
  type ParameterValue,
} from "./parameter.ts";
import { describe, type Shape, shortened } from "./shape.ts";

/**
 * A parameter as JSON. What JSON cannot carry is written as `null`, as peers do it, and refused by the reader: see
 * `checkParameter`.
 */
export function parameterJson(parameter: Parameter): string {
  const type = parameterType(parameter);
  const { name, value } = parameter;
  return `{"name":${jsonString(name)}${type === undefined ? "" : `,"type":"${type}"`}` +
    `${value === undefined ? "" : `,"value":${typedJson(type, value)}`}}`;
}

function typedJson(type: ParameterType | undefined, value: ParameterValue): string {
  if (value instanceof Uint8Array) return `"${encodeBase64(value)}"`;
  if (type === "float64") return numberJson(value);
  if (type === "float64_array" && isArray(value)) return jsonList(value, numberJson);
  return valueJson(value, 0);
}

/** A number where the type says that it is a float. */
function numberJson(value: ParameterValue): string {
  return typeof value === "number" ? floatText(value) : valueJson(value, 0);
}

function valueJson(value: ParameterValue, depth: number): string {
  switch (typeof value) {
    case "number":
      return isFloat(value) ? floatText(value) : String(value);
    case "bigint":
    case "boolean":
      return String(value);
    case "string":
      return jsonString(value);
  }
  if (value instanceof Float64) return floatText(value.value);
  if (value instanceof Uint8Array || depth === MAX_PARAMETER_DEPTH) return "null";
  const write = (item: ParameterValue): string => valueJson(item, depth + 1);
  return isArray(value) ? jsonList(value, write) : jsonMap(value, write);
}

/** Reads a parameter. Unlike elsewhere, unknown keys are errors, and of a repeated key the last value counts. */
export function readParameter(shape: Shape, json: JsonValue, path: string): Parameter {
  if (!isJsonObject(json)) {
    shape.mismatch(path, "an object", json);
    return { name: "" };
  }
  for (const key of json.keys) {
    if (key !== "name" && key !== "type" && key !== "value") {
      shape.fail("unknown-field", path, `${JSON.stringify(shortened(key))} is no key of a parameter`);
    }
  }
  const name = readName(shape, json.get("name"), `${path}.name`);
  const type = readType(shape, json.get("type"), `${path}.type`);
  const value = json.get("value");
  const fields = type === undefined ? { name } : { name, type };
  return value === undefined ? fields : { ...fields, value: readTyped(shape, type, value, `${path}.value`) };
}

function readName(shape: Shape, json: JsonValue | undefined, path: string): string {
  if (typeof json === "string") return json;
  if (json === undefined) shape.fail("missing-field", path, "the key is missing");
  else shape.mismatch(path, "a string", json);
  return "";
}

function readType(shape: Shape, json: JsonValue | undefined, path: string): ParameterType | undefined {
  switch (json) {
    case undefined:
    case "byte_array":
    case "float64":
    case "float64_array":
      return json;
  }
  if (typeof json === "string") {
    shape.fail("unknown-variant", path, `${JSON.stringify(shortened(json))} is no type of a parameter`);
  } else shape.mismatch(path, "a string", json);
  return undefined;
}

function readTyped(shape: Shape, type: ParameterType | undefined, json: JsonValue, path: string): ParameterValue {
  switch (type) {
    case "byte_array":
      return readBytes(shape, json, path);
    case "float64":
      return readFloat(shape, json, path);
    case "float64_array":
      if (isJsonArray(json)) return json.map((item, index) => readFloat(shape, item, `${path}[${index}]`));
      shape.fail("parameter-type-mismatch", path, `the type is float64_array, the value is ${describe(json)}`);
      return [];
    case undefined:
      return isJsonArray(json) ? readArray(shape, json, path) : readValue(shape, json, path);
  }
}

function readBytes(shape: Shape, json: JsonValue, path: string): Uint8Array {
  if (typeof json !== "string") {
    shape.fail("parameter-type-mismatch", path, `the type is byte_array, the value is ${describe(json)}`);
    return new Uint8Array(0);
  }
  const bytes = decodeBase64(json);
  if (bytes === undefined) {
    shape.fail("invalid-base64", path, "base64 must be of the standard alphabet and padded");
  }
  return bytes ?? new Uint8Array(0);
}

/** A float as the type says, however it is spelt. */
function readFloat(shape: Shape, json: JsonValue, path: string): number {
  if (typeof json === "number") return json;
  if (typeof json === "bigint") return Number(json);
  if (json instanceof Float64) return json.value;
  shape.fail("parameter-type-mismatch", path, `the type asks for a number, the value is ${describe(json)}`);
  return 0;
}

/** An array that is the value itself: numbers only, integers and floats together becoming floats, or no number at all. */
function readArray(shape: Shape, json: ReadonlyArray<JsonValue>, path: string): ParameterValue {
  let integers = 0;
  let floats = 0;
  for (const item of json) {
    if (item instanceof Float64) floats++;
    else if (isInteger(item)) integers++;
  }
  const numbers = integers + floats;
  if (numbers > 0 && numbers < json.length) {
    shape.fail("mixed-array", path, "the array mixes numbers with something else");
    return [];
  }
  if (integers > 0 && floats > 0) {
    return json.map((item) => plainFloat(item instanceof Float64 ? item.value : Number(item)));
  }
  return json.map((item, index) => readValue(shape, item, `${path}[${index}]`));
}

/** An integer between the i64 and the u64 range counts as no number here: that is how peers tell mixed arrays. */
function isInteger(json: JsonValue): boolean {
  return typeof json === "number" || (typeof json === "bigint" && isI64(json));
}

function readValue(shape: Shape, json: JsonValue, path: string): ParameterValue {
  switch (typeof json) {
    case "bigint":
      return isI64(json) ? json : plainFloat(Number(json));
    case "number":
    case "boolean":
    case "string":
      return json;
  }
  if (json === null) {
    shape.fail("no-variant", path, "null is no value of a parameter");
    return false;
  }
  if (json instanceof Float64) return plainFloat(json.value);
  if (isJsonArray(json)) return json.map((item, index) => readValue(shape, item, `${path}[${index}]`));
  const map = new Map<string, ParameterValue>();
  for (const [index, key] of json.keys.entries()) {
    map.set(ownedKey(key), readValue(shape, json.values[index]!, `${path}[${JSON.stringify(shortened(key))}]`));
  }
  return map;
}

/** A float as a value: a plain number where that is taken for a float, else marked as one. */
function plainFloat(value: number): number | Float64 {
  return isFloat(value) ? value : new Float64(value);
}
