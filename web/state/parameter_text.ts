/**
 * Values of parameters as text that can be edited, without losing what they are.
 */
import { Float64, formatParameters, type Parameter, parseParameters } from "../../mod.ts";

/** How a value is edited. */
export type Editing = "switch" | "integer" | "float" | "text" | "bytes" | "json";

/** How the parameter's value is edited: as what it is. */
export function editingOf({ type, value }: Parameter): Editing {
  if (value instanceof Uint8Array || type === "byte_array") return "bytes";
  if (typeof value === "boolean") return "switch";
  if (typeof value === "string") return "text";
  if (value instanceof Float64 || type === "float64") return "float";
  if (typeof value === "bigint") return "integer";
  if (typeof value === "number") return Number.isSafeInteger(value) ? "integer" : "float";
  return "json";
}

/** The parameter's value as text. */
export function valueText(parameter: Parameter): string {
  const { value } = parameter;
  if (value === undefined) return "";
  switch (editingOf(parameter)) {
    case "text":
    case "switch":
    case "integer":
      return String(value);
    case "float":
      return String(Number(value));
    case "bytes":
      return value instanceof Uint8Array ? hexText(value) : "";
    case "json":
      return jsonText(parameter);
  }
}

/** The parameter with the value that was typed, of the kind that it was; or what is wrong with the text. */
export function withText(parameter: Parameter, text: string): Parameter | string {
  const { name, type, value } = parameter;
  const typed = type === undefined ? { name } : { name, type };
  switch (editingOf(parameter)) {
    case "text":
      return { ...typed, value: text };
    case "switch":
      return { ...typed, value: text === "true" };
    case "integer":
      return withInteger(typed, text);
    case "float": {
      const number = text.trim() === "" ? NaN : Number(text);
      if (!Number.isFinite(number)) return "This is no number.";
      return { ...typed, value: value instanceof Float64 ? new Float64(number) : number, type: "float64" };
    }
    case "bytes":
      return "Bytes cannot be edited here.";
    case "json":
      return withJson(typed, text);
  }
}

function withInteger(typed: Parameter, text: string): Parameter | string {
  if (!/^\s*[-+]?\d+\s*$/.test(text)) return "This is no whole number.";
  const exact = BigInt(text.trim().replace(/^\+/, ""));
  if (BigInt.asIntN(64, exact) !== exact) return "This is beyond 64 bits.";
  const number = Number(exact);
  return { ...typed, value: Number.isSafeInteger(number) ? number : exact };
}

/** The protocol's own JSON tells 1 from 1.0. */
function withJson(typed: Parameter, text: string): Parameter | string {
  const { name, type } = typed;
  const line = `{"name":"value"${type === undefined ? "" : `,"type":${JSON.stringify(type)}`},"value":${text}}`;
  const parsed = parseParameters(`{"parameters":[${line}]}`);
  if (parsed instanceof Error) return `This cannot be read: ${parsed.detail}.`;
  const [first] = parsed;
  return parsed.length === 1 && first?.value !== undefined ? { ...first, name } : "This is no value.";
}

function jsonText({ type, value }: Parameter): string {
  if (value === undefined) return "";
  const text = formatParameters([{ name: "value", value, ...(type === undefined ? {} : { type }) }]);
  return text.slice(text.indexOf('"value":', text.indexOf('"value"') + 7) + 8, text.lastIndexOf("}\n]}"));
}

function hexText(bytes: Uint8Array): string {
  const shown = Array.from(bytes.subarray(0, 32), (byte) => byte.toString(16).padStart(2, "0")).join(" ");
  return bytes.length > 32 ? `${shown} … (${bytes.length} bytes)` : shown;
}
