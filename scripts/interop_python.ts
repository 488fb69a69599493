/**
 * The Python environment of the tests with other people's peers.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { cached, type CacheOptions, SetupError } from "./cached.ts";
import { root, run } from "./house.ts";
import { skipInterop } from "./skips.ts";

/** The packages of the environment. */
export const requirements: string = join(root, "tests/interop/requirements.txt");

/** What to use. */
export interface PythonOptions extends CacheOptions {
  /** The program that makes the environment. Default `python3`. */
  readonly python?: string;
  /** The list of packages. */
  readonly requirements?: string;
}

const windows = process.platform === "win32";

/**
 * The Python to run the peers with, in an environment of their packages, which is made when it is not there yet. Rejects
 * with a {@linkcode SetupError}.
 */
export async function findInteropPython(options: PythonOptions = {}): Promise<string> {
  const python = options.python ?? "python3";
  const list = options.requirements ?? requirements;
  const version = await run([python, "--version"], { limit: 30 });
  if (version.code !== 0) {
    throw new SetupError(
      `no ${python}: install Python 3.11 or later, or set ${skipInterop}=1 to leave these tests out`,
    );
  }
  const key = [readFileSync(list, "utf8"), version.stdout, process.platform, process.arch].join("\0");
  const name = `interop-python-${createHash("sha256").update(key).digest("hex").slice(0, 12)}`;
  const folder = await cached(name, (unfinished) => makeEnvironment(python, list, unfinished), options);
  return pythonIn(folder);
}

function pythonIn(folder: string): string {
  return windows ? join(folder, "Scripts", "python.exe") : join(folder, "bin", "python");
}

async function makeEnvironment(python: string, list: string, folder: string): Promise<void> {
  // The folder gets another name afterwards. Only scripts name it, such as pip's; Python itself finds what is beside it.
  await must("python -m venv", [python, "-m", "venv", folder]);
  const pip = [pythonIn(folder), "-m", "pip", "--disable-pip-version-check", "install", "--quiet"];
  await must("pip install", [...pip, "--requirement", list]);
}

async function must(step: string, command: ReadonlyArray<string>): Promise<void> {
  const { code, output } = await run(command);
  if (code === 0) return;
  const last = output.trim().split("\n").at(-1) ?? "";
  throw new SetupError(
    `the Python environment could not be made (${step}: ${last}): mend that, or set ${skipInterop}=1 to leave these tests out`,
  );
}
