/**
 * The part of Deno's lint plugin interface that the house's rules use, and where a file stands in the house.
 *
 * @module
 */
import { fileURLToPath } from "node:url";

/** A node of the syntax tree; which fields it has depends on its type. */
export interface LintNode {
  readonly type: string;
  readonly name?: string;
  readonly value?: unknown;
  readonly computed?: boolean;
  readonly object?: LintNode;
  readonly property?: LintNode;
  readonly callee?: LintNode;
  readonly arguments?: ReadonlyArray<LintNode>;
  readonly source?: LintNode | null;
  readonly expression?: LintNode;
  readonly typeAnnotation?: LintNode;
  readonly body?: ReadonlyArray<LintNode>;
}

/** What a rule is given for a file. */
export interface LintContext {
  /** The file's absolute path. */
  readonly filename: string;
  readonly sourceCode: { getText(node: LintNode): string };
  report(finding: { readonly node: LintNode; readonly message: string; readonly hint?: string }): void;
}

/** Functions that are called for the nodes of a type. */
export type LintVisitor = Readonly<Record<string, (node: LintNode) => void>>;

/** A plugin of `deno lint`. */
export interface LintPlugin {
  readonly name: string;
  readonly rules: Readonly<Record<string, { create(context: LintContext): LintVisitor }>>;
}

/** The project's folder, with a slash at the end: two levels above this file. */
const root: string = fileURLToPath(new URL("../../", import.meta.url)).replaceAll("\\", "/");

/** A file's path relative to the project's folder, with slashes. */
export function pathInHouse(filename: string): string {
  const path = filename.replaceAll("\\", "/");
  return path.startsWith(root) ? path.slice(root.length) : path;
}

/** The top folder a file stands in; empty for a file beside the manifests. */
export function roomOf(filename: string): string {
  const path = pathInHouse(filename);
  return path.includes("/") ? path.slice(0, path.indexOf("/")) : "";
}
