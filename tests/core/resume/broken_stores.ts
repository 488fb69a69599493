/**
 * The ring as the suite for stores needs it, and stores that each break one promise.
 */
import { type EventLog, type EventStore, type NumberedEvent, RingStore } from "../../../core/resume/mod.ts";
import type { StoreHarness } from "../../../core/resume/store_compliance.ts";

/** An event: so many bytes. */
export interface Sized {
  readonly bytes: number;
}

type Bounds = Parameters<StoreHarness<Sized>["store"]>[0];

function ring(limits: Bounds): EventStore<Sized> {
  let epochs = 0;
  return new RingStore<Sized>({ sizeOf: ({ bytes }) => bytes, epoch: () => `epoch-${epochs++}`, limits });
}

/** The ring, changed as a test likes. */
export function ringHarness(
  change: (store: EventStore<Sized>, bounds: Bounds) => EventStore<Sized> = (store) => store,
): StoreHarness<Sized> {
  return { store: (bounds) => change(ring(bounds), bounds), event: (bytes) => ({ bytes }) };
}

/** A store whose logs are changed. */
function logs(change: (log: EventLog<Sized>, bounds: Bounds) => Partial<EventLog<Sized>>): StoreHarness<Sized> {
  return ringHarness((store, bounds) => ({
    isBuffering: store.isBuffering,
    open: (id) => {
      const log = store.open(id);
      return overlay(log, change(log, bounds));
    },
  }));
}

function overlay(log: EventLog<Sized>, { next, oldest, epoch, ...methods }: Partial<EventLog<Sized>>): EventLog<Sized> {
  return {
    get epoch() {
      return epoch ?? log.epoch;
    },
    get next() {
      return next ?? log.next;
    },
    get oldest() {
      return oldest ?? log.oldest;
    },
    append: (event) => log.append(event),
    at: (sequence) => log.at(sequence),
    remove: () => log.remove(),
    ...methods,
  };
}

function withBounds(change: (bounds: Bounds) => Bounds): StoreHarness<Sized> {
  return ringHarness((_, bounds) => ring(change(bounds)));
}

/** What is wrong with each. */
export const brokenStores: Readonly<Record<string, StoreHarness<Sized>>> = {
  "keeps one event too many": withBounds((bounds) => ({ ...bounds, ringEvents: bounds.ringEvents + 1 })),
  "keeps one event too few": withBounds((bounds) => ({ ...bounds, ringEvents: Math.max(0, bounds.ringEvents - 1) })),
  "knows no bound in bytes": withBounds((bounds) => ({ ...bounds, ringBytes: Number.MAX_SAFE_INTEGER })),
  "does not keep what just fits": withBounds((bounds) => ({ ...bounds, ringBytes: bounds.ringBytes - 1 })),
  "knows no bound in number": withBounds((bounds) => ({ ...bounds, ringEvents: 1_000_000 })),
  "copies what it numbers": logs((log) => ({
    append: (event) => ({ ...log.append(event) }),
  })),
  "copies events": logs((log) => ({ append: (event) => log.append({ ...event }) })),
  "copies what it gives out": logs((log) => ({
    at: (sequence) => {
      const found = log.at(sequence);
      return found && { ...found };
    },
  })),
  "forgets an event that is too large without the ones before": ringHarness((_, bounds) => ({
    isBuffering: bounds.ringEvents > 0,
    open: () => new SkippingLog(bounds),
  })),
  "gives one log to all sessions": ringHarness((store) => {
    const log = store.open("all");
    return { isBuffering: store.isBuffering, open: () => log };
  }),
  "forgets everybody when one is removed": ringHarness((store) => {
    const all: Array<EventLog<Sized>> = [];
    return {
      isBuffering: store.isBuffering,
      open: (id) => {
        const log = store.open(id);
        all.push(log);
        return overlay(log, { remove: () => all.forEach((one) => one.remove()) });
      },
    };
  }),
  "does not forget what is removed": ringHarness((store) => {
    const known = new Map<string, EventLog<Sized>>();
    return {
      isBuffering: store.isBuffering,
      open: (id) => {
        const log = known.get(id) ?? store.open(id);
        known.set(id, log);
        return log;
      },
    };
  }),
  "has one epoch for ever": logs(() => ({ epoch: "epoch" })),
  "changes the epoch with each event": ringHarness((store) => ({
    isBuffering: store.isBuffering,
    open: (id) => {
      const log = store.open(id);
      return Object.defineProperty(overlay(log, {}), "epoch", { get: () => `epoch-${log.next}` });
    },
  })),
  "has an epoch that cannot stand in an id": logs((log) => ({ epoch: `${log.epoch}.x` })),
  "says that it keeps what it does not": ringHarness((store) => ({ isBuffering: true, open: (id) => store.open(id) })),
  "finds events beside the number": logs((log) => ({ at: (sequence) => log.at(Math.floor(sequence)) })),
  "says that everything is kept": logs(() => ({ oldest: 0 })),
};

/** Lets an event that is too large fall, and keeps those before it: a hole in the middle. */
class SkippingLog implements EventLog<Sized> {
  readonly epoch: string = `epoch-${Math.trunc(performance.now() * 1_000)}`;
  next = 0;
  readonly #bounds: Bounds;
  #kept: Array<NumberedEvent<Sized>> = [];

  constructor(bounds: Bounds) {
    this.#bounds = bounds;
  }

  get oldest(): number {
    return this.#kept[0]?.sequence ?? this.next;
  }

  append(event: Sized): NumberedEvent<Sized> {
    const numbered = { sequence: this.next, event };
    this.next += 1;
    if (event.bytes > this.#bounds.ringBytes) return numbered;
    this.#kept.push(numbered);
    const bytes = (): number => this.#kept.reduce((sum, one) => sum + one.event.bytes, 0);
    while (this.#kept.length > this.#bounds.ringEvents || bytes() > this.#bounds.ringBytes) this.#kept.shift();
    return numbered;
  }

  at(sequence: number): NumberedEvent<Sized> | undefined {
    return this.#kept.find((one) => one.sequence === sequence);
  }

  remove(): void {
    this.#kept = [];
  }
}
