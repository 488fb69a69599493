/**
 * What goes to the device on one topic: posts, one after another, each with its number.
 */
import * as Effect from "effect/Effect";
import { Signal } from "./signal.ts";

/** How a byte stream ends for its reader. */
export type StreamEnding = "close" | "abort";

/** One post. */
export interface Post {
  readonly topic: string;
  /** Its number on the topic. */
  readonly seq: number;
  readonly body: Uint8Array<ArrayBuffer>;
  /** The stream ends with it. */
  readonly end: StreamEnding | undefined;
}

/**
 * What became of a post: `taken`, or `reset`: it belongs to a session that is no more as it was; or, in words, why the
 * server will never take it.
 */
export type PostResult = "taken" | "reset" | { readonly refused: string };

/** A stream, as the lane knows it. */
export interface LaneStream {
  /** The server does not take what it has written. */
  readonly fail: (detail: string) => void;
}

/** What a stream has to say, in order: that it is there, bytes, its end. */
interface Item {
  readonly stream: LaneStream;
  readonly isOpening: boolean;
  readonly bytes: Uint8Array;
  readonly end: StreamEnding | undefined;
}

/** What a lane needs of its room. */
export interface LaneOptions {
  readonly topic: string;
  /** Bytes that may wait. */
  readonly maxBytes: number;
  /** Bytes of one post. */
  readonly postBytes: number;
  /** Posts until there is an answer. */
  readonly post: (post: Post) => Effect.Effect<PostResult>;
}

/** A topic's posts. {@linkcode Lane.run} is the fiber that sends them. */
export class Lane {
  /** Something has been sent, given up or added. */
  readonly changed: Signal = new Signal();
  readonly #options: LaneOptions;
  #items: Array<Item> = [];
  #waiting = 0;
  #seq = 0;
  /** The stream that the server knows to be open. */
  #begun: LaneStream | undefined;
  #isPosting = false;
  /** Raised by each reset: what was under way over one changes nothing any more. */
  #generation = 0;
  #isHeld = false;

  constructor(options: LaneOptions) {
    this.#options = options;
  }

  /** How many bytes may be added now. */
  get room(): number {
    return Math.max(0, this.#options.maxBytes - this.#waiting);
  }

  /** Whether the server has acknowledged everything. */
  get isIdle(): boolean {
    return this.#items.length === 0 && !this.#isPosting;
  }

  /** Opens a stream: the first that is said of it. */
  open(stream: LaneStream): void {
    this.#items.push({ stream, isOpening: true, bytes: new Uint8Array(0), end: undefined });
    this.changed.notify();
  }

  /** Adds bytes of a stream. */
  add(stream: LaneStream, bytes: Uint8Array): void {
    this.#items.push({ stream, isOpening: false, bytes, end: undefined });
    this.#waiting += bytes.length;
    this.changed.notify();
  }

  /** Ends a stream after what it has said. */
  close(stream: LaneStream): void {
    this.#items.push({ stream, isOpening: false, bytes: new Uint8Array(0), end: "close" });
    this.changed.notify();
  }

  /** Gives a stream up: what it has said and was not posted yet is taken back. */
  abort(stream: LaneStream, isClosed: boolean): void {
    const place = this.#items.findIndex((item) => item.stream === stream);
    const { wasOpening, wasEnding } = this.#takeBack(stream);
    // One that nobody has heard of needs no end, nor does one whose end has been posted.
    if (wasOpening || (isClosed && !wasEnding)) return;
    const item: Item = { stream, isOpening: false, bytes: new Uint8Array(0), end: "abort" };
    this.#items.splice(place < 0 ? this.#items.length : place, 0, item);
    this.changed.notify();
  }

  #takeBack(stream: LaneStream): { readonly wasOpening: boolean; readonly wasEnding: boolean } {
    const taken = this.#items.filter((item) => item.stream === stream);
    this.#items = this.#items.filter((item) => item.stream !== stream);
    for (const { bytes } of taken) this.#waiting -= bytes.length;
    this.changed.notify();
    return {
      wasOpening: taken.some(({ isOpening }) => isOpening),
      wasEnding: taken.some(({ end }) => end !== undefined),
    };
  }

  /** Begins anew: what waits is gone, and the numbers begin at 0. */
  reset(): void {
    this.#generation++;
    this.#items = [];
    this.#waiting = 0;
    this.#seq = 0;
    this.#begun = undefined;
    this.#isHeld = false;
    this.changed.notify();
  }

  /** Posts what there is. */
  readonly run: Effect.Effect<never> = Effect.suspend(() => this.#run());

  readonly #run: () => Effect.Effect<never> = Effect.fnUntraced(function* (this: Lane) {
    while (true) {
      yield* this.changed.until(() => this.#items.length > 0 && !this.#isHeld);
      const generation = this.#generation;
      const batch = this.#take();
      this.#isPosting = true;
      const { topic, post } = this.#options;
      // A reset ends the waiting for an answer that would mean nothing any more.
      const result = yield* Effect.raceFirst(
        post({ topic, seq: this.#seq, body: batch.body, end: batch.end }),
        Effect.as(this.changed.until(() => this.#generation !== generation), "stale" as const),
      );
      this.#isPosting = false;
      if (this.#generation === generation && result !== "stale") this.#answered(batch, result);
      this.changed.notify();
    }
  });

  #answered({ body, stream, end }: Batch, result: PostResult): void {
    this.#waiting -= body.length;
    if (result === "taken") {
      this.#seq++;
      this.#begun = end === undefined ? stream : undefined;
    } else if (result === "reset") {
      // Nothing more is of use before the new beginning, of which the stream of events tells.
      this.#isHeld = true;
    } else {
      this.#takeBack(stream);
      // Or what the next stream says would be taken for the rest of this one.
      if (this.#begun === stream) {
        this.#items.unshift({ stream, isOpening: false, bytes: new Uint8Array(0), end: "abort" });
      }
      stream.fail(result.refused);
    }
  }

  /** What goes into the next post: all that the first stream has to say, up to the bound. */
  #take(): Batch {
    const { postBytes } = this.#options;
    const stream = this.#items[0]!.stream;
    const parts: Array<Uint8Array> = [];
    let length = 0;
    let end: StreamEnding | undefined;
    while (end === undefined && this.#items[0]?.stream === stream) {
      const item = this.#items[0];
      const rest = postBytes - length;
      if (item.bytes.length > rest) {
        if (rest > 0) {
          parts.push(item.bytes.subarray(0, rest));
          length += rest;
          this.#items[0] = { ...item, bytes: item.bytes.subarray(rest) };
        }
        break;
      }
      this.#items.shift();
      parts.push(item.bytes);
      length += item.bytes.length;
      end = item.end;
    }
    return { stream, body: joined(parts, length), end };
  }
}

interface Batch {
  readonly stream: LaneStream;
  readonly body: Uint8Array<ArrayBuffer>;
  readonly end: StreamEnding | undefined;
}

function joined(parts: ReadonlyArray<Uint8Array>, length: number): Uint8Array<ArrayBuffer> {
  const body = new Uint8Array(length);
  let offset = 0;
  for (const part of parts) {
    body.set(part, offset);
    offset += part.length;
  }
  return body;
}
