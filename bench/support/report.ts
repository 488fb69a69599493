/**
 * What a bench prints: Markdown, which is legible as it is and goes into bench/README.md unchanged.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { availableParallelism, platform } from "node:os";

/** Something that issue and design ask for, and what was found. */
interface Target {
  readonly aim: string;
  readonly found: string;
  readonly isMet: boolean;
}

/** The figures of one bench. */
export class Report {
  readonly #lines: Array<string>;
  readonly #targets: Array<Target> = [];

  constructor(title: string) {
    this.#lines = [`### ${title}`, "", `${runtime()}, ${availableParallelism()} cores, ${platform()}.`, ""];
  }

  /** Adds a table; all columns but the first hold figures. */
  table(head: ReadonlyArray<string>, rows: ReadonlyArray<ReadonlyArray<string>>): this {
    this.#lines.push(...table(head, rows), "");
    return this;
  }

  /** Adds what was aimed at. */
  target(aim: string, found: string, isMet: boolean): this {
    this.#targets.push({ aim, found, isMet });
    return this;
  }

  /** It all, as Markdown. */
  text(): string {
    const rows = this.#targets.map(({ aim, found, isMet }) => [aim, found, isMet ? "met" : "missed"]);
    const targets = rows.length === 0 ? [] : [...table(["target", "found", "verdict"], rows), ""];
    return [...this.#lines, ...targets].join("\n");
  }

  /** Prints it all. */
  print(): void {
    console.log(this.text());
  }
}

/** Puts figures into bench/README.md, between two lines that are there. */
export function writeFigures(begin: string, end: string, figures: string): void {
  const path = new URL("../README.md", import.meta.url);
  const page = readFileSync(path, "utf8");
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`bench/README.md has no place for the figures: ${begin} ... ${end}`);
  writeFileSync(path, `${page.slice(0, from)}${begin}\n\n${figures.trim()}\n\n${page.slice(to)}`);
}

/** The run-time with its version, for example `Node 26.10.0`. */
export function runtime(): string {
  const { deno, bun, node } = process.versions;
  if (deno !== undefined) return `Deno ${deno}`;
  return bun === undefined ? `Node ${node}` : `Bun ${bun}`;
}

/** A figure with three digits that count. */
export function figure(value: number): string {
  if (value === 0) return "0";
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  return value.toLocaleString("en", { maximumFractionDigits: digits, maximumSignificantDigits: value >= 1000 ? 4 : 3 });
}

/** A time that is given in ns, in the unit that suits it. */
export function time(ns: number): string {
  if (ns >= 1e9) return `${figure(ns / 1e9)} s`;
  if (ns >= 1e6) return `${figure(ns / 1e6)} ms`;
  return ns >= 1e3 ? `${figure(ns / 1e3)} µs` : `${figure(ns)} ns`;
}

/** How many of something fit into a second when one takes that many ns. */
export function perSecond(ns: number): string {
  return `${figure(1e9 / ns)}/s`;
}

/** A ratio, for example `2.1×`. */
export function times(ratio: number): string {
  return `${figure(ratio)}×`;
}

function table(head: ReadonlyArray<string>, rows: ReadonlyArray<ReadonlyArray<string>>): Array<string> {
  const widths = head.map((_, column) => Math.max(3, ...[head, ...rows].map((row) => width(row[column] ?? ""))));
  const line = (cells: ReadonlyArray<string>): string =>
    `| ${cells.map((cell, column) => pad(cell, column)).join(" | ")} |`;
  const pad = (cell: string, column: number): string => {
    const space = " ".repeat(widths[column]! - width(cell));
    return column === 0 ? cell + space : space + cell;
  };
  const rule = widths.map((size, column) => column === 0 ? "-".repeat(size) : `${"-".repeat(size - 1)}:`);
  return [line(head), `| ${rule.join(" | ")} |`, ...rows.map(line)];
}

function width(text: string): number {
  return [...text].length;
}
