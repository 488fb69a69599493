/**
 * A peer of other people's making, as a child process: commands go in, events come out, and it ends with the test.
 */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { matches, type Pattern, shown } from "./matching.ts";

/** How long is waited for what is to happen, in ms: the machine may be busy. */
export const PATIENCE_MS = 20_000;
/** How long a peer may take to end by itself. */
const END_WITHIN_MS = 5_000;
/** How many of the latest events are told when what was waited for does not come. */
const SHOWN_EVENTS = 25;
const SHOWN_CHARACTERS = 240;

/** Something that a peer has seen or done. */
export interface PeerEvent {
  readonly event: string;
  /** When it was printed, in ms since the Unix epoch. */
  readonly at: number;
  readonly [field: string]: unknown;
}

/** What an event is to be like. */
export type EventPattern = { readonly event: Pattern } & { readonly [field: string]: Pattern };

/** What a peer is told to do; peers/*.py say what there is. */
export type PeerCommand = { readonly do: string } & { readonly [field: string]: unknown };

/** Where to look for an event. */
export interface UntilOptions {
  /** Only among those that came after so many, as {@linkcode PeerProcess.mark} has counted them. Default: among all. */
  readonly after?: number;
  /** How many are wanted: what is given is the last of them. Default 1. */
  readonly count?: number;
}

interface Waiting {
  readonly isSatisfied: () => boolean;
  readonly satisfy: () => void;
  readonly fail: (why: string) => void;
}

/** Children that run: none may outlive this process, however it ends. They end with their stdin, but for those that hang. */
const running = new Set<ChildProcessWithoutNullStreams>();
process.once("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

export class PeerProcess implements AsyncDisposable {
  /** Everything that the peer has told, the oldest first. */
  readonly events: Array<PeerEvent> = [];
  readonly #name: string;
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #ended: Promise<void>;
  readonly #waiting = new Set<Waiting>();
  #commands = 0;
  #stderr = "";
  #hasEnded = false;

  private constructor(name: string, child: ChildProcessWithoutNullStreams) {
    this.#name = name;
    this.#child = child;
    running.add(child);
    child.stderr.setEncoding("utf8").on("data", (text: string) => this.#stderr = (this.#stderr + text).slice(-20_000));
    // What is written to a peer that has gone is lost, as its end is told.
    child.stdin.on("error", () => {});
    createInterface({ input: child.stdout }).on("line", (line) => this.#take(line));
    this.#ended = new Promise((resolve) => {
      const ended = () => {
        running.delete(child);
        this.#hasEnded = true;
        for (const waiting of this.#waiting) waiting.fail("has ended");
        resolve();
      };
      child.once("error", ended);
      child.once("close", ended);
    });
  }

  /** Starts a script of peers/ and waits until it takes commands. */
  static async start(python: string, script: string): Promise<PeerProcess> {
    const path = fileURLToPath(new URL(`../peers/${script}`, import.meta.url));
    const child = spawn(python, ["-B", "-u", path], { stdio: ["pipe", "pipe", "pipe"] });
    const peer = new PeerProcess(script, child);
    try {
      await peer.until({ event: "ready" });
    } catch (error) {
      await peer.kill();
      throw error;
    }
    return peer;
  }

  /** The number of the process; none when it could not be started. */
  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** The number of events up to now. */
  get mark(): number {
    return this.events.length;
  }

  /** The events up to now that are like that. */
  all(pattern: EventPattern, after = 0): ReadonlyArray<PeerEvent> {
    return this.events.slice(after).filter((event) => matches(event, pattern));
  }

  /** Waits for an event that is like that, or has been; rejects with all that was seen when none comes. */
  async until(pattern: EventPattern, { after = 0, count = 1 }: UntilOptions = {}): Promise<PeerEvent> {
    let [seen, found]: [number, PeerEvent | undefined] = [0, undefined];
    let next = after;
    const isSatisfied = () => {
      for (; seen < count && next < this.events.length; next += 1) {
        const event = this.events[next]!;
        if (!matches(event, pattern)) continue;
        seen += 1;
        found = event;
      }
      return seen >= count;
    };
    const what = () => `has told ${seen} of ${count} events ${shown(pattern)}`;
    await this.#wait(
      isSatisfied,
      what,
      ({ viewer, device }) => viewer === pattern["viewer"] && device === pattern["device"],
    );
    return found!;
  }

  /** Tells the peer to do something, and waits until it has. */
  async do(command: PeerCommand): Promise<void> {
    const id = this.#commands++;
    const after = this.mark;
    this.#child.stdin.write(JSON.stringify({ ...command, id }) + "\n");
    const { event, error } = await this.until({ event: (name) => name === "done" || name === "failed", id }, { after });
    if (event === "failed") throw new Error(`${this.#name} could not ${command.do}: ${String(error)}`);
  }

  /** Ends it as a peer ends by itself: it leaves its rooms. */
  async close(): Promise<void> {
    this.#child.stdin.end();
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), END_WITHIN_MS);
    await this.#ended;
    clearTimeout(timer);
  }

  /** Ends it at once, without a word to anybody. */
  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#ended;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #wait(
    isSatisfied: () => boolean,
    what: () => string,
    isRelated: (event: PeerEvent) => boolean,
  ): Promise<void> {
    if (isSatisfied()) return Promise.resolve();
    if (this.#hasEnded) return Promise.reject(this.#error(`has ended; it ${what()}`, isRelated));
    return new Promise((resolve, reject) => {
      const settle = (then: () => void) => {
        clearTimeout(timer);
        this.#waiting.delete(waiting);
        then();
      };
      const waiting: Waiting = {
        isSatisfied,
        satisfy: () => settle(resolve),
        fail: (why) => settle(() => reject(this.#error(`${why}; it ${what()}`, isRelated))),
      };
      const timer = setTimeout(() => waiting.fail(`has had ${PATIENCE_MS} ms`), PATIENCE_MS);
      this.#waiting.add(waiting);
    });
  }

  #take(line: string): void {
    this.events.push(JSON.parse(line));
    for (const waiting of this.#waiting) {
      if (waiting.isSatisfied()) waiting.satisfy();
    }
  }

  #error(what: string, isRelated: (event: PeerEvent) => boolean): Error {
    const related = this.events.filter(isRelated).slice(-SHOWN_EVENTS);
    const events = related.map((event) => JSON.stringify(event).slice(0, SHOWN_CHARACTERS));
    return new Error(`${this.#name} ${what}\n${events.join("\n")}\n${this.#stderr}`);
  }
}
