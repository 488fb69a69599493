import { describe, expect, it } from "vitest";
import { ParticipantView } from "../../../adapters/loopback/participant_view.ts";
import { SeededRandom } from "../../../adapters/loopback/random.ts";
import { TimeQueue } from "../../../adapters/loopback/time_queue.ts";
import type { RemoteParticipant } from "../../../transport/mod.ts";

describe("the queue by time", () => {
  it("gives values by time, then in the order they came, whatever was taken out between", () => {
    const random = new SeededRandom("queue");
    const queue = new TimeQueue<{ readonly time: number; readonly order: number }>();
    let expected: Array<{ readonly time: number; readonly order: number }> = [];
    for (let order = 0; order < 2000; order++) {
      const value = { time: Math.floor(random.next() * 50), order };
      queue.add(value.time, value);
      expected.push(value);
      if (order % 3 !== 0) continue;
      const gone = expected[Math.floor(random.next() * expected.length)];
      if (gone === undefined) continue;
      queue.remove(gone);
      expected = expected.filter((one) => one !== gone);
    }
    expected.sort((one, other) => one.time - other.time || one.order - other.order);
    expect(queue.size).toBe(expected.length);
    expect(queue.next).toBe(expected[0]?.time);
    const taken: typeof expected = [];
    for (let value = queue.take(24); value !== undefined; value = queue.take(24)) taken.push(value);
    expect(taken.every(({ time }) => time <= 24)).toBe(true);
    for (let value = queue.take(Infinity); value !== undefined; value = queue.take(Infinity)) taken.push(value);
    expect(taken).toEqual(expected);
    expect(queue.next).toBe(Infinity);
  });
});

describe("the seeded generator", () => {
  it("gives these numbers for this seed, everywhere", () => {
    const random = new SeededRandom("fieldlink");
    expect(Array.from({ length: 4 }, () => Math.floor(random.next() * 1_000_000))).toEqual([
      651605,
      385018,
      61030,
      268849,
    ]);
  });

  it("spreads evenly, and differs with one character of the seed", () => {
    const random = new SeededRandom("even");
    const bins = Array.from({ length: 10 }, () => 0);
    for (let count = 0; count < 100_000; count++) {
      const bin = Math.floor(random.next() * 10);
      bins[bin] = (bins[bin] ?? 0) + 1;
    }
    for (const bin of bins) expect(Math.abs(bin - 10_000)).toBeLessThan(400);
    const [one, other] = [new SeededRandom("seed 1"), new SeededRandom("seed 2")];
    const equal = Array.from({ length: 100 }, () => one.next() === other.next()).filter(Boolean);
    expect(equal).toEqual([]);
  });
});

describe("a participant's view of the room", () => {
  const instance = (sid: string, joinedAt: number): RemoteParticipant => ({
    identity: "viewer",
    sid,
    joinedAt,
    attributes: new Map(),
  });

  it("shows the newest instance, also when an older one is told later", () => {
    const view = new ParticipantView();
    view.add(instance("new", 20));
    view.add(instance("old", 10));
    expect(view.get("viewer")?.sid).toBe("new");
    expect(view.all().length).toBe(1);
  });

  it("takes the one told later of two that joined in the same ms", () => {
    const view = new ParticipantView();
    view.add(instance("one", 10));
    view.add(instance("two", 10));
    expect(view.get("viewer")?.sid).toBe("two");
  });

  it("falls back to the newest one left when the newest has gone", () => {
    const view = new ParticipantView();
    for (const [sid, time] of [["a", 10], ["b", 20], ["c", 30]] as const) view.add(instance(sid, time));
    expect(view.remove(instance("b", 20))?.sid).toBe("b");
    expect(view.remove(instance("c", 30))?.sid).toBe("c");
    expect(view.get("viewer")?.sid).toBe("a");
    expect(view.remove(instance("c", 30))).toBeUndefined();
    expect(view.remove(instance("a", 10))?.sid).toBe("a");
    expect(view.all()).toEqual([]);
  });
});
