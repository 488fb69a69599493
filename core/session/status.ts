/**
 * What a device tells the people at its viewers (session semantics, section 11).
 */
import { received } from "../invalid_argument.ts";
import type { StatusLevel } from "../protocol/mod.ts";

const LEVELS: Readonly<Record<StatusLevel, true>> = { info: true, warning: true, error: true };

/** What keeps a status from being sent; `undefined`: nothing. */
export function statusProblem(status: unknown): string | undefined {
  if (typeof status !== "object" || status === null) return `a status must be an object: received ${received(status)}`;
  const { level, message, id }: { readonly level?: unknown; readonly message?: unknown; readonly id?: unknown } =
    status;
  if (typeof level !== "string" || !Object.hasOwn(LEVELS, level)) {
    return `the level of a status must be info, warning or error: received ${received(level)}`;
  }
  if (typeof message !== "string") return `the message of a status must be text: received ${received(message)}`;
  if (id !== undefined && typeof id !== "string") return `the id of a status must be text: received ${received(id)}`;
  return undefined;
}

/** What keeps statuses from being removed; `undefined`: nothing. */
export function statusIdsProblem(ids: unknown): string | undefined {
  if (!Array.isArray(ids)) return `the ids of statuses must be a list: received ${received(ids)}`;
  for (const id of ids) {
    if (typeof id !== "string") return `the id of a status must be text: received ${received(id)}`;
  }
  return undefined;
}
