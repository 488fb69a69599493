/**
 * What happens when in a loopback hub: at once but not within the present call, or at a later time, with one timer for all.
 */
import type * as Clock from "effect/Clock";
import * as Duration from "effect/Duration";
import * as Effect from "effect/Effect";
import type * as Fiber from "effect/Fiber";
import { TimeQueue } from "./time_queue.ts";

/** Something that is going to happen. */
export interface Due {
  /** Makes it happen. */
  run(): void;
}

/** How an engine gets hold of time and of a later turn. */
export interface EngineOptions {
  /** The clock that delays follow. */
  readonly clock: Clock.Clock;
  /** Runs a task soon, never within the call. */
  readonly defer: (task: () => void) => void;
  /** Starts a fiber. */
  readonly fork: (effect: Effect.Effect<void>) => Fiber.Fiber<void>;
}

/** Clocks add fractions of ms with rounding errors; what is this close has come. In ms. */
const tolerance = 0.001;

/** The engine. */
export class Engine {
  /** The clock that delays follow. */
  readonly clock: Clock.Clock;
  /** Counts everything that happens; equal numbers mean that nothing has happened in between. */
  activity = 0;
  readonly #options: EngineOptions;
  readonly #origin: bigint;
  readonly #later: TimeQueue<Due> = new TimeQueue();
  #soon: Array<Due> = [];
  #deferred = false;
  #firing = false;
  #timer: Fiber.Fiber<void> | undefined;
  #wakeAt = Infinity;
  #arming = 0;
  readonly #wakes: Array<() => void> = [];
  #waking = false;

  constructor(options: EngineOptions) {
    this.clock = options.clock;
    this.#options = options;
    this.#origin = options.clock.monotonicTimeNanosUnsafe();
  }

  /** The time since the engine was made, in ms. */
  now(): number {
    return Number(this.clock.monotonicTimeNanosUnsafe() - this.#origin) / 1_000_000;
  }

  /** Makes it happen as soon as the calls under way have returned, after all that was to happen soon before it. */
  soon(due: Due): void {
    this.#soon.push(due);
    if (!this.#deferred && !this.#firing) this.#defer();
  }

  /**
   * Makes it happen at that time, after all that was set for the same time before it. Times are rounded up to whole ms,
   * so that a busy hub wakes a thousand times a second at most. Returns the time it will happen at.
   */
  at(time: number, due: Due): number {
    const whole = Math.ceil(time - tolerance);
    this.#later.add(whole, due);
    this.activity++;
    if (!this.#firing && whole < this.#wakeAt) this.#arm();
    return whole;
  }

  /** Takes back what was to happen at a later time. */
  cancel(due: Due): void {
    this.#later.remove(due);
    if (this.#later.size === 0) this.#disarm();
  }

  /** Waits. */
  wait(ms: number): Effect.Effect<void> {
    return Effect.callback<void>((resume) => {
      const due: Due = { run: () => resume(Effect.void) };
      this.at(this.now() + ms, due);
      return Effect.sync(() => this.cancel(due));
    });
  }

  /**
   * Lets a suspended fiber go on: now, or when the one that is being woken has suspended again. So a chain of fibers that
   * wake each other does not grow the stack.
   */
  wake(resume: () => void): void {
    this.activity++;
    this.#wakes.push(resume);
    if (this.#waking) return;
    this.#waking = true;
    try {
      for (let next = this.#wakes.shift(); next !== undefined; next = this.#wakes.shift()) next();
    } finally {
      this.#waking = false;
    }
  }

  #defer(): void {
    this.#deferred = true;
    this.#options.defer(() => {
      this.#deferred = false;
      this.#drain();
    });
  }

  // One batch at a time: what listeners cause in turn comes after whatever else is waiting for its turn.
  #drain(): void {
    const batch = this.#soon;
    this.#soon = [];
    this.activity += batch.length;
    for (const due of batch) guarded(due);
    if (this.#soon.length > 0 && !this.#deferred) this.#defer();
  }

  #fire(): void {
    this.#timer = undefined;
    this.#arming++;
    this.#wakeAt = Infinity;
    this.#firing = true;
    const until = this.now() + tolerance;
    for (let due = this.#later.take(until); due !== undefined; due = this.#later.take(until)) {
      this.activity++;
      guarded(due);
      if (this.#soon.length > 0) this.#drain();
    }
    this.#firing = false;
    this.#arm();
  }

  #arm(): void {
    const next = this.#later.next;
    if (next === this.#wakeAt) return;
    this.#disarm();
    if (next === Infinity) return;
    this.#wakeAt = next;
    const delay = next - this.now();
    if (delay > tolerance) {
      this.#timer = this.#options.fork(
        Effect.andThen(this.clock.sleep(Duration.millis(delay)), Effect.sync(() => this.#fire())),
      );
      return;
    }
    const arming = this.#arming;
    this.#options.defer(() => {
      if (arming === this.#arming) this.#fire();
    });
  }

  #disarm(): void {
    this.#arming++;
    const timer = this.#timer;
    this.#timer = undefined;
    this.#wakeAt = Infinity;
    timer?.interruptUnsafe();
  }
}

// A listener that throws breaks the port's rule. The hub must survive it, and the error must not get lost.
function guarded(due: Due): void {
  try {
    due.run();
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
