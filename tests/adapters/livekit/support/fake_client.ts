/**
 * A stand-in for the few members of livekit-client's room that the adapter uses. What the server says is a test's own
 * doing.
 */
import type { Room } from "livekit-client";
import type { DataPacket } from "../../../../adapters/livekit/incoming_streams.ts";
import { decodeReceipt } from "../../../../adapters/livekit/receipts.ts";
import type { ParticipantInfo } from "../../../../adapters/livekit/roster.ts";
import { FakeWriter } from "./fake_writer.ts";

type Listener = (...args: ReadonlyArray<never>) => unknown;

/** Events, each heard in the order in which its listeners came. */
class Emitter {
  readonly #listeners: Map<string, Array<Listener>> = new Map();

  on(event: string, listener: Listener): this {
    this.#of(event).push(listener);
    return this;
  }

  prependListener(event: string, listener: Listener): this {
    this.#of(event).unshift(listener);
    return this;
  }

  emit(event: string, ...args: ReadonlyArray<unknown>): void {
    for (const listener of [...this.#of(event)]) Reflect.apply(listener, undefined, args);
  }

  #of(event: string): Array<Listener> {
    const listeners = this.#listeners.get(event) ?? [];
    this.#listeners.set(event, listeners);
    return listeners;
  }
}

/** What was asked for when a stream was opened. */
export interface OpenedStream {
  readonly topic: string;
  readonly to: ReadonlyArray<string>;
  readonly attributes: Readonly<Record<string, string>>;
  readonly writer: FakeWriter;
}

interface FakeChannel {
  readyState: string;
  bufferedAmount: number;
}

/** The connection below a room. */
class FakeEngine extends Emitter {
  readonly latestJoinResponse: { otherParticipants: Array<ParticipantInfo> } = { otherParticipants: [] };
  /** The reliable data channel. */
  channel: FakeChannel = { readyState: "open", bufferedAmount: 0 };
  /** Those for lossy packets and for data tracks, where there are any. */
  others: ReadonlyArray<FakeChannel> = [];

  dataChannelForKind(kind: number): FakeChannel | undefined {
    return [this.channel, ...this.others][kind];
  }
}

/** The room. */
export class FakeClient extends Emitter {
  state = "connecting";
  readonly engine: FakeEngine = new FakeEngine();
  /** Streams opened, in order. */
  readonly streams: Array<OpenedStream> = [];
  /** Attributes set, in order. */
  readonly attributes: Array<Readonly<Record<string, string>>> = [];
  /** Receipts sent: to whom, stream, read. */
  readonly receipts: Array<string> = [];
  /** How often it was left. */
  left = 0;
  /** What opening a stream waits for. */
  opening: Promise<void> = Promise.resolve();
  /** What sending a packet waits for. */
  sending: Promise<void> = Promise.resolve();
  /** What setting attributes fails with. */
  refusal: Error | undefined;

  readonly localParticipant: FakeParticipant = new FakeParticipant(this);

  /** This as the adapter takes it. */
  get client(): Room {
    return asRoom(this);
  }

  /** The signal connection stands, these participants being there. */
  signal(...others: ReadonlyArray<ParticipantInfo>): void {
    this.engine.latestJoinResponse.otherParticipants.push(...others);
    this.emit("signalConnected");
  }

  /** All of the connection stands. */
  connect(...others: ReadonlyArray<ParticipantInfo>): void {
    this.signal(...others);
    this.state = "connected";
    this.emit("connected");
  }

  /** News of participants; what livekit-client itself gets to see of them. */
  news(...infos: ReadonlyArray<ParticipantInfo>): ReadonlyArray<ParticipantInfo> {
    const given = [...infos];
    this.engine.emit("participantUpdate", given);
    return given;
  }

  /** A packet of the data channels. */
  packet(packet: DataPacket): void {
    this.engine.emit("dataPacketReceived", packet);
  }

  disconnect(): Promise<void> {
    this.left++;
    this.state = "disconnected";
    return Promise.resolve();
  }
}

/** This participant. */
class FakeParticipant {
  readonly identity = "rover";
  readonly sid = "rover-1";
  readonly #client: FakeClient;

  constructor(client: FakeClient) {
    this.#client = client;
  }

  setAttributes(attributes: Readonly<Record<string, string>>): Promise<void> {
    const { refusal } = this.#client;
    this.#client.attributes.push(attributes);
    return refusal === undefined ? Promise.resolve() : Promise.reject(refusal);
  }

  async streamBytes(
    options: { topic: string; destinationIdentities: Array<string>; attributes: Record<string, string> },
  ): Promise<FakeWriter> {
    await this.#client.opening;
    const writer = new FakeWriter(`out-${this.#client.streams.length}`);
    const { topic, destinationIdentities: to, attributes } = options;
    this.#client.streams.push({ topic, to, attributes, writer });
    return writer;
  }

  async publishData(
    payload: Uint8Array,
    { destinationIdentities, topic, reliable }: { destinationIdentities: Array<string>; topic: string; reliable: true },
  ): Promise<void> {
    const receipt = decodeReceipt(payload);
    if (receipt === undefined || !reliable) throw new Error(`no receipt: ${topic}`);
    this.#client.receipts.push(`${destinationIdentities.join(" ")} ${receipt.stream} ${receipt.read}`);
    await this.#client.sending;
  }
}

/** The few members are all that is used of it. */
function asRoom(fake: unknown): Room {
  return fake as Room;
}
