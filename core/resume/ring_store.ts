/**
 * Events kept in memory, the latest of each session.
 */
import type { EventLog, EventStore, NumberedEvent } from "./event_store.ts";
import { invalidLimit } from "../limits.ts";
import { type ResumeLimits, resumeLimitsWith, resumeLimitTable } from "./resume_limits.ts";

/** Slots that a ring begins with: most sessions are quiet, and a thousand of them should cost little. */
const FIRST_SLOTS = 16;

/** How a {@linkcode RingStore} is made. */
export interface RingStoreOptions<Event> {
  /** The bytes that an event counts as; the same whenever it is asked. */
  readonly sizeOf: (event: Event) => number;
  /** A name for a log that nobody has used; see `EventLog.epoch`. */
  readonly epoch: () => string;
  /** Bounds that differ from the defaults; LIMITS.md lists them. */
  readonly limits?: Partial<ResumeLimits> | undefined;
}

/**
 * Keeps events in memory. Throws a RangeError for bounds that cannot be.
 *
 * @example
 * ```ts
 * import { RingStore } from "@fieldlink/fieldlink";
 *
 * const store = new RingStore<string>({
 *   sizeOf: (event) => event.length,
 *   epoch: () => crypto.randomUUID(),
 *   limits: { ringEvents: 2 },
 * });
 * const log = store.open("session-1");
 * for (const event of ["a", "b", "c"]) log.append(event);
 * console.log(log.oldest, log.at(1)?.event); // 1 b
 * ```
 */
export class RingStore<Event> implements EventStore<Event> {
  /** Whether anything is kept: not with a bound of 0 events. */
  readonly isBuffering: boolean;
  readonly #options: RingStoreOptions<Event>;
  readonly #limits: ResumeLimits;

  /** Throws a RangeError for bounds that cannot be. */
  constructor(options: RingStoreOptions<Event>) {
    const { ringEvents, ...others } = options.limits ?? {};
    // 0 events is a choice: none are kept.
    const problem = invalidLimit(ringEvents === 0 ? others : { ringEvents, ...others }, resumeLimitTable);
    if (problem !== undefined) throw new RangeError(`Cannot make a ring as ${problem}`);
    this.#options = options;
    this.#limits = resumeLimitsWith(options.limits);
    this.isBuffering = this.#limits.ringEvents > 0;
  }

  /** An empty log. */
  open(_id: string): EventLog<Event> {
    return new Ring(this.#options.epoch(), this.#options.sizeOf, this.#limits);
  }
}

class Ring<Event> implements EventLog<Event> {
  readonly epoch: string;
  readonly #sizeOf: (event: Event) => number;
  readonly #limits: ResumeLimits;
  /** The event of number n is at n modulo the length, which is a power of 2. */
  #slots: Array<NumberedEvent<Event> | undefined> = [];
  #next = 0;
  #oldest = 0;
  #bytes = 0;

  constructor(epoch: string, sizeOf: (event: Event) => number, limits: ResumeLimits) {
    this.epoch = epoch;
    this.#sizeOf = sizeOf;
    this.#limits = limits;
  }

  get next(): number {
    return this.#next;
  }

  get oldest(): number {
    return this.#oldest;
  }

  append(event: Event): NumberedEvent<Event> {
    const numbered: NumberedEvent<Event> = { sequence: this.#next, event };
    const size = this.#sizeOf(event);
    const { ringEvents, ringBytes } = this.#limits;
    this.#next += 1;
    while (
      this.#oldest < numbered.sequence && (this.#next - this.#oldest > ringEvents || this.#bytes + size > ringBytes)
    ) {
      this.#evict();
    }
    // Even alone it is too much.
    if (ringEvents === 0 || size > ringBytes) {
      this.#oldest = this.#next;
      return numbered;
    }
    if (this.#next - this.#oldest > this.#slots.length) this.#grow();
    this.#slots[numbered.sequence & (this.#slots.length - 1)] = numbered;
    this.#bytes += size;
    return numbered;
  }

  at(sequence: number): NumberedEvent<Event> | undefined {
    if (!(sequence >= this.#oldest && sequence < this.#next)) return undefined;
    const found = this.#slots[sequence & (this.#slots.length - 1)];
    return found?.sequence === sequence ? found : undefined;
  }

  remove(): void {
    this.#slots = [];
    this.#oldest = this.#next;
    this.#bytes = 0;
  }

  #evict(): void {
    const slot = this.#oldest & (this.#slots.length - 1);
    this.#bytes -= this.#sizeOf(this.#slots[slot]!.event);
    this.#slots[slot] = undefined;
    this.#oldest += 1;
  }

  #grow(): void {
    const slots: Array<NumberedEvent<Event> | undefined> = new Array(Math.max(FIRST_SLOTS, this.#slots.length * 2));
    slots.fill(undefined);
    for (let at = this.#oldest; at < this.#next - 1; at += 1) {
      slots[at & (slots.length - 1)] = this.#slots[at & (this.#slots.length - 1)];
    }
    this.#slots = slots;
  }
}
