/**
 * JSON that viewers send.
 */
import { badRequest, HttpRefusal } from "./errors.ts";
import type { SseLimits } from "./limits.ts";

const encoder = new TextEncoder();

/** JSON in UTF-8. */
export function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw badRequest("the body is not JSON in UTF-8");
  }
}

/** Whether it is an object, and no array. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The attributes that a body sets. */
export function attributesOf({ attributes }: Readonly<Record<string, unknown>>): ReadonlyMap<string, string> {
  if (attributes === undefined) return new Map();
  if (!isObject(attributes)) throw badRequest('"attributes" must be an object of texts');
  const entries: Array<readonly [string, string]> = [];
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value !== "string") {
      throw badRequest(`the attribute ${JSON.stringify(name.slice(0, 40))} must be a text`);
    }
    entries.push([name, value]);
  }
  return new Map(entries);
}

/** Refuses attributes that are too many, or too long. */
export function checkAttributes(
  attributes: ReadonlyMap<string, string>,
  limits: SseLimits,
): ReadonlyMap<string, string> {
  const refusal = (detail: string): HttpRefusal => new HttpRefusal({ status: 413, error: "attributes", detail });
  if (attributes.size > limits.attributes) {
    throw refusal(`a viewer has ${limits.attributes} attributes at most, not ${attributes.size}; set fewer`);
  }
  let bytes = 0;
  for (const [name, value] of attributes) bytes += encoder.encode(name).length + encoder.encode(value).length;
  if (bytes > limits.attributeBytes) {
    throw refusal(
      `a viewer's attributes have ${limits.attributeBytes} bytes at most, not ${bytes}; set fewer, or shorter ones`,
    );
  }
  return attributes;
}
