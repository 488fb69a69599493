/**
 * Bugs that are planted are found, and printed as small tests that show them again.
 */
import { assert, describe, it } from "vitest";
import { losesWrite, missesEnds, tellsEverybody, writesTwice } from "./support/plants.ts";
import type { Program } from "./support/program.ts";
import { replay, runAll } from "./support/replay.ts";
import type { Plant } from "./support/world.ts";

/** What is printed of the first program that finds the bug. */
async function found(plant: Plant): Promise<string> {
  try {
    await runAll({ seed: 1, runs: 200, steps: 60, plant });
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return assert.fail("the bug was not found");
}

/** Pastes what was printed: a test that can be run, with a `replay` of ours in the place of the imported one. */
function pasted(printed: string, replayed: (program: Program) => Promise<unknown>): () => Promise<unknown> {
  const [, test = ""] = printed.split("As a test of its own:");
  const code = test.replace(/^import .*$/gm, "");
  const tests: Array<() => Promise<unknown>> = [];
  new Function("it", "replay", code)((_: string, body: () => Promise<unknown>) => tests.push(body), replayed);
  return tests[0] ?? assert.fail(`there is no test in: ${printed}`);
}

const plants: ReadonlyArray<readonly [what: string, plant: Plant, words: RegExp, steps: number]> = [
  ["loses a write", losesWrite, /got message|has not got|does not know/, 8],
  ["makes a write twice", writesTwice, /got message|is told of/, 8],
  ["tells everybody", tellsEverybody, /got message|begins with|is told of/, 8],
  ["does not tell of the end of a viewer", missesEnds, /all viewers have left/, 8],
];

describe("a planted bug is found and shrinks to a small test that shows it again: a transport that", () => {
  for (const [what, plant, words, steps] of plants) {
    it(what, async () => {
      const printed = await found(plant);
      assert.match(printed, words);
      assert.isAtMost(printed.split('{"do":').length - 1, steps, printed);
      let pastedProgram: Program | undefined;
      const test = pasted(printed, (program) => replay(pastedProgram = program, plant));
      const failure = await test().then(() => undefined, (error: Error) => error.message);
      assert.match(failure ?? "nothing", words);
      // It is the bug that fails it, not the test.
      await replay(pastedProgram ?? assert.fail("the test has replayed nothing"));
    });
  }
});
