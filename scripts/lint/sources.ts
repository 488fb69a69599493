/**
 * Lint rules of the house about the sources. core/ and transport/ take time, chance and logging from outside (Effect's
 * Clock, Random and loggers), so that a run can be repeated exactly; nothing changes a type by a detour over `unknown`.
 *
 * @module
 */
import { type LintContext, type LintNode, type LintPlugin, type LintVisitor, roomOf } from "./plugin.ts";

const globals: ReadonlyMap<string, string> = new Map([
  ["setTimeout", "Effect.sleep, on the Clock"],
  ["setInterval", "Effect.repeat with a Schedule"],
  ["setImmediate", "Effect.yieldNow"],
  ["performance", "Effect's Clock"],
  ["console", "Effect.log and its kin"],
]);

const members: ReadonlyMap<string, string> = new Map([
  ["Date.now", "Effect's Clock"],
  ["Math.random", "Effect's Random"],
  ["crypto.randomUUID", "Effect's Random"],
  ["crypto.getRandomValues", "Effect's Random"],
]);

/** What to use instead of a name, when the name is one of the forbidden ones. */
function insteadOf(name: string): string | undefined {
  return members.get(name) ?? globals.get(name.split(".")[0] ?? "");
}

function nameOf(node: LintNode | undefined): string | undefined {
  if (node?.type === "Identifier") return node.name;
  if (node?.type !== "MemberExpression") return undefined;
  const object = nameOf(node.object);
  const property = node.computed ? node.property?.value : node.property?.name;
  if (object === undefined || typeof property !== "string") return undefined;
  return object === "globalThis" ? property : `${object}.${property}`;
}

function report(context: LintContext, node: LintNode, name: string | undefined): void {
  const instead = name === undefined ? undefined : insteadOf(name);
  if (instead !== undefined) {
    context.report({ node, message: `${name} is not for this folder`, hint: `use ${instead}` });
  }
}

function noAmbient(context: LintContext): LintVisitor {
  const room = roomOf(context.filename);
  if (room !== "core" && room !== "transport") return {};
  return {
    CallExpression: (node) => report(context, node, nameOf(node.callee)),
    NewExpression: (node) => {
      const bare = nameOf(node.callee) === "Date" && node.arguments?.length === 0;
      if (bare) context.report({ node, message: "new Date() is not for this folder", hint: "use Effect's Clock" });
    },
  };
}

function noDoubleAssertion(context: LintContext): LintVisitor {
  return {
    TSAsExpression: (node) => {
      const inner = node.expression;
      if (inner?.type !== "TSAsExpression" || inner.typeAnnotation?.type !== "TSUnknownKeyword") return;
      context.report({
        node,
        message: "an assertion over `unknown` can claim anything",
        hint: "narrow the value by a check, or change the type it comes from",
      });
    },
  };
}

const plugin: LintPlugin = {
  name: "house",
  rules: { "no-ambient": { create: noAmbient }, "no-double-assertion": { create: noDoubleAssertion } },
};
export default plugin;
