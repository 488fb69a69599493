/**
 * A device and viewers on a server, and what they see.
 */
import { vi } from "vitest";
import {
  Context,
  Gateway,
  type GatewayOptions,
  type Subscription,
  Viewer,
  type ViewerOptions,
} from "../../../../mod.ts";
import { CollectedLog } from "../../../support/log.ts";
import type { LiveKitServer, ServerAddress } from "../../../support/livekit/server.ts";
import { transport, type WayInOptions } from "../../../support/livekit/suite.ts";
import { PATIENCE, until } from "./waiting.ts";

// Each test waits for several things, one after another.
vi.setConfig({ testTimeout: 3 * PATIENCE });

/** A connection that takes its time on a busy machine is none that fails. */
const patient = { logLevel: "silent", connectTimeoutMs: PATIENCE / 2 } as const;
const joinTimeoutMs = PATIENCE;

/** Who is on which server, and in which room. */
export interface Place {
  readonly server: ServerAddress;
  readonly room: string;
}

/** A place on a server of one's own; `url` where the way to it is another one. */
export function placeOn(server: LiveKitServer, room: string, url?: string): Place {
  return { server: url === undefined ? server.address : { ...server.address, url }, room };
}

/** A device that counts on its channel `/count`. */
export class Device implements AsyncDisposable {
  readonly gateway: Gateway;
  readonly context: Context;
  readonly log: CollectedLog;
  readonly statuses: Array<string>;
  readonly #count;
  #next = 0;
  #timer: ReturnType<typeof setInterval> | undefined;

  private constructor(gateway: Gateway, context: Context, log: CollectedLog, statuses: Array<string>) {
    this.gateway = gateway;
    this.context = context;
    this.log = log;
    this.statuses = statuses;
    this.#count = context.channel({ topic: "/count", encoding: "text", qos: "reliable" });
  }

  /** Starts one; it is in its room when this is done. */
  static async start(
    { server, room }: Place,
    { identity = "device", way = {}, ...options }: Partial<GatewayOptions> & {
      readonly identity?: string;
      readonly way?: WayInOptions;
    } = {},
  ): Promise<Device> {
    const context = new Context();
    const log = new CollectedLog();
    const statuses: Array<string> = [];
    const gateway = await Gateway.start({
      name: "rover",
      context,
      transport: transport(room, identity, { ...way, server, livekit: { ...patient, ...way.livekit } }),
      log: log.log,
      onStatus: (status) => statuses.push(status),
      ...options,
      limits: { joinTimeoutMs, ...options.limits },
    });
    const device = new Device(gateway, context, log, statuses);
    await gateway.connected();
    return device;
  }

  /** The number that comes next; those before it have been logged. */
  get next(): number {
    return this.#next;
  }

  /** Logs so many numbers, each in a message of at least that many bytes. */
  count(messages: number, bytes: number = 0): void {
    for (let left = messages; left > 0; left -= 1) this.#count.log(`${this.#next++} `.padEnd(bytes, "x"));
  }

  /** Logs a number every so many ms, until {@linkcode Device.stopCounting}. */
  keepCounting(everyMs: number): void {
    this.#timer = setInterval(() => this.count(1), everyMs);
  }

  /** Logs no more. */
  stopCounting(): void {
    clearInterval(this.#timer);
  }

  /** The reasons for which its rooms have ended. */
  get reasons(): ReadonlyArray<unknown> {
    return lostFor(this.log);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.stopCounting();
    await this.gateway.close();
  }
}

/** A viewer that reads `/count`. */
export class Watcher implements AsyncDisposable {
  readonly viewer: Viewer;
  readonly log: CollectedLog;
  readonly statuses: Array<string>;
  readonly subscription: Subscription;
  /** The numbers that have come. */
  readonly numbers: Array<number> = [];
  /** Called for each number. */
  onNumber: ((number: number) => void) | undefined;

  private constructor(viewer: Viewer, log: CollectedLog, statuses: Array<string>) {
    this.viewer = viewer;
    this.log = log;
    this.statuses = statuses;
    this.subscription = viewer.subscribe("/count");
  }

  /** Joins; it has met the device, and reads, when this is done. */
  static async join(
    { server, room }: Place,
    identity: string,
    { way = {}, reads = true, ...options }: ViewerOptions & {
      readonly way?: WayInOptions;
      /** Whether it takes what comes. Default true. */
      readonly reads?: boolean;
    } = {},
  ): Promise<Watcher> {
    const log = new CollectedLog();
    const statuses: Array<string> = [];
    const viewer = await Viewer.connect(
      transport(room, identity, { ...way, server, livekit: { ...patient, ...way.livekit } }),
      {
        log: log.log,
        onConnection: (status) => statuses.push(status),
        ...options,
        limits: { joinTimeoutMs, ...options.limits },
      },
    );
    const watcher = new Watcher(viewer, log, statuses);
    if (reads) watcher.read();
    await viewer.device();
    return watcher;
  }

  /** Takes what comes from now on. */
  read(): void {
    this.subscription.onMessage((message) => {
      const number = Number.parseInt(message.text(), 10);
      this.numbers.push(number);
      this.onNumber?.(number);
    });
  }

  /** Waits until a number has come that is not below that one. */
  async reaches(number: number): Promise<void> {
    await until(`the number ${number} has come (the last is ${this.numbers.at(-1)})`, () => this.last >= number);
  }

  /** The latest number. */
  get last(): number {
    return this.numbers.at(-1) ?? -1;
  }

  /** The reasons for which its rooms have ended. */
  get reasons(): ReadonlyArray<unknown> {
    return lostFor(this.log);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.viewer.close();
  }
}

/** Whether numbers go up one by one. */
export function isGapless(numbers: ReadonlyArray<number>): boolean {
  return numbers.every((number, index) => index === 0 || number === (numbers[index - 1] ?? 0) + 1);
}

/** Whether each number is larger than the one before. */
export function isInOrder(numbers: ReadonlyArray<number>): boolean {
  return numbers.every((number, index) => index === 0 || number > (numbers[index - 1] ?? 0));
}

function lostFor(log: CollectedLog): ReadonlyArray<unknown> {
  return log.lines.filter(({ message }) => message.startsWith("the room is lost")).map(({ fields }) =>
    fields["reason"]
  );
}
