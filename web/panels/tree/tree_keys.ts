/**
 * Where the keys lead in a tree.
 */
import type { TreeRow } from "./tree_rows.ts";

/** A way to go: along the rows, or to the first part of a row, or to the row that it is a part of. */
export type Move = "next" | "previous" | "first" | "last" | "in" | "out";

/** The row that a move leads to; `undefined` where there is none. */
export function rowAfter(rows: ReadonlyArray<TreeRow>, from: TreeRow, move: Move): TreeRow | undefined {
  const at = rows.indexOf(from);
  switch (move) {
    case "next":
      return rows[at + 1];
    case "previous":
      return rows[at - 1];
    case "first":
      return rows[0];
    case "last":
      return rows.at(-1);
    case "in": {
      const next = rows[at + 1];
      return next !== undefined && next.depth > from.depth ? next : undefined;
    }
    case "out":
      return rows.slice(0, Math.max(0, at)).findLast(({ depth }) => depth < from.depth);
  }
}
