/**
 * Runs programs and says, for one that fails, how to see it again.
 */
import { minimize } from "./minimize.ts";
import { type Program, programOf } from "./program.ts";
import { snippet } from "./snippet.ts";
import { type Outcome, type Plant, runProgram } from "./world.ts";

/** Which programs are run. */
export interface Runs {
  /** The seed of the first one; each one after it has the next. */
  readonly seed: number;
  readonly runs: number;
  /** How many random steps each has. */
  readonly steps: number;
  /** Breaks the device's transport on purpose. */
  readonly plant?: Plant;
}

/** Runs one program; throws when something in it is not as it must be. */
export async function replay(program: Program, plant?: Plant): Promise<Outcome> {
  const outcome = await runProgram(program, plant);
  if (outcome.violations.length > 0) throw new Error(outcome.violations.join("\n"));
  return outcome;
}

/**
 * Runs programs one after another; throws at the first that fails, with the smallest one that fails in the same way.
 * Tells what they have come to.
 */
export async function runAll({ seed, runs, steps, plant }: Runs): Promise<ReadonlyArray<Outcome>> {
  const outcomes: Array<Outcome> = [];
  for (let index = 0; index < runs; index += 1) {
    const program = programOf(seed + index, steps);
    const outcome = await runProgram(program, plant);
    const [violation] = outcome.violations;
    if (violation !== undefined) throw new Error(await failure(seed + index, program, violation, plant));
    outcomes.push(outcome);
  }
  return outcomes;
}

/** What is to be said of a program that fails: the smallest one that fails in the same way, as a test. */
export async function failure(seed: number, program: Program, violation: string, plant?: Plant): Promise<string> {
  const violationOf = async (candidate: Program) => (await runProgram(candidate, plant)).violations[0];
  const kind = kindOf(violation);
  const small = await minimize(program, async (candidate) => kindOf(await violationOf(candidate)) === kind);
  return [
    `seed ${seed} goes wrong: ${violation}. As a test of its own:`,
    "",
    snippet(small, await violationOf(small) ?? violation),
  ].join("\n");
}

/** A violation without its numbers, so that a smaller program is known to fail in the same way. */
function kindOf(violation: string | undefined): string | undefined {
  return violation?.replace(/\d+/g, "#");
}
