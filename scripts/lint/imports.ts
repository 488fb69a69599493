/**
 * Lint rules of the house about imports: they point inwards, and entry points only re-export. Run by themselves with
 * imports.json (`npm run imports`).
 *
 * @module
 */
import { type LintContext, type LintNode, type LintPlugin, type LintVisitor, pathInHouse } from "./plugin.ts";
import { reExportsOnly, refusal } from "./rooms.ts";

/** Reports what a node imports, if the file may not. */
function check(context: LintContext, node: LintNode, source: LintNode | null | undefined): void {
  if (source === null || source === undefined) return;
  const specifier = typeof source.value === "string" ? source.value : undefined;
  // A path put together at run time cannot be judged, so it is no way around the rule.
  const message = specifier === undefined
    ? "what is imported here cannot be told from the source"
    : refusal(pathInHouse(context.filename), specifier);
  if (message !== undefined) context.report({ node, message });
}

/** The specifier of `import("...")` in a type; which field holds it has changed between versions of Deno. */
function typeSource(context: LintContext, node: LintNode): LintNode {
  const value = /^(?:typeof\s+)?import\(\s*["']([^"']+)["']/.exec(context.sourceCode.getText(node))?.[1];
  return { type: "Literal", value };
}

function arrows(context: LintContext): LintVisitor {
  return {
    ImportDeclaration: (node) => check(context, node, node.source),
    ExportNamedDeclaration: (node) => check(context, node, node.source),
    ExportAllDeclaration: (node) => check(context, node, node.source),
    ImportExpression: (node) => check(context, node, node.source),
    TSImportType: (node) => check(context, node, typeSource(context, node)),
  };
}

function contents(context: LintContext): LintVisitor {
  if (!reExportsOnly(pathInHouse(context.filename))) return {};
  return {
    Program: (program) => {
      for (const node of program.body ?? []) {
        const reExports = node.type === "ExportAllDeclaration" ||
          (node.type === "ExportNamedDeclaration" && node.source !== null && node.source !== undefined);
        if (!reExports) context.report({ node, message: "this file only re-exports: `export ... from ...`" });
      }
    },
  };
}

const plugin: LintPlugin = {
  name: "house",
  rules: { "arrows": { create: arrows }, "re-exports-only": { create: contents } },
};
export default plugin;
