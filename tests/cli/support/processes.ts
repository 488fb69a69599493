/**
 * The command as processes of their own, under each run-time.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { afterEach } from "vitest";

/** A run-time that the command is started under. */
export type CommandRuntime = "node" | "deno" | "bun";

/** What a process has ended with. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command that runs. */
export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** Settles with the first output. */
  readonly spoken: Promise<void>;
  /** What it has put out up to now. */
  readonly output: () => string;
  /** Settles once the output has that text; rejects when the command ends without it. */
  readonly said: (text: string) => Promise<void>;
  /** The same of what goes to standard error. */
  readonly noted: (text: string) => Promise<void>;
  /** Sends a signal. Not by child.kill: Deno would then report the signal, whatever the child has ended with. */
  readonly signal: (name: NodeJS.Signals) => void;
}

/** How a command is started. */
export interface StartOptions {
  /** Its output goes to a pipe, or to a file descriptor. Default: a pipe. */
  readonly output?: "pipe" | number;
  /** Variables beside those of this process. Default: none. */
  readonly environment?: Readonly<Record<string, string>>;
}

const root = fileURLToPath(new URL("../../../", import.meta.url));

/** What users call: npm installs the file in bin/ for Node and Bun, and Deno runs the sources as they are. */
const commands: Readonly<Record<CommandRuntime, readonly [program: string, ...args: ReadonlyArray<string>]>> = {
  node: ["node_modules/.bin/node", "bin/fieldlink.js"],
  deno: ["node_modules/.bin/deno", "run", "--allow-all", "--quiet", "cli/main.ts"],
  bun: ["node_modules/.bin/bun", "bin/fieldlink.js"],
};

/** From Node, the command is run on each of the run-times; on the others it would only be repeated. */
const own: CommandRuntime | undefined = "Deno" in globalThis ? "deno" : "Bun" in globalThis ? "bun" : undefined;
export const commandRuntimes: ReadonlyArray<CommandRuntime> = own === undefined ? ["node", "deno", "bun"] : [own];

/** The environment, without a server that somebody may have set for tools of their own. */
const withoutLiveKit = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !name.startsWith("LIVEKIT_")),
);

const running = new Set<ChildProcess>();

/** Ends what a test has left running; to be called once in each file. */
export function endProcessesAfterEach(): void {
  afterEach(() => {
    for (const child of running) child.kill("SIGKILL");
  });
}

/** Starts the command. */
export function startCommand(
  runtime: CommandRuntime,
  args: ReadonlyArray<string>,
  { output = "pipe", environment = {} }: StartOptions = {},
): Running {
  const [program, ...options] = commands[runtime];
  const child = spawn(`${root}${program}`, [...options, ...args], {
    cwd: root,
    stdio: ["ignore", output, "pipe"],
    env: { ...withoutLiveKit, ...environment, NO_COLOR: "1" },
  });
  running.add(child);
  let stdout = "";
  let stderr = "";
  const listeners = new Set<() => void>();
  const tell = (): void => [...listeners].forEach((listener) => listener());
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
    tell();
  });
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
    tell();
  });
  const spoken = new Promise<void>((resolve) => child.stdout?.once("data", () => resolve()));
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => {
      running.delete(child);
      resolve({ code, stdout, stderr });
    });
  });
  const appears = (text: string, output: () => string): Promise<void> => {
    const found = new Promise<void>((resolve) => {
      const look = (): void => {
        if (!output().includes(text)) return;
        listeners.delete(look);
        resolve();
      };
      listeners.add(look);
      look();
    });
    const over = ended.then(({ code }) => {
      if (output().includes(text)) return;
      throw new Error(`ended with ${code} without saying "${text}":\n${stdout}\n${stderr}`);
    });
    return Promise.race([found, over]);
  };
  const said = (text: string): Promise<void> => appears(text, () => stdout);
  const noted = (text: string): Promise<void> => appears(text, () => stderr);
  const signal = (name: NodeJS.Signals): void => {
    if (child.pid !== undefined) process.kill(child.pid, name);
  };
  return { child, ended, spoken, output: () => stdout, said, noted, signal };
}
