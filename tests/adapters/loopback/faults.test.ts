import { describe, expect, it } from "@effect/vitest";
import * as Effect from "effect/Effect";
import * as Fiber from "effect/Fiber";
import * as TestClock from "effect/testing/TestClock";
import { LoopbackHub } from "../../../adapters/loopback/mod.ts";
import { first, join } from "./support.ts";

const settle = TestClock.adjust(0);

/** The events about one identity, without the sids. */
function about(heard: ReadonlyArray<string>, identity: string): ReadonlyArray<string> {
  return heard.filter((line) => line.split(" ")[1] === identity).map((line) => line.split(" ")[0] ?? "");
}

describe("a partition", () => {
  it.effect("holds what is reliable, loses frames, and lets everything through in order when it heals", () =>
    Effect.gen(function* () {
      const hub = yield* LoopbackHub.make();
      const device = yield* join(hub, "device");
      const viewer = yield* join(hub, "viewer");
      const track = yield* device.room.dataTracks?.publish("t") ?? Effect.die("none");
      const outgoing = yield* device.room.openByteStream({ topic: "s", destinations: ["viewer"] });
      yield* settle;
      let frames = 0;
      yield* first(viewer.tracks).subscribe(() => void frames++);
      hub.participant("device").partition();
      for (let byte = 0; byte < 5; byte++) yield* outgoing.write(Uint8Array.of(byte));
      yield* device.room.setAttributes(new Map([["a", "1"]]));
      track.push(Uint8Array.of(1), 1n);
      const reading = yield* Effect.forkChild(first(viewer.streams).read);
      yield* TestClock.adjust("1 hour");
      expect(reading.pollUnsafe()).toBeUndefined();
      expect(viewer.heard).not.toContain("attributes device");
      hub.participant("device").heal();
      yield* settle;
      const got = [...(yield* Fiber.join(reading)) ?? []];
      while (got.length < 5) got.push(...(yield* first(viewer.streams).read) ?? []);
      expect(got).toEqual([0, 1, 2, 3, 4]);
      expect(viewer.heard).toContain("attributes device");
      expect(frames).toBe(0);
      track.push(Uint8Array.of(2), 2n);
      yield* settle;
      expect(frames).toBe(1);
    }));

  it.effect("suspends writes at the window's bound, until it heals", () =>
    Effect.gen(function* () {
      const hub = yield* LoopbackHub.make();
      const device = yield* join(hub, "device");
      const viewer = yield* join(hub, "viewer", { windowBytes: 1000 });
      const outgoing = yield* device.room.openByteStream({ topic: "s", destinations: ["viewer"] });
      yield* settle;
      hub.link("device", "viewer").partition();
      yield* outgoing.write(new Uint8Array(1000));
      const waiting = yield* Effect.forkChild(outgoing.write(new Uint8Array(500)));
      yield* TestClock.adjust("1 minute");
      expect(waiting.pollUnsafe()).toBeUndefined();
      hub.link("device", "viewer").heal();
      yield* settle;
      expect((yield* first(viewer.streams).read)?.length).toBe(1000);
      yield* Fiber.join(waiting);
    }));

  it.effect("makes joining unreachable", () =>
    Effect.gen(function* () {
      const hub = yield* LoopbackHub.make();
      hub.participant("device").partition();
      const error = yield* Effect.flip(hub.transport({ identity: "device" }).join());
      expect(error.message).toBe('cannot join the room (unreachable): "device" is cut off from the server');
    }));

  it.effect("that lasts longer than the hub can hold ends the room, with connection-lost", () =>
    Effect.gen(function* () {
      const hub = yield* LoopbackHub.make({ limits: { heldEvents: 10 } });
      const device = yield* join(hub, "device");
      const viewer = yield* join(hub, "viewer");
      yield* settle;
      hub.participant("viewer").partition();
      for (let count = 0; count < 12; count++) yield* device.room.setAttributes(new Map([["count", `${count}`]]));
      yield* settle;
      expect(viewer.heard.at(-1)).toBe("ended connection-lost");
      expect(device.heard.at(-1)).toMatch(/^disconnected viewer/);
    }));
});

describe("a stalled writer", () => {
  it.effect("waits whatever room there is, and goes on when it is let", () =>
    Effect.gen(function* () {
      const hub = yield* LoopbackHub.make();
      const device = yield* join(hub, "device");
      const viewer = yield* join(hub, "viewer");
      const outgoing = yield* device.room.openByteStream({ topic: "s", destinations: ["viewer"] });
      hub.participant("device").stallWrites();
      const waiting = yield* Effect.forkChild(outgoing.write(Uint8Array.of(1)));
      yield* TestClock.adjust("1 minute");
      expect(waiting.pollUnsafe()).toBeUndefined();
      hub.participant("device").resumeWrites();
      yield* Fiber.join(waiting);
      expect(yield* first(viewer.streams).read).toEqual(Uint8Array.of(1));
    }));

  it.effect("that closes its stream meanwhile still sends what waits, and then the end", () =>
    Effect.gen(function* () {
      const hub = yield* LoopbackHub.make();
      const device = yield* join(hub, "device");
      const viewer = yield* join(hub, "viewer");
      const outgoing = yield* device.room.openByteStream({ topic: "s", destinations: ["viewer"] });
      hub.participant("device").stallWrites();
      const waiting = yield* Effect.forkChild(outgoing.write(Uint8Array.of(1)), { startImmediately: true });
      yield* outgoing.close;
      hub.participant("device").resumeWrites();
      yield* Fiber.join(waiting);
      yield* settle;
      expect(yield* first(viewer.streams).read).toEqual(Uint8Array.of(1));
      expect(yield* first(viewer.streams).read).toBeUndefined();
    }));
});

describe("things that fail", () => {
  it.effect("the next writes fail, each breaking its stream for good", () =>
    Effect.gen(function* () {
      const hub = yield* LoopbackHub.make();
      const device = yield* join(hub, "device");
      const viewer = yield* join(hub, "viewer");
      const open = device.room.openByteStream({ topic: "s", destinations: ["viewer"] });
      const [one, two] = [yield* open, yield* open];
      hub.participant("device").failWrites(1);
      const failing = yield* Effect.flip(one.write(Uint8Array.of(1)));
      expect(failing.message).toBe('byte stream "s" with viewer: write failed: the transport refused the bytes');
      expect((yield* Effect.flip(one.write(Uint8Array.of(1)))).reason).toBe("write");
      yield* two.write(Uint8Array.of(2));
      yield* settle;
      expect((yield* Effect.flip(first(viewer.streams).read)).reason).toBe("read");
      expect(yield* viewer.streams[1]?.read ?? Effect.undefined).toEqual(Uint8Array.of(2));
    }));

  it.effect("the next opens and publishes fail", () =>
    Effect.gen(function* () {
      const hub = yield* LoopbackHub.make();
      const device = yield* join(hub, "device");
      yield* join(hub, "viewer");
      const open = device.room.openByteStream({ topic: "s", destinations: ["viewer"] });
      const publish = device.room.dataTracks?.publish("t") ?? Effect.die("none");
      hub.participant("device").failOpens(2);
      hub.participant("device").failPublishes(1);
      expect((yield* Effect.flip(open)).reason).toBe("open");
      expect((yield* Effect.flip(open)).reason).toBe("open");
      yield* open;
      expect((yield* Effect.flip(publish)).reason).toBe("refused");
      yield* publish;
    }));

  it.effect("the next joins fail with the reasons that were set, in order", () =>
    Effect.gen(function* () {
      const hub = yield* LoopbackHub.make();
      const { join: joining } = hub.transport({ identity: "device" });
      hub.participant("device").failJoins("unreachable", 2, "no route");
      hub.participant("device").failJoins("refused");
      const reasons = [yield* Effect.flip(joining()), yield* Effect.flip(joining()), yield* Effect.flip(joining())];
      expect(reasons.map(({ reason }) => reason)).toEqual(["unreachable", "unreachable", "refused"]);
      expect((yield* joining()).identity).toBe("device");
    }));

  it.effect("a participant that is kicked is told why; the others hear of its end", () =>
    Effect.gen(function* () {
      const hub = yield* LoopbackHub.make();
      const device = yield* join(hub, "device");
      const viewer = yield* join(hub, "viewer");
      yield* settle;
      hub.participant("viewer").kick("expired");
      yield* settle;
      expect(viewer.heard.at(-1)).toBe("ended expired");
      expect(about(device.heard, "viewer")).toEqual(["active", "disconnected"]);
      expect(hub.identities()).toEqual(["device"]);
    }));

  it.effect("a room that ends is told to everybody in it", () =>
    Effect.gen(function* () {
      const hub = yield* LoopbackHub.make();
      const device = yield* join(hub, "device");
      const elsewhere = yield* join(hub, "viewer", { room: "another" });
      yield* settle;
      hub.endRoom("server-shutdown");
      yield* settle;
      expect(device.heard).toEqual(["ended server-shutdown"]);
      expect(elsewhere.heard).toEqual([]);
      expect(yield* join(hub, "device")).toBeDefined();
    }));
});

describe("unlucky events", () => {
  it.effect("the new instance is told before the old one's end, or after it, as is set", () =>
    Effect.gen(function* () {
      const order = function* (replacement: "old-first" | "new-first") {
        const hub = yield* LoopbackHub.make({ replacement });
        const device = yield* join(hub, "device");
        yield* join(hub, "viewer");
        yield* join(hub, "viewer");
        yield* settle;
        return about(device.heard, "viewer").join();
      };
      expect(yield* order("old-first")).toBe("active,disconnected,active");
      expect(yield* order("new-first")).toBe("active,active,disconnected");
    }));

  it.effect("events come late: the end of the old instance long after the new one", () =>
    Effect.gen(function* () {
      const hub = yield* LoopbackHub.make();
      const device = yield* join(hub, "device");
      const old = yield* join(hub, "viewer");
      yield* settle;
      hub.participant("device").setEvent("participantDisconnected", { delayMs: 500 });
      yield* old.leave;
      const renewed = yield* join(hub, "viewer");
      yield* TestClock.adjust(499);
      expect(about(device.heard, "viewer")).toEqual(["active", "active"]);
      expect(device.room.participant("viewer")?.sid).toBe(renewed.room.sid);
      yield* TestClock.adjust(1);
      expect(device.heard.at(-1)).toBe(`disconnected viewer ${old.room.sid}`);
      expect(device.room.participant("viewer")?.sid).toBe(renewed.room.sid);
    }));

  it.effect("events come twice", () =>
    Effect.gen(function* () {
      const hub = yield* LoopbackHub.make();
      const device = yield* join(hub, "device");
      hub.participant("device").setEvent("participantActive", { times: 2 });
      hub.participant("device").setEvent("participantDisconnected", { times: 2 });
      const viewer = yield* join(hub, "viewer");
      yield* viewer.leave;
      yield* settle;
      expect(about(device.heard, "viewer")).toEqual(["active", "active", "disconnected", "disconnected"]);
    }));

  it.effect("an end is told of somebody who was never told as active", () =>
    Effect.gen(function* () {
      const hub = yield* LoopbackHub.make();
      const device = yield* join(hub, "device");
      hub.participant("device").setEvent("participantActive", { times: 0 });
      const viewer = yield* join(hub, "viewer");
      yield* settle;
      yield* viewer.leave;
      yield* settle;
      expect(about(device.heard, "viewer")).toEqual(["disconnected"]);
      hub.participant("device").clearEvents();
      yield* join(hub, "viewer");
      yield* settle;
      expect(about(device.heard, "viewer")).toEqual(["disconnected", "active"]);
    }));

  it.effect("a participant is gone while its stream opens; what it wrote can be read", () =>
    Effect.gen(function* () {
      const hub = yield* LoopbackHub.make();
      const device = yield* join(hub, "device");
      const viewer = yield* join(hub, "viewer");
      yield* settle;
      hub.participant("device").setEvent("byteStreamOpened", { delayMs: 100 });
      const outgoing = yield* viewer.room.openByteStream({ topic: "s", destinations: ["device"] });
      yield* outgoing.write(Uint8Array.of(7));
      yield* viewer.leave;
      yield* TestClock.adjust(100);
      expect(device.heard.map((line) => line.split(" ")[0])).toEqual(["active", "disconnected", "stream"]);
      expect(yield* first(device.streams).read).toEqual(Uint8Array.of(7));
      expect(yield* first(device.streams).read).toBeUndefined();
    }));

  it.effect("an active that would come after its own end is not told", () =>
    Effect.gen(function* () {
      const hub = yield* LoopbackHub.make();
      const device = yield* join(hub, "device");
      hub.participant("device").setEvent("participantActive", { delayMs: 100 });
      const viewer = yield* join(hub, "viewer");
      yield* viewer.leave;
      yield* TestClock.adjust("1 second");
      expect(device.heard).toEqual([]);
    }));

  it.effect("connection quality is told to the others and to the participant itself", () =>
    Effect.gen(function* () {
      const hub = yield* LoopbackHub.make();
      const device = yield* join(hub, "device");
      const viewer = yield* join(hub, "viewer");
      yield* settle;
      hub.participant("viewer").setQuality("lost");
      yield* settle;
      expect(device.heard.at(-1)).toBe("quality viewer lost");
      expect(viewer.heard.at(-1)).toBe("quality own lost");
    }));
});

describe("bounds", () => {
  it.effect("a room that is full refuses one more, but not a known identity", () =>
    Effect.gen(function* () {
      const hub = yield* LoopbackHub.make({ limits: { participants: 2 } });
      yield* join(hub, "one");
      yield* join(hub, "two");
      const error = yield* Effect.flip(join(hub, "three"));
      expect(error.message).toBe('cannot join the room (refused): room "main" is full with 2 participants');
      yield* join(hub, "two");
    }));

  it.effect("streams and tracks have a bound each, and room again when some end", () =>
    Effect.gen(function* () {
      const hub = yield* LoopbackHub.make({ limits: { streams: 1, tracks: 1 } });
      const device = yield* join(hub, "device");
      yield* join(hub, "viewer");
      const open = device.room.openByteStream({ topic: "s", destinations: ["viewer"] });
      const stream = yield* open;
      expect((yield* Effect.flip(open)).detail).toBe("1 streams are open already; close some");
      yield* stream.close;
      yield* open;
      const tracks = device.room.dataTracks;
      const track = yield* tracks?.publish("one") ?? Effect.die("none");
      expect((yield* Effect.flip(tracks?.publish("two") ?? Effect.die("none"))).reason).toBe("refused");
      yield* track.unpublish;
      yield* tracks?.publish("two") ?? Effect.die("none");
    }));

  it.effect("streams that nobody listens for have a bound; beyond it the room ends", () =>
    Effect.gen(function* () {
      const hub = yield* LoopbackHub.make({ limits: { heldEvents: 3 } });
      const viewer = yield* hub.transport({ identity: "viewer" }).join();
      const device = yield* join(hub, "device");
      for (let count = 0; count < 4; count++) {
        yield* Effect.ignore(device.room.openByteStream({ topic: `${count}`, destinations: ["viewer"] }));
        yield* settle;
      }
      const heard: Array<string> = [];
      viewer.listen({ disconnected: (reason) => heard.push(reason) });
      expect(heard).toEqual(["connection-lost"]);
    }));

  it.effect("a participant without data tracks neither has them nor hears of them", () =>
    Effect.gen(function* () {
      const hub = yield* LoopbackHub.make();
      const device = yield* join(hub, "device");
      const plain = yield* join(hub, "plain", { dataTracks: false, videoTracks: { codecs: ["vp8"] } });
      yield* device.room.dataTracks?.publish("t") ?? Effect.die("none");
      yield* settle;
      expect(plain.room.dataTracks).toBeUndefined();
      expect(plain.room.videoTracks).toEqual({ codecs: ["vp8"] });
      expect(device.room.videoTracks).toBeUndefined();
      expect(plain.heard.some((line) => line.startsWith("published"))).toBe(false);
    }));
});
