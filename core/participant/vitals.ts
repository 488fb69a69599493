/**
 * What a device knows of a viewer's connection instance beside what it has asked for: when it was heard last, how long a
 * round trip takes, and how far its clock is from the device's. It outlives a reset, since the instance stays the same.
 */
import { CLOCK_DRIFT, ClockOffset, type ClockOffsetEstimate, OFFSET_WINDOW_MS } from "../clock_offset.ts";
import { RoundTripTime } from "../session/ping.ts";

/** How far from the device's clock a viewer's may be, in ms, for its pings to be taken for times: 7 days. */
export const PLAUSIBLE_CLOCK_MS: number = 7 * 24 * 3_600_000;
/** How many pings of one viewer may wait for their ack; the oldest is forgotten. */
export const MAX_UNACKED_PINGS = 16;

/** Whether a viewer is heard: `idle` one that has been silent for a while, `asleep` one that is sent nothing any more. */
export type ViewerState = "active" | "idle" | "asleep";

/** A ping that was answered, and not acked yet. */
interface AnsweredPing {
  /** What the pong said: when the ping arrived, by the device's clock, in whole ms. */
  readonly answeredMs: number;
  /** What the offset of the viewer's clock is at least, by the quickest ping so far; absent for one without a time. */
  readonly low: number | undefined;
}

/** The vital signs of one connection instance. Times are the device's, in ms since the Unix epoch. */
export class Vitals {
  readonly roundTripTime: RoundTripTime = new RoundTripTime();
  /** From pings that followed an ack: true, whatever the delays. */
  readonly #proved: ClockOffset = new ClockOffset();
  /** From single pings: true, as long as the quickest ping is no slower than the quickest pong and ack together. */
  readonly #likely: ClockOffset = new ClockOffset();
  #unacked: Array<AnsweredPing> = [];
  /** The pong whose ack came last: whatever comes after it was sent after that time. */
  #ackedMs: number | undefined;
  #quickest: { readonly low: number; readonly at: number } | undefined;
  #metAt: number | undefined;
  #heardAt = 0;
  #hasPinged = false;
  #state: ViewerState = "active";
  #stateSince = 0;

  /** When it was registered first. */
  get metAt(): number {
    return this.#metAt ?? 0;
  }

  /** Whether it is heard. */
  get state(): ViewerState {
    return this.#state;
  }

  /** Since when it has been in that state. */
  get stateSince(): number {
    return this.#stateSince;
  }

  /** When it was heard last. Meant to be looked at only once it has pinged. */
  get heardAt(): number {
    return this.#heardAt;
  }

  /** Whether it has ever pinged: one that does not may be silent for as long as it likes. */
  get hasPinged(): boolean {
    return this.#hasPinged;
  }

  /** It is registered, for the first time or once more: one that was asleep is so no more. */
  met(nowMs: number): void {
    if (this.#metAt !== undefined && this.#state !== "asleep") return;
    this.#metAt ??= nowMs;
    this.become("active", nowMs);
  }

  /** Something has come from it. */
  heard(nowMs: number): void {
    this.#heardAt = nowMs;
  }

  /** It is in that state from now on. */
  become(state: ViewerState, nowMs: number): void {
    this.#state = state;
    this.#stateSince = nowMs;
  }

  /** It has pinged, and is answered in the same step. */
  pinged(appTimestamp: bigint, nowMs: number): void {
    this.#hasPinged = true;
    const answeredMs = Math.floor(nowMs);
    const askedMs = Number(appTimestamp);
    const isTime = Math.abs(askedMs - answeredMs) <= PLAUSIBLE_CLOCK_MS;
    if (this.#unacked.length >= MAX_UNACKED_PINGS) this.#unacked.shift();
    this.#unacked.push({ answeredMs, low: isTime ? this.#lowest(askedMs, answeredMs) : undefined });
    if (!isTime || this.#ackedMs === undefined) return;
    // It was sent between the pong that it has acked, at the earliest, and now.
    this.#proved.sample(askedMs - answeredMs - 1, askedMs - this.#ackedMs + 1, answeredMs);
  }

  /** It has acked a pong. One that it was never sent changes nothing. */
  acked(deviceTimestamp: bigint, nowMs: number): void {
    const answeredMs = Number(deviceTimestamp);
    const index = this.#unacked.findIndex((ping) => ping.answeredMs === answeredMs);
    const ping = this.#unacked[index];
    if (ping === undefined) return;
    // Its stream is in order: those before this one were answered on a stream that it has not read to the end.
    this.#unacked = this.#unacked.slice(index + 1);
    this.#ackedMs = answeredMs;
    const roundTripMs = Math.floor(nowMs) - answeredMs;
    this.roundTripTime.sample(roundTripMs);
    if (ping.low === undefined) return;
    this.#likely.sample(ping.low, ping.low + roundTripMs + 3, Math.floor(nowMs));
  }

  /**
   * How far the viewer's clock is ahead of the device's; `undefined`: its pings have told no time that is near the
   * device's, or none of late.
   */
  clockOffset(nowMs: number): ClockOffsetEstimate | undefined {
    const proved = this.#proved.at(nowMs);
    const likely = this.#likely.at(nowMs);
    if (proved === undefined || likely === undefined) return proved ?? likely;
    // A viewer that does not ping right after its acks proves no more than that it pings every few seconds.
    return proved.boundMs <= 2 * likely.boundMs + 2 ? proved : likely;
  }

  /** What the offset is at least, by this ping and the quickest of those before it. */
  #lowest(askedMs: number, answeredMs: number): number {
    const own = askedMs - answeredMs - 1;
    const quickest = this.#quickest;
    const age = quickest === undefined ? NaN : answeredMs - quickest.at;
    const earlier = quickest === undefined ? -Infinity : quickest.low - CLOCK_DRIFT * age;
    if (this.#ackedMs !== undefined && earlier > askedMs - this.#ackedMs + 1) {
      // More than the order of messages allows: a clock has been set.
      this.#likely.forget();
    } else if (age >= 0 && age <= OFFSET_WINDOW_MS && earlier > own) return earlier;
    this.#quickest = { low: own, at: answeredMs };
    return own;
  }
}
