import * as Clock from "effect/Clock";
import * as Effect from "effect/Effect";
import * as Exit from "effect/Exit";
import * as Queue from "effect/Queue";
import * as Scope from "effect/Scope";
import { describe, expect, it } from "vitest";
import { VirtualClock, VirtualHub } from "../../../testing.ts";
import { first, join } from "./support.ts";

/** Runs it in the way that a program of promises would, on the clock's scheduler or on Effect's own. */
function run<A, E>(effect: Effect.Effect<A, E>, clock: VirtualClock, own: boolean): Promise<A> {
  const onClock = Effect.provideService(effect, Clock.Clock, clock);
  return Effect.runPromise(onClock, own ? { scheduler: clock.scheduler } : {});
}

for (const own of [true, false]) {
  describe(own ? "a virtual clock, fibers on its scheduler" : "a virtual clock, fibers on Effect's scheduler", () => {
    it("stands still until it is advanced", async () => {
      const clock = new VirtualClock({ start: 1_700_000_000_000 });
      let rang = 0;
      void run(
        Effect.andThen(Effect.sleep("1 minute"), Effect.sync(() => rang = clock.currentTimeMillisUnsafe())),
        clock,
        own,
      );
      await clock.settle();
      expect(clock.sleeping).toBe(1);
      await clock.advance(59_999);
      expect(rang).toBe(0);
      await clock.advance(1);
      expect(rang).toBe(1_700_000_060_000);
      expect(clock.currentTimeNanosUnsafe()).toBe(1_700_000_060_000_000_000n);
      expect(clock.monotonicTimeNanosUnsafe()).toBe(60_000_000_000n);
    });

    it("stops at every sleep on the way, in order, and lets what it wakes go on sleeping", async () => {
      const clock = new VirtualClock();
      const rang: Array<string> = [];
      const ticking = (name: string, ms: number): Effect.Effect<void> =>
        Effect.forever(Effect.andThen(
          Effect.sleep(ms),
          Effect.sync(() => void rang.push(`${name} ${clock.currentTimeMillisUnsafe()}`)),
        ));
      void run(Effect.timeoutOption(ticking("a", 30), 100), clock, own);
      void run(Effect.timeoutOption(ticking("b", 40), 100), clock, own);
      await clock.advance(1000);
      expect(rang).toEqual(["a 30", "b 40", "a 60", "b 80", "a 90"]);
      expect(clock.sleeping).toBe(0);
    });

    it("waits for chains of fibers and promises before it goes on", async () => {
      const clock = new VirtualClock();
      const times: Array<number> = [];
      const chain = Effect.gen(function* () {
        const queues = yield* Effect.forEach(Array.from({ length: 12 }), () => Queue.unbounded<number>());
        for (const [index, queue] of queues.entries()) {
          const next = queues[index + 1];
          if (next === undefined) continue;
          yield* Effect.forkChild(Effect.forever(Effect.flatMap(Queue.take(queue), (item) => Queue.offer(next, item))));
        }
        for (let item = 0; item < 3; item++) {
          yield* Effect.sleep(10);
          yield* Queue.offer(first(queues), item);
          yield* Queue.take(queues.at(-1) ?? first(queues));
          yield* Effect.promise(async () => {
            for (let step = 0; step < 50; step++) await Promise.resolve();
          });
          times.push(clock.currentTimeMillisUnsafe());
        }
      });
      void run(chain, clock, own);
      await clock.advance(1000);
      expect(times).toEqual([10, 20, 30]);
    });

    it("frees the sleep of a fiber that is interrupted", async () => {
      const clock = new VirtualClock();
      const race = run(Effect.race(Effect.sleep("1 hour"), Effect.sleep("1 second")), clock, own);
      await clock.advance(1000);
      await race;
      expect(clock.sleeping).toBe(0);
    });
  });
}

describe("a virtual clock", () => {
  it("takes calls of advance one after the other", async () => {
    const clock = new VirtualClock();
    await Promise.all([clock.advance(10), clock.advance(20), clock.advance(5)]);
    expect(clock.currentTimeMillisUnsafe()).toBe(35);
  });

  it("refuses to go back", async () => {
    const clock = new VirtualClock();
    await expect(clock.advance(-1)).rejects.toThrow("Cannot advance as 'ms' must be 0 or more: received -1");
    await expect(clock.advance(NaN)).rejects.toThrow("received NaN");
    expect(() => new VirtualClock({ start: 0.5 })).toThrow("'start' must be a whole number of ms: received 0.5");
  });

  it("says so when something runs for ever without waiting for time", async () => {
    const clock = new VirtualClock({ maxTurns: 50 });
    let stop = false;
    const restless = (): Promise<void> =>
      new Promise((resolve) => setTimeout(resolve, 0)).then(() => {
        void run(Effect.sleep(1000), clock, true);
        return stop ? undefined : restless();
      });
    clock.watch(() => stop ? 0 : Math.random());
    const busy = restless();
    await expect(clock.settle()).rejects.toThrow(/^Cannot settle: still busy after 51 turns/);
    stop = true;
    await busy;
    await expect(clock.advance(5)).resolves.toBeUndefined();
  });
});

describe("a virtual hub", () => {
  it("carries a conversation for those who write promises, in as much time as it is given", async () => {
    const hub = new VirtualHub({ seed: 1 });
    hub.participant("viewer").setConditions({ down: { latencyMs: 100 } });
    const scope = await Effect.runPromise(Scope.make());
    const inScope = <A, E>(effect: Effect.Effect<A, E, Scope.Scope>): Promise<A> =>
      Effect.runPromise(Effect.provideService(effect, Scope.Scope, scope));
    const device = await inScope(join(hub, "device"));
    const viewer = await inScope(join(hub, "viewer"));
    const outgoing = await inScope(device.room.openByteStream({ topic: "s", destinations: ["viewer"] }));
    await Effect.runPromise(outgoing.write(Uint8Array.of(1)));
    await hub.advance(99);
    expect(viewer.streams.length).toBe(0);
    await hub.advance(1);
    expect(await Effect.runPromise(first(viewer.streams).read)).toEqual(Uint8Array.of(1));
    await Effect.runPromise(Scope.close(scope, Exit.void));
    await hub.settle();
    expect(hub.identities()).toEqual([]);
  });

  it("brings its clock along on its transports", () => {
    const clock = new VirtualClock();
    const hub = new VirtualHub({ clock });
    expect(hub.transport({ identity: "device" }).clock).toBe(clock);
    expect(hub.clock).toBe(clock);
  });

  it("settles when everything has been delivered that needs no time", async () => {
    const hub = new VirtualHub();
    await Effect.runPromise(Effect.scoped(Effect.gen(function* () {
      const device = yield* join(hub, "device");
      yield* join(hub, "viewer");
      expect(device.heard).toEqual([]);
      yield* Effect.promise(() => hub.settle());
      expect(device.heard.length).toBe(1);
    })));
  });

  it("lets an hour with ten events a second pass, each at its time", async () => {
    const hub = new VirtualHub();
    hub.participant("device").setConditions({ up: { latencyMs: 20 } });
    const scope = await Effect.runPromise(Scope.make());
    const program = Effect.gen(function* () {
      const device = yield* join(hub, "device");
      const viewer = yield* join(hub, "viewer");
      const outgoing = yield* device.room.openByteStream({ topic: "s", destinations: ["viewer"] });
      yield* Effect.sleep(100);
      const got: Array<number> = [];
      yield* Effect.forkScoped(
        Effect.forever(
          Effect.map(first(viewer.streams).read, () => void got.push(hub.clock.currentTimeMillisUnsafe())),
        ),
      );
      yield* Effect.forkScoped(Effect.forever(Effect.andThen(Effect.sleep(200), outgoing.write(Uint8Array.of(1)))));
      return got;
    });
    const going = run(Effect.provideService(program, Scope.Scope, scope), hub.clock, true);
    await hub.advance(100);
    const got = await going;
    await hub.advance(3_600_000);
    expect(got.length).toBe(18_000 - 1);
    expect(got.every((time, index) => time === 100 + 200 * (index + 1) + 20)).toBe(true);
    await Effect.runPromise(Scope.close(scope, Exit.void));
  }, 60_000);
});
