/**
 * Runs parts, some at a time, and reports on them.
 *
 * @module
 */
import { type Outcome, run } from "./house.ts";
import type { Part } from "./parts.ts";
import { skippedBy } from "./skips.ts";
import { add, format, ofPart, type Tally } from "./tally.ts";

interface Report {
  readonly part: Part;
  readonly outcome: Outcome;
  readonly tally: Tally;
  /** What it was left out by: `VARIABLE=1`. */
  readonly skipped?: string;
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
  /** The environment that says which parts are left out. Default: this process's. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** Runs all parts of a plan. What is printed last is the tally, which is returned too. */
export async function runParts(plan: Plan): Promise<Tally> {
  const started = performance.now();
  const waiting = [...plan.parts];
  const reports: Array<Report> = [];
  // Of a part that is not in the plan nothing is known: whoever needs it sees to it.
  const ready = ({ needs }: Part) =>
    reports.some(({ part }) => part.script === needs) || !plan.parts.some((part) => part.script === needs);
  let reported = Promise.withResolvers<void>();
  const lane = async () => {
    while (waiting.length > 0) {
      const part = waiting.find(ready);
      if (part === undefined) {
        await reported.promise;
        continue;
      }
      waiting.splice(waiting.indexOf(part), 1);
      const missing = reports.find(({ part: { script }, tally }) => script === part.needs && tally.failed > 0);
      const report = missing === undefined
        ? await runPart(part, plan)
        : failure(part, `not run, as ${missing.part.script} has failed\n`);
      show(report, plan.print);
      reports.push(report);
      reported.resolve();
      reported = Promise.withResolvers();
    }
  };
  await Promise.all(Array.from({ length: plan.lanes }, lane));

  const total = add(reports.map((report) => report.tally));
  plan.print(`\n${((performance.now() - started) / 1000).toFixed(0)} s in all`);
  for (const { part, skipped } of reports) {
    if (skipped !== undefined) plan.print(`skipped: ${part.title} (${skipped})`);
  }
  for (const { part, tally } of reports) {
    if (tally.failed > 0) plan.print(`failed: ${part.title} (npm run ${part.script})`);
  }
  plan.print(format(total));
  return total;
}

async function runPart(part: Part, plan: Plan): Promise<Report> {
  const skipped = skippedBy(part.skip ?? [], plan.env ?? process.env);
  if (skipped !== undefined) {
    const outcome = { code: 0, stdout: "", output: "", seconds: 0 };
    return { part, outcome, tally: { passed: 0, failed: 0, skipped: 1 }, skipped };
  }
  const script = plan.scripts[part.script];
  if (script === undefined) return failure(part, `package.json has no script "${part.script}"\n`);
  // Far beyond its share a part is taken to hang. The shares are for an ordinary machine, so a slow one gets by.
  const limit = Math.max(60, 3 * part.share);
  const outcome = await run([script], { script: true, limit });
  return { part, outcome, tally: ofPart(part, outcome.code, outcome.output) };
}

function failure(part: Part, output: string): Report {
  const outcome = { code: -1, stdout: "", output, seconds: 0 };
  return { part, outcome, tally: ofPart(part, outcome.code, output) };
}

function show({ part, outcome, tally, skipped }: Report, print: (text: string) => void): void {
  if (skipped !== undefined) {
    print(`skip   ${part.title} (${part.script}, ${skipped})`);
    return;
  }
  const failed = tally.failed > 0;
  if (failed) print(`\n---- ${part.title} (npm run ${part.script})\n${outcome.output.trimEnd()}\n----\n`);
  const time = `${outcome.seconds.toFixed(1)} s of ${part.share} s`;
  const over = outcome.seconds > part.share ? ", over its share" : "";
  const counts = part.tests === undefined ? "" : `: ${format(tally)}`;
  print(`${failed ? "FAILED" : "ok    "} ${part.title} (${part.script}, ${time}${over})${counts}`);
}
