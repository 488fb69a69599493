/**
 * Devices and viewers as processes of their own, which can be stopped and killed.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { environment } from "../../../../scripts/house.ts";
import { until } from "./waiting.ts";

/** Something that a program says of itself: one line of JSON. */
export type Word = { readonly [field: string]: unknown };

/** How a program is run. */
export interface ChildOptions {
  /** The run-time. Default: the one that this process runs on. */
  readonly runtime?: "bun";
}

const programs = new URL("../programs/", import.meta.url);

/** A running program. */
export class Child implements AsyncDisposable {
  /** What it has said, oldest first. */
  readonly words: Array<Word> = [];
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;
  #errors = "";

  /** Starts a program of `programs/`. */
  constructor(program: string, settings: Word, { runtime }: ChildOptions = {}) {
    const file = fileURLToPath(new URL(`${program}.ts`, programs));
    this.#child = spawn(runtime ?? process.execPath, [file, JSON.stringify(settings)], {
      env: environment(),
      stdio: ["pipe", "pipe", "pipe"],
    });
    this.#ended = new Promise((resolve) => this.#child.once("close", () => resolve()));
    const { stdin, stdout, stderr } = this.#child;
    if (stdin === null || stdout === null || stderr === null) throw new Error("a program without pipes");
    stdin.on("error", () => {});
    stderr.setEncoding("utf8").on("data", (text: string) => this.#errors = (this.#errors + text).slice(-10_000));
    createInterface({ input: stdout }).on("line", (line) => {
      if (line.startsWith("{")) this.words.push(JSON.parse(line));
    });
  }

  /** Its process. */
  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Whether it runs no more. */
  get isOver(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  /** What it has written to standard error, the end of it. */
  get errors(): string {
    return this.#errors;
  }

  /** The latest word that has a field. */
  latest(field: string): unknown {
    return this.words.findLast((word) => field in word)?.[field];
  }

  /** Waits for a word that has a field, among those that come from now on if `since` is the number of words so far. */
  async says(field: string, since: number = 0): Promise<Word> {
    const find = () => this.words.slice(since).find((word) => field in word);
    await until(`a program says "${field}"`, find).catch((error) => {
      throw new Error(`${error}\n${this.#errors}`);
    });
    return find() ?? {};
  }

  /** Sends it a signal. */
  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Ends it without warning. */
  async kill(): Promise<void> {
    this.signal("SIGKILL");
    await this.#ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }
}
