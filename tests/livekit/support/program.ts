/**
 * Programs that run beside a test, on any run-time.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Runtime } from "../../../scripts/vitest_settings.ts";

/** Ms that a program may take for one step on a busy machine. */
export const PATIENCE = 60_000;

const root = fileURLToPath(new URL("../../../", import.meta.url));
const commands: Readonly<Record<Runtime, string>> = {
  node: `${root}node_modules/node/bin/node`,
  bun: `${root}node_modules/.bin/bun`,
  deno: `${root}node_modules/deno/deno`,
};

/** How to run a program. */
export interface ProgramOptions {
  /** Default: Node. */
  readonly on?: Runtime;
  /** What stands before the file; for Deno, `run` comes with it. */
  readonly flags?: ReadonlyArray<string>;
  readonly args?: ReadonlyArray<string>;
  readonly env?: Readonly<Record<string, string>>;
  /** The folder to run it in. Default: the project's. */
  readonly cwd?: string;
}

/** A running program. It is killed when it is disposed of. */
export class Program implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #ended: Promise<number | string>;
  readonly #lines: Array<string> = [];
  #errors = "";
  #changed: PromiseWithResolvers<void> = Promise.withResolvers();

  constructor(file: string, { on = "node", flags = [], args = [], env = {}, cwd = root }: ProgramOptions = {}) {
    this.#child = spawn(commands[on], [...(on === "deno" ? ["run"] : []), ...flags, file, ...args], {
      cwd,
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, NO_COLOR: "1", ...env },
    });
    const { stdout, stderr } = this.#child;
    if (stdout === null || stderr === null) throw new Error("a program without pipes");
    createInterface({ input: stdout }).on("line", (line) => {
      this.#lines.push(line);
      this.#tell();
    });
    stderr.setEncoding("utf8").on("data", (text: string) => this.#errors = (this.#errors + text).slice(-10_000));
    this.#ended = new Promise((resolve, reject) => {
      this.#child.once("error", reject);
      this.#child.once("close", (code, signal) => {
        resolve(code ?? signal ?? "unknown");
        this.#tell();
      });
    });
  }

  /** All that it has printed, line by line. */
  get printed(): ReadonlyArray<string> {
    return this.#lines;
  }

  /** The end of what it has printed as errors. */
  get errors(): string {
    return this.#errors;
  }

  /** Waits until it has printed a line like that. */
  async prints(like: RegExp): Promise<string> {
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), PATIENCE);
    try {
      for (;;) {
        const found = this.#lines.find((line) => like.test(line));
        if (found !== undefined) return found;
        const { exitCode, signalCode } = this.#child;
        if (exitCode !== null || signalCode !== null) throw new Error(`it printed no ${like}: ${this.#all()}`);
        await this.#changed.promise;
      }
    } finally {
      clearTimeout(timer);
    }
  }

  /** Waits until it has ended; its exit code, or the signal. One that does not end is killed. */
  async ends(): Promise<number | string> {
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), PATIENCE);
    const code = await this.#ended;
    clearTimeout(timer);
    return code;
  }

  /** Sends it a signal. */
  kill(signal: "SIGINT" | "SIGTERM" | "SIGKILL"): void {
    this.#child.kill(signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#ended;
  }

  #tell(): void {
    const changed = this.#changed;
    this.#changed = Promise.withResolvers();
    changed.resolve();
  }

  #all(): string {
    return `${this.#lines.join("\n")}\n${this.#errors}`;
  }
}
