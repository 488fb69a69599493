/**
 * A registry on a clock of its own, and readers that remember what they are offered.
 */
import {
  type EventSender,
  type NumberedEvent,
  ResumeRegistry,
  RingStore,
  type SenderEnd,
} from "../../../core/resume/mod.ts";
import { ManualClock } from "../../support/clock.ts";

/** An event that counts as many bytes as it has characters. */
export type Text = string;

/** What a reader is offered it holds, up to a bound, until it is read. */
export class Reader implements EventSender<Text> {
  readonly capacity: number;
  /** What was taken and not read yet. */
  readonly held: Array<NumberedEvent<Text>> = [];
  readonly ends: Array<SenderEnd> = [];
  isClosed = false;
  /** Looks at the registry while it is offered something, or told of its end. */
  onOffer: (() => void) | undefined;
  onEnd: (() => void) | undefined;

  constructor(capacity: number = Infinity) {
    this.capacity = capacity;
  }

  readonly offer = (event: NumberedEvent<Text>): "taken" | "full" | "closed" => {
    this.onOffer?.();
    if (this.isClosed) return "closed";
    if (this.held.length >= this.capacity) return "full";
    this.held.push(event);
    return "taken";
  };

  readonly end = (reason: SenderEnd): void => {
    this.ends.push(reason);
    this.onEnd?.();
  };

  /** Reads all that it holds: the numbers. */
  read(): ReadonlyArray<number> {
    return numbers(this.held.splice(0));
  }
}

/** The numbers of events. */
export function numbers(events: ReadonlyArray<NumberedEvent<Text>>): ReadonlyArray<number> {
  return events.map(({ sequence }) => sequence);
}

/** A registry, its clock, and what it logs. */
export class Bench {
  readonly clock: ManualClock = new ManualClock();
  readonly lines: Array<{ readonly level: string; readonly message: string; readonly fields: unknown }> = [];
  readonly registry: ResumeRegistry<Text>;
  #sent = 0;
  #epochs = 0;

  constructor(ringEvents: number = 8, ringBytes: number = 10_000) {
    this.registry = new ResumeRegistry<Text>({
      store: new RingStore({
        sizeOf: ({ length }) => length,
        epoch: () => `epoch-${this.#epochs++}`,
        limits: { ringEvents, ringBytes },
      }),
      clock: this.clock,
      log: (level, message, fields) => void this.lines.push({ level, message, fields }),
    });
  }

  /** Sends so many events. */
  send(id: string, count: number = 1): void {
    for (; count > 0; count -= 1) this.registry.send(id, `event ${this.#sent++}`);
  }
}
