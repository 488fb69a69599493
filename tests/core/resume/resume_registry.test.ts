import { assert, describe, it } from "vitest";
import { EventWithoutSession } from "../../../core/resume/mod.ts";
import { Bench, numbers, Reader } from "./support.ts";

describe("registering", () => {
  it("gives generation 1 first", () => {
    assert.equal(new Bench().registry.register("one", new Reader()), 1);
  });

  it("gives a higher generation each time, in one count for all sessions", () => {
    const { registry } = new Bench();
    const generations = ["one", "one", "other", "one"].map((id) => registry.register(id, new Reader()));
    assert.deepEqual(generations, [1, 2, 3, 4]);
  });

  it("again keeps the ring and goes on with the numbers", () => {
    const bench = new Bench(16);
    bench.registry.register("one", new Reader());
    bench.send("one", 3);
    const second = new Reader();
    bench.registry.register("one", second);
    bench.send("one", 2);
    assert.deepEqual(second.read(), [3, 4]);
    assert.deepEqual(numbers(bench.registry.replaySince("one", 2).events), [3, 4]);
  });

  it("again and again, the numbers have no holes", () => {
    const bench = new Bench(16);
    const first = new Reader();
    bench.registry.register("one", first);
    bench.send("one", 5);
    const second = new Reader();
    bench.registry.register("one", second);
    bench.send("one", 5);
    assert.deepEqual(first.read(), [0, 1, 2, 3, 4]);
    assert.deepEqual(second.read(), [5, 6, 7, 8, 9]);
  });

  it("gives live events to the newest reader alone; the one before ends, and can still read what it holds", () => {
    const bench = new Bench();
    const [first, second] = [new Reader(), new Reader()];
    bench.registry.register("one", first);
    bench.send("one");
    bench.registry.register("one", second);
    bench.send("one");
    assert.deepEqual(first.ends, ["replaced"]);
    assert.deepEqual(second.ends, []);
    assert.deepEqual(first.read(), [0]);
    assert.deepEqual(second.read(), [1]);
  });

  it("the same reader again does not end it", () => {
    const { registry } = new Bench();
    const reader = new Reader();
    registry.register("one", reader);
    assert.equal(registry.register("one", reader), 2);
    assert.deepEqual(reader.ends, []);
  });

  it("tells the one before of its end when everything is in its place", () => {
    const bench = new Bench();
    const [first, second] = [new Reader(), new Reader()];
    bench.registry.register("one", first);
    first.onEnd = () => bench.send("one");
    bench.registry.register("one", second);
    assert.deepEqual(second.read(), [0]);
    assert.deepEqual(first.read(), []);
  });
});

describe("unregistering", () => {
  it("lets the reader of that generation go, and keeps the ring", () => {
    const bench = new Bench();
    const reader = new Reader();
    bench.registry.unregister("one", bench.registry.register("one", reader));
    bench.send("one");
    assert.deepEqual(reader.ends, ["unregistered"]);
    assert.deepEqual(reader.read(), []);
    assert.deepEqual(numbers(bench.registry.replayAll("one")), [0]);
    assert.isFalse(bench.registry.isLive("one"));
  });

  it("does nothing when the generation is another", () => {
    const bench = new Bench();
    const old = bench.registry.register("one", new Reader());
    const reader = new Reader();
    bench.registry.register("one", reader);
    bench.registry.unregister("one", old);
    bench.registry.unregister("unknown", old);
    bench.send("one");
    assert.deepEqual(reader.read(), [0]);
    assert.deepEqual(reader.ends, []);
  });
});

describe("terminating", () => {
  it("ends a session whatever the generation", () => {
    const bench = new Bench();
    const reader = new Reader();
    bench.registry.register("one", new Reader());
    bench.registry.register("one", reader);
    bench.send("one", 2);
    bench.registry.terminate("one");
    bench.registry.terminate("one");
    assert.deepEqual(reader.ends, ["terminated"]);
    assert.isEmpty(bench.registry.replaySince("one", 0).events);
    assert.isEmpty(bench.registry.replayAll("one"));
    assert.equal(bench.registry.size, 0);
  });

  it("makes the id begin afresh when it comes back: from 0, in another epoch, with a generation of its own", () => {
    const bench = new Bench();
    const generation = bench.registry.register("one", new Reader());
    const epoch = bench.registry.events("one")?.epoch;
    bench.send("one", 3);
    bench.registry.terminate("one");
    const reader = new Reader();
    bench.registry.register("one", reader);
    bench.registry.unregister("one", generation);
    bench.send("one");
    assert.deepEqual(reader.read(), [0]);
    assert.notEqual(bench.registry.events("one")?.epoch, epoch);
  });
});

describe("sending", () => {
  it("keeps the event and gives it to the live reader", () => {
    const bench = new Bench();
    const reader = new Reader();
    bench.registry.register("one", reader);
    bench.send("one", 2);
    assert.deepEqual(reader.read(), [0, 1]);
    assert.deepEqual(numbers(bench.registry.replaySince("one", 0).events), [1]);
  });

  it("shares one object between ring and reader", () => {
    const { registry } = new Bench(1);
    const reader = new Reader();
    registry.register("one", reader);
    const sent = registry.send("one", "event");
    assert.isDefined(sent);
    assert.strictEqual(reader.held[0], sent);
    assert.strictEqual(registry.replayAll("one")[0], sent);
    assert.strictEqual(registry.events("one")?.at(0), sent);
  });

  it("keeps the event before the reader is offered it", () => {
    const bench = new Bench();
    const reader = new Reader();
    let seen: ReadonlyArray<number> = [];
    reader.onOffer = () => seen = numbers(bench.registry.replayAll("one"));
    bench.registry.register("one", reader);
    bench.send("one");
    assert.deepEqual(seen, [0]);
  });

  it("lets the oldest event go at the bound of the ring", () => {
    const bench = new Bench(3);
    bench.registry.register("one", new Reader());
    bench.send("one", 4);
    assert.deepEqual(numbers(bench.registry.replaySince("one", 0).events), [1, 2, 3]);
  });

  it("keeps nothing where the bound is 0, and still numbers and gives to the live reader", () => {
    const bench = new Bench(0);
    const reader = new Reader();
    bench.registry.register("one", reader);
    bench.send("one", 2);
    assert.deepEqual(reader.read(), [0, 1]);
    assert.isEmpty(bench.registry.replaySince("one", 0).events);
    assert.deepEqual(bench.registry.replaySince("one", -1), { events: [], gap: { from: 0, to: 1 } });
  });

  it("keeps what a reader that has gone does not take, and says so once", () => {
    const bench = new Bench();
    const reader = new Reader();
    bench.registry.register("one", reader);
    reader.isClosed = true;
    bench.send("one", 2);
    assert.deepEqual(numbers(bench.registry.replaySince("one", 0).events), [1]);
    assert.deepEqual(reader.ends, ["let-go"]);
    assert.deepEqual(bench.lines.map(({ level }) => level), ["warning"]);
    assert.deepEqual(bench.lines[0]?.fields, { sequence: 0, generation: 1, sender: "closed" });
  });

  it("lets a full reader go, which can still read what it holds; everything is kept", () => {
    const bench = new Bench();
    const reader = new Reader(1);
    bench.registry.register("one", reader);
    bench.send("one", 3);
    assert.deepEqual(reader.read(), [0]);
    bench.send("one");
    assert.deepEqual(reader.read(), []);
    assert.deepEqual(reader.ends, ["let-go"]);
    assert.deepEqual(numbers(bench.registry.replayAll("one")), [0, 1, 2, 3]);
    assert.deepEqual(bench.lines.map(({ level }) => level), ["warning"]);
  });

  it("takes a reader that throws for one that has gone", () => {
    const bench = new Bench();
    const reader = new Reader();
    reader.onOffer = () => {
      throw new Error("no");
    };
    reader.onEnd = reader.onOffer;
    bench.registry.register("one", reader);
    bench.send("one", 2);
    assert.deepEqual(numbers(bench.registry.replayAll("one")), [0, 1]);
    assert.isFalse(bench.registry.isLive("one"));
    assert.deepEqual(bench.lines.map(({ level }) => level), ["error", "warning"]);
  });

  it("does not let a reader go that has taken the place of the one that is full", () => {
    const bench = new Bench();
    const [full, next] = [new Reader(0), new Reader()];
    bench.registry.register("one", full);
    full.onOffer = () => void bench.registry.register("one", next);
    bench.send("one", 2);
    assert.deepEqual(next.read(), [1]);
    assert.deepEqual(next.ends, []);
    assert.deepEqual(full.ends, ["replaced"]);
  });

  it("to a session that is not known drops the event, with a warning that is not said for each", () => {
    const bench = new Bench();
    bench.send("one", 3);
    assert.equal(bench.registry.size, 0);
    assert.deepEqual(bench.lines.map(({ level }) => level), ["warning"]);
    bench.clock.nowMs += 10_000;
    bench.send("one");
    assert.deepEqual(bench.lines.map(({ fields }) => fields), [{ events: 1 }, { events: 3 }]);
  });

  it("to no session is a typed error, and sends nothing", () => {
    const bench = new Bench();
    bench.registry.register("one", new Reader());
    for (const id of [undefined, ""]) {
      assert.throws(() => bench.registry.send(id, "event"), EventWithoutSession, "give the id");
    }
    assert.isEmpty(bench.registry.replayAll("one"));
  });
});

describe("a replay", () => {
  it("has what came strictly after, in order", () => {
    const bench = new Bench();
    bench.registry.register("one", new Reader());
    bench.send("one", 5);
    assert.deepEqual(bench.registry.replaySince("one", 2).gap, undefined);
    assert.deepEqual(numbers(bench.registry.replaySince("one", 2).events), [3, 4]);
  });

  it("for a reader that has seen nothing begins with event 0", () => {
    const bench = new Bench();
    bench.registry.preRegister("one");
    assert.deepEqual(bench.registry.replaySince("one", -1), { events: [] });
    bench.send("one", 2);
    assert.deepEqual(numbers(bench.registry.replaySince("one", -1).events), [0, 1]);
    for (const less of [-2, -Infinity, NaN]) {
      assert.deepEqual(bench.registry.replaySince("one", less), bench.registry.replaySince("one", -1));
    }
  });

  it("is the whole ring, with the exact gap, when something after it has gone", () => {
    const bench = new Bench(3);
    bench.registry.register("one", new Reader());
    bench.send("one", 5);
    const { events, gap } = bench.registry.replaySince("one", 0);
    assert.deepEqual(numbers(events), [2, 3, 4]);
    assert.deepEqual(gap, { from: 1, to: 1 });
    assert.deepEqual(bench.registry.replaySince("one", -1).gap, { from: 0, to: 1 });
  });

  it("has no gap for a reader that stands right before the oldest", () => {
    const bench = new Bench(3);
    bench.registry.register("one", new Reader());
    bench.send("one", 5);
    const replay = bench.registry.replaySince("one", 1);
    assert.deepEqual(numbers(replay.events), [2, 3, 4]);
    assert.isUndefined(replay.gap);
  });

  it("has a gap up to the newest when nothing is kept, after an event larger than the ring", () => {
    const { registry } = new Bench(8, 100);
    registry.register("one", new Reader());
    for (const bytes of [10, 10, 101]) registry.send("one", "x".repeat(bytes));
    assert.deepEqual(registry.replaySince("one", 0), { events: [], gap: { from: 1, to: 2 } });
    assert.deepEqual(registry.replaySince("one", 2), { events: [] });
    registry.send("one", "y");
    const { events, gap } = registry.replaySince("one", 0);
    assert.deepEqual(numbers(events), [3]);
    assert.deepEqual(gap, { from: 1, to: 2 });
  });

  it("is empty where nothing is newer, and where that number has not been given yet", () => {
    const bench = new Bench(2);
    bench.registry.register("one", new Reader());
    bench.send("one", 3);
    for (const since of [2, 3, 1_000, Infinity]) {
      assert.deepEqual(bench.registry.replaySince("one", since), { events: [] });
    }
  });

  it("is empty for a session that is not known", () => {
    const { registry } = new Bench();
    assert.deepEqual(registry.replaySince("one", 0), { events: [] });
    assert.deepEqual(registry.replayAll("one"), []);
    assert.isUndefined(registry.events("one"));
  });

  it("of all is the ring", () => {
    const bench = new Bench();
    bench.registry.register("one", new Reader());
    bench.send("one", 3);
    assert.deepEqual(numbers(bench.registry.replayAll("one")), [0, 1, 2]);
  });

  it("never has events of another session", () => {
    const bench = new Bench();
    bench.registry.preRegister("one");
    bench.registry.preRegister("other");
    bench.send("one", 3);
    assert.deepEqual(bench.registry.replaySince("other", -1), { events: [] });
  });
});

describe("coming back", () => {
  it("has the replay and then the live events, none missing and none twice", () => {
    const bench = new Bench();
    const first = new Reader();
    bench.registry.register("one", first);
    bench.send("one", 2);
    first.isClosed = true;
    bench.send("one", 2);
    const second = new Reader();
    const { events, gap, generation } = bench.registry.resume("one", second, 1);
    bench.send("one", 2);
    assert.deepEqual([...numbers(events), ...second.read()], [2, 3, 4, 5]);
    assert.isUndefined(gap);
    assert.equal(generation, 2);
  });

  it("has an event that the end of the reader before brings about once, live", () => {
    const bench = new Bench();
    const [first, second] = [new Reader(), new Reader()];
    bench.registry.register("one", first);
    first.onEnd = () => bench.send("one");
    const { events } = bench.registry.resume("one", second, -1);
    assert.deepEqual(numbers(events), []);
    assert.deepEqual(second.read(), [0]);
  });

  it("to a ring that has turned says so", () => {
    const bench = new Bench(2);
    bench.registry.preRegister("one");
    bench.send("one", 5);
    const { events, gap } = bench.registry.resume("one", new Reader(), 0);
    assert.deepEqual(numbers(events), [3, 4]);
    assert.deepEqual(gap, { from: 1, to: 2 });
  });

  it("to a session that is not known begins one", () => {
    const bench = new Bench();
    const reader = new Reader();
    assert.deepEqual(bench.registry.resume("one", reader, -1), { events: [], generation: 1 });
    bench.send("one");
    assert.deepEqual(reader.read(), [0]);
  });
});

describe("registering ahead", () => {
  it("keeps what is sent before anybody reads", () => {
    const bench = new Bench();
    bench.registry.preRegister("one");
    bench.send("one", 2);
    const reader = new Reader();
    bench.registry.register("one", reader);
    assert.deepEqual(numbers(bench.registry.replayAll("one")), [0, 1]);
    bench.send("one");
    assert.deepEqual(reader.read(), [2]);
    assert.isEmpty(bench.lines);
  });

  it("changes nothing for a session that is known", () => {
    const bench = new Bench();
    const reader = new Reader();
    bench.registry.register("one", reader);
    bench.send("one");
    bench.registry.preRegister("one");
    bench.send("one");
    assert.deepEqual(reader.read(), [0, 1]);
  });

  it("does nothing where nothing is kept", () => {
    const bench = new Bench(0);
    bench.registry.preRegister("one");
    assert.isEmpty(bench.registry.replayAll("one"));
    assert.equal(bench.registry.size, 0);
  });

  it("is generation 0, which unregisters nobody", () => {
    const bench = new Bench();
    bench.registry.preRegister("one");
    const reader = new Reader();
    bench.registry.register("one", reader);
    bench.registry.unregister("one", 0);
    assert.isTrue(bench.registry.isLive("one"));
  });
});

describe("ending stale sessions", () => {
  it("ends those that are disconnected and idle for as long or longer", () => {
    const bench = new Bench();
    bench.registry.unregister("one", bench.registry.register("one", new Reader()));
    bench.clock.nowMs += 999;
    assert.deepEqual(bench.registry.evictStale(1_000), []);
    bench.clock.nowMs += 1;
    assert.deepEqual(bench.registry.evictStale(1_000), ["one"]);
    assert.isEmpty(bench.registry.replayAll("one"));
    assert.equal(bench.registry.size, 0);
  });

  it("never ends a live one, however idle", () => {
    const bench = new Bench();
    const reader = new Reader();
    bench.registry.register("one", reader);
    bench.clock.nowMs += 10_000_000;
    assert.deepEqual(bench.registry.evictStale(1), []);
    assert.isTrue(bench.registry.isLive("one"));
    assert.deepEqual(reader.ends, []);
  });

  it("takes for disconnected who was never registered, was let go, or has closed", () => {
    const bench = new Bench();
    bench.registry.preRegister("never");
    bench.registry.register("full", new Reader(0));
    bench.send("full");
    const closed = new Reader();
    bench.registry.register("closed", closed);
    closed.isClosed = true;
    bench.clock.nowMs += 1_000;
    assert.sameMembers([...bench.registry.evictStale(1_000)], ["never", "full", "closed"]);
    assert.deepEqual(closed.ends, ["terminated"]);
  });

  it("counts registering, a matching unregister and every send, even to nobody, as activity", () => {
    const bench = new Bench();
    const { clock, registry } = bench;
    registry.preRegister("one");
    const steps = [
      () => registry.register("one", new Reader()),
      () => registry.unregister("one", 1),
      () => bench.send("one"),
    ];
    for (const step of steps) {
      clock.nowMs += 999;
      step();
      assert.deepEqual(registry.evictStale(1_000), []);
    }
    clock.nowMs += 999;
    registry.unregister("one", 7);
    registry.preRegister("one");
    registry.replayAll("one");
    clock.nowMs += 1;
    assert.deepEqual(registry.evictStale(1_000), ["one"]);
  });

  it("waits anew after the clock was set back, and not for ever", () => {
    const bench = new Bench();
    bench.clock.nowMs = 10_000_000;
    bench.registry.preRegister("one");
    bench.clock.nowMs = 5_000;
    assert.deepEqual(bench.registry.evictStale(1_000), []);
    bench.clock.nowMs = 6_000;
    assert.deepEqual(bench.registry.evictStale(1_000), ["one"]);
  });
});
