/**
 * The garbage collector on call, on every run-time and without a flag on the command line.
 */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** Collects all garbage now. */
export const collectGarbage: () => void = find();

function find(): () => void {
  if (typeof globalThis.gc === "function") return globalThis.gc;
  const bun: unknown = Reflect.get(globalThis, "Bun");
  if (isBun(bun)) return () => bun.gc(true);
  setFlagsFromString("--expose-gc");
  const exposed: unknown = runInNewContext("gc");
  if (typeof exposed !== "function") throw new Error("there is no way to the garbage collector here");
  return () => void exposed();
}

function isBun(value: unknown): value is { gc(synchronously: boolean): void } {
  return typeof value === "object" && value !== null && "gc" in value && typeof value.gc === "function";
}
