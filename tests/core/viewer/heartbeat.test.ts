import { assert, describe, it } from "@effect/vitest";
import * as Effect from "effect/Effect";
import { LoopbackHub } from "../../../adapters/loopback/mod.ts";
import type { Ping, PingAck } from "../../../core/protocol/mod.ts";
import { Heartbeat, MAX_UNANSWERED_PINGS } from "../../../core/viewer/heartbeat.ts";
import { ConfigurationError, type Message, Viewer, type ViewerOptions } from "../../../mod.ts";
import { ManualClock } from "../../support/clock.ts";
import { CollectedLog } from "../../support/log.ts";
import { makePair } from "../../support/pair.ts";
import { advertise, data, info, RawDevice, say } from "../../support/raw_device.ts";
import { advance, settle } from "../../support/settle.ts";

const start = Effect.fnUntraced(function* (options: ViewerOptions = {}) {
  const hub = yield* LoopbackHub.make();
  const device = yield* RawDevice.join(hub);
  const log = new CollectedLog();
  const viewer = yield* Viewer.make(hub.transport({ identity: "viewer-1" }), { log: log.log, ...options });
  const stream = yield* device.open();
  yield* say(stream, info());
  yield* settle;
  const pongTo = (ping: Ping | PingAck | undefined, deviceTimestamp: bigint) =>
    ping?.op === "ping"
      ? Effect.andThen(say(stream, { op: "pong", appTimestamp: ping.appTimestamp, deviceTimestamp }), settle)
      : Effect.die(new Error("there is no ping to answer"));
  return { hub, device, viewer, log, stream, pongTo };
});

/** What has been sent of them, in short. */
function shown({ heartbeats }: RawDevice): ReadonlyArray<string> {
  return heartbeats.map((sent) => sent.op === "ping" ? `ping ${sent.appTimestamp}` : `ack ${sent.deviceTimestamp}`);
}

describe("a viewer's pings", () => {
  it.effect("begin on meeting a device and go on every interval, with the viewer's time in their first 8 bytes", () =>
    Effect.gen(function* () {
      const { device } = yield* start();
      assert.deepStrictEqual(shown(device), ["ping 0"]);
      yield* advance(11_000);
      assert.deepStrictEqual(shown(device), ["ping 0", "ping 5000", "ping 10000"]);
      const [, second] = device.heartbeats;
      assert.deepStrictEqual(second?.op === "ping" && [...second.payload], [0x88, 0x13, 0, 0, 0, 0, 0, 0]);
    }));

  it.effect("come as often as the limit says", () =>
    Effect.gen(function* () {
      const { device } = yield* start({ limits: { pingIntervalMs: 700 } });
      yield* advance(2_100, 100);
      assert.deepStrictEqual(shown(device), ["ping 0", "ping 700", "ping 1400", "ping 2100"]);
    }));

  it.effect("have their pongs acked at once; the ack of one that was due is followed by one more, that of which is not", () =>
    Effect.gen(function* () {
      const { device, pongTo } = yield* start();
      yield* advance(40, 10);
      yield* pongTo(device.heartbeats[0], 777n);
      assert.deepStrictEqual(shown(device), ["ping 0", "ack 777", "ping 40"]);
      yield* advance(30, 10);
      yield* pongTo(device.heartbeats[2], 807n);
      assert.deepStrictEqual(shown(device), ["ping 0", "ack 777", "ping 40", "ack 807"]);
    }));

  it.effect("tell by the oldest without an answer how long the line has stood still, asked for more often or not", () =>
    Effect.gen(function* () {
      const { hub, device, viewer, pongTo } = yield* start();
      assert.strictEqual(viewer.unansweredPingMs, 0);
      yield* advance(300, 100);
      viewer.ping();
      yield* advance(500, 100);
      assert.deepStrictEqual(shown(device), ["ping 0", "ping 300"]);
      assert.strictEqual(viewer.unansweredPingMs, 800);
      yield* pongTo(device.heartbeats[0], 1n);
      assert.strictEqual(viewer.unansweredPingMs, 500);
      yield* pongTo(device.heartbeats[1], 2n);
      // What was sent behind the ack is answered like any other.
      yield* pongTo(device.heartbeats[3], 3n);
      yield* advance(1_000, 100);
      const waits = viewer.unansweredPingMs;
      hub.participant("device").kick();
      yield* settle;
      assert.deepStrictEqual([waits, viewer.unansweredPingMs], [1_000, 0]);
      viewer.ping();
    }));

  it.effect("that nobody made are not acked: pongs without a ping change nothing", () =>
    Effect.gen(function* () {
      const { device, viewer, pongTo, log, stream } = yield* start();
      yield* say(stream, { op: "pong", appTimestamp: 123n, deviceTimestamp: 5n });
      yield* settle;
      assert.isUndefined(viewer.roundTripTime);
      assert.include(log.at("debug"), "a pong that answers no ping is ignored");
      yield* pongTo(device.heartbeats[0], 1n);
      yield* pongTo(device.heartbeats[0], 2n);
      yield* pongTo(device.heartbeats[0], 3n);
      // The first one is for the ping, the second one for that behind its ack, made in the same millisecond.
      assert.deepStrictEqual(shown(device), ["ping 0", "ack 1", "ping 0", "ack 2"]);
    }));

  it.effect("go on over a reset, on the new stream alone", () =>
    Effect.gen(function* () {
      const { device, viewer, stream, pongTo } = yield* start();
      yield* advance(20, 10);
      yield* pongTo(device.heartbeats[0], 5_020n);
      const known = viewer.clockOffset;
      assert.isDefined(known);
      yield* say(stream, info());
      yield* settle;
      assert.strictEqual(device.streams, 2);
      assert.deepStrictEqual(shown(device).slice(3), ["ping 20"]);
      assert.deepStrictEqual(viewer.clockOffset, known);
      yield* advance(5_000);
      assert.deepStrictEqual(shown(device).slice(3), ["ping 20", "ping 5020"]);
    }));

  it.effect("end with the device: nothing is known of it then", () =>
    Effect.gen(function* () {
      const { hub, device, viewer, pongTo } = yield* start();
      yield* pongTo(device.heartbeats[0], 0n);
      assert.isDefined(viewer.roundTripTime);
      hub.participant("device").kick();
      yield* settle;
      assert.isUndefined(viewer.roundTripTime);
      assert.isUndefined(viewer.clockOffset);
      const sent = device.heartbeats.length;
      yield* advance(10_000);
      assert.strictEqual(device.heartbeats.length, sent);
    }));

  it("are forgotten, the oldest first, when too many wait", () => {
    const clock = new ManualClock();
    const sent: Array<Ping | PingAck> = [];
    const heartbeat = new Heartbeat({ clock, intervalMs: 1 });
    for (let n = 0; n <= MAX_UNANSWERED_PINGS; n += 1) {
      clock.nowMs = n;
      // As a timer that has run out does it.
      heartbeat.ping();
    }
    heartbeat.begin((message) => sent.push(message));
    assert.strictEqual(sent.length, 1);
    for (let n = 1; n <= MAX_UNANSWERED_PINGS; n += 1) {
      clock.nowMs = 100 + n;
      heartbeat.ping();
    }
    const pong = (appTimestamp: number) =>
      heartbeat.answered({ op: "pong", appTimestamp: BigInt(appTimestamp), deviceTimestamp: 0n });
    assert.isFalse(pong(MAX_UNANSWERED_PINGS));
    assert.isTrue(pong(101));
    assert.isFalse(pong(101));
    assert.isTrue(pong(105));
    assert.isFalse(pong(103));
  });
});

describe("a viewer's round-trip time", () => {
  it.effect("is that of its pings, the first one left out of the mean", () =>
    Effect.gen(function* () {
      const { device, viewer, pongTo } = yield* start();
      assert.isUndefined(viewer.roundTripTime);
      yield* advance(90, 10);
      yield* pongTo(device.heartbeats[0], 0n);
      assert.deepStrictEqual(viewer.roundTripTime, { latestMs: 90, varianceMs2: 0 });
      yield* advance(30, 10);
      yield* pongTo(device.heartbeats[2], 0n);
      assert.deepStrictEqual(viewer.roundTripTime, { latestMs: 30, meanMs: 30, varianceMs2: 0 });
    }));
});

describe("a viewer's clock offset", () => {
  it.effect("is how far the device is ahead, within the bound, over an uneven way", () =>
    Effect.gen(function* () {
      const { hub, viewer } = yield* makePair();
      hub.participant("viewer-1").setConditions({ up: { latencyMs: 30 }, down: { latencyMs: 5 } });
      yield* advance(10_000);
      const { offsetMs, boundMs } = viewer.clockOffset ?? assert.fail("nothing is known");
      // Both are on one clock.
      assert.isAtMost(Math.abs(offsetMs), boundMs);
    }));

  it.effect("is not known while no ping has been answered, nor once none has been for long", () =>
    Effect.gen(function* () {
      const { device, viewer, pongTo } = yield* start();
      assert.isUndefined(viewer.clockOffset);
      yield* pongTo(device.heartbeats[0], 3_600_000n);
      assert.deepStrictEqual(viewer.clockOffset, { offsetMs: 3_600_000, boundMs: 1.001 });
      yield* advance(120_000, 5_000);
      assert.isDefined(viewer.clockOffset);
      yield* advance(1_000);
      assert.isUndefined(viewer.clockOffset);
    }));

  it.effect("takes no time that is no number a clock could show", () =>
    Effect.gen(function* () {
      const { device, viewer, pongTo } = yield* start();
      yield* pongTo(device.heartbeats[0], 0xffff_ffff_ffff_ffffn);
      assert.isUndefined(viewer.clockOffset);
      assert.strictEqual(viewer.roundTripTime?.latestMs, 0);
    }));

  it.effect("follows a device whose clock is set", () =>
    Effect.gen(function* () {
      const { device, viewer, pongTo } = yield* start();
      yield* pongTo(device.heartbeats[0], 0n);
      yield* advance(5_000);
      yield* pongTo(device.heartbeats.at(-1), 9_005_000n);
      assert.approximately(viewer.clockOffset?.offsetMs ?? NaN, 9_000_000, 1);
    }));
});

describe("a message's age", () => {
  it.effect("is the time from its log time to its arrival, by the device's clock", () =>
    Effect.gen(function* () {
      const { device, viewer, stream, pongTo } = yield* start();
      const seen: Array<Message> = [];
      viewer.subscribe("/t").onMessage((message) => seen.push(message));
      yield* say(stream, advertise({ id: 1, topic: "/t" }), data(1, "early", 3_600_000_000_000n));
      yield* pongTo(device.heartbeats[0], 3_600_000n);
      yield* advance(250, 50);
      yield* say(stream, data(1, "late", 3_600_000_000_000n));
      yield* settle;
      // Nothing was known when the first one came, and what is known later changes nothing of that.
      assert.isUndefined(seen[0]?.age);
      assert.strictEqual(seen[0]?.receivedAt, 0);
      assert.strictEqual(seen[1]?.receivedAt, 250);
      const age = seen[1]?.age ?? assert.fail("it has no age");
      assert.isAtMost(Math.abs(age.ms - 250), age.uncertaintyMs);
      assert.approximately(age.uncertaintyMs, 1.001 + 0.5 + 0.125, 1e-9);
    }));

  it.effect("holds for messages on data tracks and channel streams as well", () =>
    Effect.gen(function* () {
      for (const dataTracks of [true, false]) {
        const { hub, context, viewer } = yield* makePair({ deviceTransport: { dataTracks } });
        const channel = context.channel({ topic: "/scan", encoding: "json" });
        const seen: Array<Message> = [];
        viewer.subscribe("/scan").onMessage((message) => seen.push(message));
        yield* settle;
        hub.participant("device").setConditions({ up: { latencyMs: 40 } });
        channel.log("{}");
        yield* advance(100, 10);
        const age = seen[0]?.age ?? assert.fail("it has no age");
        assert.isAtMost(Math.abs(age.ms - 40), age.uncertaintyMs);
        assert.isBelow(age.uncertaintyMs, 2);
      }
    }));
});

describe("Viewer: intervals", () => {
  it.effect("must leave time for an answer: a device would always be silent otherwise", () =>
    Effect.gen(function* () {
      const hub = yield* LoopbackHub.make();
      const error = yield* Effect.flip(
        Viewer.make(hub.transport({ identity: "v" }), { limits: { pingIntervalMs: 40_000 } }),
      );
      assert.instanceOf(error, ConfigurationError);
      assert.include(error.message, '"deviceSilentAfterMs"');
    }));
});
