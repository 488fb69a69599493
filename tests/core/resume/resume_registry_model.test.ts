import * as fc from "fast-check";
import { assert, describe, it } from "vitest";
import { Bench, numbers, Reader } from "./support.ts";

/** What a session should be, written down as plainly as can be: every event there ever was. */
interface ModelSession {
  readonly sizes: Array<number>;
  reader: Reader | undefined;
  generation: number;
  activeAt: number;
}

const ids = ["one", "two"];

const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      type: fc.constant("send" as const),
      id: fc.constantFrom(...ids),
      size: fc.integer({ min: 1, max: 60 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant("resume" as const),
      id: fc.constantFrom(...ids),
      since: fc.integer({ min: -2, max: 30 }),
      room: fc.integer({ min: 0, max: 6 }),
    }),
  },
  fc.record({
    type: fc.constant("unregister" as const),
    id: fc.constantFrom(...ids),
    generation: fc.integer({ min: 0, max: 6 }),
  }),
  fc.record({ type: fc.constant("close" as const), id: fc.constantFrom(...ids) }),
  fc.record({ type: fc.constant("terminate" as const), id: fc.constantFrom(...ids) }),
  fc.record({ type: fc.constant("preRegister" as const), id: fc.constantFrom(...ids) }),
  fc.record({
    type: fc.constant("evict" as const),
    waitMs: fc.integer({ min: 0, max: 3 }),
    ttlMs: fc.integer({ min: 1, max: 4 }),
  }),
);

/** The first event that a ring still has, found by trying each. */
function oldest({ sizes }: ModelSession, ringEvents: number, ringBytes: number): number {
  for (let first = Math.max(0, sizes.length - ringEvents); first < sizes.length; first += 1) {
    if (sizes.slice(first).reduce((sum, size) => sum + size, 0) <= ringBytes) return first;
  }
  return sizes.length;
}

function range(from: number, to: number): ReadonlyArray<number> {
  return Array.from({ length: Math.max(0, to - from) }, (_, index) => from + index);
}

describe("the registry, against a model that forgets nothing", () => {
  it("replays what is kept, tells exact gaps, numbers without holes and ends whom it should", () => {
    const program = fc.record({
      ringEvents: fc.integer({ min: 0, max: 6 }),
      steps: fc.array(step, { maxLength: 60 }),
    });
    fc.assert(
      fc.property(program, ({ ringEvents, steps }) => {
        const ringBytes = 100;
        const { registry, clock } = new Bench(ringEvents, ringBytes);
        const model = new Map<string, ModelSession>();
        let generations = 0;
        const begin = (id: string): ModelSession => {
          const session: ModelSession = { sizes: [], reader: undefined, generation: 0, activeAt: clock.nowMs };
          model.set(id, session);
          return session;
        };
        const letGo = (session: ModelSession | undefined): void => {
          if (session !== undefined) session.reader = undefined;
        };
        for (const one of steps) {
          if (one.type === "evict") {
            clock.nowMs += one.waitMs;
            const stale = [...model].filter(([, { reader, activeAt }]) =>
              (reader === undefined || reader.isClosed) && clock.nowMs - activeAt >= one.ttlMs
            ).map(([id]) => id);
            assert.sameMembers([...registry.evictStale(one.ttlMs)], stale);
            for (const id of stale) model.delete(id);
            continue;
          }
          const session = model.get(one.id);
          if (one.type === "send") {
            const sent = registry.send(one.id, "x".repeat(one.size));
            assert.equal(sent?.sequence, session?.sizes.length);
            if (session === undefined) continue;
            session.sizes.push(one.size);
            session.activeAt = clock.nowMs;
            const { reader } = session;
            if (reader === undefined) continue;
            const isTaken = !reader.isClosed && reader.held.at(-1) === sent;
            const hasRoom = !reader.isClosed && (isTaken || reader.held.length < reader.capacity);
            assert.equal(isTaken, hasRoom);
            if (!isTaken) letGo(session);
          } else if (one.type === "resume") {
            const reader = new Reader(one.room);
            const { events, gap, generation } = registry.resume(one.id, reader, one.since);
            const known = session ?? begin(one.id);
            const first = Math.max(one.since, -1) + 1;
            const from = oldest(known, ringEvents, ringBytes);
            const next = known.sizes.length;
            const isBehind = first < from && first < next;
            assert.deepEqual(numbers(events), isBehind ? range(from, next) : range(first, next));
            assert.deepEqual(gap, isBehind ? { from: first, to: from - 1 } : undefined);
            generations += 1;
            assert.equal(generation, generations);
            if (known.reader !== undefined) assert.deepEqual(known.reader.ends, ["replaced"]);
            Object.assign(known, { reader, generation, activeAt: clock.nowMs });
          } else if (one.type === "unregister") {
            registry.unregister(one.id, one.generation);
            if (session === undefined || session.generation !== one.generation) continue;
            session.activeAt = clock.nowMs;
            letGo(session);
          } else if (one.type === "close") {
            if (session?.reader !== undefined) session.reader.isClosed = true;
          } else if (one.type === "terminate") {
            registry.terminate(one.id);
            model.delete(one.id);
          } else {
            registry.preRegister(one.id);
            if (session === undefined && ringEvents > 0) begin(one.id);
          }
          assert.equal(registry.size, model.size);
          for (const id of ids) {
            const now = model.get(id);
            const kept = now === undefined ? [] : range(oldest(now, ringEvents, ringBytes), now.sizes.length);
            assert.deepEqual(numbers(registry.replayAll(id)), kept);
            assert.equal(registry.isLive(id), now?.reader !== undefined && !now.reader.isClosed);
          }
        }
      }),
      { numRuns: 400 },
    );
  });
});
