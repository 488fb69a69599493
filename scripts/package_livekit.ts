/**
 * What the packed npm package does about its optional packages: without them it works, and a join says what to install;
 * with them it joins, under each run-time; and what a browser is given has no @roamhq/wrtc in it.
 *
 * @module
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { build, type Rolldown } from "vite";
import { npmManifest, type Outcome } from "./house.ts";

/** Runs a step, or ends the script. */
type Must = (step: string, command: ReadonlyArray<string>, cwd: string) => Promise<Outcome>;

const manifest = npmManifest();

/** Each run-time's command for a file of an npm project. */
const runtimes: Readonly<Record<string, ReadonlyArray<string>>> = {
  Node: ["node"],
  Bun: ["bun"],
  Deno: ["deno", "run", "-A", "--node-modules-dir=manual"],
};

const program = `
import { Viewer } from "${manifest.name}";
import { livekit } from "${manifest.name}/livekit";

// Nobody listens on this port.
const transport = livekit({ url: "ws://127.0.0.1:9", token: "e30.e30.e30", iceServers: [], logLevel: "silent" });
try {
  await Viewer.connect(transport);
} catch (error) {
  console.log(error.reason + ": " + error.detail);
}
`;

const page = `
import { Viewer } from "${manifest.name}";
import { livekit } from "${manifest.name}/livekit";

globalThis.watch = (url, token) => Viewer.connect(livekit({ url, token }));
`;

/** Checks it in the folder where the package has been installed without its optional packages. */
export async function checkLiveKit(home: string, must: Must): Promise<ReadonlyArray<string>> {
  writeFileSync(join(home, "join.js"), program);
  writeFileSync(join(home, "page.js"), page);
  const problems = await joins(home, must, "without its packages", /^unsupported: .*@roamhq\/wrtc is not installed: /);
  await add(home, must, "livekit-client");
  problems.push(...await bundles(home));
  await add(home, must, "@roamhq/wrtc");
  problems.push(...await bundles(home));
  problems.push(...await joins(home, must, "with its packages", /^unreachable: /));
  return problems;
}

function add(home: string, must: Must, name: string): Promise<Outcome> {
  const wanted = `${name}@${manifest.devDependencies[name]}`;
  return must(`install ${name}`, ["npm", "install", "--prefer-offline", "--ignore-scripts", wanted], home);
}

/** The program has to end by itself: a process that does not is killed, and that is an error. */
async function joins(home: string, must: Must, how: string, said: RegExp): Promise<Array<string>> {
  const problems: Array<string> = [];
  for (const [name, command] of Object.entries(runtimes)) {
    const { output } = await must(`join ${how}, under ${name}`, [...command, "join.js"], home);
    if (!said.test(output)) problems.push(`a join ${how}, under ${name}, has printed\n${output.trimEnd()}`);
  }
  return problems;
}

async function bundles(home: string): Promise<ReadonlyArray<string>> {
  const result = await build({
    root: home,
    configFile: false,
    logLevel: "error",
    build: { write: false, lib: { entry: join(home, "page.js"), formats: ["es"] } },
  });
  const modules = [result].flat().flatMap((one) => "output" in one ? one.output.flatMap(modulesOf) : []);
  const problems: Array<string> = [];
  if (!modules.some((id) => id.includes("/livekit-client/"))) {
    problems.push("the bundle for browsers lacks livekit-client");
  }
  for (const id of modules) {
    if (/\/@roamhq\/wrtc|\.node$/.test(id)) problems.push(`${id} is in the bundle for browsers`);
  }
  return problems;
}

function modulesOf(file: Rolldown.OutputChunk | Rolldown.OutputAsset): ReadonlyArray<string> {
  return file.type === "chunk" ? file.moduleIds : [];
}
