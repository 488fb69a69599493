/**
 * A viewer of other people's making, for a gateway of ours.
 */
import type { Pattern } from "./matching.ts";
import { base64 } from "./bytes.ts";
import type { EventPattern, PeerCommand, PeerEvent, PeerProcess, UntilOptions } from "./peer_process.ts";

/** How a peer joins. */
export interface PeerViewerOptions {
  /** Its identity. */
  readonly identity: string;
  /** The version that it says it speaks; `none`: it says none. Default `2.3.0`. */
  readonly version?: string;
  /** Asks for every channel as soon as it is advertised. Default false. */
  readonly subscribe?: boolean;
  /** Acks every pong. Default false. */
  readonly ack?: boolean;
  /** Sets nothing of itself after joining, so that the others hear of it up to 3 s later. Default false. */
  readonly plain?: boolean;
}

/** Where a peer joins. */
export interface PeerErrand {
  readonly url: string;
  readonly token: (identity: string, attributes: Readonly<Record<string, string>>) => Promise<string>;
}

export class PeerViewer {
  readonly identity: string;
  readonly #process: PeerProcess;
  readonly #name: string;
  readonly #errand: PeerErrand;
  readonly #options: PeerViewerOptions;

  /** One of the viewers of a process, under a name that no other has. */
  constructor(process: PeerProcess, name: string, errand: PeerErrand, options: PeerViewerOptions) {
    this.identity = options.identity;
    this.#process = process;
    this.#name = name;
    this.#errand = errand;
    this.#options = options;
  }

  /** Joins the room; one that is there already leaves first. */
  async join(): Promise<void> {
    const { version = "2.3.0", subscribe = false, ack = false, plain = false } = this.#options;
    const attributes: Record<string, string> = version === "none" ? {} : { protocolVersion: version };
    const token = await this.#errand.token(this.identity, attributes);
    const said = plain ? {} : { attributes: { ...attributes, peer: "yes" } };
    await this.do({ do: "join", url: this.#errand.url, token, subscribe, ack, ...said });
  }

  /** The number of events up to now, those of other viewers included. */
  get mark(): number {
    return this.#process.mark;
  }

  /** What it has seen up to now that is like that. */
  all(pattern: EventPattern, after = 0): ReadonlyArray<PeerEvent> {
    return this.#process.all({ ...pattern, viewer: this.#name }, after);
  }

  /** Waits until it sees something that is like that, or has seen it. */
  until(pattern: EventPattern, options: UntilOptions = {}): Promise<PeerEvent> {
    return this.#process.until({ ...pattern, viewer: this.#name }, options);
  }

  /** Waits for a JSON message of that `op`. */
  text(op: string, message: Pattern = {}, options: UntilOptions = {}): Promise<PeerEvent> {
    return this.until({ event: "text", op, message }, options);
  }

  /** Does what peers/peer_viewer.py has it do. */
  do(command: PeerCommand): Promise<void> {
    return this.#process.do({ ...command, viewer: this.#name });
  }

  /** Sends a JSON message. */
  send(message: unknown, stream = "main"): Promise<void> {
    return this.do({ do: "text", message, stream });
  }

  /** Asks for channels as data. */
  subscribe(...ids: ReadonlyArray<number>): Promise<void> {
    return this.send({ op: "subscribe", channels: ids.map((id) => ({ id })) });
  }

  /** Calls a service. */
  call(service: number, call: number, encoding: string, payload: Uint8Array | string): Promise<void> {
    return this.do({ do: "call", service, call, encoding, data: base64(payload) });
  }

  /** Publishes on a channel of its own. */
  publish(channel: number, payload: Uint8Array | string): Promise<void> {
    return this.do({ do: "publish", channel, data: base64(payload) });
  }

  /** Leaves the room. */
  leave(): Promise<void> {
    return this.do({ do: "leave" });
  }
}
