/**
 * The last messages of a channel, kept for whoever subscribes next.
 */

/** How much a channel keeps for those who subscribe later. */
export interface LatchOptions {
  /** How many messages at the most: a positive whole number. */
  readonly messages: number;
  /**
   * How many bytes at the most, as they travel: 22 more than the message for each. Default 4 MiB, or what the gateways of
   * the context let wait for one viewer (the limit `queueBytes`) where that is less.
   */
  readonly bytes?: number;
}

/** The bounds of a latch, in messages and in bytes of frames. */
export interface LatchBounds {
  /** How many messages at the most. */
  readonly messages: number;
  /** How many bytes at the most, the frames' headers included. */
  readonly bytes: number;
}

/**
 * The last messages of a channel, as many as fit into its bounds: always the newest ones without a gap, so that what comes
 * live continues them. Each is kept as the frame that is sent, once for all who will get it.
 *
 * @example
 * ```ts
 * import { Context } from "@fieldlink/fieldlink";
 *
 * const map = new Context().channel({ topic: "/map", encoding: "json", latch: { messages: 1, bytes: 8 * 1024 * 1024 } });
 * map.log(JSON.stringify({ rooms: ["lab"] }));
 * console.log(map.latch?.messages); // 1
 * ```
 */
export class Latch {
  /** What it holds at the most. */
  readonly bounds: LatchBounds;
  #frames: Array<Uint8Array> = [];
  /** Index of the oldest frame in `#frames`; what is before it has been let go. */
  #head = 0;
  #bytes = 0;

  /** Made by {@linkcode Context.channel}. */
  constructor(bounds: LatchBounds) {
    this.bounds = bounds;
  }

  /** The number of messages that are kept. */
  get messages(): number {
    return this.#frames.length - this.#head;
  }

  /** The number of bytes that are kept. */
  get bytes(): number {
    return this.#bytes;
  }

  /** For sinks: the frames that are kept, the oldest first. They are shared by all who get them and do not change. */
  get frames(): ReadonlyArray<Uint8Array> {
    return this.#frames.slice(this.#head);
  }

  /**
   * Keeps a frame and lets the oldest ones go that it has no room for. `false`: it is larger than all that can be kept. Then
   * nothing is: what came before it is out of date.
   */
  keep(frame: Uint8Array): boolean {
    const { messages, bytes } = this.bounds;
    if (frame.byteLength > bytes) {
      this.clear();
      return false;
    }
    // A small frame is part of a block of memory, all of which would be kept with it.
    const own = frame.byteLength < frame.buffer.byteLength ? frame.slice() : frame;
    while (this.messages >= messages || this.#bytes + own.byteLength > bytes) this.#dropOldest();
    this.#frames.push(own);
    this.#bytes += own.byteLength;
    return true;
  }

  /** Lets everything go. */
  clear(): void {
    this.#frames = [];
    this.#head = 0;
    this.#bytes = 0;
  }

  #dropOldest(): void {
    this.#bytes -= this.#frames[this.#head]!.byteLength;
    this.#frames[this.#head] = NOTHING;
    this.#head += 1;
    // The places of those that have gone are given back once they are the most: each frame is moved once at the most.
    if (this.#head * 2 < this.#frames.length) return;
    this.#frames = this.#frames.slice(this.#head);
    this.#head = 0;
  }
}

const NOTHING = new Uint8Array(0);
