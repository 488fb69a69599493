/**
 * `npm test`: runs all parts, or those named as arguments, and says how many checks passed and failed.
 *
 * @module
 */
import { npmManifest, type Outcome, run, stopAll } from "./house.ts";
import { lanes, type Part, parts } from "./parts.ts";
import { add, format, ofPart, type Tally } from "./tally.ts";

interface Report {
  readonly part: Part;
  readonly outcome: Outcome;
  readonly tally: Tally;
}

function chosen(names: ReadonlyArray<string>): ReadonlyArray<Part> {
  const unknown = names.filter((name) => !parts.some((part) => part.script === name));
  if (unknown.length > 0) {
    console.error(`no such part: ${unknown.join(", ")}; there are ${parts.map((part) => part.script).join(", ")}`);
    process.exit(1);
  }
  return names.length === 0 ? parts : parts.filter((part) => names.includes(part.script));
}

async function runPart(part: Part): Promise<Report> {
  const script = npmManifest().scripts[part.script];
  // Far beyond its share a part is taken to hang. The shares are for an ordinary machine, so a slow one gets by.
  const limit = Math.max(60, 3 * part.share);
  const outcome = script === undefined
    ? { code: -1, stdout: "", output: `package.json has no script "${part.script}"\n`, seconds: 0 }
    : await run([script], { script: true, limit });
  return { part, outcome, tally: ofPart(part, outcome.code, outcome.output) };
}

function show({ part, outcome, tally }: Report): void {
  const failed = tally.failed > 0;
  if (failed) {
    console.log(`\n---- ${part.title} (npm run ${part.script})\n${outcome.output.trimEnd()}\n----\n`);
  }
  const time = `${outcome.seconds.toFixed(1)} s of ${part.share} s`;
  const over = outcome.seconds > part.share ? ", over its share" : "";
  const counts = part.tests === undefined ? "" : `: ${format(tally)}`;
  console.log(`${failed ? "FAILED" : "ok    "} ${part.title} (${part.script}, ${time}${over})${counts}`);
}

async function runAll(selected: ReadonlyArray<Part>): Promise<ReadonlyArray<Report>> {
  const waiting = [...selected];
  const reports: Array<Report> = [];
  const lane = async () => {
    for (let part = waiting.shift(); part !== undefined; part = waiting.shift()) {
      const report = await runPart(part);
      show(report);
      reports.push(report);
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return reports;
}

for (const [signal, code] of [["SIGINT", 130], ["SIGTERM", 143]] as const) {
  process.on(signal, () => {
    stopAll();
    process.exit(code);
  });
}

const started = performance.now();
const reports = await runAll(chosen(process.argv.slice(2)));
const total = add(reports.map((report) => report.tally));
const failures = reports.filter((report) => report.tally.failed > 0);
console.log(`\n${((performance.now() - started) / 1000).toFixed(0)} s in all`);
for (const { part } of failures) console.log(`failed: ${part.title} (npm run ${part.script})`);
console.log(format(total));
process.exit(total.failed === 0 ? 0 : 1);
