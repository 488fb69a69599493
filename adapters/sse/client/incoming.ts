/**
 * The byte streams that come from the device.
 */
import * as Effect from "effect/Effect";
import type { IncomingByteStream } from "../../../transport/byte_stream.ts";
import { ReadQueue } from "../../../transport/read_queue.ts";

/** What incoming streams need of their room. */
export interface IncomingStreamsOptions {
  /** How many may be open. */
  readonly maxStreams: number;
  /** A stream is there. */
  readonly opened: (stream: IncomingByteStream) => void;
  /** A stream is not taken, as too many are open. */
  readonly refused: (topic: string) => void;
  /** Something has been read. */
  readonly read: () => void;
}

interface Incoming {
  readonly queue: ReadQueue;
  /** Whether its frames come as `text` and `binary`. */
  readonly topic: string;
  waiting: number;
}

/** The streams that are open, by the device's numbers for them. */
export class IncomingStreams {
  readonly #options: IncomingStreamsOptions;
  readonly #open = new Map<number, Incoming>();
  /** All that are not read to their end. */
  readonly #unread = new Set<Incoming>();
  #waiting = 0;

  constructor(options: IncomingStreamsOptions) {
    this.#options = options;
  }

  /** Bytes that have arrived and were not read yet. */
  get waitingBytes(): number {
    return this.#waiting;
  }

  /** Whether everything that has arrived has been read. */
  get isRead(): boolean {
    return this.#unread.size === 0;
  }

  /** The device has opened a stream. */
  open(id: number, topic: string, sender: string): void {
    if (this.#open.has(id)) return;
    if (this.#open.size >= this.#options.maxStreams) return this.#options.refused(topic);
    const incoming: Incoming = {
      topic,
      waiting: 0,
      queue: new ReadQueue({ topic, sender, onTaken: (bytes) => this.#taken(incoming, bytes) }),
    };
    this.#open.set(id, incoming);
    this.#options.opened({
      topic,
      sender,
      read: incoming.queue.read,
      cancel: Effect.sync(() => this.#fail(incoming, { reason: "closed", detail: "it was cancelled" })),
    });
  }

  /** Bytes of a stream have come; of one that is not known, or not read any more, they are let go. */
  data(id: number, bytes: Uint8Array): void {
    const incoming = this.#open.get(id);
    if (incoming === undefined || incoming.queue.end !== undefined || bytes.length === 0) return;
    incoming.waiting += bytes.length;
    this.#waiting += bytes.length;
    this.#unread.add(incoming);
    incoming.queue.push(bytes);
  }

  /** The device has ended a stream. What came before is read first. */
  close(id: number): void {
    const incoming = this.#open.get(id);
    this.#open.delete(id);
    if (incoming !== undefined) this.#finish(incoming);
  }

  /** The device has given a stream up. */
  abort(id: number): void {
    const incoming = this.#open.get(id);
    this.#open.delete(id);
    if (incoming !== undefined) this.#fail(incoming, { reason: "read", detail: "its sender has given it up" });
  }

  /** The device is gone: every stream ends there, normally. */
  closeAll(): void {
    for (const id of [...this.#open.keys()]) this.close(id);
  }

  /** This end of the room is over: whatever has not been read is lost. */
  breakAll(detail: string): void {
    const all = new Set([...this.#open.values(), ...this.#unread]);
    this.#open.clear();
    for (const incoming of all) this.#fail(incoming, { reason: "read", detail });
  }

  #finish(incoming: Incoming): void {
    if (incoming.queue.end !== undefined) return;
    incoming.queue.end = "end";
    incoming.queue.wake();
  }

  #fail(incoming: Incoming, end: { readonly reason: "read" | "closed"; readonly detail: string }): void {
    const { queue } = incoming;
    if ((queue.end === "end" && queue.isEmpty) || typeof queue.end === "object") return;
    queue.end = end;
    queue.clear();
    this.#taken(incoming, incoming.waiting);
    queue.wake();
  }

  #taken(incoming: Incoming, bytes: number): void {
    incoming.waiting -= bytes;
    this.#waiting -= bytes;
    if (incoming.waiting === 0) this.#unread.delete(incoming);
    if (bytes > 0) this.#options.read();
  }
}
