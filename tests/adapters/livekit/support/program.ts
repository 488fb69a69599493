/**
 * Programs of their own, each in a process of the run-time that the tests run on: what a process loads, and how it ends,
 * shows from outside only.
 */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

/** How a program ended. */
export interface Ended {
  /** The exit code, or the signal that killed it. */
  readonly code: number | string;
  readonly stdout: string;
  readonly stderr: string;
}

/** The run-time of this process. */
export const runtime: "node" | "bun" | "deno" = "Deno" in globalThis ? "deno" : "Bun" in globalThis ? "bun" : "node";

/** Ms that a program may take on a busy machine; it is killed then. */
export const PATIENCE = 60_000;

const root = fileURLToPath(new URL("../../../../", import.meta.url));
const run: ReadonlyArray<string> = runtime === "deno" ? ["run", "--allow-all", "--quiet"] : [];

/** Runs a file, given relative to the project's folder, to its end. */
export function runProgram(file: string, ...args: ReadonlyArray<string>): Promise<Ended> {
  return runWith([], file, ...args);
}

/** Runs it with options for the run-time. */
export function runWith(options: ReadonlyArray<string>, file: string, ...args: ReadonlyArray<string>): Promise<Ended> {
  const child = spawn(process.execPath, [...run, ...options, file, ...args], {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, NO_COLOR: "1" },
  });
  const timer = setTimeout(() => child.kill("SIGKILL"), PATIENCE);
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => stdout += text);
  child.stderr.setEncoding("utf8").on("data", (text: string) => stderr += text);
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => {
      clearTimeout(timer);
      resolve({ code: code ?? signal ?? "unknown", stdout, stderr });
    });
  });
}
