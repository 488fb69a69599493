/**
 * Holds the tests that a Markdown file names against those that exist.
 *
 * @module
 */

/** A test that exists. */
export interface ExistingTest {
  /** Its file, relative to the project's folder. */
  readonly file: string;
  /** Its name behind those of its groups, joined by ` > `. */
  readonly name: string;
}

/** A test as a Markdown file names it: `tests/file.test.ts > name`. */
export interface NamedTest {
  readonly file: string;
  /** The test's name, with or without those of its groups; empty when only the file is named. */
  readonly name: string;
}

/** The tests that a Markdown text names, in backticks. */
export function namedTests(markdown: string): ReadonlyArray<NamedTest> {
  // Names may hold backticks themselves; Markdown then fences them with two, and a table escapes its bars.
  return [...markdown.matchAll(/(`+)\s?(tests\/[^`\s]+\.test\.ts)(?: > (.+?))?\s?\1(?!`)/g)]
    .map(([, , file = "", name = ""]) => ({ file, name: name.replaceAll("\\|", "|") }));
}

/** Those of the named tests that do not exist. */
export function missing(
  named: ReadonlyArray<NamedTest>,
  existing: ReadonlyArray<ExistingTest>,
): ReadonlyArray<NamedTest> {
  return named.filter(({ file, name }) =>
    !existing.some((test) =>
      test.file === file && (name === "" || test.name === name || test.name.endsWith(` > ${name}`))
    )
  );
}
