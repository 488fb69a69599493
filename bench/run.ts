/**
 * Runs all benches one after another, each in a process of its own, and prints their figures as Markdown.
 *
 *     node bench/run.ts                 all of them
 *     node bench/run.ts log fan_out     those two, under Node
 *     node bench/run.ts --write         all of them, and puts the figures into bench/README.md
 *
 * It ends with 1 when a bench has failed: then messages were lost, or memory is not what it is to be. A target that was
 * missed is in the figures, and no failure, since time depends on the machine.
 */
import { run } from "../scripts/house.ts";
import { writeFigures } from "./support/report.ts";

const BENCHES: ReadonlyArray<string> = [
  "log",
  "fan_out",
  "frame_decoder",
  "device_to_viewer",
  "loopback",
  "services",
  "parameters",
  "join",
];
/** The bench that is run elsewhere, too. */
const END_TO_END = "device_to_viewer";
const LIMIT_SECONDS = 600;
const BEGIN = "<!-- figures: written by `node bench/run.ts --write` -->";
const END = "<!-- end of the figures -->";

interface Job {
  readonly name: string;
  readonly command: ReadonlyArray<string>;
}

function jobs(names: ReadonlyArray<string>): ReadonlyArray<Job> {
  const file = (name: string): string => `bench/${name}.ts`;
  const chosen = names.length === 0 ? BENCHES : names;
  const own = chosen.map((name): Job => ({ name: `${name}, Node`, command: ["node", file(name)] }));
  if (names.length > 0) return own;
  return [
    ...own,
    { name: `${END_TO_END}, Bun`, command: ["bun", file(END_TO_END)] },
    { name: `${END_TO_END}, Deno`, command: ["deno", "run", "-A", file(END_TO_END)] },
  ];
}

const args = process.argv.slice(2);
const names = args.filter((arg) => !arg.startsWith("--"));
const unknown = [
  ...names.filter((name) => !BENCHES.includes(name)),
  ...args.filter((arg) => arg.startsWith("--") && arg !== "--write"),
];
const isWritten = args.includes("--write");
if (unknown.length > 0 || (isWritten && names.length > 0)) {
  console.error(`usage: node bench/run.ts [--write | ${BENCHES.join(" | ")} ...]`);
  process.exit(2);
}

const figures: Array<string> = [];
const failed: Array<string> = [];
for (const { name, command } of jobs(names)) {
  const { code, stdout, output, seconds } = await run(command, { limit: LIMIT_SECONDS });
  console.error(`${name}: ${code === 0 ? "done" : "FAILED"} in ${seconds.toFixed(0)} s`);
  if (code === 0) {
    figures.push(stdout.trim());
    console.log(`${stdout.trim()}\n`);
  } else {
    failed.push(name);
    console.error(output);
  }
}
if (failed.length > 0) {
  console.error(`failed: ${failed.join("; ")}`);
  process.exit(1);
}
if (isWritten) writeFigures(BEGIN, END, figures.join("\n\n"));
