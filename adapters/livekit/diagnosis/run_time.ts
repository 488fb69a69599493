/**
 * Which run-time this is, and whether it will do.
 */
import type { Check } from "./check.ts";

const OLDEST_NODE = 22;

/** The run-time. `globals`: where to look; the process's own where nothing is said. */
export function runTimeCheck(globals: object = globalThis): Check {
  const deno = text(globals, "Deno", "version", "deno");
  if (deno !== undefined) return found(`Deno ${deno}`, globals);
  const bun = text(globals, "Bun", "version");
  if (bun !== undefined) return found(`Bun ${bun}`, globals);
  const node = text(globals, "process", "versions", "node");
  if (node === undefined) return found(text(globals, "navigator", "userAgent") ?? "unknown", globals);
  if (Number.parseInt(node, 10) >= OLDEST_NODE) return found(`Node ${node}`, globals);
  return {
    name: "run-time",
    state: "failed",
    detail: `Node ${node} is too old`,
    advice: `take Node ${OLDEST_NODE} or newer, Bun or Deno`,
  };
}

function found(detail: string, globals: object): Check {
  if (Reflect.get(globals, "WebSocket") !== undefined) return { name: "run-time", state: "ok", detail };
  return {
    name: "run-time",
    state: "failed",
    detail: `${detail} has no WebSocket`,
    advice: `take Node ${OLDEST_NODE} or newer, Bun or Deno`,
  };
}

/** A text at the end of a path of properties. */
function text(from: object, ...path: ReadonlyArray<string>): string | undefined {
  let value: unknown = from;
  for (const name of path) {
    if (typeof value !== "object" && typeof value !== "function" || value === null) return undefined;
    value = Reflect.get(value, name);
  }
  return typeof value === "string" ? value : undefined;
}
