/**
 * Makes a failing program small: no step of what comes out can be left out, and everything that can be simple is.
 */
import type { Program, Setup, Step } from "./program.ts";

/** The world in which the least can go wrong. */
const PLAIN: Setup = {
  seed: 0,
  dataTracks: true,
  queueFrames: 1_024,
  windowBytes: 262_144,
  replacement: "old-first",
};

/** Simple values of what goes with a step, the simplest first. */
const simple: Readonly<Record<string, ReadonlyArray<unknown>>> = {
  who: [0, 1],
  slot: [0],
  slots: [[0]],
  kind: ["viewer", "raw"],
  taking: ["callback"],
  reliable: [true],
  latch: [0, 1],
  count: [1, 2, 4, 8],
  asked: ["quick"],
  names: [["p0"]],
  own: [1],
  graph: [1],
  bytes: [10],
  ms: [1, 100, 1_000, 35_000, 130_000],
  turns: [1, 5, 40],
  latencyMs: [0, 5],
  jitterMs: [0],
  loss: [0],
  reorder: [0],
  delayMs: [0, 1],
  times: [1],
};

/**
 * Tries smaller programs until none of them fails any more, or `patience` of them have been run; `fails` runs one.
 */
export async function minimize(
  program: Program,
  fails: (program: Program) => Promise<boolean>,
  patience: number = 2_000,
): Promise<Program> {
  let best = program;
  let left = patience;
  const accept = async (candidate: Program): Promise<boolean> => {
    if (left === 0) return false;
    left -= 1;
    if (!await fails(candidate)) return false;
    best = candidate;
    return true;
  };
  let before: Program | undefined;
  while (before !== best) {
    before = best;
    await withoutSteps(() => best, accept);
    for (const candidate of plainer(best.setup)) await accept({ ...best, setup: candidate(best.setup) });
    await simplerSteps(() => best, accept);
  }
  return best;
}

type Accept = (candidate: Program) => Promise<boolean>;

/** Leaves out as many steps as it can: halves first, in the end each by itself. */
async function withoutSteps(best: () => Program, accept: Accept): Promise<void> {
  for (let size = Math.ceil(best().steps.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let from = 0; from < best().steps.length;) {
      const { steps } = best();
      const isGone = await accept({ ...best(), steps: [...steps.slice(0, from), ...steps.slice(from + size)] });
      if (!isGone) from += size;
    }
  }
}

/** Ways to make one thing of a world plain that is not. */
function plainer(setup: Setup): ReadonlyArray<(setup: Setup) => Setup> {
  const keys = Object.keys(PLAIN) as Array<keyof Setup>;
  return keys.filter((key) => setup[key] !== PLAIN[key]).map((key) => (given) => ({ ...given, [key]: PLAIN[key] }));
}

/** Takes the simplest value everywhere that does. */
async function simplerSteps(best: () => Program, accept: Accept): Promise<void> {
  for (let index = 0; index < best().steps.length; index += 1) {
    for (const key of Object.keys(best().steps[index] ?? {})) {
      for (const value of simple[key] ?? []) {
        const { steps } = best();
        const step = { ...steps[index], [key]: value } as Step;
        if (JSON.stringify(step) === JSON.stringify(steps[index])) break;
        if (await accept({ ...best(), steps: [...steps.slice(0, index), step, ...steps.slice(index + 1)] })) break;
      }
    }
  }
}
