/**
 * One direction of one connection: what is carried over it is delayed, queued behind other bytes, lost or held up there.
 */
import { type FullConditions, fullConditions, type LinkConditions } from "./conditions.ts";
import type { Due, Engine } from "./engine.ts";
import type { SeededRandom } from "./random.ts";

/** What a leg needs of its hub. */
export interface LegHost {
  /** Time and turns. */
  readonly engine: Engine;
  /** The most pieces that a partitioned leg holds for later. */
  readonly heldPieces: number;
}

/** Something under way over one or more legs. */
export abstract class Parcel implements Due {
  /** How many bytes take up bandwidth. */
  readonly bytes: number;
  /** Whether it must arrive, and in order. */
  readonly reliable: boolean;
  readonly #legs: ReadonlyArray<Leg>;
  #next = 0;

  constructor(legs: ReadonlyArray<Leg>, bytes: number, reliable: boolean) {
    this.#legs = legs;
    this.bytes = bytes;
    this.reliable = reliable;
  }

  /** Sends it over the legs it has not passed yet. `false`: it was lost on the first one that did not let it through. */
  carry(): boolean {
    for (let leg = this.#legs[this.#next]; leg !== undefined; leg = this.#legs[this.#next]) {
      this.#next++;
      if (leg.clean) continue;
      const fate = leg.admit(this);
      if (fate === "through") continue;
      if (fate === "lost") this.lost();
      return fate !== "lost";
    }
    this.arrived();
    return true;
  }

  /** It has reached the end of the leg it was on. */
  run(): void {
    this.#legs[this.#next - 1]?.left();
    this.carry();
  }

  /** It is there. */
  protected abstract arrived(): void;

  /** It never will be. Only for what is not reliable. */
  protected lost(): void {}
}

/** News of a few bytes, too few to count, which must arrive. */
export class Signal extends Parcel {
  readonly #arrived: () => void;

  constructor(legs: ReadonlyArray<Leg>, arrived: () => void) {
    super(legs, 0, true);
    this.#arrived = arrived;
  }

  protected override arrived(): void {
    this.#arrived();
  }
}

/** What a leg did with a parcel: `held` until the partition heals, `later` when its time has come. */
export type Fate = "through" | "later" | "held" | "lost";

/** One direction of one connection. */
export class Leg {
  /** Whether everything passes at once. */
  clean = true;
  /** What happens when a partition lasts longer than the leg can hold what was sent meanwhile. */
  onOverflow: (() => void) | undefined;
  readonly #host: LegHost;
  readonly #random: SeededRandom;
  #conditions: FullConditions = fullConditions({});
  #perfect = true;
  #parted = false;
  #held: Array<Parcel> = [];
  #underWay = 0;
  #reliableUntil = 0;
  #busyUntil = 0;

  constructor(host: LegHost, random: SeededRandom) {
    this.#host = host;
    this.#random = random;
  }

  /** Sets the conditions for what is sent from now on. */
  set(conditions: LinkConditions): void {
    const full = fullConditions(conditions);
    this.#conditions = full;
    this.#perfect = full.latencyMs === 0 && full.jitterMs === 0 && full.bitsPerSecond === Infinity &&
      full.loss === 0 && full.reorder === 0;
    this.#refresh();
  }

  /** Whether nothing gets through. */
  get parted(): boolean {
    return this.#parted;
  }

  /** Lets nothing through any more: what is reliable is held, frames are lost. What is under way already arrives. */
  part(): void {
    this.#parted = true;
    this.#refresh();
  }

  /** Lets everything through again, what was held first. */
  heal(): void {
    if (!this.#parted) return;
    this.#parted = false;
    this.#refresh();
    const held = this.#held;
    this.#held = [];
    // None of them passes within this call: what their arrival sets going must not overtake the rest.
    for (const parcel of held) this.#queue(parcel, this.#exit(parcel));
  }

  /** Takes a parcel in. Only for a leg that is not clean. */
  admit(parcel: Parcel): Fate {
    if (this.#parted) return this.#hold(parcel);
    const { loss } = this.#conditions;
    const time = this.#exit(parcel);
    if (!parcel.reliable && loss > 0 && this.#random.next() < loss) return "lost";
    if (time <= this.#host.engine.now() && (this.#underWay === 0 || !parcel.reliable)) return "through";
    this.#queue(parcel, time);
    return "later";
  }

  /** A parcel has passed. */
  left(): void {
    this.#underWay--;
    if (this.#underWay === 0) this.#refresh();
  }

  /** When it will have passed. */
  #exit(parcel: Parcel): number {
    const { bitsPerSecond } = this.#conditions;
    const now = this.#host.engine.now();
    const start = bitsPerSecond === Infinity ? now : Math.max(now, this.#busyUntil);
    this.#busyUntil = start + parcel.bytes * 8000 / bitsPerSecond;
    const time = this.#busyUntil + this.#delay(parcel);
    return parcel.reliable ? Math.max(time, this.#reliableUntil) : time;
  }

  #queue(parcel: Parcel, time: number): void {
    const at = this.#host.engine.at(time, parcel);
    if (parcel.reliable) this.#reliableUntil = at;
    this.#underWay++;
    this.clean = false;
  }

  #hold(parcel: Parcel): Fate {
    if (!parcel.reliable) return "lost";
    if (this.#held.length < this.#host.heldPieces) this.#held.push(parcel);
    else this.onOverflow?.();
    return "held";
  }

  #delay(parcel: Parcel): number {
    const { latencyMs, jitterMs, reorder } = this.#conditions;
    let delay = latencyMs;
    if (jitterMs > 0) delay += jitterMs * (2 * this.#random.next() - 1);
    if (!parcel.reliable && reorder > 0 && this.#random.next() < reorder) {
      delay += Math.max(latencyMs, 1) * this.#random.next();
    }
    return Math.max(delay, 0);
  }

  #refresh(): void {
    this.clean = this.#perfect && !this.#parted && this.#underWay === 0;
  }
}
