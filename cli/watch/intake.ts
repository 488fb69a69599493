/**
 * Brings the messages of several subscriptions together for one consumer that takes its time.
 */
import * as Deferred from "effect/Deferred";
import * as Effect from "effect/Effect";
import * as Latch from "effect/Latch";

interface Timed {
  readonly logTime: bigint;
}

interface Batch<M> {
  readonly messages: ReadonlyArray<M>;
  readonly taken: Deferred.Deferred<void>;
}

/**
 * Each producer hands over what it has and waits until that has been consumed, so no more is held than the subscriptions
 * themselves hold. What is there at the same time is consumed by log time, without changing the order of any producer.
 */
export class Intake<M extends Timed> {
  #batches: Array<Batch<M>> = [];
  readonly #arrived: Latch.Latch = Latch.makeUnsafe();
  #waiting = 0;

  /** Whether anything that was handed over has not been consumed yet. */
  get isBusy(): boolean {
    return this.#waiting > 0;
  }

  /** Hands messages over; done once they have been consumed. */
  offer(messages: ReadonlyArray<M>): Effect.Effect<void> {
    return Effect.suspend(() => {
      const taken = Deferred.makeUnsafe<void>();
      this.#batches.push({ messages, taken });
      this.#waiting += 1;
      this.#arrived.openUnsafe();
      return Deferred.await(taken);
    });
  }

  /** Consumes whatever is handed over, for ever. */
  consume<E>(consumer: (messages: ReadonlyArray<M>) => Effect.Effect<void, E>): Effect.Effect<never, E> {
    const round = Effect.suspend(() => {
      const batches = this.#batches;
      this.#batches = [];
      this.#arrived.closeUnsafe();
      const done = Effect.sync(() => {
        this.#waiting -= batches.length;
        for (const { taken } of batches) Deferred.doneUnsafe(taken, Effect.void);
      });
      return Effect.andThen(consumer(mergeByLogTime(batches.map(({ messages }) => messages))), done);
    });
    return Effect.forever(Effect.andThen(this.#arrived.await, round));
  }
}

/** One list of several, by log time; lists are not reordered in themselves, and earlier lists come first in ties. */
export function mergeByLogTime<M extends Timed>(lists: ReadonlyArray<ReadonlyArray<M>>): ReadonlyArray<M> {
  if (lists.length === 1) return lists[0]!;
  const heads = lists.map(() => 0);
  const merged: Array<M> = [];
  for (;;) {
    let earliest: M | undefined;
    let from = -1;
    lists.forEach((list, index) => {
      const head = list[heads[index]!];
      if (head === undefined || (earliest !== undefined && head.logTime >= earliest.logTime)) return;
      earliest = head;
      from = index;
    });
    if (earliest === undefined) return merged;
    merged.push(earliest);
    heads[from]! += 1;
  }
}
