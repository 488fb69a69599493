/**
 * What must hold whatever the speed: a bench whose counts are wrong has measured nothing.
 */

/** Fails the bench when the condition does not hold. */
export function check(condition: boolean, what: string): asserts condition {
  if (!condition) throw new Error(`the bench has failed: ${what}`);
}

/** Fails the bench when something was lost, or came twice. */
export function checkCount(what: string, found: number, expected: number): void {
  check(found === expected, `${what}: ${found}, not ${expected}`);
}
