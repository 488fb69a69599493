/**
 * UTF-8, strictly.
 */

// A byte order mark is a character like any other here: the default would swallow it.
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();

/** The text of UTF-8 bytes; `undefined` where they are none. */
export function textOf(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}

/** The text as UTF-8 bytes; half a surrogate pair becomes U+FFFD. */
export function encodeText(text: string): Uint8Array {
  return encoder.encode(text);
}

/**
 * The text in memory of its own. A string of a short message is a slice of it, which keeps the whole message: no harm for
 * one, but for thousands that are kept for long.
 */
export function detached(text: string): string {
  return decoder.decode(encoder.encode(text));
}
