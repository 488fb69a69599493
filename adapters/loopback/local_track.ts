/**
 * A data track, as its publisher and the hub see it.
 */
import * as Effect from "effect/Effect";
import type { FrameListener, OutgoingDataTrack } from "../../transport/track.ts";
import type { Fabric } from "./fabric.ts";
import { type Leg, Parcel } from "./leg.ts";
import type { Station } from "./station.ts";

/** A published track. */
export class LocalTrack {
  /** The name it was published under. */
  readonly name: string;
  /** The identity of its publisher. */
  readonly publisher: string;
  /** What the publisher sees of it. */
  readonly track: OutgoingDataTrack;
  /** Whether frames are still taken. */
  live = true;
  readonly #fabric: Fabric;
  readonly #station: Station;
  readonly #maxFrameBytes: number;
  readonly #subscriptions: Set<Subscription> = new Set();
  #framesUp = 0;
  #bytesUp = 0;

  constructor(options: {
    readonly fabric: Fabric;
    readonly station: Station;
    readonly name: string;
    readonly maxFrameBytes: number;
    readonly unpublish: (track: LocalTrack) => void;
  }) {
    this.#fabric = options.fabric;
    this.#station = options.station;
    this.#maxFrameBytes = options.maxFrameBytes;
    this.name = options.name;
    this.publisher = options.station.identity;
    this.track = {
      name: options.name,
      push: (frame, logTime) => this.#push(frame, logTime),
      unpublish: Effect.sync(() => options.unpublish(this)),
    };
  }

  /** Adds a subscriber. */
  add(subscription: Subscription): void {
    this.#subscriptions.add(subscription);
  }

  /** Takes a subscriber away. */
  remove(subscription: Subscription): void {
    this.#subscriptions.delete(subscription);
  }

  /** Hands a frame that has reached the server to everybody. `false`: nobody took it, for want of room. */
  spread(frame: Uint8Array, logTime: bigint): boolean {
    let taken = this.#subscriptions.size === 0;
    for (const subscription of this.#subscriptions) taken = subscription.offer(frame, logTime) || taken;
    return taken;
  }

  /** A frame has reached the server, or was lost. */
  passed(bytes: number): void {
    this.#framesUp--;
    this.#bytesUp -= bytes;
  }

  #push(frame: Uint8Array, logTime: bigint): boolean {
    if (!this.live || frame.length > this.#maxFrameBytes) return false;
    if (this.#station.up.clean) return this.spread(frame, logTime);
    const { limits, counts } = this.#fabric;
    if (this.#framesUp >= limits.frames || this.#bytesUp + frame.length > limits.frameBytes) {
      counts.framesDropped++;
      return false;
    }
    this.#framesUp++;
    this.#bytesUp += frame.length;
    new UpFrame([this.#station.up], this, frame, logTime, this.#fabric).carry();
    return true;
  }
}

/** One subscriber of a track. */
export class Subscription {
  readonly #fabric: Fabric;
  readonly #from: string;
  readonly #to: Station;
  readonly #listener: FrameListener;
  readonly #closed: () => boolean;
  #frames: Array<Uint8Array> = [];
  #logTimes: Array<bigint> = [];
  #underWay = 0;
  #bytesUnderWay = 0;
  #due = false;

  constructor(options: {
    readonly fabric: Fabric;
    readonly from: string;
    readonly to: Station;
    readonly listener: FrameListener;
    readonly closed: () => boolean;
  }) {
    this.#fabric = options.fabric;
    this.#from = options.from;
    this.#to = options.to;
    this.#listener = options.listener;
    this.#closed = options.closed;
  }

  /** Sends a frame from the server to the subscriber, unless too much is under way already. */
  offer(frame: Uint8Array, logTime: bigint): boolean {
    const { limits, counts } = this.#fabric;
    if (this.#underWay >= limits.frames || this.#bytesUnderWay + frame.length > limits.frameBytes) {
      counts.framesDropped++;
      return false;
    }
    this.#underWay++;
    this.#bytesUnderWay += frame.length;
    const legs = this.#fabric.path(this.#from, this.#to);
    if (legs === undefined) this.arrive(frame, logTime);
    else new DownFrame(legs, this, frame, logTime).carry();
    return true;
  }

  /** A frame has arrived; the subscriber gets it with the next turn. */
  arrive(frame: Uint8Array, logTime: bigint): void {
    this.#frames.push(frame);
    this.#logTimes.push(logTime);
    if (this.#due) return;
    this.#due = true;
    this.#fabric.engine.soon(this);
  }

  /** A frame was lost on the way. */
  lost(bytes: number): void {
    this.#underWay--;
    this.#bytesUnderWay -= bytes;
    this.#fabric.counts.framesLost++;
    this.#fabric.trace?.add(`lost frame ${this.#from} to ${this.#to.identity}`);
  }

  /** Tells the subscriber of all frames that have arrived. */
  run(): void {
    const frames = this.#frames;
    const logTimes = this.#logTimes;
    this.#frames = [];
    this.#logTimes = [];
    this.#due = false;
    this.#underWay -= frames.length;
    for (const frame of frames) this.#bytesUnderWay -= frame.length;
    for (let index = 0; index < frames.length; index++) {
      const frame = frames[index];
      const logTime = logTimes[index];
      if (frame === undefined || logTime === undefined) continue;
      if (this.#closed()) return;
      this.#fabric.counts.framesDelivered++;
      this.#fabric.trace?.add(`frame ${this.#from} to ${this.#to.identity} ${frame.length} at ${logTime}`);
      this.#listener(frame, logTime);
    }
  }
}

/** A frame on its way to the server. */
class UpFrame extends Parcel {
  readonly #track: LocalTrack;
  readonly #frame: Uint8Array;
  readonly #logTime: bigint;
  readonly #fabric: Fabric;

  constructor(legs: ReadonlyArray<Leg>, track: LocalTrack, frame: Uint8Array, logTime: bigint, fabric: Fabric) {
    super(legs, frame.length, false);
    this.#track = track;
    this.#frame = frame;
    this.#logTime = logTime;
    this.#fabric = fabric;
  }

  protected override arrived(): void {
    this.#track.passed(this.bytes);
    this.#track.spread(this.#frame, this.#logTime);
  }

  protected override lost(): void {
    this.#track.passed(this.bytes);
    this.#fabric.counts.framesLost++;
    this.#fabric.trace?.add(`lost frame ${this.#track.publisher} up`);
  }
}

/** A frame on its way from the server. */
class DownFrame extends Parcel {
  readonly #subscription: Subscription;
  readonly #frame: Uint8Array;
  readonly #logTime: bigint;

  constructor(legs: ReadonlyArray<Leg>, subscription: Subscription, frame: Uint8Array, logTime: bigint) {
    super(legs, frame.length, false);
    this.#subscription = subscription;
    this.#frame = frame;
    this.#logTime = logTime;
  }

  protected override arrived(): void {
    this.#subscription.arrive(this.#frame, this.#logTime);
  }

  protected override lost(): void {
    this.#subscription.lost(this.bytes);
  }
}
