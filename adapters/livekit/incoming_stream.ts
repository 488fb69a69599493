/**
 * The receiving end of a byte stream.
 */
import * as Effect from "effect/Effect";
import type { IncomingByteStream } from "../../transport/byte_stream.ts";
import { ReadQueue } from "../../transport/read_queue.ts";
import type { Receipt } from "./receipts.ts";

/** What a chunk costs beside its bytes: a bound in bytes alone would let a million of one byte each pass for a megabyte. */
const CHUNK_COST = 256;

/** What the sender is told when nothing more is wanted of it. */
type Told = Exclude<Receipt["read"], number>;

/** A stream that this participant receives. */
export class IncomingStream {
  /** What the core sees of it. */
  readonly stream: IncomingByteStream;
  /** The connection instance that sends it. */
  readonly sid: string;
  readonly #maxBytes: number;
  readonly #receiptEvery: number;
  readonly #sendReceipt: (read: Receipt["read"]) => void;
  readonly #onOver: (stream: IncomingStream) => void;
  readonly #queue: ReadQueue;
  #held = 0;
  #read = 0;
  #receipted = 0;
  #nextIndex = 0;

  constructor(options: {
    readonly topic: string;
    readonly sender: string;
    readonly sid: string;
    /** Bytes that are kept for a reader that does not keep up with a sender that pays no heed to receipts. */
    readonly maxBytes: number;
    /** Bytes read after which a receipt is sent; Infinity: none is wanted. */
    readonly receiptEvery: number;
    readonly sendReceipt: (read: Receipt["read"]) => void;
    /** Nothing that arrives is of use any more. */
    readonly onOver: (stream: IncomingStream) => void;
  }) {
    this.#maxBytes = options.maxBytes;
    this.#receiptEvery = options.receiptEvery;
    this.#sendReceipt = options.sendReceipt;
    this.#onOver = options.onOver;
    this.sid = options.sid;
    const { topic, sender } = options;
    this.#queue = new ReadQueue({ topic, sender, onTaken: (bytes) => this.#taken(bytes) });
    this.stream = {
      topic,
      sender,
      read: this.#queue.read,
      cancel: Effect.sync(() => this.fail({ reason: "closed", detail: "it was cancelled" })),
    };
  }

  /** Whether the packet of that number is the next one. Repeated ones are to be passed over; a gap ends the stream. */
  isNext(index: number): boolean {
    if (index > this.#nextIndex) {
      const detail = `the server has lost packets ${this.#nextIndex} to ${index - 1}, as it does for slow receivers`;
      this.fail({ reason: "read", detail }, "gone");
    }
    if (index !== this.#nextIndex) return false;
    this.#nextIndex++;
    return true;
  }

  /** Bytes have arrived. */
  arrive(bytes: Uint8Array): void {
    if (this.#queue.end !== undefined || bytes.length === 0) return;
    if (this.#held + bytes.length + CHUNK_COST > this.#maxBytes) {
      return this.fail({ reason: "read", detail: `the reader is more than ${this.#maxBytes} bytes behind` }, "gone");
    }
    this.#held += bytes.length + CHUNK_COST;
    // A view may keep much more alive than it shows.
    this.#queue.push(bytes.buffer.byteLength > 2 * bytes.length + CHUNK_COST ? bytes.slice() : bytes);
  }

  /** A normal end has arrived. What came before is read first. */
  finish(): void {
    if (this.#queue.end !== undefined) return;
    this.#queue.end = "end";
    this.#over();
    this.#queue.wake();
  }

  /** It ends with an error, at once; or by its reader. Its sender is told, in the words given. */
  fail(end: { readonly reason: "read" | "closed"; readonly detail: string }, told: Told = "all"): void {
    const queue = this.#queue;
    if ((queue.end === "end" && queue.isEmpty) || typeof queue.end === "object") return;
    const wasOpen = queue.end === undefined;
    queue.end = end;
    queue.clear();
    this.#held = 0;
    if (wasOpen) this.#over(told);
    queue.wake();
  }

  /** Nothing is to wait for its reader any more; a sender that leaves wants to know that everything has arrived. */
  #over(told: Told = "all"): void {
    this.#onOver(this);
    if (this.#receiptEvery !== Infinity) this.#sendReceipt(told);
  }

  /** The reader has been given so many bytes. */
  #taken(bytes: number): void {
    this.#held -= bytes + CHUNK_COST;
    this.#read += bytes;
    if (this.#queue.end !== undefined || this.#read - this.#receipted < this.#receiptEvery) return;
    this.#receipted = this.#read;
    this.#sendReceipt(this.#read);
  }
}
