/**
 * `npm run model -- --runs 1000 --seed 7`: runs random programs for as long as one likes. The first that fails is made
 * small and printed as a test. With `--digest` it only prints a digest of all traces, which is the same on every
 * run-time.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { parseArgs } from "node:util";
import { programOf } from "./support/program.ts";
import { failure } from "./support/replay.ts";
import { runProgram } from "./support/world.ts";

const PROGRESS = 100;

const { values } = parseArgs({
  options: {
    runs: { type: "string", default: "1000" },
    seed: { type: "string", default: "1" },
    steps: { type: "string", default: "60" },
    digest: { type: "boolean", default: false },
  },
});
const [runs, seed, steps] = [Number(values.runs), Number(values.seed), Number(values.steps)];
if (![runs, seed, steps].every((value) => Number.isSafeInteger(value) && value >= 0)) {
  console.error("--runs, --seed and --steps are whole numbers");
  process.exit(2);
}

const digest = createHash("sha256");
for (let index = 0; index < runs; index += 1) {
  const program = programOf(seed + index, steps);
  const { violations, trace } = await runProgram(program);
  if (violations[0] !== undefined) {
    console.log(await failure(seed + index, program, violations[0]));
    process.exit(1);
  }
  digest.update(trace.join("\n"));
  if (!values.digest && (index + 1) % PROGRESS === 0) console.log(`${index + 1} programs, up to seed ${seed + index}`);
}
console.log(values.digest ? digest.digest("hex") : `${runs} programs of ${steps} steps: all is as it must be`);
