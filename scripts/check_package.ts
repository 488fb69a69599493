/**
 * `npm run package`: builds and packs the npm package, looks it over with publint and attw, installs it in an empty
 * folder, uses every sub-path of it there under Node, Bun and Deno, and joins rooms without and with its optional
 * packages.
 *
 * @module
 */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { conclude, npmManifest, type Outcome, run } from "./house.ts";
import { checkLiveKit } from "./package_livekit.ts";

const manifest = npmManifest();
const subPaths = Object.keys(manifest.exports).filter((key) => key !== "./package.json");
const specifiers = subPaths.map((key) => manifest.name + key.slice(1));

/** Seconds that one step may take. */
const STEP_SECONDS = 120;
const folder = mkdtempSync(join(tmpdir(), "fieldlink-package-"));

function stop(step: string, outcome: Outcome): never {
  rmSync(folder, { recursive: true, force: true });
  conclude([`${step}\n${outcome.output.trimEnd()}`], "");
}

async function must(step: string, command: ReadonlyArray<string>, cwd?: string): Promise<Outcome> {
  const outcome = await run(command, { limit: STEP_SECONDS, ...(cwd === undefined ? {} : { cwd }) });
  if (outcome.code !== 0) stop(`${step}: \`${command.join(" ")}\` ended with code ${outcome.code}`, outcome);
  console.log(`${step}: ${outcome.seconds.toFixed(1)} s`);
  return outcome;
}

async function pack(): Promise<string> {
  await must("build", ["node", "scripts/build.ts"]);
  // The build has just been made; `prepack` would make it again.
  await must("pack", ["npm", "pack", "--ignore-scripts", "--pack-destination", folder]);
  const tarball = readdirSync(folder).find((file) => file.endsWith(".tgz"));
  return join(folder, tarball ?? "no tarball");
}

/** What a user writes first: every sub-path imported, as values and as types. */
function writeConsumer(into: string): void {
  const imports = specifiers.map((name, at) => `import * as m${at} from "${name}";`).join("\n");
  const pairs = specifiers.map((name, at) => `["${name}", m${at}]`).join(", ");
  const body = (type: string) =>
    `${imports}\nconst modules${type} = [${pairs}];\n` +
    `for (const [name, module] of modules) {\n` +
    `  if (Object.keys(module).length === 0) throw new Error(name + " exports nothing");\n}\n`;
  writeFileSync(join(into, "consumer.js"), body(""));
  writeFileSync(join(into, "consumer.ts"), body(": ReadonlyArray<readonly [string, object]>"));
  // A user of promises has no reason to install Node's types, and checks the libraries' declarations if not told else.
  const compilerOptions = { strict: true, noEmit: true, target: "es2024", lib: ["es2024", "dom", "esnext"], types: [] };
  for (const [module, moduleResolution] of [["nodenext", "nodenext"], ["esnext", "bundler"]]) {
    const settings = { compilerOptions: { ...compilerOptions, module, moduleResolution }, files: ["consumer.ts"] };
    writeFileSync(join(into, `tsconfig.${moduleResolution}.json`), JSON.stringify(settings));
  }
}

async function install(tarball: string): Promise<string> {
  const home = mkdtempSync(join(folder, "home-"));
  writeFileSync(join(home, "package.json"), JSON.stringify({ name: "home", private: true, type: "module" }));
  const effect = `effect@${manifest.devDependencies["effect"]}`;
  await must("install", ["npm", "install", "--prefer-offline", "--ignore-scripts", tarball, effect], home);
  writeConsumer(home);
  return home;
}

const tarball = await pack();
await must("publint", ["publint", "run", tarball, "--strict"]);
await must("attw", ["attw", tarball, "--profile", "esm-only"]);
const home = await install(tarball);
await must("types, nodenext", ["tsc", "-p", "tsconfig.nodenext.json"], home);
await must("types, bundler", ["tsc", "-p", "tsconfig.bundler.json"], home);
await must("import under Node", ["node", "consumer.js"], home);
await must("import under Bun", ["bun", "consumer.js"], home);
await must("import under Deno", ["deno", "run", "-A", "--node-modules-dir=manual", "consumer.js"], home);
for (const command of Object.keys(manifest.bin)) {
  const said = await must("command", [join(home, "node_modules", ".bin", command), "--version"], home);
  if (!said.stdout.includes(manifest.version)) stop(`\`${command} --version\` does not say ${manifest.version}`, said);
}
const problems = await checkLiveKit(home, must);
rmSync(folder, { recursive: true, force: true });
conclude(
  problems,
  `${specifiers.join(", ")} can be imported from the package under Node, Bun and Deno; joins say what they lack`,
);
