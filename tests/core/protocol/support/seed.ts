/**
 * Where the random inputs of these tests come from.
 */

/** The seed: `FIELDLINK_SEED` where it is set, else the same one every time. */
export const seed: number = Number(process.env["FIELDLINK_SEED"] ?? 20_260_801);

/** Settings for properties: the seed; on a failure fast-check prints it, and the inputs made small. */
export function settings(numRuns: number = 300): { seed: number; numRuns: number } {
  return { seed, numRuns };
}
