/**
 * Random programs: everything that devices, viewers and networks do, in any order, held against a model. A program that
 * fails is made small and printed as a test that can be pasted into regressions.test.ts. `FIELDLINK_SEED` sets the seed
 * of the first one; `npm run model` runs more of them.
 */
import { assert, describe, it } from "vitest";
import { programOf } from "./support/program.ts";
import { runAll } from "./support/replay.ts";
import { type Outcome, runProgram } from "./support/world.ts";

const SEED = Number(process.env["FIELDLINK_SEED"] ?? 1);
const RUNS = "Deno" in globalThis || "Bun" in globalThis ? 20 : 120;
const STEPS = 60;

/** What at least one of the programs has come to, or the others would show less than they seem to. */
const SEEN = [
  "a viewer has connected anew before its earlier instance was told as gone",
  "the room is lost; it is joined again",
  "a viewer's control stream cannot be opened; the viewer is not registered",
  "the viewer's control queue is full; the viewer is reset",
  "writing to a viewer has failed; the viewer is reset",
];

describe("random programs", () => {
  it("show each viewer just what it must see, end every call, and leave nothing behind", async () => {
    const outcomes = await runAll({ seed: SEED, runs: RUNS, steps: STEPS });
    const logged = new Set(outcomes.flatMap(({ log }) => log));
    if (RUNS >= 100) assert.deepStrictEqual(SEEN.filter((line) => !logged.has(line)), []);
    assert.isAbove(outcomes.flatMap(({ trace }) => trace).length, RUNS * 20);
  }, 120_000);

  it("are the same for the same seed, and show the same", async () => {
    const runs: Array<Outcome> = [];
    for (let times = 0; times < 2; times += 1) {
      for (const seed of [SEED, SEED + 1, SEED + 2]) runs.push(await runProgram(programOf(seed, STEPS)));
    }
    assert.deepStrictEqual(runs.slice(0, 3), runs.slice(3));
    assert.notDeepEqual(runs[0]?.trace, runs[1]?.trace);
  });
});
