/**
 * What the scripts of the house share: where the project is, its two manifests, and running a command.
 *
 * @module
 */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { delimiter } from "node:path";
import { fileURLToPath } from "node:url";

/** The project's folder, with a slash at the end. */
export const root: string = fileURLToPath(new URL("../", import.meta.url));

/** What the scripts read of deno.json. */
export interface DenoManifest {
  readonly name: string;
  readonly version: string;
  /** Sub-path to source file. */
  readonly exports: Readonly<Record<string, string>>;
  readonly imports: Readonly<Record<string, string>>;
  readonly publish: { readonly include: ReadonlyArray<string> };
}

/** What the scripts read of package.json. */
export interface NpmManifest {
  readonly name: string;
  readonly version: string;
  readonly scripts: Readonly<Record<string, string>>;
  readonly bin: Readonly<Record<string, string>>;
  readonly files: ReadonlyArray<string>;
  readonly exports: Readonly<Record<string, string | { readonly types: string; readonly default: string }>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly peerDependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}

/** Reads a JSON file of the project. */
export function readJson<T>(path: string): T {
  return JSON.parse(readFileSync(root + path, "utf8"));
}

/** deno.json, as it is now. */
export function denoManifest(): DenoManifest {
  return readJson<DenoManifest>("deno.json");
}

/** package.json, as it is now. */
export function npmManifest(): NpmManifest {
  return readJson<NpmManifest>("package.json");
}

/** The source files of all entry points, relative to the project's folder. */
export function entryPoints(): Array<string> {
  return Object.values(denoManifest().exports).map((file) => file.replace(/^\.\//, ""));
}

/** How a command ended. */
export interface Outcome {
  /** The exit code; -1 when the command could not be started or was killed. */
  readonly code: number;
  readonly stdout: string;
  /** Standard output and standard error, in the order in which they came. */
  readonly output: string;
  readonly seconds: number;
}

/** Settings of {@linkcode run}. */
export interface RunOptions {
  /** The folder to run in; the project's when absent. */
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Seconds after which the command is killed; a script with all that it started. */
  readonly limit?: number;
  /** Show the output as it comes, beside keeping it. */
  readonly show?: boolean;
  /**
   * Read the first word as a line for the shell, and run it in a process group of its own, so that it can be ended with
   * all that it started. Not for what such a line runs in turn: it would survive the end of the group.
   */
  readonly script?: boolean;
}

/** The commands that run, each with whether it has a group. */
const running = new Map<ChildProcess, boolean>();

/** Ends every command that still runs. */
export function stopAll(): void {
  for (const child of running.keys()) kill(child);
}

function kill(child: ChildProcess): void {
  if (running.get(child) !== true || child.pid === undefined) {
    child.kill("SIGKILL");
    return;
  }
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch {
    // The whole group has ended meanwhile.
  }
}

/**
 * The environment of commands: this project's tools come first, no colours, which would get into the parsing, and a place
 * where Node keeps what it has compiled, which halves the time that its next process takes to start.
 */
export function environment(extra: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  const path = `${root}node_modules/.bin${delimiter}${process.env["PATH"] ?? ""}`;
  const { FORCE_COLOR: _colour, ...rest } = process.env;
  return { NODE_COMPILE_CACHE: `${root}.cache/node`, ...rest, PATH: path, NO_COLOR: "1", ...extra };
}

/** Runs a command to its end; never rejects. */
export function run(command: ReadonlyArray<string>, options: RunOptions = {}): Promise<Outcome> {
  const started = performance.now();
  const [file = "", ...args] = command;
  const child = spawn(file, args, {
    cwd: options.cwd ?? root,
    env: environment(options.env),
    shell: options.script ?? false,
    stdio: ["ignore", "pipe", "pipe"],
    detached: options.script ?? false,
  });
  let stdout = "";
  let output = "";
  const keep = (text: string) => {
    output += text;
    if (options.show) process.stdout.write(text);
  };
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
    keep(text);
  });
  child.stderr.setEncoding("utf8").on("data", keep);
  return new Promise((resolve) => {
    running.set(child, options.script ?? false);
    let killed = false;
    const timer = options.limit === undefined ? undefined : setTimeout(() => {
      keep(`\nkilled: it ran longer than ${options.limit} s\n`);
      killed = true;
      kill(child);
    }, options.limit * 1000);
    const end = (code: number) => {
      clearTimeout(timer);
      running.delete(child);
      resolve({ code, stdout, output, seconds: (performance.now() - started) / 1000 });
    };
    child.on("error", (error) => {
      keep(`${error.message}\n`);
      end(-1);
    });
    child.on("close", (code) => end(killed ? -1 : code ?? -1));
  });
}

/** The project's files that git knows or would add, relative to the project's folder. */
export async function projectFiles(...patterns: ReadonlyArray<string>): Promise<ReadonlyArray<string>> {
  const listed = await run(["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", ...patterns]);
  if (listed.code !== 0) throw new Error(listed.output);
  return listed.stdout.split("\n").filter((file) => file !== "" && existsSync(root + file));
}

/** Prints what was found wrong and ends the script: with 1 when anything was, else with a line that says what holds. */
export function conclude(problems: ReadonlyArray<string>, holds: string): never {
  for (const problem of problems) console.error(problem);
  if (problems.length === 0) console.log(holds);
  else console.error(`\n${problems.length} ${problems.length === 1 ? "problem" : "problems"}`);
  process.exit(problems.length === 0 ? 0 : 1);
}
