/**
 * A value as rows that can be opened and closed. Whatever the size of the value, the rows are few.
 */
import { isList, isRecord, type Numbers, type Plain } from "../../decode/plain.ts";
import { bytesText, countText } from "../words.ts";

/** One row. */
export interface TreeRow {
  /** Names the part in the whole value; rows of later messages at the same place have the same. */
  readonly path: string;
  /** How deep it lies, from 0. */
  readonly depth: number;
  readonly name: string;
  /** What it is, in short. */
  readonly text: string;
  readonly kind: "text" | "number" | "word" | "summary";
  /** Whether it is open; absent where there is nothing to open. */
  readonly isOpen?: boolean;
  /** The part itself; absent in a row that stands for several. */
  readonly value?: Plain;
  /** Shows more of the parts of the row at this path. */
  readonly more?: string;
}

/** What is open, and how much of it. */
export interface TreeState {
  /** By path: whether it has been opened or closed by hand. */
  readonly toggled: ReadonlyMap<string, boolean>;
  /** By path: how many of its parts are to be shown, where these are not the usual number. */
  readonly shown: ReadonlyMap<string, number>;
}

/** Rows in all; what does not fit is counted in the last one. */
export const MAX_ROWS = 1_000;
/** Parts of one row that are shown at first, and by how many it becomes more. */
export const PARTS_STEP = 50;
/** Characters of a text in a row. */
const MAX_TEXT = 160;
/** Bytes that a row shows of binary data. */
const MAX_BYTES = 16;
/** Numbers that a row shows of an array of them. */
const MAX_NUMBERS = 4;
/** What is open without anybody having opened it. */
const OPEN_DEPTH = 3;
const OPEN_LIST = 8;

/** The rows of a value. */
export function treeRows(value: Plain, state: TreeState): ReadonlyArray<TreeRow> {
  const rows: Array<TreeRow> = [];
  // The whole has no row of its own where it has parts.
  if (partCount(value) === 0) rows.push(rowOf("", "", 0, value, state));
  else addParts(rows, "", 0, value, state);
  return rows;
}

/** Whether the part at a path is open. */
export function isOpen(path: string, depth: number, value: Plain, { toggled }: TreeState): boolean {
  const byHand = toggled.get(path);
  if (byHand !== undefined) return byHand;
  if (isList(value)) return value.length <= OPEN_LIST && depth < OPEN_DEPTH && !ArrayBuffer.isView(value);
  return depth < OPEN_DEPTH;
}

/** The numbers of parts. */
export function partCount(value: Plain): number {
  if (value instanceof Uint8Array) return 0;
  if (isList(value)) return value.length;
  return isRecord(value) ? Object.keys(value).length : 0;
}

function addParts(rows: Array<TreeRow>, path: string, depth: number, value: Plain, state: TreeState): void {
  const count = partCount(value);
  const shown = Math.min(count, state.shown.get(path) ?? PARTS_STEP);
  for (const [name, part] of partsOf(value, shown)) {
    if (rows.length >= MAX_ROWS) return;
    if (rows.length === MAX_ROWS - 1) {
      rows.push(note(path, depth, `no more than ${countText(MAX_ROWS)} rows are shown`));
      return;
    }
    const partPath = `${path}/${escape(name)}`;
    const row = rowOf(partPath, name, depth, part, state);
    rows.push(row);
    if (row.isOpen === true) addParts(rows, partPath, depth + 1, part, state);
  }
  if (shown < count && rows.length < MAX_ROWS) {
    const left = count - shown;
    rows.push({ ...note(path, depth, `${countText(left)} more`), more: path });
  }
}

function* partsOf(value: Plain, limit: number): Iterable<readonly [string, Plain]> {
  if (isList(value)) {
    for (let index = 0; index < limit; index += 1) yield [String(index), value[index]!];
  } else if (isRecord(value)) {
    let left = limit;
    for (const name in value) {
      if (left <= 0) return;
      left -= 1;
      yield [name, value[name]!];
    }
  }
}

function rowOf(path: string, name: string, depth: number, value: Plain, state: TreeState): TreeRow {
  const base = { path, depth, name, value, ...shortText(value) };
  return partCount(value) === 0 ? base : { ...base, isOpen: isOpen(path, depth, value, state) };
}

function note(path: string, depth: number, text: string): TreeRow {
  return { path: `${path}/…`, depth, name: "", text, kind: "summary" };
}

/** A value in one short line. */
export function shortText(value: Plain): Pick<TreeRow, "text" | "kind"> {
  switch (typeof value) {
    case "string":
      return { text: `"${shortened(value)}"`, kind: "text" };
    case "number":
    case "bigint":
      return { text: String(value), kind: "number" };
    case "boolean":
      return { text: String(value), kind: "word" };
  }
  if (value === null) return { text: "null", kind: "word" };
  if (value instanceof Uint8Array) return { text: shortBytes(value), kind: "summary" };
  if (isNumbers(value)) return { text: shortNumbers(value), kind: "summary" };
  const count = partCount(value);
  if (isList(value)) return { text: count === 1 ? "[1 item]" : `[${countText(count)} items]`, kind: "summary" };
  return {
    text: count === 0 ? "{}" : `{${Object.keys(value).slice(0, 4).join(", ")}${count > 4 ? ", …" : ""}}`,
    kind: "summary",
  };
}

function isNumbers(value: Plain): value is Numbers {
  return ArrayBuffer.isView(value);
}

function shortened(text: string): string {
  return text.length <= MAX_TEXT ? text : `${text.slice(0, MAX_TEXT)}… (${countText(text.length)} characters)`;
}

function shortBytes(bytes: Uint8Array): string {
  const some = Array.from(bytes.subarray(0, MAX_BYTES), (byte) => byte.toString(16).padStart(2, "0")).join(" ");
  return `${bytesText(bytes.length)}: ${some}${bytes.length > MAX_BYTES ? " …" : ""}`;
}

function shortNumbers(numbers: Numbers): string {
  const some: Array<string> = [];
  for (let index = 0; index < Math.min(numbers.length, MAX_NUMBERS); index += 1) some.push(String(numbers[index]));
  return `[${some.join(", ")}${numbers.length > MAX_NUMBERS ? ", …" : ""}] ${countText(numbers.length)} numbers`;
}

function escape(name: string): string {
  return name.replaceAll("~", "~0").replaceAll("/", "~1");
}
