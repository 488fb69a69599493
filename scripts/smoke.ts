/**
 * `npm run smoke`: loads every entry point from its source with a bare run-time, without vitest's transformation in
 * between, and runs the command. Loading must print nothing; under Deno the library must need no permission for it.
 *
 * @module
 */
import { conclude, denoManifest, entryPoints, run } from "./house.ts";

/** What a command may ask of Deno at start-up; the library asks for nothing. */
function denoPermissions(file: string): ReadonlyArray<string> {
  return file.startsWith("cli/") || file.startsWith("bin/") ? ["-A"] : ["--no-prompt"];
}

const commands: Readonly<Record<string, (file: string) => ReadonlyArray<string>>> = {
  node: (file) => ["node", file],
  bun: (file) => ["bun", file],
  deno: (file) => ["deno", "run", ...denoPermissions(file), file],
};

async function loads(name: string, command: ReadonlyArray<string>): Promise<ReadonlyArray<string>> {
  const { code, output } = await run(command, { limit: 30 });
  if (code === 0 && output === "") return [];
  return [`${name}: \`${command.join(" ")}\` ended with code ${code}${output && `, printed\n${output.trimEnd()}`}`];
}

async function saysVersion(name: string, command: ReadonlyArray<string>): Promise<ReadonlyArray<string>> {
  const { version } = denoManifest();
  const { code, output } = await run([...command, "--version"], { limit: 30 });
  if (code === 0 && output.includes(version)) return [];
  return [
    `${name}: \`${command.join(" ")} --version\` ended with code ${code} without ${version}\n${output.trimEnd()}`,
  ];
}

const problems: Array<string> = [];
const files = entryPoints();
for (const [name, command] of Object.entries(commands)) {
  for (const file of files) problems.push(...await loads(name, command(file)));
  problems.push(...await saysVersion(name, command("bin/fieldlink.js")));
}
conclude(problems, `${files.length} entry points and the command load under ${Object.keys(commands).join(", ")}`);
