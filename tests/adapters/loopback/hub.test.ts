import { describe, expect, it } from "@effect/vitest";
import * as Effect from "effect/Effect";
import * as Fiber from "effect/Fiber";
import * as TestClock from "effect/testing/TestClock";
import { LoopbackHub } from "../../../adapters/loopback/mod.ts";
import { first, join } from "./support.ts";

const settle = TestClock.adjust(0);

describe("a hub", () => {
  it.effect("hands the very bytes on that were written, without a copy", () =>
    Effect.gen(function* () {
      const hub = yield* LoopbackHub.make();
      const device = yield* join(hub, "device");
      const viewer = yield* join(hub, "viewer");
      const outgoing = yield* device.room.openByteStream({ topic: "s", destinations: ["viewer"] });
      const track = yield* device.room.dataTracks?.publish("t") ?? Effect.die("none");
      yield* settle;
      const written = new Uint8Array(65_536);
      yield* outgoing.write(written);
      expect(yield* first(viewer.streams).read).toBe(written);
      const frames: Array<Uint8Array> = [];
      yield* first(viewer.tracks).subscribe((frame) => void frames.push(frame));
      track.push(written, 1n);
      yield* settle;
      expect(first(frames)).toBe(written);
    }));

  it.effect("keeps its rooms apart", () =>
    Effect.gen(function* () {
      const hub = yield* LoopbackHub.make();
      const here = yield* join(hub, "device", { room: "here" });
      const there = yield* join(hub, "device", { room: "there" });
      yield* join(hub, "viewer", { room: "there" });
      yield* settle;
      expect(here.room.participants()).toEqual([]);
      expect(there.room.participants().map(({ identity }) => identity)).toEqual(["viewer"]);
      expect(hub.identities("here")).toEqual(["device"]);
      expect(hub.identities("nowhere")).toEqual([]);
    }));

  it.effect("gives a participant the clock's time of joining, and attributes of transport and join together", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(1_700_000_000_123);
      const hub = yield* LoopbackHub.make();
      const device = yield* join(hub, "device");
      const attributes = { protocolVersion: "2.3.0", role: "viewer" };
      const transport = hub.transport({ identity: "viewer", attributes });
      yield* transport.join({ attributes: new Map([["role", "operator"]]) });
      yield* settle;
      const seen = device.room.participant("viewer");
      expect(seen?.joinedAt).toBe(1_700_000_000_123);
      expect([...seen?.attributes ?? []]).toEqual([["protocolVersion", "2.3.0"], ["role", "operator"]]);
    }));

  it.effect("brings the clock along that it was made on", () =>
    Effect.gen(function* () {
      const hub = yield* LoopbackHub.make();
      expect(hub.transport({ identity: "device" }).clock).toBe(yield* Effect.clockWith(Effect.succeed));
      expect(new LoopbackHub().transport({ identity: "device" }).clock).toBeUndefined();
    }));

  it.effect("refuses options that make no sense", () =>
    Effect.gen(function* () {
      const hub = yield* LoopbackHub.make();
      expect(() => hub.transport({ identity: "" })).toThrow("'identity' must not be empty");
      expect(() => hub.transport({ identity: "a", windowBytes: 0 })).toThrow(
        "Cannot make a transport as 'windowBytes' must be a whole number above 0: received 0",
      );
    }));

  it.effect("survives a listener that throws, and does not swallow the error", () =>
    Effect.gen(function* () {
      const errors: Array<unknown> = [];
      const catching = (error: unknown): void => void errors.push(error);
      const before = process.listeners("uncaughtException");
      process.removeAllListeners("uncaughtException");
      process.on("uncaughtException", catching);
      const hub = yield* LoopbackHub.make();
      const rude = yield* hub.transport({ identity: "rude" }).join();
      rude.listen({
        participantActive: () => {
          throw new Error("rude");
        },
      });
      const polite = yield* join(hub, "polite");
      yield* join(hub, "third");
      yield* settle;
      expect(polite.heard.length).toBe(2);
      yield* settle;
      process.off("uncaughtException", catching);
      for (const listener of before) process.on("uncaughtException", listener);
      expect(errors.map(String)).toEqual(["Error: rude", "Error: rude"]);
    }));

  it.effect("lets a room be listened to once", () =>
    Effect.gen(function* () {
      const hub = yield* LoopbackHub.make();
      const device = yield* join(hub, "device");
      expect(() => device.room.listen({})).toThrow("Cannot listen twice: a room has one listener");
    }));
});

describe("a byte stream", () => {
  it.effect("cuts writes larger than writeBytes, and holds no more than the window", () =>
    Effect.gen(function* () {
      const hub = yield* LoopbackHub.make();
      const device = yield* join(hub, "device", { writeBytes: 1000, windowBytes: 5000 });
      const viewer = yield* join(hub, "viewer", { windowBytes: 2500 });
      const outgoing = yield* device.room.openByteStream({ topic: "s", destinations: ["viewer"] });
      const writing = yield* Effect.forkChild(outgoing.write(new Uint8Array(10_000)));
      yield* settle;
      expect(writing.pollUnsafe()).toBeUndefined();
      const stream = first(viewer.streams);
      const sizes: Array<number> = [];
      for (let got = 0; got < 10_000;) {
        const size = (yield* stream.read)?.length ?? 10_000;
        sizes.push(size);
        got += size;
      }
      yield* Fiber.join(writing);
      expect(sizes).toEqual(Array.from({ length: 10 }, () => 1000));
      expect(hub.counts.streamBytes).toBe(10_000);
    }));

  it.effect("waits for the slowest of its destinations, until that one leaves", () =>
    Effect.gen(function* () {
      const hub = yield* LoopbackHub.make();
      const device = yield* join(hub, "device");
      const quick = yield* join(hub, "quick");
      const slow = yield* join(hub, "slow", { windowBytes: 1000 });
      const outgoing = yield* device.room.openByteStream({ topic: "s", destinations: ["quick", "slow"] });
      yield* outgoing.write(new Uint8Array(1000));
      const writing = yield* Effect.forkChild(outgoing.write(new Uint8Array(1000)));
      yield* settle;
      expect(writing.pollUnsafe()).toBeUndefined();
      yield* slow.leave;
      yield* Fiber.join(writing);
      expect((yield* first(quick.streams).read)?.length).toBe(1000);
    }));

  it.effect("with a write that was interrupted can only be aborted", () =>
    Effect.gen(function* () {
      const hub = yield* LoopbackHub.make();
      const device = yield* join(hub, "device");
      const viewer = yield* join(hub, "viewer", { windowBytes: 1000 });
      const outgoing = yield* device.room.openByteStream({ topic: "s", destinations: ["viewer"] });
      const writing = yield* Effect.forkChild(outgoing.write(new Uint8Array(100_000)));
      yield* settle;
      yield* Fiber.interrupt(writing);
      expect((yield* Effect.flip(outgoing.write(Uint8Array.of(1)))).reason).toBe("write");
      yield* outgoing.close;
      expect((yield* Effect.flip(first(viewer.streams).read)).reason).toBe("read");
    }));

  it.effect("refuses a second read at once", () =>
    Effect.gen(function* () {
      const hub = yield* LoopbackHub.make();
      const device = yield* join(hub, "device");
      const viewer = yield* join(hub, "viewer");
      const outgoing = yield* device.room.openByteStream({ topic: "s", destinations: ["viewer"] });
      yield* settle;
      const { read } = first(viewer.streams);
      const reading = yield* Effect.forkChild(read, { startImmediately: true });
      expect((yield* Effect.flip(read)).detail).toBe("another read waits already");
      yield* outgoing.write(Uint8Array.of(1));
      expect(yield* Fiber.join(reading)).toEqual(Uint8Array.of(1));
    }));

  it.effect("two participants that answer each other without end do not grow the stack", () =>
    Effect.gen(function* () {
      const hub = yield* LoopbackHub.make();
      const one = yield* join(hub, "one");
      const other = yield* join(hub, "other");
      const there = yield* one.room.openByteStream({ topic: "there", destinations: ["other"] });
      const back = yield* other.room.openByteStream({ topic: "back", destinations: ["one"] });
      yield* settle;
      const incoming = first(other.streams);
      const answering = Effect.flatMap(incoming.read, (bytes) => back.write(bytes ?? new Uint8Array(0)));
      yield* Effect.forkChild(Effect.forever(answering));
      const answers = first(one.streams);
      for (let count = 0; count < 5000; count++) {
        yield* there.write(Uint8Array.of(count & 255));
        expect((yield* answers.read)?.[0]).toBe(count & 255);
      }
    }));
});

describe("an hour of virtual time", () => {
  it.effect("with ten events a second brings each of them", () =>
    Effect.gen(function* () {
      const hub = yield* LoopbackHub.make();
      hub.participant("device").setConditions({ up: { latencyMs: 20 } });
      const device = yield* join(hub, "device");
      const viewer = yield* join(hub, "viewer");
      const outgoing = yield* device.room.openByteStream({ topic: "s", destinations: ["viewer"] });
      yield* TestClock.adjust(100);
      let got = 0;
      yield* Effect.forkScoped(Effect.forever(Effect.map(first(viewer.streams).read, () => void got++)));
      yield* Effect.forkScoped(Effect.forever(Effect.andThen(Effect.sleep(200), outgoing.write(Uint8Array.of(1)))));
      yield* TestClock.adjust("1 hour");
      expect(got).toBe(18_000 - 1);
    }), 60_000);
});

describe("many connections", () => {
  it.effect("that come and go leave nothing behind", () =>
    Effect.gen(function* () {
      const hub = yield* LoopbackHub.make();
      const device = yield* join(hub, "device");
      for (let round = 0; round < 1000; round++) {
        const viewer = yield* join(hub, "viewer");
        const outgoing = yield* device.room.openByteStream({ topic: "s", destinations: ["viewer"] });
        yield* outgoing.write(Uint8Array.of(1));
        if (round % 2 === 0) yield* outgoing.close;
        yield* viewer.leave;
      }
      yield* settle;
      expect(hub.identities()).toEqual(["device"]);
      expect(device.room.participants()).toEqual([]);
      expect(device.heard.length).toBe(2000);
    }));
});
