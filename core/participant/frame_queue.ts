/**
 * The bounded queue in front of one control stream.
 */
import type * as Effect from "effect/Effect";
import type { QueueVisitor } from "../metering/gateway_ledger.ts";
import { type DropReason, Tally } from "../metering/tally.ts";
import { Signal } from "../signal.ts";

/** The bounds of a queue of frames. */
export interface FrameQueueLimits {
  /** How many frames may wait; those of a burst are not counted. */
  readonly maxFrames: number;
  /**
   * How many bytes may wait; a single larger frame passes when none waits. The bytes of bursts are counted apart: one
   * more passes as long as those that wait are within the bound.
   */
  readonly maxBytes: number;
}

/** What became of an offer. `closed`: nobody will ever read the queue again, and the frame is gone. */
export type Offer = "queued" | "full" | "closed";

/** Queued frames with these consecutive numbers are not counted with the others. */
interface Burst {
  readonly from: number;
  readonly end: number;
}

/** Frames that follow each other and are counted by the same tally; mostly they do, so that a queue has few of these. */
interface Run {
  readonly tally: Tally;
  frames: number;
}

const NOTHING = new Uint8Array(0);

/** A first-in first-out queue of encoded frames, bounded in number and bytes. One reader, any number of synchronous writers. */
export class FrameQueue {
  readonly #limits: FrameQueueLimits;
  /** For the reader: there may be something to take. */
  readonly #filled: Signal = new Signal();
  /** For the others: something has been taken or written. */
  readonly #emptied: Signal = new Signal();
  /** Counts the frames that are offered without a tally. */
  readonly #tally: Tally;
  #frames: Array<Uint8Array> = [];
  /** What `#frames` are counted by, from `#written` on. The last one stays when the queue is empty. */
  #runs: Array<Run>;
  #lastRun: Run;
  /** Index of the oldest frame in `#frames` that waits; what is before it has been taken. */
  #head = 0;
  /** Index of the oldest frame in `#frames` that is not known to be written: from it to `#head` are those taken last. */
  #written = 0;
  /** Bytes of the frames taken last. */
  #writtenBytes = 0;
  /** Number of frames ever taken: the oldest queued frame has this number. */
  #taken = 0;
  #bytes = 0;
  #bursts: Array<Burst> = [];
  /** The frames of bursts that wait, and their bytes. */
  #burstFrames = 0;
  #burstBytes = 0;
  #writing = false;
  #state: "open" | "finishing" | "closed" = "open";
  /** Why frames are lost that are offered when the queue takes no more. */
  #lostBy: DropReason = "viewerLeft";

  /** `tally` counts the frames that are offered without one of their own. */
  constructor(limits: FrameQueueLimits, tally: Tally = new Tally()) {
    this.#limits = limits;
    this.#tally = tally;
    this.#lastRun = { tally, frames: 0 };
    this.#runs = [this.#lastRun];
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
      (this.length - this.#burstFrames) * 2 <= this.#limits.maxFrames &&
        (this.#bytes - this.#burstBytes) * 2 <= this.#limits.maxBytes;
  }

  /** Queues one frame, counted by `tally` whatever becomes of it. Never waits. */
  offer(frame: Uint8Array, tally: Tally = this.#tally): Offer {
    tally.publish(frame.byteLength - tally.frameOverhead);
    if (this.#state !== "open") return this.#refuse("closed", this.#lostBy, frame, tally);
    if (!this.#fits(frame.byteLength)) return this.#refuse("full", "queueFull", frame, tally);
    this.#push(frame, tally);
    this.#filled.notify();
    return "queued";
  }

  /**
   * Queues frames that belong together, all or none, apart from the bounds of single frames: what a viewer has to get
   * first must not reset it, whatever waits, nor what comes while it is written. Each is counted by the tally at its place.
   */
  offerBurst(frames: ReadonlyArray<Uint8Array>, tallies: ReadonlyArray<Tally> = []): Offer {
    frames.forEach((frame, index) => {
      const tally = tallies[index] ?? this.#tally;
      tally.publish(frame.byteLength - tally.frameOverhead);
    });
    if (this.#state !== "open") return this.#refuseAll("closed", this.#lostBy, frames, tallies);
    if (frames.length === 0) return "queued";
    // A viewer that does not read must not pile them up.
    if (this.#burstBytes > this.#limits.maxBytes) return this.#refuseAll("full", "queueFull", frames, tallies);
    const from = this.#taken + this.length;
    const last = this.#bursts.at(-1);
    // Bursts that follow each other are one, or many small ones would each have to be looked at.
    if (last?.end === from) this.#bursts.pop();
    this.#bursts.push({ from: last?.end === from ? last.from : from, end: from + frames.length });
    this.#burstFrames += frames.length;
    frames.forEach((frame, index) => {
      this.#burstBytes += frame.byteLength;
      this.#push(frame, tallies[index] ?? this.#tally);
    });
    this.#filled.notify();
    return "queued";
  }

  /**
   * Takes what is queued, up to about `budget` bytes and at least one frame, as one chunk. A lone frame, and frames that
   * lie next to each other in memory, are handed out as they are; others are copied together, or with `asTheyAre` are
   * left for the next time. `undefined`: nothing is queued.
   */
  take(budget: number, asTheyAre: boolean = false): Uint8Array | undefined {
    // A reader that comes for more is done with what it took before, whether it said so or not.
    this.#settle();
    const first = this.#frames[this.#head];
    if (first === undefined) return undefined;
    let end = this.#head + 1;
    let total = first.byteLength;
    let adjacent = true;
    for (; end < this.#frames.length; end += 1) {
      const frame = this.#frames[end]!;
      if (total + frame.byteLength > budget) break;
      const isNext = frame.buffer === first.buffer && frame.byteOffset === first.byteOffset + total;
      if (asTheyAre && !isNext) break;
      adjacent &&= isNext;
      total += frame.byteLength;
    }
    const chunk = adjacent
      ? new Uint8Array(first.buffer, first.byteOffset, total)
      : gather(this.#frames, this.#head, end, total);
    this.#drop(end - this.#head, total);
    this.#writtenBytes = total;
    this.#writing = true;
    return chunk;
  }

  /** Says that the chunk taken last has been written. */
  written(): void {
    this.#writing = false;
    this.#settle();
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

  /**
   * Throws away what is queued, what is being written included, and takes no more. Whoever waits for room or for the end
   * goes on. `reason` is what the frames are lost by; after an overflow those that come later are lost by the reset.
   */
  close(reason: DropReason = "viewerLeft"): void {
    if (this.#state !== "closed") this.#lostBy = reason === "queueFull" ? "reset" : reason;
    this.#state = "closed";
    this.countQueued((tally, bytes) => tally.drop(reason, bytes));
    this.#clear();
    this.#bytes = 0;
    this.#bursts = [];
    this.#burstFrames = 0;
    this.#burstBytes = 0;
    this.#writing = false;
    this.#filled.notify();
    this.#emptied.notify();
  }

  /** Shows what is queued, what is being written included: each frame's tally, and the bytes of its message. */
  countQueued(visit: QueueVisitor): void {
    let index = this.#written;
    for (const { tally, frames } of this.#runs) {
      for (const end = index + frames; index < end; index += 1) {
        visit(tally, this.#frames[index]!.byteLength - tally.frameOverhead);
      }
    }
  }

  /** For the reader: waits until there is something to take, or nothing will ever be. */
  readonly awaitChange: Effect.Effect<void> = this.#filled.until(() => this.length > 0 || this.#state !== "open");

  /** For producers: waits until the queue is at most half full. */
  readonly awaitRoom: Effect.Effect<void> = this.#emptied.until(() => this.hasRoom);

  /** Whether a frame of so many bytes would be taken now. */
  takes(bytes: number): boolean {
    return this.#state === "open" && this.#fits(bytes);
  }

  /** For producers: waits until a frame of so many bytes would be taken; for ever, when the queue is not read any more. */
  awaitRoomFor(bytes: number): Effect.Effect<void> {
    return this.#emptied.until(() => this.hasRoom && this.takes(bytes));
  }

  /** Waits until all that was queued has been written, or the queue is closed. */
  readonly awaitIdle: Effect.Effect<void> = this.#emptied.until(() => this.isIdle);

  /** Whether the bounds leave room for so many bytes; where nothing waits, a single frame always fits. */
  #fits(bytes: number): boolean {
    const waiting = this.length - this.#burstFrames;
    if (waiting === 0) return true;
    return waiting < this.#limits.maxFrames && this.#bytes - this.#burstBytes + bytes <= this.#limits.maxBytes;
  }

  #push(frame: Uint8Array, tally: Tally): void {
    this.#frames.push(frame);
    this.#bytes += frame.byteLength;
    if (this.#lastRun.tally !== tally) {
      this.#lastRun = { tally, frames: 0 };
      this.#runs.push(this.#lastRun);
    }
    this.#lastRun.frames += 1;
  }

  #refuse(offer: Offer, reason: DropReason, frame: Uint8Array, tally: Tally): Offer {
    tally.drop(reason, frame.byteLength - tally.frameOverhead);
    return offer;
  }

  #refuseAll(
    offer: Offer,
    reason: DropReason,
    frames: ReadonlyArray<Uint8Array>,
    tallies: ReadonlyArray<Tally>,
  ): Offer {
    frames.forEach((frame, index) => this.#refuse(offer, reason, frame, tallies[index] ?? this.#tally));
    return offer;
  }

  #drop(count: number, bytes: number): void {
    this.#head += count;
    this.#taken += count;
    this.#bytes -= bytes;
    if (this.#bursts.length > 0) this.#forgetBursts(count);
    if (this.hasRoom) this.#emptied.notify();
  }

  /** Counts the frames that were taken last as delivered, and lets go of them. */
  #settle(): void {
    const [from, end] = [this.#written, this.#head];
    if (from === end) return;
    this.#countDelivered(end - from);
    // What has been written must not stay in memory until the array is cut.
    this.#frames.fill(NOTHING, from, end);
    this.#written = end;
    if (end === this.#frames.length) this.#clear();
    else if (end >= 1024) this.#cut(end);
  }

  #countDelivered(count: number): void {
    const runs = this.#runs;
    const first = runs[0]!;
    if (count <= first.frames) {
      first.tally.deliver(count, this.#writtenBytes - count * first.tally.frameOverhead);
      first.frames -= count;
      if (first.frames === 0 && runs.length > 1) runs.shift();
      return;
    }
    let index = this.#written;
    let done = 0;
    for (const end = index + count; index < end; done += 1) {
      const run = runs[done]!;
      const frames = Math.min(run.frames, end - index);
      let bytes = 0;
      for (const last = index + frames; index < last; index += 1) bytes += this.#frames[index]!.byteLength;
      run.tally.deliver(frames, bytes - frames * run.tally.frameOverhead);
      run.frames -= frames;
    }
    // The last one stays, for what comes next; so does one that has frames left.
    const isOver = runs[done - 1]!.frames === 0 && done < runs.length;
    runs.splice(0, isOver ? done : done - 1);
  }

  #clear(): void {
    this.#frames = [];
    this.#head = 0;
    this.#written = 0;
    this.#lastRun.frames = 0;
    if (this.#runs.length > 1) this.#runs = [this.#lastRun];
  }

  #cut(count: number): void {
    this.#frames = this.#frames.slice(count);
    this.#head -= count;
    this.#written -= count;
  }

  /** The frames that were taken last do not wait any more. */
  #forgetBursts(count: number): void {
    const first = this.#taken - count;
    const offset = this.#head - this.#taken;
    for (const { from, end } of this.#bursts) {
      if (from >= this.#taken) break;
      for (let at = Math.max(from, first), last = Math.min(end, this.#taken); at < last; at += 1) {
        this.#burstFrames -= 1;
        this.#burstBytes -= this.#frames[at + offset]!.byteLength;
      }
    }
    this.#bursts = this.#bursts.filter((burst) => burst.end > this.#taken);
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
