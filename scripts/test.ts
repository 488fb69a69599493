/**
 * `npm test`: runs all parts, or those named as arguments, and says how many checks passed and failed.
 *
 * @module
 */
import { npmManifest, run, stopAll } from "./house.ts";
import { lanes, parts } from "./parts.ts";
import { runParts } from "./runner.ts";

const names = process.argv.slice(2);
const unknown = names.filter((name) => !parts.some((part) => part.script === name));
if (unknown.length > 0) {
  console.error(`no such part: ${unknown.join(", ")}; there are ${parts.map((part) => part.script).join(", ")}`);
  process.exit(1);
}

for (const [signal, code] of [["SIGINT", 130], ["SIGTERM", 143]] as const) {
  process.on(signal, () => {
    stopAll();
    process.exit(code);
  });
}

// Many parts read it, and several run at a time: it is made before, if it is not up to date.
const page = await run(["node", "scripts/build_page.ts"], { show: true });
if (page.code !== 0) process.exit(1);

const total = await runParts({
  parts: names.length === 0 ? parts : parts.filter((part) => names.includes(part.script)),
  scripts: npmManifest().scripts,
  lanes,
  print: (text) => console.log(text),
});
process.exit(total.failed === 0 ? 0 : 1);
