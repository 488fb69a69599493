/**
 * Server-sent events: a device of this library against better-sse, which broadcasts as much to as many clients. A process
 * for the server, one for all of the clients.
 *
 *     node bench/sse.ts [--rounds 3] [--clients 1,100,1000] [--only cpu,memory,resume,latency]
 *     node bench/sse.ts --write     puts the figures into bench/README.md, too
 */
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { Child, number } from "./support/child.ts";
import { figure, Report, times, writeFigures } from "./support/report.ts";
import { cpuMs, memory } from "./support/usage.ts";

const KIB = 1024;
const BEGIN = "<!-- figures of server-sent events: written by `npm run bench:sse -- --write` -->";
const END = "<!-- end of the figures of server-sent events -->";
/** Events that go to all clients together in a run: some seconds of work, next to which the compilers' is little. */
const DELIVERIES: Readonly<Record<number, number>> = { 1: 300_000, 100: 200_000, 1_000: 200_000 };
const QUIET_MS = 500;
const DRAIN_MS = 60_000;

type Kind = "ours" | "better-sse";
const kinds: ReadonlyArray<Kind> = ["ours", "better-sse"];

const { values: given } = parseArgs({
  options: {
    rounds: { type: "string", default: "3" },
    clients: { type: "string", default: "1,100,1000" },
    only: { type: "string", default: "cpu,memory,resume,latency" },
    write: { type: "boolean", default: false },
  },
});
const rounds = Number(given.rounds);
const counts = given.clients.split(",").map(Number);
const parts = given.only.split(",");

/** A server, and clients of it. */
class Stage implements AsyncDisposable {
  readonly kind: Kind;
  readonly server: Child;
  readonly clients: Child;
  #port = 0;
  #channelId = 0;
  #present = 0;
  #seen = 0;

  constructor(kind: Kind) {
    const program = (file: string): Child =>
      new Child(`${kind}: ${file}`, [process.execPath, fileURLToPath(new URL(`sse/${file}`, import.meta.url))]);
    this.kind = kind;
    this.server = program(kind === "ours" ? "our_server.ts" : "their_server.ts");
    this.clients = program("clients.ts");
    this.clients.onEvent = (event) => {
      if (event["event"] === "progress") this.#seen = number(event, "messages");
    };
  }

  async start(): Promise<void> {
    const ready = await this.server.next("ready");
    [this.#port, this.#channelId] = [number(ready, "port"), number(ready, "channelId")];
  }

  /** Brings in clients until there are so many. */
  async join(clients: number): Promise<void> {
    const { kind } = this;
    await this.clients.ask({ do: "join", kind, port: this.#port, channelId: this.#channelId, clients }, "joined");
    for (; this.#present < clients; this.#present++) await this.server.next("subscribed");
  }

  /** Has the server send, and waits until all has come; gives the processor time of the server, in ms. */
  async send(command: string, messages: number, fields: object = {}): Promise<number> {
    await this.clients.ask({ do: "begin", bytes: KIB, ...fields }, "begun");
    this.#seen = 0;
    const before = cpuMs(this.server.pid);
    await this.server.ask({ do: command, bytes: KIB, messages, ...fields }, "sent");
    await this.#arrived(messages * this.#present);
    return cpuMs(this.server.pid) - before;
  }

  async #arrived(wanted: number): Promise<void> {
    const end = performance.now() + DRAIN_MS;
    while (this.#seen < wanted) {
      if (performance.now() > end) throw new Error(`${this.kind}: ${this.#seen} of ${wanted} messages have arrived`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.clients[Symbol.asyncDispose]();
    await this.server[Symbol.asyncDispose]();
  }
}

const perSecond = new Map<string, Array<number>>();
const idle = new Map<Kind, number>();
const resumed: Array<number> = [];
const latency = new Map<Kind, Array<number>>();

function note(key: string, value: number): void {
  perSecond.set(key, [...perSecond.get(key) ?? [], value]);
}

function median(values: ReadonlyArray<number>, at = 0.5): number {
  return values.toSorted((one, other) => one - other)[Math.floor((values.length - 1) * at)] ?? NaN;
}

async function measureCpu(stage: Stage, clients: number): Promise<void> {
  await stage.join(clients);
  const messages = Math.ceil((DELIVERIES[clients] ?? 100_000) / clients);
  for (const command of stage.kind === "ours" ? ["flood", "each"] : ["flood"]) {
    // The first is for the compilers.
    await stage.send(command, Math.ceil(messages / 4));
    note(`${stage.kind} ${command} ${clients}`, messages * clients / (await stage.send(command, messages) / 1_000));
  }
}

for (let round = 0; round < rounds; round++) {
  for (const kind of round % 2 === 0 ? kinds : kinds.toReversed()) {
    for (const clients of parts.includes("cpu") ? counts : []) {
      await using stage = new Stage(kind);
      await stage.start();
      await measureCpu(stage, clients);
    }
  }
}
if (parts.includes("memory")) {
  for (const kind of kinds) {
    await using stage = new Stage(kind);
    await stage.start();
    await stage.join(10);
    await new Promise((resolve) => setTimeout(resolve, QUIET_MS));
    const before = memory(stage.server.pid).now;
    await stage.join(1_010);
    await new Promise((resolve) => setTimeout(resolve, QUIET_MS));
    idle.set(kind, (memory(stage.server.pid).now - before) / 1_000);
  }
}
if (parts.includes("resume")) {
  await using stage = new Stage("ours");
  await stage.start();
  await stage.join(1_000);
  for (let round = 0; round < rounds; round++) {
    await stage.send("each", 20);
    await stage.clients.ask({ do: "drop" }, "dropped");
    await stage.clients.ask({ do: "begin", bytes: KIB }, "begun");
    await stage.server.ask({ do: "each", bytes: KIB, messages: 50 }, "sent");
    const began = performance.now();
    await stage.clients.ask({ do: "back" }, "back");
    for (let messages = 0; messages < 50_000;) {
      messages = number(await stage.clients.ask({ do: "report" }, "report"), "messages");
      if (performance.now() - began > DRAIN_MS) throw new Error(`resumed: ${messages} of 50,000 messages have come`);
    }
    resumed.push(performance.now() - began);
  }
}
if (parts.includes("latency")) {
  for (const kind of kinds) {
    await using stage = new Stage(kind);
    await stage.start();
    await stage.join(1);
    await stage.send("pace", 1_000, { perSecond: 1_000, seconds: 1 });
    await stage.send("pace", 4_000, { perSecond: 1_000, seconds: 4, times: true });
    const report = await stage.clients.ask({ do: "report" }, "report");
    latency.set(kind, Array.isArray(report["took"]) ? report["took"].map(Number) : []);
  }
}

const report = new Report("server-sent events");
if (parts.includes("cpu")) {
  const rows = counts.map((clients) => {
    const [ours, each, theirs] = ["ours flood", "ours each", "better-sse flood"].map((key) =>
      median(perSecond.get(`${key} ${clients}`) ?? [])
    ) as [number, number, number];
    report.target(
      `${clients} client${clients > 1 ? "s" : ""}: at least 1.5 times better-sse's events`,
      times(ours / theirs),
      ours >= 1.5 * theirs,
    );
    return [`${clients}`, figure(theirs), figure(ours), figure(each), times(ours / theirs), times(each / theirs)];
  });
  report.table(
    [
      "messages of 1 KiB for a second of the server's CPU, clients",
      "better-sse",
      "ours",
      "ours, an event each",
      "ours to better-sse",
      "an event each",
    ],
    rows,
  );
}
if (parts.includes("memory")) {
  report.table(
    ["memory for an idle client, of 1,000", "KiB"],
    kinds.map((kind) => [kind, figure((idle.get(kind) ?? NaN) / KIB)]),
  );
}
if (parts.includes("resume")) {
  report.table(["1,000 sessions come back at once, 50 messages each are replayed", "ms"], [
    ["until all has come", figure(median(resumed))],
  ]);
}
if (parts.includes("latency")) {
  report.table(
    ["1,000 messages of 1 KiB a second to one client, in ms", "median", "19 of 20 less", "99 of 100 less"],
    kinds.map((kind) => [kind, ...[0.5, 0.95, 0.99].map((at) => figure(median(latency.get(kind) ?? [], at)))]),
  );
}
report.print();
if (given.write) writeFigures(BEGIN, END, report.text());
process.exit(0);
