/**
 * The receiving end of a byte stream, for one destination.
 */
import * as Effect from "effect/Effect";
import type { IncomingByteStream } from "../../transport/byte_stream.ts";
import { ReadQueue, type StreamEnd } from "../../transport/read_queue.ts";
import type { Fabric } from "./fabric.ts";
import { type Leg, Parcel } from "./leg.ts";
import type { Station } from "./station.ts";

/** What the sending end wants to know of a receiving one. */
export interface ReceiverHost {
  /** There is more room than before. */
  pump(): void;
}

/** One destination of a stream. */
export class Receiver {
  /** The stream's number, for the trace. */
  readonly id: number;
  /** What the stream is about. */
  readonly topic: string;
  /** Who sends it. */
  readonly sender: string;
  /** Which connection instance it goes to. */
  readonly sid: string;
  /** What the participant sees of it. */
  readonly stream: IncomingByteStream;
  readonly #fabric: Fabric;
  readonly #station: Station;
  readonly #host: ReceiverHost;
  readonly #window: number;
  readonly #onOver: (receiver: Receiver) => void;
  readonly #queue: ReadQueue;
  #held = 0;
  #discards = false;
  #broken = false;

  constructor(options: {
    readonly fabric: Fabric;
    readonly host: ReceiverHost;
    readonly station: Station;
    readonly sid: string;
    readonly id: number;
    readonly topic: string;
    readonly sender: string;
    readonly window: number;
    readonly onOver: (receiver: Receiver) => void;
  }) {
    this.#fabric = options.fabric;
    this.#host = options.host;
    this.#station = options.station;
    this.#window = options.window;
    this.#onOver = options.onOver;
    this.sid = options.sid;
    this.id = options.id;
    this.topic = options.topic;
    this.sender = options.sender;
    this.#queue = new ReadQueue({
      topic: this.topic,
      sender: this.sender,
      onTaken: (bytes) => this.#release(bytes),
      resume: (reader) => this.#fabric.engine.wake(reader),
    });
    this.stream = {
      topic: this.topic,
      sender: this.sender,
      read: this.#queue.read,
      cancel: Effect.sync(() => this.#finish({ reason: "closed", detail: "it was cancelled" })),
    };
  }

  /** Whether that many bytes more fit into the window: what was sent and has not been read yet. */
  hasRoom(bytes: number): boolean {
    return this.#held === 0 || this.#held + bytes <= this.#window;
  }

  /** Keeps room for bytes that have been sent. */
  reserve(bytes: number): void {
    this.#held += bytes;
  }

  /** Sends bytes for which room was kept from the server to the reader. */
  send(bytes: Uint8Array): void {
    const legs = this.#fabric.path(this.sender, this.#station);
    if (legs === undefined) this.arrive(bytes);
    else new Piece(legs, this, bytes).carry();
  }

  /** Sends word of the end from the server to the reader. */
  sendEnd(end: StreamEnd): void {
    const legs = this.#fabric.path(this.sender, this.#station);
    if (legs === undefined) this.arriveEnd(end);
    else new EndMark(legs, this, end).carry();
  }

  /** Bytes have arrived. */
  arrive(bytes: Uint8Array): void {
    if (this.#discards) return this.#broken ? undefined : this.#release(bytes.length);
    if (this.#fabric.trace !== undefined) this.#trace(`arrives ${bytes.length}`);
    this.#queue.push(bytes);
  }

  /** The end has arrived. What came before a normal one is read first; what came before an error may be lost. */
  arriveEnd(end: StreamEnd): void {
    if (end !== "end") return this.#finish(end);
    if (this.#queue.end !== undefined) return;
    this.#queue.end = end;
    this.#trace("end");
    this.#onOver(this);
    this.#queue.wake();
  }

  /** Nobody wants it. */
  throwAway(): void {
    this.#finish({ reason: "closed", detail: "nobody listens to byte streams" });
  }

  /**
   * The reader's own room has ended. Its window stays as full as it was: the sender must not run on into nothing until it
   * hears of the end.
   */
  break(detail: string): void {
    this.#broken = true;
    this.#finish({ reason: "read", detail });
  }

  #release(bytes: number): void {
    this.#held -= bytes;
    this.#fabric.counts.streamBytes += bytes;
    this.#host.pump();
  }

  #finish(end: StreamEnd): void {
    const queue = this.#queue;
    if (this.#discards || (queue.end === "end" && queue.isEmpty)) return;
    if (queue.end === undefined) this.#onOver(this);
    this.#discards = true;
    queue.end = end;
    this.#trace(end === "end" ? end : `over (${end.detail})`);
    const unread = queue.clear();
    queue.wake();
    if (unread > 0 && !this.#broken) this.#release(unread);
  }

  #trace(what: string): void {
    this.#fabric.trace?.add(`stream ${this.id} ${this.sender} to ${this.#station.identity} ${what}`);
  }
}

/** Bytes on their way from the server. */
class Piece extends Parcel {
  readonly #receiver: Receiver;
  readonly #bytes: Uint8Array;

  constructor(legs: ReadonlyArray<Leg>, receiver: Receiver, bytes: Uint8Array) {
    super(legs, bytes.length, true);
    this.#receiver = receiver;
    this.#bytes = bytes;
  }

  protected override arrived(): void {
    this.#receiver.arrive(this.#bytes);
  }
}

/** Word of the end, on its way from the server. */
class EndMark extends Parcel {
  readonly #receiver: Receiver;
  readonly #end: StreamEnd;

  constructor(legs: ReadonlyArray<Leg>, receiver: Receiver, end: StreamEnd) {
    super(legs, 0, true);
    this.#receiver = receiver;
    this.#end = end;
  }

  protected override arrived(): void {
    this.#receiver.arriveEnd(this.#end);
  }
}
