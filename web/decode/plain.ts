/**
 * What a message is once it is decoded, whatever its encoding was.
 */

/** Arrays of numbers, as the decoders make them; they may be views into the message's bytes. */
export type Numbers =
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | Float32Array
  | Float64Array
  | BigInt64Array
  | BigUint64Array;

/** A decoded value: what JSON has, 64-bit integers, and arrays of numbers, of which `Uint8Array` is bytes. */
export type Plain = null | boolean | number | bigint | string | Numbers | ReadonlyArray<Plain> | PlainRecord;

/** Decoded values by name. */
export interface PlainRecord {
  readonly [name: string]: Plain;
}

/** Whether a value has named parts. */
export function isRecord(value: Plain | undefined): value is PlainRecord {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value);
}

/** Whether a value has numbered parts. */
export function isList(value: Plain | undefined): value is ReadonlyArray<Plain> | Numbers {
  return Array.isArray(value) || ArrayBuffer.isView(value);
}

/** Sets a part of a record that is being made; its name comes from outside, and may be `__proto__`. */
export function setPart(record: Record<string, Plain>, name: string, value: Plain): void {
  if (name === "__proto__") Object.defineProperty(record, name, { value, enumerable: true, writable: true });
  else record[name] = value;
}
