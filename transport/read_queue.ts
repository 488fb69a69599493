/**
 * What has arrived of a byte stream and waits to be read: the part of a receiving end that is the same for every adapter.
 */
import * as Effect from "effect/Effect";
import { StreamError } from "./errors.ts";

/** How a stream ended for its reader: normally, or with the words of an error. */
export type StreamEnd = "end" | { readonly reason: "read" | "closed"; readonly detail: string };

/** The chunks of one stream, for one reader. How much of them there may be is for the adapter to see to. */
export class ReadQueue {
  /** See `IncomingByteStream.read`. */
  readonly read: Effect.Effect<Uint8Array | undefined, StreamError> = Effect.suspend(() => this.#read());
  /** How the stream has ended; what came before a normal end is read first. Who sets it calls {@linkcode wake}. */
  end: StreamEnd | undefined;
  readonly #topic: string;
  readonly #sender: string;
  readonly #onTaken: (bytes: number) => void;
  readonly #resume: (reader: () => void) => void;
  #chunks: Array<Uint8Array> = [];
  #first = 0;
  #waiting: (() => void) | undefined;

  constructor(options: {
    readonly topic: string;
    readonly sender: string;
    /** The reader is given so many bytes. */
    readonly onTaken: (bytes: number) => void;
    /** Lets a reader that waits go on; by default at once. */
    readonly resume?: (reader: () => void) => void;
  }) {
    this.#topic = options.topic;
    this.#sender = options.sender;
    this.#onTaken = options.onTaken;
    this.#resume = options.resume ?? ((reader) => reader());
  }

  /** Whether nothing waits. */
  get isEmpty(): boolean {
    return this.#first === this.#chunks.length;
  }

  /** Bytes have arrived. */
  push(bytes: Uint8Array): void {
    this.#chunks.push(bytes);
    this.wake();
  }

  /** Throws away what waits, and tells how many bytes that were. */
  clear(): number {
    let bytes = 0;
    for (let chunk = this.#shift(); chunk !== undefined; chunk = this.#shift()) bytes += chunk.length;
    return bytes;
  }

  /** Lets a reader that waits look again. */
  wake(): void {
    const waiting = this.#waiting;
    if (waiting === undefined) return;
    this.#waiting = undefined;
    this.#resume(waiting);
  }

  #read(): Effect.Effect<Uint8Array | undefined, StreamError> {
    const bytes = this.#shift();
    if (bytes !== undefined) {
      this.#onTaken(bytes.length);
      return Effect.succeed(bytes);
    }
    if (this.end === undefined) return this.#wait();
    return this.end === "end" ? Effect.undefined : Effect.fail(this.#error(this.end.reason, this.end.detail));
  }

  #wait(): Effect.Effect<Uint8Array | undefined, StreamError> {
    if (this.#waiting !== undefined) return Effect.fail(this.#error("read", "another read waits already"));
    return Effect.callback((resume) => {
      // Bytes may have come since: the fiber may have been made to yield before it came here.
      if (!this.isEmpty || this.end !== undefined) return resume(this.read);
      const waiting = (): void => resume(this.read);
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
    if (this.isEmpty) {
      this.#chunks = [];
      this.#first = 0;
    } else if (this.#first >= 64 && 2 * this.#first >= this.#chunks.length) {
      this.#chunks.splice(0, this.#first);
      this.#first = 0;
    }
    return bytes;
  }

  #error(reason: "read" | "closed", detail: string): StreamError {
    return new StreamError({ reason, topic: this.#topic, peers: [this.#sender], detail });
  }
}
