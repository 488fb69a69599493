import { describe, expect, it } from "vitest";
import { missing, namedTests } from "../../scripts/coverage.ts";
import { findings, indexDeclarations, isAccepted, withoutExample } from "../../scripts/doc_lint.ts";

/** A finding as `deno doc --lint` prints it. */
function privateReference(symbol: string, name: string, line: number, declaration: string): string {
  return `error[private-type-ref]: public type '${symbol}' references private type '${name}'
  --> /house/core/wait.ts:15:1
   | 
15 | export function wait(): Effect.Effect<void> {
   | ^
   = hint: make the referenced type public or remove the reference
   | 
${line} | ${declaration}
   | - this is the referenced type
   | 

  info: to ensure documentation is complete all types that are exposed in the public API must be public


`;
}

describe("the doc lint", () => {
  const effect = indexDeclarations(["line one\nexport interface Effect<out A> {\n  readonly a: A\n}"]);
  const accepted = (output: string) => findings(output).map((finding) => isAccepted(finding, effect));

  it("lets a reference to a type that effect declares at that place", () => {
    expect(accepted(privateReference("wait", "Effect", 2, "export interface Effect<out A> {"))).toEqual([true]);
  });

  it("stops a type of ours that only bears the name of one of effect's", () => {
    expect(accepted(privateReference("wait", "Effect", 7, "interface Effect {"))).toEqual([false]);
  });

  it("lets the typed constant that a class extends, and no other private constant or type", () => {
    expect(accepted(privateReference("JoinError", "JoinErrorBase", 20, "const JoinErrorBase: new ("))).toEqual([true]);
    expect(accepted(privateReference("JoinError", "JoinErrorBase", 20, "interface JoinErrorBase {"))).toEqual([false]);
    expect(accepted(privateReference("leak", "Hidden", 19, "interface Hidden {"))).toEqual([false]);
  });

  it("stops every other rule's finding, and reads several in a row", () => {
    const output =
      "error[missing-jsdoc]: exported symbol is missing JSDoc documentation\n --> /house/mod.ts:1:1\n\n\n" +
      privateReference("wait", "Effect", 2, "export interface Effect<out A> {") +
      "error: Found 2 documentation lint errors.\n";
    expect(findings(output).map((finding) => finding.rule)).toEqual(["missing-jsdoc", "private-type-ref"]);
    expect(accepted(output)).toEqual([false, true]);
  });

  it("asks for an example on functions and classes, and for a doc of the module", () => {
    const location = { filename: "file:///house/core/wait.ts", line: 15 };
    const symbol = (name: string, kind: string, tags: ReadonlyArray<{ kind: string }>) => ({
      name,
      declarations: [{ kind, location, jsDoc: { doc: "Waits.", tags } }],
    });
    const symbols = [
      symbol("wait", "function", []),
      symbol("shown", "function", [{ kind: "example" }]),
      symbol("Options", "interface", []),
    ];
    expect(withoutExample("mod.ts", { nodes: { "file:///house/mod.ts": { symbols } } })).toEqual([
      "mod.ts: the module has no doc",
      "mod.ts: the function wait has no @example (file:///house/core/wait.ts:15)",
    ]);
  });
});

describe("the check of COVERAGE.md", () => {
  const existing = [{ file: "tests/core/a.test.ts", name: "a gateway > starts" }];

  it("finds a test by its name, with or without that of its group", () => {
    const named = namedTests("| J-01 | `tests/core/a.test.ts > a gateway > starts`, `tests/core/a.test.ts > starts` |");
    expect(named).toHaveLength(2);
    expect(missing(named, existing)).toEqual([]);
  });

  it("reports a test that was renamed, and a file that has gone", () => {
    const named = namedTests(
      "`tests/core/a.test.ts > stops` and `tests/core/b.test.ts > starts`, `tests/core/c.test.ts`",
    );
    expect(missing(named, existing)).toEqual(named);
    expect(named).toHaveLength(3);
  });

  it("does not take the end of a word for a name", () => {
    expect(missing(namedTests("`tests/core/a.test.ts > arts`"), existing)).toHaveLength(1);
  });

  it("reads names that hold backticks or a table's escaped bars", () => {
    const named = namedTests("`` tests/core/a.test.ts > takes `x` `` and `tests/core/a.test.ts > a \\| b`");
    expect(named.map(({ name }) => name)).toEqual(["takes `x`", "a | b"]);
  });
});
