/**
 * Ids of sessions: a name to find them by, and 128 bits that are compared in constant time.
 */

/** Digits of an id that only tell sessions apart. */
const NAME_DIGITS = 16;

/** So many random bytes, in hexadecimal. */
export function randomHex(bytes: number): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(bytes)), (byte) => byte.toString(16).padStart(2, "0")).join(
    "",
  );
}

/** An id that nobody can guess. */
export function newSessionId(): string {
  return randomHex(24);
}

/** The part of an id that is looked up; how long that takes tells nothing of the rest. */
export function nameOf(id: string): string {
  return id.slice(0, NAME_DIGITS);
}

/** Whether two ids are the same, in a time that does not depend on where they differ. */
export function isSameId(one: string, other: string): boolean {
  let difference = one.length ^ other.length;
  for (let index = 0; index < one.length; index += 1) {
    difference |= one.charCodeAt(index) ^ other.charCodeAt(index % other.length);
  }
  return difference === 0;
}
