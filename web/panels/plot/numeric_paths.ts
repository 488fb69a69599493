/**
 * The numbers in a message, by their paths.
 */
import { isList, isRecord, type Plain } from "../../decode/plain.ts";

/** Where a number is: names of fields and numbers of items. */
export type Path = ReadonlyArray<string | number>;

/** Paths that are offered. */
export const MAX_PATHS = 500;
/** Items of a list that are offered one by one. */
const MAX_ITEMS = 16;
const MAX_DEPTH = 16;

/** A path as text: `pose.position.x`, `ranges[0]`. */
export function pathText(path: Path): string {
  return path.map((key, index) => (typeof key === "number" ? `[${key}]` : index === 0 ? key : `.${key}`)).join("");
}

/** The paths of all numbers in a value, in its order; of lists the first items. */
export function numericPaths(value: Plain): ReadonlyArray<Path> {
  const paths: Array<Path> = [];
  collect(value, [], paths);
  return paths;
}

function collect(value: Plain, path: Path, paths: Array<Path>): void {
  if (paths.length >= MAX_PATHS || path.length > MAX_DEPTH) return;
  if (isNumeric(value)) {
    paths.push(path);
  } else if (value instanceof Uint8Array || isTime(value)) {
    return;
  } else if (isList(value)) {
    for (let index = 0; index < Math.min(value.length, MAX_ITEMS); index += 1) {
      collect(value[index]!, [...path, index], paths);
    }
  } else if (isRecord(value)) {
    for (const name of Object.keys(value)) collect(value[name]!, [...path, name], paths);
  }
}

/** Times are what a plot is drawn over. */
function isTime(value: Plain): boolean {
  if (!isRecord(value)) return false;
  const names = Object.keys(value);
  return names.length === 2 && names[0] === "sec" && (names[1] === "nsec" || names[1] === "nanosec");
}

function isNumeric(value: Plain): value is number | bigint | boolean {
  return typeof value === "number" || typeof value === "bigint" || typeof value === "boolean";
}

/** The number at a path; NaN where there is none. `true` is 1. */
export function numberAt(value: Plain, path: Path): number {
  let part: Plain | undefined = value;
  for (const key of path) {
    if (typeof key === "number") part = isList(part) ? part[key] : undefined;
    else part = isRecord(part) ? part[key] : undefined;
    if (part === undefined) return NaN;
  }
  return isNumeric(part) ? Number(part) : NaN;
}
