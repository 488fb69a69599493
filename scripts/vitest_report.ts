/**
 * What vitest's JSON report says about a run, and whether it can be believed.
 *
 * @module
 */
import type { Tally } from "./tally.ts";
import { guardName, type Runtime } from "./vitest_settings.ts";

/** What is read of vitest's JSON report. */
export interface VitestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly testResults: ReadonlyArray<{
    readonly name: string;
    readonly status: string;
    readonly assertionResults: ReadonlyArray<{ readonly fullName: string; readonly status: string }>;
  }>;
}

/** The outcome of a run, with what was wrong beside failed tests. */
export interface Verdict {
  readonly tally: Tally;
  readonly problems: ReadonlyArray<string>;
}

/** Judges a run. `whole`: every test file of the run-time was asked for, the guard with them. */
export function judge(on: Runtime, code: number, report: VitestReport | undefined, whole: boolean): Verdict {
  if (report === undefined) {
    return {
      tally: { passed: 0, failed: 1, skipped: 0 },
      problems: [`vitest under ${on} ended with code ${code} and left no report`],
    };
  }
  const problems = report.testResults
    .filter((file) => file.status === "failed" && !file.assertionResults.some((test) => test.status === "failed"))
    .map((file) => `${file.name} could not be run`);
  if (whole && !guarded(on, report)) problems.push(`no passed test "${guardName(on)}" in the report`);
  if (code !== 0 && report.numFailedTests + problems.length === 0) {
    problems.push(`vitest under ${on} ended with code ${code}, though no test failed`);
  }
  const skipped = report.numPendingTests + report.numTodoTests;
  return {
    tally: { passed: report.numPassedTests, failed: report.numFailedTests + problems.length, skipped },
    problems,
  };
}

function guarded(on: Runtime, report: VitestReport): boolean {
  return report.testResults.some((file) =>
    file.assertionResults.some((test) => test.fullName === guardName(on) && test.status === "passed")
  );
}
