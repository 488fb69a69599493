import { describe, expect, it } from "@effect/vitest";
import * as Effect from "effect/Effect";
import * as Fiber from "effect/Fiber";
import type * as Scope from "effect/Scope";
import * as TestClock from "effect/testing/TestClock";
import { type LinkConditions, LoopbackHub, networkProfiles } from "../../../adapters/loopback/mod.ts";
import type { JoinError, StreamError, TrackError } from "../../../transport/mod.ts";
import { first, type Guest, join } from "./support.ts";

const settle = TestClock.adjust(0);

interface Pair {
  readonly hub: LoopbackHub;
  readonly device: Guest;
  readonly viewer: Guest;
}

/** A device and a viewer who know each other. */
const pair: Effect.Effect<Pair, JoinError, Scope.Scope> = Effect.gen(function* () {
  const hub = yield* LoopbackHub.make({ seed: "conditions" });
  const device = yield* join(hub, "device");
  const viewer = yield* join(hub, "viewer");
  yield* settle;
  return { hub, device, viewer };
});

interface Arrival {
  readonly at: number;
  readonly logTime: bigint;
}

/** Frames pushed one a ms, and when they come. */
function frames(
  { device, viewer }: Pair,
  count: number,
  size = 100,
): Effect.Effect<ReadonlyArray<Arrival>, TrackError, Scope.Scope> {
  return Effect.gen(function* () {
    const clock = yield* Effect.clockWith(Effect.succeed);
    const track = yield* device.room.dataTracks?.publish("t") ?? Effect.die("no data tracks");
    yield* TestClock.adjust("1 second");
    const arrivals: Array<Arrival> = [];
    yield* first(viewer.tracks).subscribe((_, logTime) =>
      void arrivals.push({ at: clock.currentTimeMillisUnsafe(), logTime })
    );
    for (let sent = 0; sent < count; sent++) {
      track.push(new Uint8Array(size), BigInt(clock.currentTimeMillisUnsafe()));
      yield* TestClock.adjust(1);
    }
    yield* TestClock.adjust("10 seconds");
    return arrivals;
  });
}

/** How long one write of that size takes to its reader, in ms. */
function transit({ device, viewer }: Pair, bytes: number): Effect.Effect<number, StreamError> {
  return Effect.gen(function* () {
    const clock = yield* Effect.clockWith(Effect.succeed);
    const outgoing = yield* device.room.openByteStream({ topic: "t", destinations: ["viewer"] });
    yield* TestClock.adjust("10 seconds");
    const start = clock.currentTimeMillisUnsafe();
    const reading = yield* Effect.forkChild(Effect.gen(function* () {
      for (let got = 0; got < bytes;) got += (yield* first(viewer.streams).read)?.length ?? bytes;
      return clock.currentTimeMillisUnsafe();
    }));
    yield* outgoing.write(new Uint8Array(bytes));
    yield* TestClock.adjust("10 seconds");
    return (yield* Fiber.join(reading)) - start;
  });
}

function withUp(conditions: LinkConditions): Effect.Effect<Pair, JoinError, Scope.Scope> {
  return Effect.tap(pair, ({ hub }) => Effect.sync(() => hub.participant("device").setConditions({ up: conditions })));
}

describe("latency", () => {
  it.effect("is none unless it is set: bytes arrive at once", () =>
    Effect.gen(function* () {
      const both = yield* pair;
      expect(yield* transit(both, 10)).toBe(0);
    }));

  it.effect("of the sender's connection, the link and the receiver's connection add up, each in its direction", () =>
    Effect.gen(function* () {
      const both = yield* pair;
      both.hub.participant("device").setConditions({ up: { latencyMs: 30 }, down: { latencyMs: 1000 } });
      both.hub.participant("viewer").setConditions({ down: { latencyMs: 5 }, up: { latencyMs: 1000 } });
      both.hub.link("device", "viewer").setConditions({ latencyMs: 7 });
      both.hub.link("viewer", "device").setConditions({ latencyMs: 1000 });
      expect(yield* transit(both, 10)).toBe(42);
    }));

  it.effect("delays news of participants too", () =>
    Effect.gen(function* () {
      const { hub, device } = yield* pair;
      hub.link("late", "device").setConditions({ latencyMs: 100 });
      yield* join(hub, "late");
      yield* TestClock.adjust(99);
      expect(device.room.participant("late")).toBeUndefined();
      yield* TestClock.adjust(1);
      expect(device.room.participant("late")).toBeDefined();
    }));

  it.effect("can change while bytes are under way, which stay in order", () =>
    Effect.gen(function* () {
      const { hub, device, viewer } = yield* withUp({ latencyMs: 100 });
      const outgoing = yield* device.room.openByteStream({ topic: "t", destinations: ["viewer"] });
      yield* outgoing.write(Uint8Array.of(1));
      hub.participant("device").setConditions({});
      yield* outgoing.write(Uint8Array.of(2));
      yield* settle;
      expect(viewer.streams).toEqual([]);
      yield* TestClock.adjust(100);
      const stream = first(viewer.streams);
      expect([yield* stream.read, yield* stream.read]).toEqual([Uint8Array.of(1), Uint8Array.of(2)]);
    }));
});

describe("bandwidth", () => {
  it.effect("makes bytes take their time", () =>
    Effect.gen(function* () {
      const both = yield* withUp({ bitsPerSecond: 8_000_000 });
      expect(yield* transit(both, 100_000)).toBe(100);
    }));

  it.effect("is shared by the streams of a connection", () =>
    Effect.gen(function* () {
      const both = yield* withUp({ bitsPerSecond: 8_000_000 });
      const other = yield* both.device.room.openByteStream({ topic: "other", destinations: ["viewer"] });
      yield* TestClock.adjust("1 second");
      both.viewer.streams.length = 0;
      const clock = yield* Effect.clockWith(Effect.succeed);
      const outgoing = yield* both.device.room.openByteStream({ topic: "t", destinations: ["viewer"] });
      const start = clock.currentTimeMillisUnsafe();
      yield* other.write(new Uint8Array(60_000));
      yield* outgoing.write(new Uint8Array(40_000));
      yield* TestClock.adjust(99);
      const reading = yield* Effect.forkChild(
        Effect.map(first(both.viewer.streams).read, () => clock.currentTimeMillisUnsafe()),
      );
      yield* TestClock.adjust(10);
      expect((yield* Fiber.join(reading)) - start).toBe(100);
    }));

  it.effect("that is too small for the frames drops and counts them, and keeps no more than its limit", () =>
    Effect.gen(function* () {
      const hub = yield* LoopbackHub.make({ limits: { frames: 10 } });
      const device = yield* join(hub, "device");
      const viewer = yield* join(hub, "viewer");
      hub.participant("viewer").setConditions({ down: { bitsPerSecond: 80_000 } });
      const arrivals = yield* frames({ hub, device, viewer }, 500, 1000);
      const { framesDropped, framesDelivered } = hub.counts;
      expect(framesDelivered + framesDropped).toBe(500);
      expect(arrivals.length).toBe(framesDelivered);
      // 10 frames a second pass: half a second of sending and what the queue held.
      expect(framesDelivered).toBeLessThan(20);
    }));
});

describe("loss", () => {
  it.effect("loses about its share of the frames, and counts them", () =>
    Effect.gen(function* () {
      const both = yield* withUp({ loss: 0.25 });
      const arrivals = yield* frames(both, 2000);
      expect(arrivals.length + both.hub.counts.framesLost).toBe(2000);
      expect(arrivals.length).toBeGreaterThan(1400);
      expect(arrivals.length).toBeLessThan(1600);
    }));

  it.effect("does not touch byte streams", () =>
    Effect.gen(function* () {
      expect(yield* transit(yield* withUp({ loss: 1 }), 1_000_000)).toBe(0);
    }));
});

describe("jitter and reordering", () => {
  it.effect("jitter spreads the latency of frames, within its bounds", () =>
    Effect.gen(function* () {
      const arrivals = yield* frames(yield* withUp({ latencyMs: 50, jitterMs: 20 }), 500);
      const delays = arrivals.map(({ at, logTime }) => at - Number(logTime));
      expect(Math.min(...delays)).toBeGreaterThanOrEqual(30);
      expect(Math.max(...delays)).toBeLessThanOrEqual(70);
      expect(new Set(delays).size).toBeGreaterThan(20);
    }));

  it.effect("jitter leaves the bytes of a stream in order", () =>
    Effect.gen(function* () {
      const { device, viewer } = yield* withUp({ latencyMs: 50, jitterMs: 50 });
      const outgoing = yield* device.room.openByteStream({ topic: "t", destinations: ["viewer"] });
      const reading = yield* Effect.forkChild(Effect.gen(function* () {
        while (viewer.streams.length === 0) yield* Effect.sleep(1);
        const got: Array<number> = [];
        while (got.length < 200) got.push(...(yield* first(viewer.streams).read) ?? []);
        return got;
      }));
      const sent = Array.from({ length: 200 }, (_, index) => index);
      for (const byte of sent) {
        yield* outgoing.write(Uint8Array.of(byte));
        yield* TestClock.adjust(1);
      }
      yield* TestClock.adjust("1 second");
      expect(yield* Fiber.join(reading)).toEqual(sent);
    }));

  it.effect("reordering lets later frames overtake about its share", () =>
    Effect.gen(function* () {
      const arrivals = yield* frames(yield* withUp({ latencyMs: 50, reorder: 0.25 }), 1000);
      expect(arrivals.length).toBe(1000);
      const late = arrivals.filter(({ logTime }, index) => (arrivals[index - 1]?.logTime ?? 0n) > logTime);
      expect(late.length).toBeGreaterThan(100);
      expect(late.length).toBeLessThan(350);
    }));
});

describe("the ready-made profiles", () => {
  it.effect("are all accepted, and connect a device with a viewer", () =>
    Effect.gen(function* () {
      for (const [name, profile] of Object.entries(networkProfiles)) {
        const both = yield* pair;
        both.hub.applyProfile(profile, { device: "device", viewers: ["viewer"] });
        const took = yield* transit(both, 1000);
        const latency = (profile.device.up?.latencyMs ?? 0) + (profile.viewer.down?.latencyMs ?? 0);
        const jitter = (profile.device.up?.jitterMs ?? 0) + (profile.viewer.down?.jitterMs ?? 0);
        expect(took, name).toBeGreaterThanOrEqual(latency - jitter);
        expect(took, name).toBeLessThanOrEqual(latency + jitter + 20);
      }
    }));
});

describe("conditions that make no sense", () => {
  it.effect("are refused with the value", () =>
    Effect.gen(function* () {
      const hub = yield* LoopbackHub.make();
      const set = (up: LinkConditions) => (): void => hub.participant("x").setConditions({ up });
      expect(set({ loss: 2 })).toThrow("'loss' must be between 0 and 1: received 2");
      expect(set({ latencyMs: -1 })).toThrow("'latencyMs' must be 0 or more: received -1");
      expect(set({ bitsPerSecond: 0 })).toThrow("'bitsPerSecond' must be more than 0");
      expect(set({ jitterMs: NaN })).toThrow("received NaN");
    }));
});
