/**
 * A LiveKit server as a child process, on 127.0.0.1.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { findLiveKitServer } from "../../../scripts/livekit_server.ts";
import { freePorts, type ServerPorts } from "./ports.ts";

/** What a client of the server needs. Plain data, so that it can be handed to other processes. */
export interface ServerAddress {
  /** For livekit-client: `ws://127.0.0.1:port`. */
  readonly url: string;
  /** For the API: `http://127.0.0.1:port`. */
  readonly httpUrl: string;
  readonly apiKey: string;
  readonly apiSecret: string;
}

/** How to run a server. */
export interface ServerOptions {
  /** Media over UDP. Without it ICE has to use TCP. Default true. */
  readonly udp?: boolean;
  /** More of the server's configuration, by its own names; laid over ours, section by section. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** The program. Default: found, or built. */
  readonly program?: string;
}

/** Ms until it has to answer. Generous: the machine may be busy. */
const START_MS = 30_000;
/** How often other ports are tried when somebody else took one first. */
const ATTEMPTS = 5;
/** Ms that everybody has for leaving by themselves. A server still starts for 100 ms after its first answer. */
const INSIST_MS = 1_000;
/** Ms that an orderly end may take; then it is killed. The server itself waits for up to 5 s before it tells anybody. */
const STOP_MS = 20_000;
/** Characters of the log that are kept. */
const LOG_LENGTH = 64 * 1024;

class PortTaken extends Error {}

/** A running server. It is ended with this process, however this process ends. */
export class LiveKitServer implements AsyncDisposable {
  readonly ports: ServerPorts;
  readonly address: ServerAddress;
  readonly #program: string;
  readonly #options: ServerOptions;
  #log = "";
  #child: ChildProcess | undefined;
  #ended: Promise<void> = Promise.resolve();

  private constructor(program: string, options: ServerOptions, ports: ServerPorts) {
    this.#program = program;
    this.#options = options;
    this.ports = ports;
    this.address = {
      url: `ws://127.0.0.1:${ports.http}`,
      httpUrl: `http://127.0.0.1:${ports.http}`,
      apiKey: "fieldlink",
      apiSecret: randomBytes(24).toString("hex"),
    };
  }

  /** Starts one on free ports; done when it answers. */
  static async start(options: ServerOptions = {}): Promise<LiveKitServer> {
    const program = options.program ?? (await findLiveKitServer()).path;
    for (let attempt = 1;; attempt++) {
      const server = new LiveKitServer(program, options, await freePorts());
      try {
        await server.#run();
        return server;
      } catch (error) {
        if (!(error instanceof PortTaken) || attempt === ATTEMPTS) throw error;
      }
    }
  }

  /** Its process; undefined while it does not run. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** What it has said lately, oldest first. */
  get log(): string {
    return this.#log;
  }

  /** Has it stand still, as a line does that takes nothing. */
  pause(): void {
    this.#signal("SIGSTOP");
  }

  /** Has it go on. */
  resume(): void {
    this.#signal("SIGCONT");
  }

  /** Ends it without warning, as a crash would. */
  async kill(): Promise<void> {
    this.#signal("SIGKILL");
    await this.#ended;
  }

  /** Asks it to tell everybody and to end, and kills it when it does not; whether it has ended by itself. */
  async stop(): Promise<boolean> {
    // The first request waits for everybody to leave, the second does not. Not at once: both would be lost on a server
    // that answers, but has not come to the end of its start.
    this.#signal("SIGTERM");
    const insisting = setTimeout(() => this.#signal("SIGINT"), INSIST_MS);
    let isKilled = false;
    const killing = setTimeout(() => {
      isKilled = true;
      this.#signal("SIGKILL");
    }, STOP_MS);
    await this.#ended;
    clearTimeout(insisting);
    clearTimeout(killing);
    return !isKilled;
  }

  /** Runs it again on the same ports with the same keys, after it has ended. */
  async restart(): Promise<void> {
    if (this.#child !== undefined) await this.kill();
    for (let attempt = 1;; attempt++) {
      try {
        return await this.#run();
      } catch (error) {
        if (!(error instanceof PortTaken) || attempt === ATTEMPTS) throw error;
        await sleep(500);
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }

  #signal(signal: NodeJS.Signals): void {
    // ChildProcess.kill sends no second signal under Deno.
    const pid = this.#child?.pid;
    if (pid === undefined) return;
    try {
      process.kill(pid, signal);
    } catch {
      // It has ended, and the event is on its way.
    }
  }

  async #run(): Promise<void> {
    const child = spawn(this.#program, ["--config-body", JSON.stringify(this.#config())], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#child = child;
    const watch = child.pid === undefined ? undefined : endWithParent(child.pid);
    const keep = (text: string) => {
      this.#log = (this.#log + text).slice(-LOG_LENGTH);
    };
    child.stdout.setEncoding("utf8").on("data", keep);
    child.stderr.setEncoding("utf8").on("data", keep);
    this.#ended = new Promise((resolve) => {
      const end = () => {
        watch?.();
        if (this.#child === child) this.#child = undefined;
        resolve();
      };
      child.once("error", (error) => {
        keep(`${error.message}\n`);
        end();
      });
      child.once("close", end);
    });
    await this.#ready();
  }

  async #ready(): Promise<void> {
    const deadline = performance.now() + START_MS;
    const from = this.#log.length;
    while (!await answers(this.address.httpUrl)) {
      if (this.#child === undefined) {
        if (this.#log.slice(from).includes("address already in use")) throw new PortTaken("a port was taken");
        throw new Error(`livekit-server has ended instead of starting; its log:\n${this.#log}`);
      }
      if (performance.now() > deadline) {
        await this.kill();
        throw new Error(`livekit-server did not answer within ${START_MS} ms; its log:\n${this.#log}`);
      }
      await sleep(25);
    }
    // Somebody else's server may have answered on a port that this one did not get.
    if (this.#child === undefined) throw new PortTaken("a port was taken");
  }

  #config(): Record<string, unknown> {
    const { http, tcp, udp } = this.ports;
    const config: Record<string, unknown> = {
      port: http,
      bind_addresses: ["127.0.0.1"],
      keys: { [this.address.apiKey]: this.address.apiSecret },
      rtc: {
        tcp_port: tcp,
        udp_port: udp,
        force_tcp: this.#options.udp === false,
        node_ip: "127.0.0.1",
        use_external_ip: false,
        enable_loopback_candidate: true,
        interfaces: { includes: ["lo", "lo0"] },
      },
      // Rooms of tests are many and short.
      room: { empty_timeout: 20, departure_timeout: 5 },
      logging: { level: "info" },
    };
    for (const [name, value] of Object.entries(this.#options.config ?? {})) {
      const ours = config[name];
      config[name] = isSection(ours) && isSection(value) ? { ...ours, ...value } : value;
    }
    return config;
  }
}

function isSection(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2_000) });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}

/**
 * Ends a process when this one ends, be it by SIGKILL: a shell waits for the end of a pipe that this process holds. The
 * function that comes back calls that off.
 */
function endWithParent(pid: number): () => void {
  // In a group of its own, so that what ends this process's group does not end the watch first.
  const watch = spawn("sh", ["-c", 'read -r called_off || kill -9 "$1"', "sh", String(pid)], {
    stdio: ["pipe", "ignore", "ignore"],
    detached: true,
  });
  // It may have ended already, or could not be started at all: then there is nothing to call off.
  watch.on("error", () => {});
  watch.stdin.on("error", () => {});
  return () => watch.stdin.end("done\n");
}
