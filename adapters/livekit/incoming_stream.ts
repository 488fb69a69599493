/**
 * The receiving end of a byte stream.
 */
import * as Effect from "effect/Effect";
import type { IncomingByteStream } from "../../transport/byte_stream.ts";
import { StreamError } from "../../transport/errors.ts";
import type { Receipt } from "./receipts.ts";

/** How a stream ended for its reader: normally, or with the words of an error. */
type End = "end" | { readonly reason: "read" | "closed"; readonly detail: string };

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
  #chunks: Array<Uint8Array> = [];
  #first = 0;
  #held = 0;
  #read = 0;
  #receipted = 0;
  #nextIndex = 0;
  #end: End | undefined;
  #waiting: (() => void) | undefined;
  readonly #take: Effect.Effect<Uint8Array | undefined, StreamError> = Effect.suspend(() => this.#takeOne());

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
    this.stream = {
      topic: options.topic,
      sender: options.sender,
      read: this.#take,
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
    if (this.#end !== undefined || bytes.length === 0) return;
    if (this.#held + bytes.length + CHUNK_COST > this.#maxBytes) {
      return this.fail({ reason: "read", detail: `the reader is more than ${this.#maxBytes} bytes behind` }, "gone");
    }
    this.#held += bytes.length + CHUNK_COST;
    // A view may keep much more alive than it shows.
    this.#chunks.push(bytes.buffer.byteLength > 2 * bytes.length + CHUNK_COST ? bytes.slice() : bytes);
    this.#wake();
  }

  /** A normal end has arrived. What came before is read first. */
  finish(): void {
    if (this.#end !== undefined) return;
    this.#end = "end";
    this.#over();
    this.#wake();
  }

  /** It ends with an error, at once; or by its reader. Its sender is told, in the words given. */
  fail(end: { readonly reason: "read" | "closed"; readonly detail: string }, told: Told = "all"): void {
    const isRead = this.#end === "end" && this.#first === this.#chunks.length;
    if (isRead || typeof this.#end === "object") return;
    const wasOpen = this.#end === undefined;
    this.#end = end;
    this.#chunks = [];
    this.#first = 0;
    this.#held = 0;
    if (wasOpen) this.#over(told);
    this.#wake();
  }

  /** Nothing is to wait for its reader any more; a sender that leaves wants to know that everything has arrived. */
  #over(told: Told = "all"): void {
    this.#onOver(this);
    if (this.#receiptEvery !== Infinity) this.#sendReceipt(told);
  }

  #takeOne(): Effect.Effect<Uint8Array | undefined, StreamError> {
    const bytes = this.#shift();
    if (bytes !== undefined) return Effect.succeed(bytes);
    if (this.#end === undefined) return this.#wait();
    return this.#end === "end" ? Effect.undefined : Effect.fail(this.#error(this.#end.reason, this.#end.detail));
  }

  #wait(): Effect.Effect<Uint8Array | undefined, StreamError> {
    if (this.#waiting !== undefined) return Effect.fail(this.#error("read", "another read waits already"));
    return Effect.callback((resume) => {
      // Bytes may have come since: the fiber may have been made to yield before it came here.
      if (this.#first < this.#chunks.length || this.#end !== undefined) return resume(this.#take);
      const waiting = (): void => resume(this.#take);
      this.#waiting = waiting;
      return Effect.sync(() => {
        if (this.#waiting === waiting) this.#waiting = undefined;
      });
    });
  }

  #shift(): Uint8Array | undefined {
    const bytes = this.#chunks[this.#first];
    if (bytes === undefined) return undefined;
    this.#first++;
    if (this.#first === this.#chunks.length) {
      this.#chunks = [];
      this.#first = 0;
    } else if (this.#first >= 64 && 2 * this.#first >= this.#chunks.length) {
      this.#chunks.splice(0, this.#first);
      this.#first = 0;
    }
    this.#held -= bytes.length + CHUNK_COST;
    this.#read += bytes.length;
    if (this.#end === undefined && this.#read - this.#receipted >= this.#receiptEvery) {
      this.#receipted = this.#read;
      this.#sendReceipt(this.#read);
    }
    return bytes;
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.();
  }

  #error(reason: "read" | "closed", detail: string): StreamError {
    return new StreamError({ reason, topic: this.stream.topic, peers: [this.stream.sender], detail });
  }
}
