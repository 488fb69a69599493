/**
 * Runs parts, some at a time, and reports on them.
 *
 * @module
 */
import { type Outcome, run } from "./house.ts";
import type { Part } from "./parts.ts";
import { add, format, ofPart, type Tally } from "./tally.ts";

interface Report {
  readonly part: Part;
  readonly outcome: Outcome;
  readonly tally: Tally;
}

/** What the runner is given. */
export interface Plan {
  readonly parts: ReadonlyArray<Part>;
  /** The command line of each npm script. */
  readonly scripts: Readonly<Record<string, string>>;
  /** How many parts run at a time. */
  readonly lanes: number;
  /** Takes what is reported, in lines. */
  readonly print: (text: string) => void;
}

/** Runs all parts of a plan. What is printed last is the tally, which is returned too. */
export async function runParts(plan: Plan): Promise<Tally> {
  const started = performance.now();
  const waiting = [...plan.parts];
  const reports: Array<Report> = [];
  const lane = async () => {
    for (let part = waiting.shift(); part !== undefined; part = waiting.shift()) {
      const report = await runPart(part, plan.scripts[part.script]);
      show(report, plan.print);
      reports.push(report);
    }
  };
  await Promise.all(Array.from({ length: plan.lanes }, lane));

  const total = add(reports.map((report) => report.tally));
  plan.print(`\n${((performance.now() - started) / 1000).toFixed(0)} s in all`);
  for (const { part, tally } of reports) {
    if (tally.failed > 0) plan.print(`failed: ${part.title} (npm run ${part.script})`);
  }
  plan.print(format(total));
  return total;
}

async function runPart(part: Part, script: string | undefined): Promise<Report> {
  // Far beyond its share a part is taken to hang. The shares are for an ordinary machine, so a slow one gets by.
  const limit = Math.max(60, 3 * part.share);
  const outcome = script === undefined
    ? { code: -1, stdout: "", output: `package.json has no script "${part.script}"\n`, seconds: 0 }
    : await run([script], { script: true, limit });
  return { part, outcome, tally: ofPart(part, outcome.code, outcome.output) };
}

function show({ part, outcome, tally }: Report, print: (text: string) => void): void {
  const failed = tally.failed > 0;
  if (failed) print(`\n---- ${part.title} (npm run ${part.script})\n${outcome.output.trimEnd()}\n----\n`);
  const time = `${outcome.seconds.toFixed(1)} s of ${part.share} s`;
  const over = outcome.seconds > part.share ? ", over its share" : "";
  const counts = part.tests === undefined ? "" : `: ${format(tally)}`;
  print(`${failed ? "FAILED" : "ok    "} ${part.title} (${part.script}, ${time}${over})${counts}`);
}
