/**
 * Prints a program as a test that can be pasted into tests/model/regressions.test.ts.
 */
import type { Program } from "./program.ts";

/** The test, in the words of the violation that it shows. Put its imports at the top, if they are not there. */
export function snippet({ setup, steps }: Program, violation: string): string {
  return [
    'import { it } from "vitest";',
    'import { replay } from "./support/replay.ts";',
    "",
    `it(${JSON.stringify(violation)}, () =>`,
    "  replay({",
    `    setup: ${JSON.stringify(setup)},`,
    "    steps: [",
    ...steps.map((step) => `      ${JSON.stringify(step)},`),
    "    ],",
    "  }));",
    "",
  ].join("\n");
}
