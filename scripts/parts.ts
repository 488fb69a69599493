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

/** How many parts run at a time. */
export const lanes: number = 3;

/** Seconds that the whole of `npm test` may take. */
export const budget: number = 720;

/**
 * All parts, longest first, so that no long one is left running alone at the end; before them what others wait for.
 */
export const parts: ReadonlyArray<Part> = [
  { script: "livekit:setup", title: "LiveKit server and Python peers", share: 150, skip: skips.livekit },
  { script: "test:node", title: "tests under Node", share: 500, tests: true },
  { script: "test:deno", title: "tests under Deno", share: 220, tests: true },
  { script: "test:bun", title: "tests under Bun", share: 180, tests: true },
  { script: "page:node", title: "the page in a browser", share: 240, tests: true },
  onServer("livekit:node", "tests on a LiveKit server under Node", 215, skips.livekit),
  onServer("livekit:deno", "tests on a LiveKit server under Deno", 70, skips.livekit),
  onServer("livekit:bun", "tests on a LiveKit server under Bun", 70, skips.livekit),
  onServer("livekit:interop", "tests with other people's peers", 70, skips.interop),
  { script: "package", title: "npm package, installed under Node, Bun and Deno", share: 110 },
  { script: "publish:check", title: "JSR publish dry run", share: 60 },
  { script: "docs:examples", title: "examples in the docs", share: 45 },
  { script: "smoke", title: "entry points from source under Node, Bun and Deno", share: 30 },
  { script: "coverage", title: "tests that COVERAGE.md names", share: 15 },
  { script: "check", title: "types", share: 30 },
  { script: "lint", title: "lint", share: 15 },
  { script: "docs:lint", title: "docs of the public symbols", share: 15 },
  { script: "fmt", title: "format", share: 8 },
  { script: "imports", title: "direction of imports", share: 8 },
  { script: "manifests", title: "versions and manifests", share: 5 },
];

function onServer(script: string, title: string, share: number, skip: ReadonlyArray<string>): Part {
  return { script, title, share, tests: true, needs: "livekit:setup", skip };
}
