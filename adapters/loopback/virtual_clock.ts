/**
 * A clock that stands still until it is told to go on, for those who write promises.
 */
import type * as Clock from "effect/Clock";
import * as Duration from "effect/Duration";
import * as Effect from "effect/Effect";
import * as Scheduler from "effect/Scheduler";
import { TimeQueue } from "./time_queue.ts";

/** Where a virtual clock starts, and how patient it is. */
export interface VirtualClockOptions {
  /** The time it shows at first, in ms since the Unix epoch. Default 0. */
  readonly start?: number;
  /**
   * After how many turns of the event loop in which there still was something to do `settle` gives up and fails: then
   * something keeps itself busy without ever waiting for time. Default 100,000.
   */
  readonly maxTurns?: number;
}

interface Sleeper {
  readonly wake: () => void;
}

/** Idle turns after which fibers on a scheduler of their own are taken to have stopped; each may need several in a row. */
const foreignTurns = 32;

/**
 * An Effect `Clock` that moves only by {@linkcode VirtualClock.advance}, which returns a promise.
 *
 * Why `settle` is sure: fibers that run on the clock's own {@linkcode VirtualClock.scheduler} take their turns in
 * microtasks, like promises do, and so does a loopback hub on this clock. A turn of the event loop comes only when no
 * microtask is left, so when one has passed everything that could run has run. Fibers that run on another scheduler
 * may need a turn of the event loop for each of their steps; when the clock has met such a fiber it waits until nothing
 * has happened for 32 turns.
 *
 * @example
 * ```ts
 * import { VirtualClock } from "@fieldlink/fieldlink/testing";
 * import * as Clock from "effect/Clock";
 * import * as Effect from "effect/Effect";
 *
 * const clock = new VirtualClock();
 * let rang = false;
 * const alarm = Effect.andThen(Effect.sleep("1 hour"), Effect.sync(() => void (rang = true)));
 * Effect.runFork(Effect.provideService(alarm, Clock.Clock, clock), { scheduler: clock.scheduler });
 * await clock.advance(3_600_000);
 * console.log(rang); // true
 * ```
 */
export class VirtualClock implements Clock.Clock {
  /** The scheduler for fibers on this clock, so that `settle` can wait for them surely. Other fibers work as well. */
  readonly scheduler: Scheduler.Scheduler = new Scheduler.MixedScheduler("sync");
  /** The time it shows, in ms since the Unix epoch, as an effect. */
  readonly currentTimeMillis: Effect.Effect<number> = Effect.sync(() => this.currentTimeMillisUnsafe());
  /** The time it shows, in ns since the Unix epoch, as an effect. */
  readonly currentTimeNanos: Effect.Effect<bigint> = Effect.sync(() => this.currentTimeNanosUnsafe());
  /** How far it has been moved, in ns, as an effect. */
  readonly monotonicTimeNanos: Effect.Effect<bigint> = Effect.sync(() => this.monotonicTimeNanosUnsafe());
  readonly #start: number;
  readonly #maxTurns: number;
  readonly #sleepers: TimeQueue<Sleeper> = new TimeQueue();
  readonly #watched: Array<() => number> = [];
  #elapsed = 0;
  #activity = 0;
  #foreign = false;
  #last: Promise<void> = Promise.resolve();

  /** Makes a clock that stands at its start. */
  constructor(options: VirtualClockOptions = {}) {
    this.#start = options.start ?? 0;
    this.#maxTurns = options.maxTurns ?? 100_000;
    if (!Number.isSafeInteger(this.#start) || this.#start < 0) {
      throw new RangeError(`Cannot make a clock as 'start' must be a whole number of ms: received ${this.#start}`);
    }
  }

  /** How many sleeps wait for time to pass. */
  get sleeping(): number {
    return this.#sleepers.size;
  }

  /** The time it shows, in ms since the Unix epoch. */
  currentTimeMillisUnsafe(): number {
    return this.#start + this.#elapsed;
  }

  /** The time it shows, in ns since the Unix epoch. */
  currentTimeNanosUnsafe(): bigint {
    return BigInt(this.#start) * 1_000_000n + this.monotonicTimeNanosUnsafe();
  }

  /** How far it has been moved, in ns. */
  monotonicTimeNanosUnsafe(): bigint {
    return BigInt(Math.round(this.#elapsed * 1_000_000));
  }

  /** Waits until the clock has been moved that far. */
  sleep(duration: Duration.Duration): Effect.Effect<void> {
    const ms = Duration.toMillis(duration);
    if (ms <= 0) return Effect.yieldNow;
    if (!Number.isFinite(ms)) return Effect.never;
    return Effect.withFiber((fiber) => {
      this.meet(fiber.getRef(Scheduler.Scheduler));
      return this.#sleep(ms);
    });
  }

  /**
   * Moves the clock, stopping at every sleep that ends on the way and letting everything run that it wakes, and settles.
   * Calls do not overlap: a second one begins when the first has ended.
   */
  advance(ms: number): Promise<void> {
    if (!(ms >= 0 && ms < Infinity)) {
      return Promise.reject(new RangeError(`Cannot advance as 'ms' must be 0 or more: received ${ms}`));
    }
    const advanced = this.#last.then(() => this.#advance(ms));
    this.#last = advanced.catch(() => {});
    return advanced;
  }

  /** Lets everything run that can, without time passing. Fails when that never ends. */
  async settle(): Promise<void> {
    let idle = 0;
    let seen = this.#happened();
    for (let turns = 0; idle < (this.#foreign ? foreignTurns : 1); turns++) {
      if (turns > this.#maxTurns) {
        throw new Error(`Cannot settle: still busy after ${turns} turns; something runs without waiting for time`);
      }
      await turn();
      const happened = this.#happened();
      idle = happened === seen ? idle + 1 : 0;
      seen = happened;
    }
  }

  /** Counts a source of activity in: `settle` goes on as long as its number changes. */
  watch(activity: () => number): void {
    this.#watched.push(activity);
  }

  /** Takes note of the scheduler that a fiber on this clock runs on. */
  meet(scheduler: Scheduler.Scheduler): void {
    if (scheduler !== this.scheduler) this.#foreign = true;
  }

  async #advance(ms: number): Promise<void> {
    await this.settle();
    const until = this.#elapsed + ms;
    for (let next = this.#sleepers.next; next <= until; next = this.#sleepers.next) {
      this.#elapsed = Math.max(this.#elapsed, next);
      this.#activity++;
      this.#sleepers.take(next)?.wake();
      await this.settle();
    }
    this.#elapsed = until;
    await this.settle();
  }

  #sleep(ms: number): Effect.Effect<void> {
    return Effect.callback((resume) => {
      const sleeper: Sleeper = { wake: () => resume(Effect.void) };
      this.#activity++;
      this.#sleepers.add(this.#elapsed + ms, sleeper);
      return Effect.sync(() => this.#sleepers.remove(sleeper));
    });
  }

  #happened(): number {
    let sum = this.#activity;
    for (const activity of this.#watched) sum += activity();
    return sum;
  }
}

const { setImmediate }: { setImmediate?: (task: () => void) => unknown } = globalThis;

/** One turn of the event loop: no microtask is left when it has passed. */
function turn(): Promise<void> {
  return new Promise((resolve) => {
    if (setImmediate === undefined) setTimeout(resolve, 0);
    else setImmediate(resolve);
  });
}
