/**
 * The bounded queue in front of one control stream.
 */
import type * as Effect from "effect/Effect";
import { Signal } from "../signal.ts";

/** The bounds of a queue of frames. */
export interface FrameQueueLimits {
  /** How many frames may wait; those of a burst are not counted. */
  readonly maxFrames: number;
  /** How many bytes may wait; a single frame or burst larger than that passes when the queue is empty. */
  readonly maxBytes: number;
}

/** What became of an offer. `closed`: nobody will ever read the queue again, and the frame is gone. */
export type Offer = "queued" | "full" | "closed";

/** Queued frames with these consecutive numbers are not counted against the bound in number. */
interface Burst {
  readonly from: number;
  readonly end: number;
}

const NOTHING = new Uint8Array(0);

/** A first-in first-out queue of encoded frames, bounded in number and bytes. One reader, any number of synchronous writers. */
export class FrameQueue {
  readonly #limits: FrameQueueLimits;
  /** For the reader: there may be something to take. */
  readonly #filled: Signal = new Signal();
  /** For the others: something has been taken or written. */
  readonly #emptied: Signal = new Signal();
  #frames: Array<Uint8Array> = [];
  /** Index of the oldest frame in `#frames`; what is before it has been taken. */
  #head = 0;
  /** Number of frames ever taken: the oldest queued frame has this number. */
  #taken = 0;
  #bytes = 0;
  #bursts: Array<Burst> = [];
  #uncounted = 0;
  #writing = false;
  #state: "open" | "finishing" | "closed" = "open";

  constructor(limits: FrameQueueLimits) {
    this.#limits = limits;
  }

  /** The number of frames that wait. */
  get length(): number {
    return this.#frames.length - this.#head;
  }

  /** The number of bytes that wait. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The number of frames that have ever been taken. */
  get taken(): number {
    return this.#taken;
  }

  /** Whether what was taken last has not been written yet. */
  get isWriting(): boolean {
    return this.#writing;
  }

  /** Whether nothing waits and nothing that was taken is still being written. */
  get isIdle(): boolean {
    return this.length === 0 && !this.#writing;
  }

  /** Whether the queue is at most half full, so that a producer who asked may go on. */
  get hasRoom(): boolean {
    return this.#state === "closed" ||
      (this.length - this.#uncounted) * 2 <= this.#limits.maxFrames && this.#bytes * 2 <= this.#limits.maxBytes;
  }

  /** Queues one frame. Never waits. */
  offer(frame: Uint8Array): Offer {
    if (this.#state !== "open") return "closed";
    const waiting = this.length;
    if (waiting > 0) {
      if (waiting - this.#uncounted >= this.#limits.maxFrames) return "full";
      if (this.#bytes + frame.byteLength > this.#limits.maxBytes) return "full";
    }
    this.#push(frame);
    this.#filled.notify();
    return "queued";
  }

  /** Queues frames that belong together, all or none, outside the bound in number. */
  offerBurst(frames: ReadonlyArray<Uint8Array>): Offer {
    if (this.#state !== "open") return "closed";
    if (frames.length === 0) return "queued";
    if (this.length > 0) {
      let bytes = this.#bytes;
      for (const frame of frames) bytes += frame.byteLength;
      if (bytes > this.#limits.maxBytes) return "full";
    }
    const from = this.#taken + this.length;
    this.#bursts.push({ from, end: from + frames.length });
    this.#uncounted += frames.length;
    for (const frame of frames) this.#push(frame);
    this.#filled.notify();
    return "queued";
  }

  /**
   * Takes what is queued, up to about `budget` bytes and at least one frame, as one chunk. A lone frame, and frames that
   * lie next to each other in memory, are handed out as they are. `undefined`: nothing is queued.
   */
  take(budget: number): Uint8Array | undefined {
    const first = this.#frames[this.#head];
    if (first === undefined) return undefined;
    let end = this.#head + 1;
    let total = first.byteLength;
    let adjacent = true;
    for (; end < this.#frames.length; end += 1) {
      const frame = this.#frames[end]!;
      if (total + frame.byteLength > budget) break;
      adjacent &&= frame.buffer === first.buffer && frame.byteOffset === first.byteOffset + total;
      total += frame.byteLength;
    }
    const chunk = adjacent
      ? new Uint8Array(first.buffer, first.byteOffset, total)
      : gather(this.#frames, this.#head, end, total);
    this.#drop(end - this.#head, total);
    this.#writing = true;
    return chunk;
  }

  /** Says that the chunk taken last has been written. */
  written(): void {
    this.#writing = false;
    if (this.length === 0) this.#emptied.notify();
  }

  /** Whether the reader is to end: all is taken, and nothing more will come. */
  get isFinished(): boolean {
    return this.#state !== "open" && this.length === 0;
  }

  /** Takes no more frames; those queued can still be taken. */
  finish(): void {
    if (this.#state !== "open") return;
    this.#state = "finishing";
    this.#filled.notify();
  }

  /** Throws away what is queued and takes no more. Whoever waits for room or for the end goes on. */
  close(): void {
    this.#state = "closed";
    this.#frames = [];
    this.#head = 0;
    this.#bytes = 0;
    this.#bursts = [];
    this.#uncounted = 0;
    this.#writing = false;
    this.#filled.notify();
    this.#emptied.notify();
  }

  /** For the reader: waits until there is something to take, or nothing will ever be. */
  readonly awaitChange: Effect.Effect<void> = this.#filled.until(() => this.length > 0 || this.#state !== "open");

  /** For producers: waits until the queue is at most half full. */
  readonly awaitRoom: Effect.Effect<void> = this.#emptied.until(() => this.hasRoom);

  /** Waits until all that was queued has been written, or the queue is closed. */
  readonly awaitIdle: Effect.Effect<void> = this.#emptied.until(() => this.isIdle);

  #push(frame: Uint8Array): void {
    this.#frames.push(frame);
    this.#bytes += frame.byteLength;
  }

  #drop(count: number, bytes: number): void {
    // What has been taken must not stay in memory until the array is cut.
    this.#frames.fill(NOTHING, this.#head, this.#head + count);
    this.#head += count;
    this.#taken += count;
    this.#bytes -= bytes;
    this.#forgetBursts();
    if (this.#head === this.#frames.length) {
      this.#frames = [];
      this.#head = 0;
    } else if (this.#head >= 1024) {
      this.#frames = this.#frames.slice(this.#head);
      this.#head = 0;
    }
    if (this.hasRoom) this.#emptied.notify();
  }

  /** Recounts the frames of bursts that are still queued. */
  #forgetBursts(): void {
    if (this.#bursts.length === 0) return;
    this.#bursts = this.#bursts.filter((burst) => burst.end > this.#taken);
    this.#uncounted = 0;
    for (const burst of this.#bursts) this.#uncounted += burst.end - Math.max(burst.from, this.#taken);
  }
}

/** Copies frames into one chunk; those that lie next to each other in memory in one go. */
function gather(frames: ReadonlyArray<Uint8Array>, from: number, end: number, total: number): Uint8Array {
  const chunk = new Uint8Array(total);
  let offset = 0;
  for (let index = from; index < end;) {
    const first = frames[index]!;
    const { buffer, byteOffset } = first;
    let length = first.byteLength;
    index += 1;
    while (index < end && frames[index]!.buffer === buffer && frames[index]!.byteOffset === byteOffset + length) {
      length += frames[index]!.byteLength;
      index += 1;
    }
    chunk.set(length === first.byteLength ? first : new Uint8Array(buffer, byteOffset, length), offset);
    offset += length;
  }
  return chunk;
}
