/**
 * What a viewer is told that its policy stands against.
 */
import type { ServerMessage } from "../protocol/mod.ts";
import { errorStatus } from "./capability.ts";
import type { Operation } from "./policy.ts";

/** A viewer may ask for many things at once, and by long names: what it is told of them has a bound. */
const MAX_NAMES = 16;
const MAX_NAME_LENGTH = 256;

/** What a viewer is told that may not do what it has asked for, or not any more. Of many names it is told the first. */
export function notAllowed(operation: Operation, names: ReadonlyArray<string>): ServerMessage {
  return errorStatus(refusalWords(operation, names));
}

/** As {@linkcode notAllowed}, the words alone. */
export function refusalWords(operation: Operation, names: ReadonlyArray<string>): string {
  const named = names.slice(0, MAX_NAMES).map((name) => ` ${name.slice(0, MAX_NAME_LENGTH).toWellFormed()}`);
  const more = names.length > MAX_NAMES ? ` and ${names.length - MAX_NAMES} more` : "";
  return `not allowed: ${operation}${named.join(",")}${more}`;
}
