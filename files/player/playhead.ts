/**
 * Where a playback stands: a time in the recording that runs with the clock.
 */
import type { PlaybackPosition, PlaybackStatus } from "../../mod.ts";

/** The time in a recording, from its start to its end. */
export class Playhead {
  readonly #now: () => bigint;
  readonly #start: bigint;
  readonly #end: bigint;
  #status: PlaybackStatus = "paused";
  #speed = 1;
  /** The recording's time at the clock's time. */
  #base: bigint;
  #since: bigint;

  /** At the start, paused. `now` is the clock, in ns. */
  constructor(start: bigint, end: bigint, now: () => bigint) {
    this.#now = now;
    this.#start = start;
    this.#end = end;
    this.#base = start;
    this.#since = now();
  }

  get status(): PlaybackStatus {
    return this.#status;
  }

  get speed(): number {
    return this.#speed;
  }

  /** The recording's time now. */
  get time(): bigint {
    if (this.#status !== "playing") return this.#base;
    const elapsed = Number(this.#now() - this.#since) * this.#speed;
    // A clock that was set back holds the playback up, and does not turn it round.
    const time = this.#base + BigInt(Math.floor(Math.max(0, elapsed)));
    return time < this.#end ? time : this.#end;
  }

  /** Goes on as something else from where it is. */
  become(status: PlaybackStatus, speed: number = this.#speed): void {
    this.#move(this.time, status, speed);
  }

  /** Jumps, to the start or the end when that is nearer. */
  jump(to: bigint): void {
    this.#move(to < this.#start ? this.#start : to > this.#end ? this.#end : to, this.#status, this.#speed);
  }

  /** How long it takes until a time is reached, in ms of the clock. */
  millisecondsTo(time: bigint): number {
    return Number(time - this.time) / 1e6 / this.#speed;
  }

  position(didSeek: boolean): PlaybackPosition {
    return { status: this.#status, currentTime: this.time, playbackSpeed: this.#speed, didSeek };
  }

  #move(base: bigint, status: PlaybackStatus, speed: number): void {
    this.#base = base;
    this.#since = this.#now();
    this.#status = status;
    this.#speed = speed;
  }
}
