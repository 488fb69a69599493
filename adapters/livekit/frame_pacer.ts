/**
 * Sends the frames of all data tracks of a room, in an order and at a pace that get them through.
 *
 * Three things lose frames on the way. Packets of two frames of one track that interleave: a receiver puts together one
 * frame at a time by default. Too many bytes at once: a receiver's socket buffer holds some 100 KiB, and what does not
 * fit is gone for good. And more than the network takes: the server drops what its buffer for a viewer cannot pass on
 * within 100 ms. So a frame of several packets is sent alone, bytes go out at a bounded rate, and what does not fit
 * waits in a bounded queue.
 */
import type { TrackDropListener } from "../../transport/track.ts";
import type { LiveKitLimits } from "./limits.ts";
import { systemTime, type Time } from "./time.ts";

/** The payload of one packet: livekit-client's 16,000 bytes less the header with a time stamp. */
export const PACKET_BYTES = 15_976;

/** What livekit-client keeps beside each packet's payload, and the network sends. */
const PACKET_OVERHEAD = 64;

/** How long packets may take to be out before others get their turn all the same, in ms. */
const FLUSH_MS = 500;

/** What is used of livekit-client's track. */
export interface PushableTrack {
  /** Resolves when all packets of the frame are handed over. */
  tryPush(frame: { readonly payload: Uint8Array; readonly userTimestamp?: bigint }): Promise<void>;
  /**
   * Resolves when the packets handed over are out. livekit-client tells all tracks of a room alike when one of them has
   * no packets under way any more, so this can be relied on only while no other track of the room sends.
   */
  flush(): Promise<void>;
}

/** One track's frames that wait. */
export class Lane {
  /** The track. */
  readonly track: PushableTrack;
  /** Hears of frames that have waited for nothing. */
  onDropped: TrackDropListener | undefined;
  #frames: Array<WaitingFrame> = [];
  #bytes = 0;

  constructor(track: PushableTrack) {
    this.track = track;
  }

  /** How many frames wait. */
  get size(): number {
    return this.#frames.length;
  }

  /** The frame whose turn is next. */
  get first(): WaitingFrame | undefined {
    return this.#frames[0];
  }

  /** Whether there is room for a further frame of that many bytes. */
  fits(bytes: number, limits: LiveKitLimits): boolean {
    if (this.#frames.length === 0) return true;
    return this.#frames.length < limits.trackQueueFrames && this.#bytes + bytes <= limits.trackQueueBytes;
  }

  /** Puts a frame behind the others. */
  add(frame: WaitingFrame): void {
    this.#frames.push(frame);
    this.#bytes += frame.bytes.length;
  }

  /** Takes the first frame out. */
  shift(): void {
    const frame = this.#frames.shift();
    if (frame !== undefined) this.#bytes -= frame.bytes.length;
  }

  /** Drops the first frame. */
  dropFirst(): void {
    const { first } = this;
    this.shift();
    if (first !== undefined) this.onDropped?.(first.bytes);
  }

  /** Drops all frames that wait. */
  clear(): void {
    while (this.size > 0) this.dropFirst();
  }
}

interface WaitingFrame {
  readonly bytes: Uint8Array;
  readonly logTime: bigint;
  /** When it was pushed, in the pacer's ms. */
  readonly since: number;
}

/** The frames of a room's data tracks, on their way out. Tracks take turns; within a track the order stays. */
export class FramePacer {
  readonly #limits: LiveKitLimits;
  readonly #time: Time;
  /** The lanes with frames that wait, the next one first. */
  #waiting: Array<Lane> = [];
  /** The lane whose frames are under way. One at a time: see {@linkcode PushableTrack.flush}. */
  #turn: Lane | undefined;
  /** Whether what is under way is a frame of several packets. */
  #isAlone = false;
  /** Bytes of the frames under way. */
  #turnBytes = 0;
  #pushing = 0;
  #flushing = 0;
  /** Bytes that may go now; below 0 after a frame that was larger. */
  #allowance: number;
  #allowanceAt: number;
  readonly #bytesPerMs: number;
  #isTimerSet = false;

  constructor(limits: LiveKitLimits, time: Time = systemTime) {
    this.#limits = limits;
    this.#time = time;
    this.#bytesPerMs = limits.trackBytesPerSecond / 1_000;
    this.#allowance = limits.trackBurstBytes;
    this.#allowanceAt = time.now();
  }

  /** Sends a frame at once if nothing is in its way, else queues it. `false`: there is no room for it. */
  offer(lane: Lane, bytes: Uint8Array, logTime: bigint): boolean {
    if (lane.size === 0 && this.#mayGo(lane, bytes)) {
      this.#send(lane, bytes, logTime);
      return true;
    }
    if (!lane.fits(bytes.length, this.#limits)) return false;
    if (lane.size === 0) this.#waiting.push(lane);
    lane.add({ bytes, logTime, since: this.#time.now() });
    this.#go();
    return true;
  }

  /** Drops what waits in a lane. */
  drop(lane: Lane): void {
    lane.clear();
    this.#waiting = this.#waiting.filter((other) => other !== lane);
  }

  /**
   * Whether a frame may go now. It may join others of its track, of one packet each and of so many bytes in all: what
   * livekit-client was handed and cannot send yet is in no queue of ours.
   */
  #mayGo(lane: Lane, bytes: Uint8Array): boolean {
    if (this.#turn === undefined) return this.#paceAllows();
    if (this.#turn !== lane || this.#isAlone || bytes.length > PACKET_BYTES) return false;
    return this.#turnBytes < this.#limits.trackBurstBytes && this.#paceAllows();
  }

  #paceAllows(): boolean {
    const now = this.#time.now();
    const gained = (now - this.#allowanceAt) * this.#bytesPerMs;
    this.#allowanceAt = now;
    this.#allowance = Math.min(this.#limits.trackBurstBytes, this.#allowance + gained);
    return this.#allowance > 0;
  }

  /** Sends what may go. */
  #go(): void {
    while (this.#turn === undefined) {
      const lane = this.#waiting[0];
      if (lane === undefined) return;
      if (!this.#paceAllows()) return this.#later();
      this.#waiting.shift();
      this.#takeTurn(lane);
      if (lane.size > 0) this.#waiting.push(lane);
    }
  }

  /** Sends one frame of several packets, or as many of one packet as the pace allows. */
  #takeTurn(lane: Lane): void {
    const oldest = this.#time.now() - this.#limits.trackQueueAgeMs;
    for (let frame = lane.first; frame !== undefined; frame = lane.first) {
      if (frame.since < oldest) {
        lane.dropFirst();
        continue;
      }
      if (!this.#mayGo(lane, frame.bytes)) return;
      lane.shift();
      this.#send(lane, frame.bytes, frame.logTime);
    }
  }

  #later(): void {
    if (this.#isTimerSet) return;
    this.#isTimerSet = true;
    this.#time.after(Math.max(1, Math.ceil(-this.#allowance / this.#bytesPerMs)), this.#onTimer);
  }

  readonly #onTimer = (): void => {
    this.#isTimerSet = false;
    this.#go();
  };

  #send(lane: Lane, payload: Uint8Array, userTimestamp: bigint): void {
    const packets = Math.ceil(payload.length / PACKET_BYTES);
    const bytes = payload.length + packets * PACKET_OVERHEAD;
    this.#allowance -= bytes;
    this.#turnBytes = this.#turn === lane ? this.#turnBytes + bytes : bytes;
    this.#turn = lane;
    this.#isAlone = packets > 1;
    this.#pushing++;
    settled(() => lane.track.tryPush({ payload, userTimestamp }), this.#onPushed);
  }

  /** All packets of a frame are handed over, or it is lost because its track is gone. */
  readonly #onPushed = (): void => {
    if (--this.#pushing > 0 || this.#turn === undefined) return;
    this.#flushing++;
    const { track } = this.#turn;
    let isOver = false;
    const over = (): void => {
      if (isOver) return;
      isOver = true;
      cancel();
      this.#onFlushed();
    };
    // livekit-client may never say so, of a track that has been taken back for instance: the others would wait for ever.
    const cancel = this.#time.after(FLUSH_MS, over);
    settled(() => track.flush(), over);
  };

  /** All packets are out; frames that joined the turn meanwhile see to its end. */
  readonly #onFlushed = (): void => {
    this.#flushing--;
    if (this.#pushing > 0 || this.#flushing > 0) return;
    this.#turn = undefined;
    this.#go();
  };
}

/** Calls back, never at once, when what was begun has ended, whichever way. */
function settled(begin: () => Promise<void>, then: () => void): void {
  let ended: Promise<void>;
  try {
    ended = begin();
  } catch {
    ended = Promise.resolve();
  }
  ended.then(then, then);
}
