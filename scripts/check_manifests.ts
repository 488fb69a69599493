/**
 * `npm run manifests`: deno.json, package.json, the lock, tsconfig.json and core/version.ts say the same.
 *
 * @module
 */
import { existsSync } from "node:fs";
import { VERSION } from "../core/version.ts";
import { conclude, denoManifest, npmManifest, readJson, root } from "./house.ts";

interface Lock {
  readonly version: string;
  readonly packages: Readonly<Record<string, { readonly version?: string; readonly resolved?: string }>>;
}

const deno = denoManifest();
const npm = npmManifest();
const lock = readJson<Lock>("package-lock.json");

function versions(): ReadonlyArray<string> {
  const found = {
    "deno.json": deno.version,
    "package.json": npm.version,
    "package-lock.json": lock.version,
    "package-lock.json, its root package": lock.packages[""]?.version,
    "core/version.ts": VERSION,
  };
  if (new Set(Object.values(found)).size === 1) return [];
  return [`the versions differ: ${Object.entries(found).map(([file, version]) => `${file} ${version}`).join(", ")}`];
}

/** The files that package.json's exports must name for a source file. */
function built(source: string): { types: string; default: string } {
  const stem = source.replace(/^\.\//, "./dist/").replace(/\.ts$/, "");
  return { types: `${stem}.d.ts`, default: `${stem}.js` };
}

function entries(): ReadonlyArray<string> {
  const problems: Array<string> = [];
  const paths = readJson<{ compilerOptions: { paths: Record<string, ReadonlyArray<string>> } }>("tsconfig.json")
    .compilerOptions.paths;
  for (const [subPath, source] of Object.entries(deno.exports)) {
    if (!existsSync(root + source)) problems.push(`deno.json: ${subPath} names ${source}, which is not there`);
    const wanted = JSON.stringify(built(source));
    const given = JSON.stringify(npm.exports[subPath]);
    if (given !== wanted) problems.push(`package.json: exports["${subPath}"] is ${given}, should be ${wanted}`);
    const name = deno.name + subPath.slice(1);
    if (paths[name]?.[0] !== source) problems.push(`tsconfig.json: paths["${name}"] should be ["${source}"]`);
  }
  const extra = Object.keys(npm.exports).filter((key) => key !== "./package.json" && !(key in deno.exports));
  return [...problems, ...extra.map((key) => `package.json: exports["${key}"] is not in deno.json`)];
}

function dependencies(): ReadonlyArray<string> {
  const ranges: Readonly<Record<string, string>> = { ...npm.dependencies, ...npm.peerDependencies };
  const problems = Object.entries(ranges)
    .filter(([name, range]) => deno.imports[name] !== `npm:${name}@${range}`)
    .map(([name, range]) => `deno.json: imports["${name}"] should be "npm:${name}@${range}", as in package.json`);
  for (const name of Object.keys(deno.imports)) {
    if (!(name in ranges)) problems.push(`deno.json: imports["${name}"] is no dependency in package.json`);
  }
  for (const [name, version] of Object.entries(npm.devDependencies)) {
    if (!/^\d+\.\d+\.\d+$/.test(version)) {
      problems.push(`package.json: devDependencies["${name}"] is not pinned exactly`);
    }
  }
  return problems;
}

/** The lock must serve everywhere, so it names packages and digests and no place to fetch them from. */
function locked(): ReadonlyArray<string> {
  return Object.entries(lock.packages)
    .filter(([, entry]) => entry.resolved !== undefined)
    .map(([path, entry]) => `package-lock.json: ${path} names ${entry.resolved}`);
}

conclude(
  [...versions(), ...entries(), ...dependencies(), ...locked()],
  `version ${VERSION} everywhere, ${Object.keys(deno.exports).length} entry points alike for both registries`,
);
