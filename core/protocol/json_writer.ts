/**
 * Writing JSON text, where `JSON.stringify` of an object will not do: keys in a stated order, floats told from integers,
 * no lone surrogates.
 */

/** A string as JSON. Half a surrogate pair, which no peer would read, becomes U+FFFD. */
export function jsonString(text: string): string {
  return JSON.stringify(text.isWellFormed() ? text : text.toWellFormed());
}

/** A list of what `write` makes of each item. */
export function jsonList<T>(items: ReadonlyArray<T>, write: (item: T) => string): string {
  let text = "[";
  for (let index = 0; index < items.length; index++) {
    if (index > 0) text += ",";
    text += write(items[index]!);
  }
  return text + "]";
}

/** A list of strings. */
export function jsonStrings(items: ReadonlyArray<string>): string {
  return jsonList(items, jsonString);
}

/** A list of integers. */
export function jsonIntegers(items: ReadonlyArray<number>): string {
  return `[${items.join(",")}]`;
}

/** A map with its keys sorted by their UTF-8 bytes. */
export function jsonMap<T>(map: ReadonlyMap<string, T>, write: (value: T) => string): string {
  let text = "{";
  for (const [key, value] of [...map].sort(compareEntries)) {
    if (text.length > 1) text += ",";
    text += `${jsonString(key)}:${write(value)}`;
  }
  return text + "}";
}

/** `,"key":"text"`, or nothing where there is no text. */
export function optionalString(key: string, text: string | undefined): string {
  return text === undefined ? "" : `,"${key}":${jsonString(text)}`;
}

function compareEntries(left: readonly [string, unknown], right: readonly [string, unknown]): number {
  return compareUtf8(left[0], right[0]);
}

/** Compares two strings as their UTF-8 bytes would compare, which is not how JavaScript compares them. */
export function compareUtf8(left: string, right: string): number {
  const length = Math.min(left.length, right.length);
  for (let index = 0; index < length; index++) {
    const a = left.charCodeAt(index);
    const b = right.charCodeAt(index);
    if (a !== b) return codePointRank(a) - codePointRank(b);
  }
  return left.length - right.length;
}

/** Surrogates stand for code points above U+FFFF, so they come behind U+E000 to U+FFFF. */
function codePointRank(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}
