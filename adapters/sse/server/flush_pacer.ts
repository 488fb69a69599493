/**
 * When what has come for viewers is handed to the server. A piece that goes to one viewer costs the system some 20 µs,
 * however little is in it; so when there is much to send it leaves in fewer, larger pieces.
 *
 * What comes now and then leaves at once. Only beyond 25,000 pieces a second, or 1,000 after a pause, does it wait for
 * others to come along: 1 ms or so with few viewers, up to 40 ms with a thousand. And when many have been sent something,
 * the next round waits for as long as this one took: at most half of the time goes into it, on a slow machine as well.
 * What a viewer asks for, having read what came before, never waits.
 */
import type { EventStream } from "./event_stream.ts";

/** Pieces a millisecond, and at once after a pause. */
const PER_MS = 25;
const BURST = 1_000;
/** So many pieces in one go take long enough for the time to be taken. */
const MANY = 32;
/** So long does the next round wait for a long one at the most, in ms. */
const MAX_REST_MS = 100;

/** Flushes streams, in the order in which they were told. */
export class FlushPacer {
  readonly #nowMs: () => number;
  readonly #later: (callback: () => void, ms: number) => void;
  #dirty: Array<EventStream> = [];
  #isScheduled = false;
  #isHolding = false;
  /** Below 0: pieces that were sent ahead of their time. */
  #credit = BURST;
  #at: number;

  constructor(
    nowMs: () => number = () => performance.now(),
    // Of the real clock, whatever the room's is: it is the machine that is spared.
    later: (callback: () => void, ms: number) => void = (callback, ms) => void setTimeout(callback, ms),
  ) {
    this.#nowMs = nowMs;
    this.#later = later;
    this.#at = nowMs();
  }

  /** Whether streams wait until there is time for them. */
  get isHolding(): boolean {
    return this.#isHolding;
  }

  /** Flushes the stream soon, and not within this call. */
  flush(stream: EventStream): void {
    this.#dirty.push(stream);
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    // Behind all that is logged in one go.
    queueMicrotask(this.#check);
  }

  readonly #check = (): void => {
    const now = this.#nowMs();
    this.#credit = Math.min(BURST, this.#credit + Math.max(0, now - this.#at) * PER_MS);
    this.#at = now;
    this.#isHolding = this.#credit <= 0;
    if (this.#isHolding) return this.#later(this.#check, Math.ceil((1 - this.#credit) / PER_MS));
    this.#isScheduled = false;
    const dirty = this.#dirty;
    this.#dirty = [];
    this.#credit -= dirty.length;
    for (const stream of dirty) stream.flush();
    if (dirty.length < MANY) return;
    // The server writes once this turn is over, and that is what takes the time.
    this.#isScheduled = true;
    this.#isHolding = true;
    this.#later(() => this.#later(this.#check, Math.min(this.#nowMs() - now, MAX_REST_MS)), 0);
  };
}
