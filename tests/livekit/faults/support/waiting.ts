/**
 * Waiting for what is to happen, in real time: in tests that run at the same time, which `expect.poll` cannot do, and
 * outside of vitest.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { deepStrictEqual } from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";

/** Ms that anything may take on a busy machine. */
export const PATIENCE = 90_000;
/** Ms between two looks. */
const LOOK_MS = 10;

/** Waits until a condition holds. */
export async function until(what: string, condition: () => unknown): Promise<void> {
  if (!await comes(() => Boolean(condition()))) throw new Error(`it has not come about that ${what}`);
}

/** Waits until something has a certain value. */
export async function becomes<A>(value: () => A, wanted: A): Promise<void> {
  if (!await comes(() => isDeepStrictEqual(value(), wanted))) deepStrictEqual(value(), wanted);
}

async function comes(condition: () => boolean): Promise<boolean> {
  const deadline = performance.now() + PATIENCE;
  while (!condition()) {
    if (performance.now() > deadline) return false;
    await sleep(LOOK_MS);
  }
  return true;
}
