/**
 * A device of other people's making, for a viewer of ours.
 */
import { base64 } from "./bytes.ts";
import type { EventPattern, PeerCommand, PeerEvent, PeerProcess, UntilOptions } from "./peer_process.ts";

/** A channel of the device. */
export interface PeerChannel {
  readonly topic: string;
  readonly encoding: string;
  readonly reliable?: boolean;
  /** `data` in base64. */
  readonly schema?: { readonly name: string; readonly encoding: string; readonly data: string };
  readonly metadata?: Readonly<Record<string, string>>;
}

/** What a service takes or gives; the schema's `data` in base64. */
export interface PeerPayload {
  readonly encoding: string;
  readonly schema: { readonly name: string; readonly encoding: string; readonly data: string };
}

/** A service of the device. */
export interface PeerService {
  readonly name: string;
  readonly does: "echo" | "reverse" | "fail" | "wait";
  readonly type?: string;
  readonly request?: PeerPayload;
  readonly response?: PeerPayload;
}

/** What the device offers from the start. */
export interface PeerOffers {
  readonly name?: string;
  readonly capabilities?: ReadonlyArray<"clientPublish" | "connectionGraph" | "parameters" | "services">;
  readonly encodings?: ReadonlyArray<string>;
  readonly services?: ReadonlyArray<PeerService>;
  /** Values as peers/peer_gateway.py has them. */
  readonly parameters?: ReadonlyArray<{ readonly name: string; readonly value?: unknown }>;
  /** By URI: bytes in base64, or how many. */
  readonly assets?: Readonly<Record<string, { readonly data: string } | { readonly size: number }>>;
}

/** How many messages are logged, and when. */
export interface PeerLogOptions {
  /** The log time of the first one; each has one ns more. Default: the device's time. */
  readonly time?: bigint;
  /** So many, each beginning with its number and a space. Default: one, as it is. */
  readonly count?: number;
  readonly everyMs?: number;
}

export class PeerDevice {
  readonly #process: PeerProcess;
  readonly #name: string;
  readonly #platform: string;

  /** One of the devices of a process, under a name that no other has, with the platform that wakes it. */
  constructor(process: PeerProcess, name: string, platform: string) {
    this.#process = process;
    this.#name = name;
    this.#platform = platform;
  }

  /** Starts its gateway, and waits until it is in the room. */
  async start(offers: PeerOffers = {}): Promise<void> {
    const after = this.mark;
    await this.do({ do: "start", platform: this.#platform, ...offers });
    await this.until({ event: "status", status: "Connected" }, { after });
  }

  /** Ends its gateway, which leaves the room. */
  stop(): Promise<void> {
    return this.do({ do: "stop" });
  }

  /** The number of events up to now, those of other devices included. */
  get mark(): number {
    return this.#process.mark;
  }

  /** What it has seen up to now that is like that. */
  all(pattern: EventPattern, after = 0): ReadonlyArray<PeerEvent> {
    return this.#process.all({ ...pattern, device: this.#name }, after);
  }

  /** Waits until it sees something that is like that, or has seen it. */
  until(pattern: EventPattern, options: UntilOptions = {}): Promise<PeerEvent> {
    return this.#process.until({ ...pattern, device: this.#name }, options);
  }

  /** Does what peers/peer_gateway.py has it do. */
  do(command: PeerCommand): Promise<void> {
    return this.#process.do({ ...command, device: this.#name });
  }

  /** Makes a channel; gives its id. */
  async channel(channel: PeerChannel): Promise<number> {
    const after = this.mark;
    await this.do({ do: "channel", ...channel });
    return Number((await this.until({ event: "channel", topic: channel.topic }, { after }))["channel"]);
  }

  /** Logs text or bytes. */
  log(topic: string, data: Uint8Array | string, { time, count, everyMs }: PeerLogOptions = {}): Promise<void> {
    return this.do({
      do: "log",
      topic,
      data: base64(data),
      ...(time === undefined ? {} : { time: `${time}` }),
      ...(count === undefined ? {} : { count }),
      ...(everyMs === undefined ? {} : { every_ms: everyMs }),
    });
  }
}
