/**
 * A value as a tree that is worked with mouse, finger or keyboard.
 */
import type { VNode } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Plain } from "../../decode/plain.ts";
import { copy, copyText } from "./copy_text.ts";
import { type Move, rowAfter } from "./tree_keys.ts";
import { PARTS_STEP, type TreeRow, treeRows, type TreeState } from "./tree_rows.ts";

const moves: ReadonlyMap<string, Move> = new Map([
  ["ArrowDown", "next"],
  ["ArrowUp", "previous"],
  ["Home", "first"],
  ["End", "last"],
]);

/** Shows a value; what was opened stays open when the value changes. */
export function Tree({ value, label }: { value: Plain; label: string }): VNode {
  const [state, setState] = useState<TreeState>({ toggled: new Map(), shown: new Map() });
  const [active, setActive] = useState<string>();
  const [said, setSaid] = useState("");
  const list = useRef<HTMLDivElement>(null);
  const wantsFocus = useRef(false);
  const rows = treeRows(value, state);
  const current = rows.find(({ path }) => path === active) ?? rows[0];

  const focusActive = (): void => list.current?.querySelector<HTMLElement>('[tabindex="0"]')?.focus();
  useLayoutEffect(() => {
    if (!wantsFocus.current) return;
    wantsFocus.current = false;
    focusActive();
  });

  const toggle = (row: TreeRow): void => {
    if (row.more !== undefined) {
      const shown = new Map(state.shown).set(row.more, (state.shown.get(row.more) ?? PARTS_STEP) + PARTS_STEP * 4);
      setState({ ...state, shown });
    } else if (row.isOpen !== undefined) {
      setState({ ...state, toggled: new Map(state.toggled).set(row.path, !row.isOpen) });
    }
  };
  const goTo = (row: TreeRow | undefined): void => {
    if (row === undefined) return;
    // Nothing is rendered anew for it: the next message would take the keyboard from wherever it is by then.
    if (row.path === active) return focusActive();
    wantsFocus.current = true;
    setActive(row.path);
  };
  const copyRow = async (row: TreeRow): Promise<void> => {
    if (row.value === undefined) return;
    const isCopied = await copy(copyText(row.value));
    setSaid(isCopied ? `${row.name || "The value"} is copied` : "The browser does not allow copying");
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (current === undefined) return;
    const move = moves.get(event.key);
    if ((event.ctrlKey || event.metaKey) && event.key === "c") void copyRow(current);
    else if (event.ctrlKey || event.metaKey || event.altKey) return;
    else if (move !== undefined) goTo(rowAfter(rows, current, move));
    else if (event.key === "ArrowRight") {
      current.isOpen === false ? toggle(current) : goTo(rowAfter(rows, current, "in"));
    } else if (event.key === "ArrowLeft") {
      current.isOpen === true ? toggle(current) : goTo(rowAfter(rows, current, "out"));
    } else if (event.key === "Enter" || event.key === " ") toggle(current);
    else return;
    event.preventDefault();
  };

  return (
    <>
      <div class="tree" role="tree" aria-label={label} ref={list} onKeyDown={onKeyDown}>
        {rows.map((row) => (
          <Row
            key={row.path}
            row={row}
            isActive={row === current}
            onPick={() => {
              setActive(row.path);
              toggle(row);
            }}
            onCopy={() => void copyRow(row)}
          />
        ))}
      </div>
      <p class="view-hidden" role="status">{said}</p>
    </>
  );
}

interface RowProps {
  row: TreeRow;
  isActive: boolean;
  onPick: () => void;
  onCopy: () => void;
}

function Row({ row, isActive, onPick, onCopy }: RowProps): VNode {
  const { depth, name, text, kind, isOpen, value } = row;
  const canToggle = isOpen !== undefined || row.more !== undefined;
  return (
    <div
      class={`tree-row${canToggle ? " is-pickable" : ""}`}
      role="treeitem"
      aria-level={depth + 1}
      aria-expanded={isOpen}
      tabIndex={isActive ? 0 : -1}
      style={{ paddingInlineStart: `${depth * 1.1 + 0.25}rem` }}
      onClick={onPick}
    >
      <span class="tree-mark" aria-hidden="true">{isOpen === undefined ? "" : isOpen ? "▾" : "▸"}</span>
      {name !== "" && <span class="tree-name">{name}</span>}
      <span class={`tree-value is-${kind}`}>{isOpen === true && kind === "summary" ? "" : text}</span>
      {value !== undefined && (
        <button
          type="button"
          class="tree-copy"
          tabIndex={-1}
          aria-label={`Copy ${name || "the value"}`}
          title="Copy (Ctrl+C)"
          onClick={(event) => {
            event.stopPropagation();
            onCopy();
          }}
        >
          ⧉
        </button>
      )}
    </div>
  );
}
