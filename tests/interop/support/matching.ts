/**
 * Whether a value is what a test expects of it, as far as the test says.
 */

/** What a value is held against: of an object the fields that are named, of an array each item, a function is asked. */
export type Pattern =
  | string
  | number
  | boolean
  | null
  | undefined
  | ReadonlyArray<Pattern>
  | { readonly [field: string]: Pattern }
  | ((value: unknown) => boolean);

/** Whether the value is as the pattern says. Fields that the pattern does not name are not looked at. */
export function matches(value: unknown, pattern: Pattern): boolean {
  if (typeof pattern === "function") return pattern(value);
  if (isList(pattern)) {
    return Array.isArray(value) && value.length === pattern.length &&
      pattern.every((item, index) => matches(value[index], item));
  }
  if (typeof pattern !== "object" || pattern === null) return Object.is(value, pattern);
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  return Object.entries(pattern).every(([name, expected]) => matches(Reflect.get(value, name), expected));
}

/** The pattern, for people. */
export function shown(pattern: Pattern): string {
  return JSON.stringify(pattern, (_, value: unknown) => typeof value === "function" ? `(${value})` : value) ??
    "nothing";
}

function isList(pattern: Pattern): pattern is ReadonlyArray<Pattern> {
  return Array.isArray(pattern);
}
