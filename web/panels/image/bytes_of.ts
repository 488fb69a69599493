/**
 * Bytes in messages: as bytes, as base64 in JSON, or as a list of numbers.
 */
import { isList, type Plain } from "../../decode/plain.ts";

/** The bytes of a value; `undefined` where it is none. */
export function bytesOf(value: Plain | undefined): Uint8Array | undefined {
  if (value instanceof Uint8Array) return value;
  if (typeof value === "string") return base64Bytes(value);
  if (value instanceof Int8Array) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  if (isList(value)) return Uint8Array.from(value, (item) => (typeof item === "number" ? item : 0));
  return undefined;
}

function base64Bytes(text: string): Uint8Array | undefined {
  const { fromBase64 } = Uint8Array as { readonly fromBase64?: (text: string) => Uint8Array };
  try {
    if (fromBase64 !== undefined) return fromBase64.call(Uint8Array, text);
    return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  } catch {
    return undefined;
  }
}
