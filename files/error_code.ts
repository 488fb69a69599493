/**
 * What the operating system says of a failure.
 */

/** The code of a system's error, for example `ENOENT`; empty where there is none. */
export function codeOf(error: unknown): string {
  return typeof error === "object" && error !== null && "code" in error ? String(error.code) : "";
}
