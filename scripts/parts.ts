/**
 * The parts of `npm test`. Each is an npm script of that name, too.
 *
 * @module
 */

/** One part of `npm test`. */
export interface Part {
  /** The npm script. */
  readonly script: string;
  /** What fails when it fails, in words; names the run-time where there is one. */
  readonly title: string;
  /** Seconds of the time budget that it may take. */
  readonly share: number;
  /** It is made of tests and ends with a tally of them; other parts count as one check. */
  readonly tests?: true;
}

/** How many parts run at a time. */
export const lanes: number = 2;

/** Seconds that the whole of `npm test` may take. */
export const budget: number = 480;

/** All parts, longest first, so that no long one is left running alone at the end. */
export const parts: ReadonlyArray<Part> = [
  { script: "test:node", title: "tests under Node", share: 260, tests: true },
  { script: "test:deno", title: "tests under Deno", share: 180, tests: true },
  { script: "test:bun", title: "tests under Bun", share: 170, tests: true },
  { script: "package", title: "npm package, installed under Node, Bun and Deno", share: 90 },
  { script: "publish:check", title: "JSR publish dry run", share: 40 },
  { script: "docs:examples", title: "examples in the docs", share: 45 },
  { script: "smoke", title: "entry points from source under Node, Bun and Deno", share: 30 },
  { script: "coverage", title: "tests that COVERAGE.md names", share: 45 },
  { script: "check", title: "types", share: 20 },
  { script: "lint", title: "lint", share: 15 },
  { script: "docs:lint", title: "docs of the public symbols", share: 15 },
  { script: "fmt", title: "format", share: 8 },
  { script: "imports", title: "direction of imports", share: 8 },
  { script: "manifests", title: "versions and manifests", share: 5 },
];
