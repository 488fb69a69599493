/**
 * Reads what `deno doc --lint` and `deno doc --json` say about the public symbols.
 *
 * @module
 */

/** One finding of `deno doc --lint`. */
export interface Finding {
  /** The rule, for example `missing-jsdoc`. */
  readonly rule: string;
  /** The whole finding as it was printed. */
  readonly text: string;
  /** For a reference to a private type: its name, and the line that declares it. */
  readonly reference?: { readonly name: string; readonly line: number; readonly source: string };
}

/** The findings in the output of `deno doc --lint`, printed without colours. */
export function findings(output: string): ReadonlyArray<Finding> {
  return output.split(/^(?=error\[)/m).filter((block) => block.startsWith("error[")).map((block) => {
    const text = block.split(/\n\n\n|^error: /m)[0]?.trimEnd() ?? "";
    const rule = /^error\[([^\]]+)\]/.exec(text)?.[1] ?? "";
    const name = /references private type '([^']+)'/.exec(text)?.[1];
    // The second excerpt shows the declaration; the first one the symbol that refers to it.
    const declaration = [...text.matchAll(/^ *(\d+) \| (.*)$/gm)].at(-1);
    if (name === undefined || declaration === undefined) return { rule, text };
    return { rule, text, reference: { name, line: Number(declaration[1]), source: declaration[2] ?? "" } };
  });
}

/**
 * Whether a finding is one of the two kinds that the house lives with: a reference to a type of effect's, which is
 * public in effect, and one to the typed constant that an error or service class extends.
 */
export function isAccepted(finding: Finding, effect: DeclarationIndex): boolean {
  const { rule, reference } = finding;
  if (rule !== "private-type-ref" || reference === undefined) return false;
  if (reference.name.endsWith("Base")) return new RegExp(`^const ${reference.name}\\s*:`).test(reference.source);
  return effect.has(`${reference.line}|${reference.source}`);
}

/** The lines of declaration files, as `number|text`. */
export type DeclarationIndex = ReadonlySet<string>;

/** Indexes the lines that declare something in declaration files. */
export function indexDeclarations(files: ReadonlyArray<string>): DeclarationIndex {
  const index = new Set<string>();
  for (const text of files) {
    text.split("\n").forEach((line, at) => {
      if (/^\s*(export|declare|interface|type|class|const)\b/.test(line)) index.add(`${at + 1}|${line}`);
    });
  }
  return index;
}

/** What is read of `deno doc --json`. */
export interface DocJson {
  readonly nodes: Readonly<
    Record<string, { readonly module_doc?: JsDoc; readonly symbols?: ReadonlyArray<DocSymbol> }>
  >;
}

interface JsDoc {
  readonly doc?: string;
  readonly tags?: ReadonlyArray<{ readonly kind: string }>;
}

interface DocSymbol {
  readonly name: string;
  readonly declarations: ReadonlyArray<{
    readonly kind: string;
    readonly jsDoc?: JsDoc;
    readonly location: { readonly filename: string; readonly line: number };
  }>;
}

/** What lacks an example in the docs of an entry point: the module itself, and its functions and classes. */
export function withoutExample(entry: string, docs: DocJson): ReadonlyArray<string> {
  const problems: Array<string> = [];
  for (const { module_doc: moduleDoc, symbols = [] } of Object.values(docs.nodes)) {
    if (!moduleDoc?.doc?.trim()) problems.push(`${entry}: the module has no doc`);
    for (const { name, declarations } of symbols) {
      const shown = declarations.filter(({ kind }) => kind === "function" || kind === "class");
      const first = shown[0];
      if (first === undefined || shown.some(({ jsDoc }) => jsDoc?.tags?.some((tag) => tag.kind === "example"))) {
        continue;
      }
      problems.push(
        `${entry}: the ${first.kind} ${name} has no @example (${first.location.filename}:${first.location.line})`,
      );
    }
  }
  return problems;
}
