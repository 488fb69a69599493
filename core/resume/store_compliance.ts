/**
 * What every store of events must do, whatever it keeps them in.
 */
import * as Effect from "effect/Effect";
import { ComplianceFailure } from "../../transport/compliance/mod.ts";
import type { EventLog, EventStore, NumberedEvent } from "./event_store.ts";

/** What a case needs of the store it is run against. */
export interface StoreHarness<Event> {
  /** A fresh store that keeps so many events, and so many bytes, of each session. */
  readonly store: (bounds: { readonly ringEvents: number; readonly ringBytes: number }) => EventStore<Event>;
  /** A new event that counts as so many bytes; 1 at least. */
  readonly event: (bytes: number) => Event;
}

/** One case of the suite. */
export interface StoreComplianceCase {
  /** What a store does, as a sentence. Unique in the suite. */
  readonly name: string;
  /** Fails when it does not. */
  readonly run: <Event>(harness: StoreHarness<Event>) => Effect.Effect<void, ComplianceFailure>;
}

/** Bounds that no case reaches by accident. */
const ROOMY = { ringEvents: 100, ringBytes: 10_000 };

/** Says what is wrong by throwing; a case catches it. */
function expect(holds: boolean, detail: string): void {
  if (!holds) throw new ComplianceFailure({ detail });
}

function expectNumber(what: string, actual: number, expected: number): void {
  expect(actual === expected, `${what} should be ${expected}, and is ${actual}`);
}

/** The numbers of what is kept, as `at` gives them, looked for beyond both ends. */
function kept<Event>(log: EventLog<Event>): ReadonlyArray<number> {
  const numbers: Array<number> = [];
  for (let sequence = -1; sequence <= log.next; sequence += 1) {
    const found = log.at(sequence);
    if (found === undefined) continue;
    expectNumber(`the number of what is kept as ${sequence}`, found.sequence, sequence);
    numbers.push(sequence);
  }
  return numbers;
}

/** A log keeps these and no others, and says so. */
function expectKept<Event>(log: EventLog<Event>, from: number, next: number): void {
  expectNumber("the next number", log.next, next);
  expectNumber("the oldest number", log.oldest, from);
  const expected = Array.from({ length: next - from }, (_, index) => from + index);
  expect(kept(log).join() === expected.join(), `kept should be [${expected}], and is [${kept(log)}]`);
}

function append<Event>(log: EventLog<Event>, { event }: StoreHarness<Event>, sizes: ReadonlyArray<number>): void {
  for (const size of sizes) log.append(event(size));
}

function times(count: number, size: number): ReadonlyArray<number> {
  return Array.from({ length: count }, () => size);
}

function storeCase(name: string, check: <Event>(harness: StoreHarness<Event>) => void): StoreComplianceCase {
  return {
    name,
    run: (harness) =>
      Effect.try({
        try: () => check(harness),
        catch: (cause) => cause instanceof ComplianceFailure ? cause : new ComplianceFailure({ detail: String(cause) }),
      }),
  };
}

/**
 * The cases.
 *
 * @example
 * ```ts
 * import { RingStore } from "@fieldlink/fieldlink";
 * import { storeComplianceCases } from "@fieldlink/fieldlink/testing";
 * import * as Effect from "effect/Effect";
 *
 * for (const { run } of storeComplianceCases) {
 *   Effect.runSync(run({
 *     store: (limits) => new RingStore<string>({ sizeOf: ({ length }) => length, epoch: () => crypto.randomUUID(), limits }),
 *     event: (bytes) => "x".repeat(bytes),
 *   }));
 * }
 * ```
 */
export const storeComplianceCases: ReadonlyArray<StoreComplianceCase> = [
  storeCase("a session that nothing is kept of begins at 0, empty", ({ store }) => {
    expectKept(store(ROOMY).open("one"), 0, 0);
  }),
  storeCase("a store that keeps something says so, and one that keeps nothing says that", ({ store }) => {
    expect(store(ROOMY).isBuffering, "isBuffering should be true");
    expect(!store({ ...ROOMY, ringEvents: 0 }).isBuffering, "isBuffering should be false with a bound of 0 events");
  }),
  storeCase("events are numbered from 0, without holes", (harness) => {
    const log = harness.store(ROOMY).open("one");
    for (let sequence = 0; sequence < 20; sequence += 1) {
      expectNumber("the number given", log.append(harness.event(1)).sequence, sequence);
      expectKept(log, 0, sequence + 1);
    }
  }),
  storeCase("what is kept is the very object that was given out, with the very event", ({ store, event }) => {
    const log = store(ROOMY).open("one");
    const given = Array.from({ length: 5 }, () => event(3));
    const numbered = given.map((one) => log.append(one));
    numbered.forEach((one, sequence) => {
      expect(one.event === given[sequence], `event ${sequence} was copied when it was numbered`);
      expect(log.at(sequence) === one, `event ${sequence} was copied when it was kept`);
    });
  }),
  storeCase("at the bound in number the oldest goes, and no other", (harness) => {
    const log = harness.store({ ...ROOMY, ringEvents: 3 }).open("one");
    append(log, harness, times(3, 1));
    expectKept(log, 0, 3);
    append(log, harness, [1]);
    expectKept(log, 1, 4);
    append(log, harness, times(10, 1));
    expectKept(log, 11, 14);
  }),
  storeCase("at the bound in bytes as many of the oldest go as it takes, and no more", (harness) => {
    const log = harness.store({ ...ROOMY, ringBytes: 10 }).open("one");
    append(log, harness, [4, 3, 3]);
    expectKept(log, 0, 3);
    append(log, harness, [1]);
    expectKept(log, 1, 4);
    append(log, harness, [9]);
    expectKept(log, 3, 5);
    append(log, harness, [2]);
    expectKept(log, 5, 6);
  }),
  storeCase("an event that just fits is kept, alone", (harness) => {
    const log = harness.store({ ...ROOMY, ringBytes: 10 }).open("one");
    append(log, harness, [1, 1, 10]);
    expectKept(log, 2, 3);
    append(log, harness, [10]);
    expectKept(log, 3, 4);
  }),
  storeCase("an event larger than the bound is not kept, and nothing before it", (harness) => {
    const log = harness.store({ ...ROOMY, ringBytes: 10 }).open("one");
    append(log, harness, [1, 1]);
    const event = harness.event(11);
    expect(log.append(event).event === event, "the large event is not given back");
    expectKept(log, 3, 3);
    append(log, harness, [11]);
    expectKept(log, 4, 4);
    append(log, harness, [5, 5]);
    expectKept(log, 4, 6);
  }),
  storeCase("with a bound of 0 events nothing is kept, and numbers go on", (harness) => {
    const log = harness.store({ ...ROOMY, ringEvents: 0 }).open("one");
    append(log, harness, [1, 1, 1]);
    expectKept(log, 3, 3);
  }),
  storeCase("with a bound of one event the newest is kept", (harness) => {
    const log = harness.store({ ...ROOMY, ringEvents: 1 }).open("one");
    for (let sequence = 0; sequence < 5; sequence += 1) {
      append(log, harness, [1]);
      expectKept(log, sequence, sequence + 1);
    }
  }),
  storeCase("a number that is not kept, or is none, finds nothing", (harness) => {
    const log = harness.store({ ...ROOMY, ringEvents: 4 }).open("one");
    append(log, harness, times(6, 1));
    for (const sequence of [-1, 0, 1, 6, 7, 2.5, NaN, Infinity, -Infinity]) {
      expect(log.at(sequence) === undefined, `${sequence} should find nothing`);
    }
  }),
  storeCase("sessions know nothing of each other", (harness) => {
    const store = harness.store({ ...ROOMY, ringEvents: 3 });
    const [one, other] = [store.open("one"), store.open("other")];
    const event = harness.event(1);
    append(one, harness, times(5, 1));
    other.append(event);
    expectKept(one, 2, 5);
    expectKept(other, 0, 1);
    expect(other.at(0)?.event === event, "a session has an event of another");
    one.remove();
    expectKept(other, 0, 1);
  }),
  storeCase("a session that was removed begins afresh when it is opened again, in another epoch", (harness) => {
    const store = harness.store(ROOMY);
    const before = store.open("one");
    append(before, harness, times(3, 1));
    before.remove();
    before.remove();
    const log = store.open("one");
    expectKept(log, 0, 0);
    expect(log.epoch !== before.epoch, `the epoch is ${log.epoch} again`);
    append(log, harness, [1]);
    expectKept(log, 0, 1);
  }),
  storeCase("an epoch is a word of letters, digits, - and _, and stays while events come", (harness) => {
    const log = harness.store({ ...ROOMY, ringEvents: 2 }).open("one");
    const { epoch } = log;
    expect(/^[A-Za-z0-9_-]{1,64}$/.test(epoch), `the epoch is ${JSON.stringify(epoch)}`);
    append(log, harness, times(10, 1));
    expect(log.epoch === epoch, `the epoch was ${epoch} and is ${log.epoch}`);
  }),
  storeCase("thousands of events of all sizes leave what the bounds say", (harness) => {
    const bounds = { ringEvents: 37, ringBytes: 400 };
    const log = harness.store(bounds).open("one");
    let model: Array<NumberedEvent<unknown> & { readonly size: number }> = [];
    for (let sequence = 0; sequence < 5_000; sequence += 1) {
      // No chance, but no pattern that a ring could have either.
      const size = (sequence * sequence) % 401 % (sequence % 50 === 0 ? 402 : 23) + 1;
      const numbered = log.append(harness.event(size));
      model.push({ ...numbered, size });
      while (model.length > bounds.ringEvents || model.reduce((sum, one) => sum + one.size, 0) > bounds.ringBytes) {
        model = model.slice(1);
      }
      expectNumber("the oldest number", log.oldest, model[0]?.sequence ?? sequence + 1);
      const newest = model.at(-1);
      if (newest !== undefined) expect(log.at(newest.sequence) === numbered, `event ${sequence} is not there`);
      const oldest = model[0];
      if (oldest !== undefined) {
        expect(log.at(oldest.sequence)?.event === oldest.event, `event ${oldest.sequence} is not there`);
      }
      expect(log.at(log.oldest - 1) === undefined, `event ${log.oldest - 1} should have gone`);
    }
  }),
];
