import { assert, describe, it } from "@effect/vitest";
import * as Effect from "effect/Effect";
import * as Fiber from "effect/Fiber";
import * as Stream from "effect/Stream";
import { LoopbackHub } from "../../../adapters/loopback/mod.ts";
import type { GatewayOptions, PresenceChange, ViewerPresence } from "../../../mod.ts";
import { startDevice } from "../../support/device.ts";
import { makePair } from "../../support/pair.ts";
import { RawViewer } from "../../support/raw_viewer.ts";
import { advance, settle } from "../../support/settle.ts";

/** A device with everything noted that its application is told of viewers. */
const start = Effect.fnUntraced(function* (options: Partial<GatewayOptions> = {}) {
  const hub = yield* LoopbackHub.make();
  const told: Array<string> = [];
  const device = yield* startDevice(hub, {
    onSubscribe: (client, channel) => told.push(`${client.identity} + ${channel.topic}`),
    onUnsubscribe: (client, channel) => told.push(`${client.identity} - ${channel.topic}`),
    ...options,
    onPresence: (viewer, change) => {
      told.push(`${viewer.client.identity} ${change}`);
      options.onPresence?.(viewer, change);
    },
  });
  const pose = device.context.channel({ topic: "/pose", encoding: "json", qos: "reliable" });
  return { hub, device, pose, told };
});

function identities(viewers: ReadonlyArray<ViewerPresence>): string {
  return viewers.map(({ client, topics }) => [client.identity, ...topics].join(" ")).join(", ");
}

describe("the viewers of a gateway", () => {
  it.effect("are those who are here, since when and with what", () =>
    Effect.gen(function* () {
      const { hub, device, pose } = yield* start({ onMessageData: () => {} });
      assert.deepStrictEqual(device.gateway.viewers, []);
      yield* advance(2_000);
      const viewer = yield* RawViewer.join(hub, "viewer-1", { version: "2.3.0" });
      yield* RawViewer.join(hub, "viewer-2");
      yield* viewer.subscribe(pose.id);
      yield* viewer.send({ op: "advertise", channels: [{ id: 7, topic: "/cmd", encoding: "json", schemaName: "" }] });
      const [first, second] = device.gateway.viewers;
      assert.deepStrictEqual(first, {
        client: { id: device.clients[0] ?? 0, identity: "viewer-1" },
        joinedAt: 2_000,
        since: 2_000,
        state: "active",
        stateSince: 2_000,
        protocolVersion: "2.3.0",
        topics: ["/pose"],
        ownChannels: [{ id: 7, topic: "/cmd", encoding: "json" }],
      });
      assert.strictEqual(second?.protocolVersion, "2.2.0");
      assert.deepStrictEqual(second?.topics, []);
    }));

  it.effect("have each their own round trip and clock offset", () =>
    Effect.gen(function* () {
      const { hub, gateway } = yield* makePair();
      const plain = yield* RawViewer.join(hub, "viewer-2", { device: "device" });
      yield* plain.drain;
      hub.participant("viewer-1").setConditions({ up: { latencyMs: 20 }, down: { latencyMs: 20 } });
      yield* advance(60_000, 1_000);
      yield* plain.send({ op: "ping", appTimestamp: 12_345n, payload: payloadOf(12_345n) });
      const { deviceTimestamp } = yield* plain.next("pong");
      yield* advance(300, 100);
      yield* plain.send({ op: "pingAck", deviceTimestamp });
      const [first, second] = gateway.viewers;
      assert.strictEqual(first?.roundTripTime?.latestMs, 40);
      const { offsetMs, boundMs } = first?.clockOffset ?? assert.fail("nothing is known of its clock");
      assert.isAtMost(Math.abs(offsetMs), boundMs);
      assert.isBelow(boundMs, 25);
      assert.deepStrictEqual(second?.roundTripTime, { latestMs: 300, varianceMs2: 0 });
      assert.approximately(second?.clockOffset?.offsetMs ?? NaN, 12_345 - 60_000, 151);
    }));

  it.effect("are none while there is no session, and come back with the next one", () =>
    Effect.gen(function* () {
      const { hub, device, told } = yield* start();
      yield* RawViewer.join(hub, "viewer-1");
      hub.participant("rover").kick("connection-lost");
      yield* settle;
      assert.deepStrictEqual(device.gateway.viewers, []);
      yield* advance(1_500);
      assert.strictEqual(identities(device.gateway.viewers), "viewer-1");
      assert.deepStrictEqual(told, ["viewer-1 joined", "viewer-1 left", "viewer-1 joined"]);
    }));
});

describe("what becomes of viewers", () => {
  it.effect("is told in order: joining comes first of a viewer, leaving last", () =>
    Effect.gen(function* () {
      const { hub, pose, told } = yield* start();
      const viewer = yield* RawViewer.join(hub, "viewer-1");
      yield* viewer.subscribe(pose.id);
      yield* viewer.leave;
      assert.deepStrictEqual(told, ["viewer-1 joined", "viewer-1 + /pose", "viewer-1 - /pose", "viewer-1 left"]);
    }));

  it.effect("is told of an instance that is replaced before the one that replaces it", () =>
    Effect.gen(function* () {
      const { hub, pose, told } = yield* start();
      const viewer = yield* RawViewer.join(hub, "viewer-1");
      yield* viewer.subscribe(pose.id);
      hub.participant("rover").setEvent("participantDisconnected", { times: 0 });
      yield* RawViewer.join(hub, "viewer-1");
      assert.deepStrictEqual(told.slice(2), ["viewer-1 - /pose", "viewer-1 left", "viewer-1 joined"]);
    }));

  it.effect("is told of a reset: it leaves, and joins under another number", () =>
    Effect.gen(function* () {
      const seen: Array<[PresenceChange, number, number]> = [];
      const { hub, pose } = yield* start({
        onPresence: ({ client, since }, change) => seen.push([change, client.id, since]),
      });
      const viewer = yield* RawViewer.join(hub, "viewer-1");
      yield* viewer.subscribe(pose.id);
      yield* advance(1_000);
      hub.participant("rover").failWrites(1);
      pose.log("lost");
      yield* settle;
      const [joined, left, back] = seen;
      assert.deepStrictEqual([joined?.[0], left?.[0], back?.[0]], ["joined", "left", "joined"]);
      assert.strictEqual(left?.[1], joined?.[1]);
      assert.isAbove(back?.[1] ?? 0, joined?.[1] ?? Infinity);
      assert.strictEqual(back?.[2], 0);
    }));

  it.effect("is told of nobody who is not let in", () =>
    Effect.gen(function* () {
      const { hub, device, told } = yield* start({ authorize: () => "refused" });
      yield* RawViewer.join(hub, "viewer-1");
      yield* RawViewer.join(hub, "viewer-2", { version: "1.0.0" });
      assert.deepStrictEqual(told, []);
      assert.deepStrictEqual(device.gateway.viewers, []);
    }));

  it.effect("is told in spite of a callback that throws, which is logged", () =>
    Effect.gen(function* () {
      const { hub, device, told } = yield* start({
        onPresence: () => {
          throw new Error("mine");
        },
      });
      const viewer = yield* RawViewer.join(hub, "viewer-1");
      yield* viewer.leave;
      assert.deepStrictEqual(told, ["viewer-1 joined", "viewer-1 left"]);
      assert.include(device.log.at("error"), "the callback onPresence has failed; the session goes on");
    }));
});

describe("the presence of a gateway", () => {
  it.effect("is followed by an iterable and by a stream, with what viewers have, until the gateway is closed", () =>
    Effect.gen(function* () {
      const { hub, device, pose } = yield* start();
      const { gateway } = device;
      const iterated: Array<string> = [];
      const streamed: Array<string> = [];
      const iterating = (async () => {
        for await (const viewers of gateway.presence()) iterated.push(identities(viewers));
      })();
      const streaming = yield* Effect.forkChild(
        Stream.runForEach(
          gateway.presence().stream,
          (viewers) => Effect.sync(() => void streamed.push(identities(viewers))),
        ),
      );
      yield* settle;
      const viewer = yield* RawViewer.join(hub, "viewer-1");
      yield* viewer.subscribe(pose.id);
      pose.close();
      yield* settle;
      yield* RawViewer.join(hub, "viewer-2");
      yield* viewer.leave;
      yield* gateway.closeEffect;
      yield* Fiber.join(streaming);
      yield* Effect.promise(() => iterating);
      const expected = ["", "viewer-1", "viewer-1 /pose", "viewer-1", "viewer-1, viewer-2", "viewer-2"];
      assert.deepStrictEqual(iterated.slice(0, 6), expected);
      assert.deepStrictEqual(streamed.slice(0, 6), expected);
      assert.strictEqual(iterated.at(-1), "");
    }));

  it.effect("keeps nothing for a reader that is slow: it sees those who are here when it looks", () =>
    Effect.gen(function* () {
      const { hub, device } = yield* start();
      const reader = device.gateway.presence()[Symbol.asyncIterator]();
      yield* Effect.promise(() => reader.next());
      for (let n = 0; n < 50; n += 1) yield* RawViewer.join(hub, `viewer-${n}`);
      const { value } = yield* Effect.promise(() => reader.next());
      assert.strictEqual(value?.length, 50);
      const next = reader.next();
      void reader.return?.();
      assert.isTrue((yield* Effect.promise(() => next)).done);
    }));
});

function payloadOf(ms: bigint): Uint8Array {
  const payload = new Uint8Array(8);
  new DataView(payload.buffer).setBigUint64(0, ms, true);
  return payload;
}
