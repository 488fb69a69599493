/**
 * A viewer's pings, and what their answers tell: the round-trip time, and how far the device's clock is from the viewer's.
 */
import * as Effect from "effect/Effect";
import type { WallClock } from "../clock.ts";
import { ClockOffset, type ClockOffsetEstimate, sampleExchange } from "../clock_offset.ts";
import type { Ping, PingAck, Pong } from "../protocol/mod.ts";
import { writeU64 } from "../protocol/u64.ts";
import { type RoundTrip, roundTripOf, RoundTripTime } from "../session/ping.ts";

/** How many pings may wait for their pong; the oldest is forgotten. */
export const MAX_UNANSWERED_PINGS = 16;

/** When a chunk or frame has arrived, and what was known of the device's clock then. */
export interface Arrival {
  /** By the viewer's clock, in ms since the Unix epoch. */
  readonly atMs: number;
  /** The offset as it was known last, and when that was; absent where it is not known. */
  readonly offset: TimedOffset | undefined;
}

/** What was known of an offset at some time. */
export interface TimedOffset extends ClockOffsetEstimate {
  /** When that was, by the viewer's clock. */
  readonly atMs: number;
}

/** What pinging needs of the viewer. */
export interface HeartbeatOptions {
  readonly clock: WallClock;
  /** The time between pings, in ms. */
  readonly intervalMs: number;
}

/** A ping that has not been answered. */
interface UnansweredPing {
  readonly askedMs: number;
  /** Whether it followed an ack; otherwise its own ack is followed by such a one. */
  readonly follows: boolean;
}

/** The pings to one device. */
export class Heartbeat {
  readonly #options: HeartbeatOptions;
  readonly #roundTripTime = new RoundTripTime();
  readonly #offset = new ClockOffset();
  #send: (message: Ping | PingAck) => void = () => {};
  #unanswered: Array<UnansweredPing> = [];
  #latest: TimedOffset | undefined;

  constructor(options: HeartbeatOptions) {
    this.#options = options;
  }

  /** The round trips to the device; `undefined` until one has been made. */
  get roundTripTime(): RoundTrip | undefined {
    return roundTripOf(this.#roundTripTime);
  }

  /** How far the device's clock is ahead of the viewer's; `undefined`: not known. */
  get clockOffset(): ClockOffsetEstimate | undefined {
    return this.#offset.at(this.#now);
  }

  /** How long the oldest ping that has not been answered has waited, in ms; 0: none waits. */
  get unansweredMs(): number {
    const [oldest] = this.#unanswered;
    return oldest === undefined ? 0 : Math.max(0, this.#now - oldest.askedMs);
  }

  /** What has arrived now is given the time, and what is known of the device's clock. */
  arrival(): Arrival {
    return { atMs: this.#options.clock.currentTimeMillisUnsafe(), offset: this.#latest };
  }

  /** Pings on a stream of its own from now on, and once at once. What was asked on another one is not waited for. */
  begin(send: (message: Ping | PingAck) => void): void {
    this.#send = send;
    this.#unanswered = [];
    this.ping();
  }

  /** Pings once. */
  ping(): void {
    this.#ping(false);
  }

  /** Pings every now and then, for as long as it runs. */
  get run(): Effect.Effect<never> {
    return Effect.forever(Effect.andThen(
      Effect.sleep(this.#options.intervalMs),
      Effect.sync(() => this.ping()),
    ));
  }

  /** Takes a pong, and acks it at once. `false`: it answers none of the pings that wait, and changes nothing. */
  answered(pong: Pong): boolean {
    const asked = Number(pong.appTimestamp);
    const index = this.#unanswered.findIndex((ping) => ping.askedMs === asked);
    const ping = this.#unanswered[index];
    if (ping === undefined) return false;
    // The streams are in order: what was asked before this and is not answered by now was lost with a stream.
    this.#unanswered = this.#unanswered.slice(index + 1);
    const now = this.#now;
    this.#roundTripTime.sample(now - asked);
    const answered = Number(pong.deviceTimestamp);
    // Whatever the device takes for its time will do, as long as it is a time: its messages have the same one.
    if (Number.isSafeInteger(answered)) sampleExchange(this.#offset, asked, answered, now);
    const known = this.#offset.at(now);
    this.#latest = known === undefined ? undefined : { ...known, atMs: now };
    this.#send({ op: "pingAck", deviceTimestamp: pong.deviceTimestamp });
    // A ping right behind an ack was sent after that pong came: the device can tell from it how late it may be.
    if (!ping.follows) this.#ping(true);
    return true;
  }

  #ping(follows: boolean): void {
    const askedMs = this.#now;
    const payload = new Uint8Array(8);
    writeU64(payload, 0, BigInt(askedMs));
    if (this.#unanswered.length >= MAX_UNANSWERED_PINGS) this.#unanswered.shift();
    this.#unanswered.push({ askedMs, follows });
    this.#send({ op: "ping", appTimestamp: BigInt(askedMs), payload });
  }

  get #now(): number {
    return Math.max(0, Math.floor(this.#options.clock.currentTimeMillisUnsafe()));
  }
}
