/**
 * Messages in JSON.
 */
import type { Plain } from "./plain.ts";

/** An integer that a double may not hold; digits behind a point, as sensors have many, are none. */
const MANY_DIGITS = /(?:^|[^.\d])\d{16,}(?![\d.eE])/;
const INTEGER = /^-?\d+$/;
const decoder = new TextDecoder("utf-8", { fatal: true });

/**
 * Reads JSON; integers that a double cannot hold become bigints, so that nanoseconds keep their digits.
 *
 * @throws when the bytes are no UTF-8, or the text is no JSON.
 */
export function readJson(data: Uint8Array): Plain {
  const text = decoder.decode(data);
  // The slower way only where it can make a difference.
  return MANY_DIGITS.test(text) ? JSON.parse(text, keepDigits) : JSON.parse(text);
}

/** `context` is missing from run-times of before 2025; these round, as JSON.parse does. */
function keepDigits(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  if (typeof value !== "number" || Number.isSafeInteger(value)) return value;
  const source = context?.source;
  return source !== undefined && INTEGER.test(source) ? BigInt(source) : value;
}
