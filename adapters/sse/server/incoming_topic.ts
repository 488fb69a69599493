/**
 * The byte streams of one topic that a viewer sends: posts, numbered over all of them.
 */
import * as Effect from "effect/Effect";
import type { IncomingByteStream } from "../../../transport/byte_stream.ts";
import { ReadQueue } from "../../../transport/read_queue.ts";
import { HttpRefusal } from "./errors.ts";

/** How a byte stream ends with a post. */
export type PostEnd = "close" | "abort";

/** One topic of one viewer. */
export class IncomingTopic {
  readonly #topic: string;
  readonly #sender: string;
  readonly #maxBytes: number;
  readonly #opened: (stream: IncomingByteStream) => void;
  readonly #waiting: Set<() => void> = new Set();
  #expected = 0;
  #queue: ReadQueue | undefined;
  #unread = 0;

  constructor(options: {
    readonly topic: string;
    readonly sender: string;
    /** Bytes that wait for their reader before posts wait. */
    readonly maxBytes: number;
    /** The viewer has opened a stream. */
    readonly opened: (stream: IncomingByteStream) => void;
  }) {
    this.#topic = options.topic;
    this.#sender = options.sender;
    this.#maxBytes = options.maxBytes;
    this.#opened = options.opened;
  }

  /** Whether a post of that number is to be applied; `false`: it was before. Refuses one that comes too early. */
  isNext(sequence: number): boolean {
    if (sequence > this.#expected) {
      throw new HttpRefusal({
        status: 409,
        error: "gap",
        detail:
          `post ${this.#expected} of the topic ${JSON.stringify(this.#topic)} is to come before post ${sequence}; ` +
          "send what is missing first, one after the other",
        expected: this.#expected,
      });
    }
    return sequence === this.#expected;
  }

  /** Whether what arrives may be kept. */
  get hasRoom(): boolean {
    return this.#unread < this.#maxBytes;
  }

  /** Calls back when there may be room again, or there is nothing to wait for any more. Tells how not to. */
  onRoom(callback: () => void): () => void {
    this.#waiting.add(callback);
    return () => this.#waiting.delete(callback);
  }

  /** Takes the bytes of the post that is next. */
  take(bytes: Uint8Array, end: PostEnd | undefined): void {
    this.#expected += 1;
    const queue = this.#queue ?? this.#open();
    if (bytes.length > 0 && queue.end === undefined) {
      this.#unread += bytes.length;
      queue.push(bytes);
    }
    if (end === undefined) return;
    this.#queue = undefined;
    if (end === "abort") this.#break(queue, "its sender has given it up");
    else this.#finish(queue);
  }

  /** The viewer has left: what it has sent is read first, then the end. */
  end(): void {
    const queue = this.#queue;
    this.#queue = undefined;
    if (queue !== undefined) this.#finish(queue);
    this.#wake();
  }

  /** The room is over. */
  fail(detail: string): void {
    const queue = this.#queue;
    this.#queue = undefined;
    if (queue !== undefined) this.#break(queue, detail);
    this.#wake();
  }

  #open(): ReadQueue {
    const queue = new ReadQueue({
      topic: this.#topic,
      sender: this.#sender,
      onTaken: (bytes) => this.#taken(bytes),
    });
    this.#queue = queue;
    this.#opened({
      topic: this.#topic,
      sender: this.#sender,
      read: queue.read,
      cancel: Effect.sync(() => this.#cancel(queue)),
    });
    return queue;
  }

  #finish(queue: ReadQueue): void {
    queue.end ??= "end";
    queue.wake();
  }

  #break(queue: ReadQueue, detail: string): void {
    if (queue.end !== undefined) return;
    queue.end = { reason: "read", detail };
    this.#taken(queue.clear());
    queue.wake();
  }

  /** What comes after is thrown away: the viewer is not held up by a reader that wants no more. */
  #cancel(queue: ReadQueue): void {
    if (typeof queue.end === "object") return;
    queue.end = { reason: "closed", detail: "it was cancelled" };
    this.#taken(queue.clear());
    queue.wake();
  }

  #taken(bytes: number): void {
    this.#unread -= bytes;
    if (this.hasRoom) this.#wake();
  }

  #wake(): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const callback of waiting) callback();
  }
}
