/**
 * Processes that are told what to do, and tell what they have done, by a JSON object a line.
 */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { createInterface } from "node:readline";

/** A line. */
export type Line = { readonly [field: string]: unknown };

/** How long is waited for an event, in ms. */
const PATIENCE_MS = 120_000;

const running = new Set<ChildProcessWithoutNullStreams>();
process.once("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

/** A child process. */
export class Child implements AsyncDisposable {
  /** Called for each event that comes. */
  onEvent: (event: Line) => void = () => {};
  readonly #name: string;
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #ended: Promise<void>;
  #events: Array<Line> = [];
  #wake: () => void = () => {};
  #errors = "";
  #hasEnded = false;

  constructor(name: string, command: ReadonlyArray<string>) {
    this.#name = name;
    const [program = "", ...args] = command;
    const child = spawn(program, args, { stdio: ["pipe", "pipe", "pipe"] });
    this.#child = child;
    running.add(child);
    child.stdin.on("error", () => {});
    child.stderr.setEncoding("utf8").on("data", (text: string) => this.#errors = (this.#errors + text).slice(-4_000));
    createInterface({ input: child.stdout }).on("line", (line) => this.#take(line));
    this.#ended = new Promise((resolve) => {
      child.once("close", () => {
        running.delete(child);
        this.#hasEnded = true;
        this.#wake();
        resolve();
      });
    });
  }

  /** The number of the process. */
  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** What it has written to its standard error, the end of it. */
  get errors(): string {
    return this.#errors;
  }

  /** Tells it something. */
  tell(command: Line): void {
    this.#child.stdin.write(JSON.stringify(command) + "\n");
  }

  /** Tells it something, and waits for its answer: the next event of that name. */
  async ask(command: Line, event: string, patienceMs: number = PATIENCE_MS): Promise<Line> {
    this.#events = this.#events.filter((line) => line["event"] !== event);
    this.tell(command);
    return await this.next(event, patienceMs);
  }

  /** The next event of that name, which may have come already. */
  async next(event: string, patienceMs: number = PATIENCE_MS): Promise<Line> {
    const end = performance.now() + patienceMs;
    for (;;) {
      const index = this.#events.findIndex((line) => line["event"] === event);
      const line = this.#events[index];
      if (line !== undefined) {
        this.#events.splice(0, index + 1);
        return line;
      }
      const left = end - performance.now();
      if (this.#hasEnded || left <= 0) {
        throw new Error(
          `${this.#name} has not told of "${event}"${this.#hasEnded ? ", and has ended" : ""}\n${this.#errors}`,
        );
      }
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.stdin.end();
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), 3_000);
    await this.#ended;
    clearTimeout(timer);
  }

  #take(text: string): void {
    if (!text.startsWith("{")) return;
    const line: Line = JSON.parse(text);
    this.onEvent(line);
    if (line["event"] !== "progress") this.#events.push(line);
    this.#wake();
  }
}

/** In a child: does what it is told, one command after the other, until there are no more. */
export async function obey(
  commands: Readonly<Record<string, (command: Line) => unknown>>,
  atOnce: Readonly<Record<string, (command: Line) => void>> = {},
): Promise<void> {
  let last: Promise<unknown> = Promise.resolve();
  for await (const text of createInterface({ input: process.stdin })) {
    const command: Line = JSON.parse(text);
    const name = String(command["do"]);
    if (atOnce[name] !== undefined) atOnce[name](command);
    else last = last.then(() => commands[name]?.(command)).catch((error) => say("failed", { error: String(error) }));
  }
  await last;
}

/** In a child: tells something. */
export function say(event: string, fields: Line = {}): void {
  process.stdout.write(JSON.stringify({ event, ...fields }) + "\n");
}

/** A number of a line. */
export function number(line: Line, field: string): number {
  const value = line[field];
  if (typeof value !== "number") throw new Error(`"${field}" is no number: ${JSON.stringify(line)}`);
  return value;
}

/** A text of a line. */
export function text(line: Line, field: string): string {
  const value = line[field];
  if (typeof value !== "string") throw new Error(`"${field}" is no text: ${JSON.stringify(line)}`);
  return value;
}
