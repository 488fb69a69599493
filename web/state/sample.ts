/**
 * A value that fits a JSON schema, as a start for somebody who has to write one.
 */
import type { Schema } from "../../mod.ts";

/** How deep it goes; what is deeper is left out. */
const MAX_DEPTH = 8;
/** Properties of one object. */
const MAX_PROPERTIES = 64;

type Json = Readonly<Record<string, unknown>>;

/** A request in JSON that fits the schema; `{}` where nothing is known of it. */
export function sampleText(schema: Schema | undefined): string {
  if (schema === undefined || schema.encoding !== "jsonschema") return "{}";
  try {
    const root: unknown = JSON.parse(new TextDecoder().decode(schema.data));
    const value = sample(root, 0);
    return JSON.stringify(value ?? {}, undefined, 2);
  } catch {
    return "{}";
  }
}

function sample(schema: unknown, depth: number): unknown {
  if (!isRecord(schema) || depth > MAX_DEPTH) return null;
  for (const key of ["default", "const"]) if (key in schema) return schema[key];
  for (const key of ["examples", "enum"]) {
    const values = schema[key];
    if (Array.isArray(values) && values.length > 0) return values[0];
  }
  for (const key of ["oneOf", "anyOf", "allOf"]) {
    const choices = schema[key];
    if (Array.isArray(choices) && choices.length > 0 && !("type" in schema)) return sample(choices[0], depth + 1);
  }
  switch (typeOf(schema)) {
    case "object":
      return objectSample(schema, depth);
    case "array":
      return [];
    case "integer":
    case "number":
      return typeof schema["minimum"] === "number" && schema["minimum"] > 0 ? schema["minimum"] : 0;
    case "string":
      return "";
    case "boolean":
      return false;
    default:
      return null;
  }
}

function objectSample(schema: Json, depth: number): Json {
  const properties = schema["properties"];
  if (!isRecord(properties)) return {};
  const entries = Object.entries(properties).slice(0, MAX_PROPERTIES);
  return Object.fromEntries(entries.map(([name, property]) => [name, sample(property, depth + 1)]));
}

function typeOf(schema: Json): unknown {
  const type = schema["type"];
  if (Array.isArray(type)) return type.find((one) => one !== "null");
  return type ?? ("properties" in schema ? "object" : undefined);
}

function isRecord(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
