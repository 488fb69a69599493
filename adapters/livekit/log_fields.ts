/**
 * Fields of log lines, cut down to a size that a log can take.
 */

import { withoutSecrets } from "./secrets.ts";

/** What a log line says beside its message. */
export type LogFields = Readonly<Record<string, string | number | boolean>>;

/** Characters of a message that are kept. */
const MESSAGE_CHARACTERS = 500;

/** Fields of a line that are kept. */
const FIELDS = 16;

/** Characters of one field that are kept. */
const FIELD_CHARACTERS = 300;

/** How deep a value is shown; what is deeper is named only. */
const DEPTH = 2;

/** Entries of an object or array inside a field that are shown. */
const ENTRIES = 8;

/** What a URL is asked with: long, and tokens are among it. */
const queries = /\b((?:ws|http)s?:\/\/[^\s?]+)\?\S+/g;

/** The message of a line: at most 500 characters, without the queries of URLs and without tokens. Never throws. */
export function textOf(message: unknown): string {
  return shorten(show(message, DEPTH), MESSAGE_CHARACTERS);
}

/** Text of at most so many characters; one that was cut ends in an ellipsis. */
function shorten(text: string, characters: number): string {
  return text.length <= characters ? text : `${text.slice(0, characters - 1)}…`;
}

/** The fields of a line: the first 16, each as a number, a truth value or at most 300 characters of text. Never throws. */
export function bounded(fields: unknown): LogFields | undefined {
  if (fields === undefined || fields === null) return undefined;
  if (typeof fields !== "object" || fields instanceof Error) return { detail: bound(fields) };
  const kept: Record<string, string | number | boolean> = {};
  for (const name of Object.keys(fields).slice(0, FIELDS)) {
    const value = read(fields, name);
    // The absent ones, of which there are many, tell nothing.
    if (value !== undefined && value !== "") kept[name] = bound(value);
  }
  return kept;
}

function bound(value: unknown): string | number | boolean {
  if (typeof value === "number" || typeof value === "boolean") return value;
  return shorten(show(value, DEPTH), FIELD_CHARACTERS);
}

function show(value: unknown, depth: number): string {
  if (value instanceof Error) return bare(`${value.name}: ${value.message}`);
  if (typeof value === "string") return bare(value);
  if (typeof value !== "object" || value === null) return typeof value === "function" ? "[function]" : String(value);
  const kind = nameOf(value);
  // Bytes, rooms, connections: their insides are of no use in a log.
  if (depth === 0 || ArrayBuffer.isView(value) || (kind !== "Object" && kind !== "Array")) return `[${kind}]`;
  const names = Object.keys(value);
  const shown = names.slice(0, ENTRIES).map((name) => {
    const inner = show(read(value, name), depth - 1);
    return Array.isArray(value) ? inner : `${name}: ${inner}`;
  });
  if (names.length > ENTRIES) shown.push("…");
  return Array.isArray(value) ? `[${shown.join(", ")}]` : `{${shown.join(", ")}}`;
}

function bare(text: string): string {
  // Only the beginning is kept of a long text: the rest is not searched either.
  return withoutSecrets(text.slice(0, 2 * MESSAGE_CHARACTERS).replaceAll(queries, "$1?…"));
}

function nameOf(value: object): string {
  const name: unknown = read(read(value, "constructor"), "name");
  return typeof name === "string" && name !== "" ? name : "Object";
}

/** A property, where reading it throws nothing. */
function read(from: unknown, name: string): unknown {
  try {
    return Reflect.get(Object(from), name);
  } catch {
    return undefined;
  }
}
