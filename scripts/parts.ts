/**
 * The parts of `npm test`. Each is an npm script of that name, too.
 *
 * @module
 */

import { skips } from "./skips.ts";

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
  /** The part that has to be done before: when it has failed, this one is not run and counts as failed. */
  readonly needs?: string;
  /** Variables of the environment; while one is 1, the part is left out, and the summary says so. */
  readonly skip?: ReadonlyArray<string>;
}

/** How many parts run at a time: more would starve the connections of those that run on a server. */
export const lanes: number = 2;

/** Seconds that the whole of `npm test` may take. */
export const budget: number = 780;

/**
 * All parts, longest first, so that no long one is left running alone at the end; before them what others wait for.
 */
export const parts: ReadonlyArray<Part> = [
  { script: "livekit:setup", title: "LiveKit server and Python peers", share: 100, skip: skips.livekit },
  { script: "test:node", title: "tests under Node", share: 380, tests: true },
  { script: "test:deno", title: "tests under Deno", share: 160, tests: true },
  { script: "test:bun", title: "tests under Bun", share: 130, tests: true },
  { script: "page:node", title: "the page in a browser", share: 190, tests: true },
  onServer("livekit:node", "tests on a LiveKit server under Node", 190, skips.livekit),
  onServer("livekit:deno", "tests on a LiveKit server under Deno", 50, skips.livekit),
  onServer("livekit:bun", "tests on a LiveKit server under Bun", 50, skips.livekit),
  onServer("livekit:interop", "tests with other people's peers", 60, skips.interop),
  { script: "package", title: "npm package, installed under Node, Bun and Deno", share: 80 },
  { script: "publish:check", title: "JSR publish dry run", share: 45 },
  { script: "docs:examples", title: "examples in the docs", share: 30 },
  { script: "smoke", title: "entry points from source under Node, Bun and Deno", share: 20 },
  { script: "coverage", title: "tests that COVERAGE.md names", share: 10 },
  { script: "check", title: "types", share: 25 },
  { script: "lint", title: "lint", share: 12 },
  { script: "docs:lint", title: "docs of the public symbols", share: 10 },
  { script: "fmt", title: "format", share: 5 },
  { script: "imports", title: "direction of imports", share: 6 },
  { script: "manifests", title: "versions and manifests", share: 5 },
];

function onServer(script: string, title: string, share: number, skip: ReadonlyArray<string>): Part {
  return { script, title, share, tests: true, needs: "livekit:setup", skip };
}
