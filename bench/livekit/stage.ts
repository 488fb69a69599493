/**
 * One server, three devices in rooms of their own, and viewers that are in all three rooms: a process each.
 */
import { fileURLToPath } from "node:url";
import { accessToken } from "../../adapters/livekit/mod.ts";
import { findInteropPython } from "../../scripts/interop_python.ts";
import { Platform } from "../../tests/interop/support/platform.ts";
import { LiveKitServer } from "../../tests/support/livekit/server.ts";
import { Child, type Line, number } from "../support/child.ts";
import { cpuMs, datagramsLost, memory } from "../support/usage.ts";

/** Who sends: livekit-client alone, the library, foxglove-sdk. */
export type Kind = "raw" | "ours" | "peer";

/** All of them. */
export const kinds: ReadonlyArray<Kind> = ["raw", "ours", "peer"];

/** What one device is made to do. */
export interface Task {
  /** What sending.ts can be told. */
  readonly command: Line;
  /** The size of a message. */
  readonly bytes: number;
  /** Whether everything has to arrive. */
  readonly isReliable: boolean;
  /** Whether the time that messages take is of interest. */
  readonly wantsTimes?: boolean;
}

/** What came of it. */
export interface Outcome {
  /** Messages sent. */
  readonly sent: number;
  /** Messages that arrived, on average of the viewers. */
  readonly arrived: number;
  /** Messages a second, from the first to the last to arrive, on average of the viewers. */
  readonly perSecond: number;
  /** Processor time of the device for a megabyte (10^6 bytes) that has arrived at a viewer, in ms. */
  readonly cpuMsPerMegabyte: number;
  /** How long messages took, in ms, where that was asked for. */
  readonly took: ReadonlyArray<number>;
  /** Datagrams that the machine has thrown away meanwhile. */
  readonly datagramsLost: number;
}

/** Nothing has arrived for so long: nothing is on its way any more. */
const QUIET_MS = 250;
const DRAIN_MS = 20_000;

/** The server and everybody on it. */
export class Stage implements AsyncDisposable {
  readonly #server: LiveKitServer;
  readonly #platform: Platform;
  readonly #devices: Readonly<Record<Kind, Child>>;
  readonly #viewers: Array<Child> = [];
  #joins = 0;

  private constructor(server: LiveKitServer, platform: Platform, devices: Readonly<Record<Kind, Child>>) {
    this.#server = server;
    this.#platform = platform;
    this.#devices = devices;
  }

  /** Brings the devices into their rooms. */
  static async start(python: string | undefined): Promise<Stage> {
    const program = python ?? await findInteropPython();
    const server = await LiveKitServer.start({ config: { logging: { level: "error" } } });
    const { url } = server.address;
    const platform = await Platform.start({ url, token: () => tokenFor(server, "peer", "device") });
    const node = async (file: string, room: string): Promise<Child> =>
      new Child(file, [process.execPath, path(file), url, await tokenFor(server, room, "device")]);
    const devices = {
      raw: await node("raw_device.ts", "raw"),
      ours: await node("our_device.ts", "ours"),
      peer: new Child("peer_device.py", [program, "-u", path("peer_device.py"), platform.url]),
    };
    const stage = new Stage(server, platform, devices);
    for (const kind of kinds) await devices[kind].next("ready");
    return stage;
  }

  /** Brings in one more viewer, and has the devices know of it. */
  async addViewer(): Promise<void> {
    const name = `viewer-${this.#viewers.length + 1}`;
    const viewer = new Child(name, [process.execPath, path("viewer.ts")]);
    this.#viewers.push(viewer);
    for (const kind of kinds) {
      const token = await tokenFor(this.#server, kind, name);
      await viewer.ask({ do: "join", kind, url: this.#server.address.url, token }, "joined");
      if (kind !== "raw") { for (let topic = 0; topic < 2; topic++) await this.#devices[kind].next("subscribed"); }
    }
    const identities = this.#viewers.map((_, index) => `viewer-${index + 1}`);
    await this.#devices.raw.ask({ do: "open", identities }, "opened");
    for (const kind of kinds) {
      for (const way of ["reliable", "lossy"]) await this.#warmUp(kind, way);
    }
  }

  /** Has a device do something, and waits until what is to arrive has arrived. */
  async run(kind: Kind, { command, bytes, isReliable, wantsTimes = false }: Task): Promise<Outcome> {
    const device = this.#devices[kind];
    await this.#begin(kind, bytes, wantsTimes);
    const counts = this.#viewers.map(() => 0);
    for (const [index, viewer] of this.#viewers.entries()) {
      viewer.onEvent = (event) => {
        if (event["event"] !== "progress") return;
        counts[index] = number(event, "messages");
        // The fastest: what the server has thrown away for one of them never comes.
        device.tell({ do: "ack", messages: Math.max(...counts) });
      };
    }
    const [cpu, lost] = [cpuMs(device.pid), datagramsLost()];
    const sent = number(await device.ask(command, "sent"), "messages");
    await this.#arrived(
      () => counts.reduce((sum, count) => sum + count, 0),
      isReliable ? sent * counts.length : undefined,
    );
    const used = cpuMs(device.pid) - cpu;
    const reports = await Promise.all(this.#viewers.map((viewer) => viewer.ask({ do: "report" }, "report")));
    for (const viewer of this.#viewers) viewer.onEvent = () => {};
    const total = (field: string): number => reports.reduce((sum, report) => sum + number(report, field), 0);
    return {
      sent,
      arrived: total("messages") / reports.length,
      perSecond: mean(reports.map((report) => (number(report, "messages") - 1) * 1_000 / number(report, "ms"))),
      cpuMsPerMegabyte: used / (total("bytes") / 1e6),
      took: reports.flatMap((report) => Array.isArray(report["took"]) ? report["took"].map(Number) : []),
      datagramsLost: datagramsLost() - lost,
    };
  }

  /** The time from connecting to the first message, for one more viewer, while the device sends 200 a second. In ms. */
  async firstMessage(kind: Exclude<Kind, "raw">): Promise<number> {
    const token = await tokenFor(this.#server, kind, `visitor-${++this.#joins}`);
    const command = { do: "firstMessage", url: this.#server.address.url, token };
    const joining = this.#viewers[0]!.ask(command, "firstMessage");
    let isJoined = false;
    const joined = joining.finally(() => isJoined = true);
    while (!isJoined) {
      const sending = { do: "pace", way: "reliable", bytes: 100, perSecond: 200, seconds: 0.5 };
      await this.#devices[kind].ask(sending, "sent");
    }
    const { ms } = await joined;
    return Number(ms);
  }

  /** Resident memory of a device in bytes: now, and the most that it ever was. */
  memory(kind: Kind): ReturnType<typeof memory> {
    return memory(this.#devices[kind].pid);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const children = [...this.#viewers, ...Object.values(this.#devices)];
    await Promise.all(children.map((child) => child[Symbol.asyncDispose]()));
    await this.#platform.close();
    await this.#server.stop();
  }

  async #begin(kind: Kind, bytes: number, times: boolean): Promise<void> {
    await Promise.all(this.#viewers.map((viewer) => viewer.ask({ do: "begin", kind, bytes, times }, "begun")));
  }

  /** Sends until something has arrived everywhere: the first messages on a way are lost while it is being opened. */
  async #warmUp(kind: Kind, way: string): Promise<void> {
    await this.#begin(kind, 100, false);
    for (let attempt = 0; attempt < 50; attempt++) {
      await this.#devices[kind].ask({ do: "pace", way, bytes: 100, perSecond: 100, seconds: 0.1 }, "sent");
      const reports = await Promise.all(this.#viewers.map((viewer) => viewer.ask({ do: "report" }, "report")));
      if (reports.every((report) => number(report, "messages") > 0)) return;
    }
    throw new Error(`${kind}: nothing arrives on the ${way} way`);
  }

  async #arrived(count: () => number, wanted: number | undefined): Promise<void> {
    const end = performance.now() + DRAIN_MS;
    let [before, since] = [count(), performance.now()];
    for (;;) {
      await new Promise((resolve) => setTimeout(resolve, 10));
      const now = performance.now();
      if (count() !== before) [before, since] = [count(), now];
      if (wanted === undefined ? now - since > QUIET_MS : before >= wanted || now > end) return;
    }
  }
}

function path(file: string): string {
  return fileURLToPath(new URL(file, import.meta.url));
}

function tokenFor({ address }: LiveKitServer, room: string, identity: string): Promise<string> {
  return accessToken({ apiKey: address.apiKey, apiSecret: address.apiSecret, room, identity });
}

function mean(values: ReadonlyArray<number>): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
