import { assert, describe, it } from "@effect/vitest";
import * as Effect from "effect/Effect";
import { LoopbackHub } from "../../../adapters/loopback/mod.ts";
import type { ClientMessage } from "../../../core/protocol/mod.ts";
import { ConfigurationError, observer, operator } from "../../../mod.ts";
import { type Device, type DeviceOptions, startDevice } from "../../support/device.ts";
import { makePair, texts } from "../../support/pair.ts";
import { RawViewer, type RawViewerOptions, subscribe } from "../../support/raw_viewer.ts";
import { advance, settle } from "../../support/settle.ts";

/** A ping that tells no time. */
const ping: ClientMessage = { op: "ping", appTimestamp: 0n, payload: new Uint8Array(8) };
const SLEEPY = "a viewer has been silent for long; it is sent nothing until it is heard";

/** A device, and a viewer that is subscribed to `/pose` and has pinged once; `changes` is what presence has told. */
const start = Effect.fnUntraced(function* (options: DeviceOptions = {}, viewerOptions: RawViewerOptions = {}) {
  const hub = yield* LoopbackHub.make();
  const changes: Array<string> = [];
  const device = yield* startDevice(hub, {
    ...options,
    onPresence: ({ client, stateSince }, change) => changes.push(`${client.identity} ${change} ${stateSince}`),
  });
  const pose = device.context.channel({ topic: "/pose", encoding: "json", qos: "reliable" });
  const viewer = yield* RawViewer.join(hub, "viewer-1", viewerOptions);
  yield* viewer.subscribe(pose.id);
  yield* viewer.send(ping);
  yield* viewer.drain;
  return { hub, device, pose, viewer, changes };
});

/** Time in which everybody is silent. */
const silence = (ms: number) => advance(ms, 10_000);

function states({ gateway }: Device): ReadonlyArray<string> {
  return gateway.viewers.map(({ client, state }) => `${client.identity} ${state}`);
}

describe("a viewer that has pinged and then says nothing", () => {
  it.effect("is idle after 30 s, and is sent everything as before", () =>
    Effect.gen(function* () {
      const { device, pose, viewer, changes } = yield* start();
      yield* silence(29_999);
      assert.deepStrictEqual(states(device), ["viewer-1 active"]);
      yield* advance(1, 1);
      assert.deepStrictEqual(states(device), ["viewer-1 idle"]);
      assert.deepStrictEqual(changes, ["viewer-1 joined 0", "viewer-1 idle 30000"]);
      pose.log("as before");
      yield* viewer.next("messageData");
      yield* silence(89_999);
      pose.log("to the end");
      yield* viewer.next("messageData");
      assert.deepStrictEqual(states(device), ["viewer-1 idle"]);
    }));

  it.effect("is active again with anything it sends, and its time begins anew", () =>
    Effect.gen(function* () {
      const { device, viewer, changes } = yield* start();
      yield* silence(40_000);
      yield* viewer.unsubscribe(12_345);
      assert.deepStrictEqual(states(device), ["viewer-1 active"]);
      yield* silence(29_999);
      assert.deepStrictEqual(states(device), ["viewer-1 active"]);
      yield* silence(90_002);
      assert.deepStrictEqual(changes.slice(1), [
        "viewer-1 idle 30000",
        "viewer-1 active 40000",
        "viewer-1 idle 70000",
        "viewer-1 asleep 160000",
      ]);
    }));

  it.effect("is sent nothing any more after 120 s: no messages, no channels, no status; its stream stays open", () =>
    Effect.gen(function* () {
      const { device, pose, viewer } = yield* start();
      yield* silence(120_000);
      assert.deepStrictEqual(states(device), ["viewer-1 asleep"]);
      assert.include(device.log.at("info"), SLEEPY);
      assert.deepStrictEqual(device.events, ["+ viewer-1 /pose", "- viewer-1 /pose"]);
      assert.isFalse(pose.hasSubscribers);
      pose.log("not for it");
      const other = device.context.channel({ topic: "/late", encoding: "json" });
      device.gateway.publishStatus({ level: "info", message: "to all" });
      yield* settle;
      other.close();
      yield* viewer.silence;
      assert.isUndefined(viewer.control.end);
      assert.strictEqual(viewer.controls.length, 1);
    }));

  it.effect("is cleaned up after as if it had left, once, in that order", () =>
    Effect.gen(function* () {
      const told: Array<string> = [];
      const { device, viewer } = yield* start({
        onPresence: ({ client }, change) => told.push(`${client.identity} ${change}`),
        onUnsubscribe: (_client, channel) => told.push(`- ${channel.topic}`),
        parameters: { get: () => [], set: () => [] },
        onParametersUnsubscribe: (names) => told.push(`- parameters ${names}`),
        onConnectionGraphUnsubscribe: () => told.push("- graph"),
        onClientUnadvertise: (_client, channel) => told.push(`- own ${channel.topic}`),
      });
      const own = { id: 1, topic: "/cmd", encoding: "json", schemaName: "" };
      yield* viewer.send(
        { op: "advertise", channels: [own] },
        { op: "subscribeParameterUpdates", parameterNames: ["p", "q"] },
        { op: "subscribeConnectionGraph" },
      );
      assert.deepStrictEqual(device.gateway.viewers[0]?.ownChannels.map(({ topic }) => topic), ["/cmd"]);
      yield* silence(120_000);
      const once = ["- parameters p,q", "- graph", "- /pose", "- own /cmd"];
      assert.deepStrictEqual(told, once);
      assert.deepStrictEqual(device.gateway.viewers[0]?.ownChannels, []);
      assert.deepStrictEqual(device.gateway.viewers[0]?.topics, []);
      yield* viewer.leave;
      assert.deepStrictEqual(told, once);
    }));

  it.effect("has its requests cancelled when it falls asleep", () =>
    Effect.gen(function* () {
      let aborted = false;
      const { viewer } = yield* start({
        assets: (_uri, { signal }) => {
          signal.addEventListener("abort", () => void (aborted = true));
          return new Promise<never>(() => {});
        },
      });
      yield* viewer.send({ op: "fetchAsset", requestId: 1, uri: "package://a" });
      yield* silence(119_000);
      assert.isFalse(aborted);
      yield* silence(1_000);
      assert.isTrue(aborted);
      yield* viewer.silence;
    }));

  it.effect("is left alone when it has never pinged", () =>
    Effect.gen(function* () {
      const { hub, device, pose } = yield* start();
      const plain = yield* RawViewer.join(hub, "viewer-2");
      yield* plain.subscribe(pose.id);
      yield* plain.drain;
      yield* silence(600_000);
      assert.deepStrictEqual(states(device), ["viewer-1 asleep", "viewer-2 active"]);
      pose.log("still there");
      yield* plain.next("messageData");
    }));

  it.effect("is treated as the limits say", () =>
    Effect.gen(function* () {
      const { changes } = yield* start({ limits: { idleAfterMs: 1_000, silentAfterMs: 2_500 } });
      yield* advance(5_000);
      assert.deepStrictEqual(changes, ["viewer-1 joined 0", "viewer-1 idle 1000", "viewer-1 asleep 2500"]);
    }));

  it.effect("keeps that it has pinged over a reset: it falls asleep all the same", () =>
    Effect.gen(function* () {
      const { hub, device, pose, changes } = yield* start();
      yield* silence(60_000);
      hub.participant("rover").failWrites(1);
      pose.log("lost");
      yield* settle;
      assert.deepStrictEqual(states(device), ["viewer-1 idle"]);
      yield* silence(60_000);
      assert.deepStrictEqual(states(device), ["viewer-1 asleep"]);
      assert.strictEqual(device.gateway.viewers[0]?.since, 0);
      assert.deepStrictEqual(changes.map((change) => change.split(" ")[1]), [
        "joined",
        "idle",
        "left",
        "joined",
        "asleep",
      ]);
    }));

  it("needs limits that follow each other", async () => {
    const limits = { idleAfterMs: 5_000, silentAfterMs: 5_000 };
    const hub = new LoopbackHub();
    const { Context, Gateway } = await import("../../../mod.ts");
    const transport = hub.transport({ identity: "rover" });
    const error: unknown = await Gateway.start({ name: "r", context: new Context(), transport, limits }).catch((e) =>
      e
    );
    assert.instanceOf(error, ConfigurationError);
    assert.include(error.message, '"silentAfterMs"');
  });
});

describe("a viewer that is asleep", () => {
  it.effect("is brought back by its next frame, through the start-up on a fresh stream; the frame itself is not acted on", () =>
    Effect.gen(function* () {
      const { device, pose, viewer, changes } = yield* start();
      yield* silence(150_000);
      const late = device.context.channel({ topic: "/late", encoding: "json" });
      yield* viewer.subscribe(pose.id);
      assert.strictEqual(viewer.controls.length, 2);
      assert.strictEqual(viewer.controls[0]?.end, "end");
      yield* viewer.next("serverInfo");
      assert.sameMembers((yield* viewer.next("advertise")).channels.map(({ id }) => id), [pose.id, late.id]);
      yield* viewer.silence;
      assert.strictEqual(device.events.length, 2);
      assert.deepStrictEqual(states(device), ["viewer-1 active"]);
      assert.strictEqual(changes.at(-1), "viewer-1 active 150000");
      assert.strictEqual(device.gateway.viewers[0]?.since, 0);

      yield* viewer.subscribe(pose.id);
      pose.log("again");
      yield* viewer.next("messageData");
      assert.notStrictEqual(device.clients[2], device.clients[0]);
      yield* silence(120_000);
      assert.deepStrictEqual(states(device), ["viewer-1 asleep"]);
    }));

  it.effect("is brought back at once however often: no delay as after resets", () =>
    Effect.gen(function* () {
      const { device, viewer } = yield* start({ limits: { idleAfterMs: 100, silentAfterMs: 200 } });
      for (let n = 0; n < 4; n += 1) {
        yield* advance(300, 50);
        assert.deepStrictEqual(states(device), ["viewer-1 asleep"]);
        yield* viewer.send(ping);
        assert.deepStrictEqual(states(device), ["viewer-1 active"]);
        assert.strictEqual(viewer.controls.length, n + 2);
      }
    }));

  it.effect("may go on with the stream that it has, and what it says meanwhile is not acted on either", () =>
    Effect.gen(function* () {
      const { hub, device, pose, viewer } = yield* start();
      yield* silence(120_000);
      hub.participant("rover").setDelays({ openMs: 200 });
      yield* viewer.send(ping, subscribe(pose.id));
      yield* advance(100, 50);
      yield* viewer.send(subscribe(pose.id), ping);
      assert.strictEqual(viewer.controls.length, 1);
      yield* advance(100, 50);
      assert.strictEqual(viewer.controls.length, 2);
      assert.strictEqual(device.events.length, 2);
      yield* viewer.subscribe(pose.id);
      assert.deepStrictEqual(device.events.slice(2), ["+ viewer-1 /pose"]);
      assert.deepStrictEqual(device.log.at("error"), []);
    }));

  it.effect("leaves without a trace, and nobody is told twice", () =>
    Effect.gen(function* () {
      const { device, viewer, changes } = yield* start();
      yield* silence(120_000);
      yield* viewer.leave;
      assert.deepStrictEqual(device.gateway.viewers, []);
      assert.strictEqual(device.events.length, 2);
      assert.strictEqual(changes.filter((change) => change.includes("left")).length, 1);
      yield* silence(300_000);
      assert.deepStrictEqual(device.gateway.viewers, []);
    }));

  it.effect("leaves without a trace while it is being brought back", () =>
    Effect.gen(function* () {
      const { hub, device, viewer, changes } = yield* start();
      yield* silence(120_000);
      hub.participant("rover").setDelays({ openMs: 1_000 });
      yield* viewer.send(ping);
      yield* advance(500, 100);
      yield* viewer.leave;
      yield* advance(2_000);
      assert.deepStrictEqual(device.gateway.viewers, []);
      assert.strictEqual(changes.at(-1)?.split(" ")[1], "left");
      assert.strictEqual(changes.filter((change) => change.includes("active")).length, 0);
    }));

  it.effect("is replaced by another instance of its identity as any other is", () =>
    Effect.gen(function* () {
      const { hub, device, pose, changes } = yield* start();
      yield* silence(120_000);
      const again = yield* RawViewer.join(hub, "viewer-1");
      yield* again.next("serverInfo");
      yield* again.subscribe(pose.id);
      assert.deepStrictEqual(states(device), ["viewer-1 active"]);
      assert.strictEqual(device.gateway.viewers[0]?.since, 120_000);
      assert.deepStrictEqual(changes.slice(3).map((change) => change.split(" ")[1]), ["left", "joined"]);
      assert.strictEqual(device.events.length, 3);
    }));

  it.effect("stays asleep when no stream to it can be opened, and is tried again with a later frame", () =>
    Effect.gen(function* () {
      const { hub, device, viewer } = yield* start();
      yield* silence(120_000);
      hub.participant("rover").failOpens(1);
      yield* viewer.send(ping);
      assert.deepStrictEqual(states(device), ["viewer-1 asleep"]);
      yield* advance(1_000);
      yield* viewer.send(ping);
      assert.deepStrictEqual(states(device), ["viewer-1 active"]);
    }));

  it.effect("is brought back once, however much it says at that moment", () =>
    Effect.gen(function* () {
      const { hub, device, viewer, changes } = yield* start();
      yield* silence(120_000);
      hub.participant("rover").failOpens(1);
      yield* viewer.send(...Array.from({ length: 5 }, () => ping));
      assert.deepStrictEqual(states(device), ["viewer-1 asleep"]);
      assert.strictEqual(device.log.at("error").length, 1);
      yield* advance(1_000);
      yield* viewer.send(...Array.from({ length: 5 }, () => ping));
      assert.strictEqual(viewer.controls.length, 2);
      assert.strictEqual(changes.filter((change) => change.includes("active")).length, 1);
    }));

  it.effect("is refused when it wakes with a version that is not spoken", () =>
    Effect.gen(function* () {
      const { device, viewer } = yield* start({}, { version: "2.3.0" });
      yield* silence(120_000);
      yield* viewer.room.setAttributes(new Map([["protocolVersion", "9.0.0"]]));
      yield* settle;
      yield* viewer.send(ping);
      assert.deepStrictEqual(device.gateway.viewers, []);
      assert.strictEqual((yield* viewer.next("status")).level, "error");
    }));

  it.effect("keeps its policy without being asked about, as it was replaced meanwhile", () =>
    Effect.gen(function* () {
      let asked = 0;
      const { device, pose, viewer } = yield* start({
        authorize: () => {
          asked += 1;
          return observer;
        },
      });
      yield* silence(120_000);
      const blind = { allows: (operation: string) => operation !== "see" };
      assert.isTrue(device.gateway.setPolicy("viewer-1", blind));
      yield* viewer.send(ping);
      yield* viewer.next("serverInfo");
      yield* viewer.silence;
      assert.strictEqual(asked, 1);
      assert.isTrue(device.gateway.setPolicy("viewer-1", operator));
      assert.deepStrictEqual((yield* viewer.next("advertise")).channels.map(({ id }) => id), [pose.id]);
    }));

  it.effect("does not count as there for a device that waits for viewers, unless it is brought back in time", () =>
    Effect.gen(function* () {
      const { device, viewer } = yield* start({ deviceWaitForViewerMs: 60_000 });
      yield* silence(170_000);
      yield* viewer.send(ping);
      yield* silence(110_000);
      assert.strictEqual(device.gateway.status, "connected");
      yield* silence(70_000);
      assert.strictEqual(device.gateway.status, "shut-down");
      assert.strictEqual(yield* device.gateway.endedEffect, "idle");
    }));

  it.effect("counts as there while it is being brought back", () =>
    Effect.gen(function* () {
      const { hub, device, viewer } = yield* start({ deviceWaitForViewerMs: 60_000 });
      yield* silence(179_000);
      hub.participant("rover").setDelays({ openMs: 5_000 });
      yield* viewer.send(ping);
      yield* advance(10_000);
      assert.strictEqual(device.gateway.status, "connected");
      assert.deepStrictEqual(states(device), ["viewer-1 active"]);
    }));

  it.effect("is no reason to wait when everything is to be written", () =>
    Effect.gen(function* () {
      const { hub, device, pose, viewer } = yield* start();
      hub.participant("rover").stallWrites();
      pose.log("stuck");
      yield* silence(120_000);
      yield* device.gateway.drainEffect(1);
      hub.participant("rover").resumeWrites();
      yield* settle;
      assert.deepStrictEqual(states(device), ["viewer-1 asleep"]);
      yield* viewer.drain;
      yield* viewer.send(ping);
      yield* viewer.next("serverInfo");
      assert.deepStrictEqual(states(device), ["viewer-1 active"]);
    }));

  it.effect("is cleaned up after once only when the session ends", () =>
    Effect.gen(function* () {
      const { device, changes } = yield* start();
      yield* silence(120_000);
      yield* device.gateway.closeEffect;
      assert.strictEqual(device.events.length, 2);
      assert.deepStrictEqual(changes.map((change) => change.split(" ")[1]), ["joined", "idle", "asleep", "left"]);
    }));
});

describe("a viewer of this library that was cut off for minutes", () => {
  it.effect("recovers by itself: asleep at the device, which is silent to it, and then everything goes on", () =>
    Effect.gen(function* () {
      const { hub, context, gateway, viewer } = yield* makePair();
      const pose = context.channel({ topic: "/pose", encoding: "json", qos: "reliable" });
      const scan = context.channel({ topic: "/scan", encoding: "json" });
      const seen = texts(viewer.subscribe("/pose"));
      const scans = texts(viewer.subscribe("/scan"));
      yield* advance(10_000, 1_000);
      pose.log("before");
      yield* settle;
      assert.strictEqual(gateway.viewers[0]?.state, "active");

      // As a frozen tab is: it neither sends nor reads, and its connection is kept for it.
      hub.participant("viewer-1").partition();
      yield* advance(100_000, 5_000);
      pose.log("waits for it");
      assert.strictEqual(viewer.devicePresence?.state, "silent");
      assert.strictEqual(gateway.viewers[0]?.state, "idle");
      yield* advance(200_000, 5_000);
      assert.strictEqual(gateway.viewers[0]?.state, "asleep");
      assert.isFalse(pose.hasSubscribers);
      const late = context.channel({ topic: "/late", encoding: "json", qos: "reliable" });
      pose.log("not for it");

      hub.participant("viewer-1").heal();
      yield* advance(1_000);
      assert.strictEqual(gateway.viewers[0]?.state, "active");
      assert.strictEqual(viewer.devicePresence?.state, "active");
      assert.isTrue(viewer.channels.has(late.id));
      pose.log("after");
      scan.log("as well");
      yield* settle;
      assert.deepStrictEqual(seen, ["before", "waits for it", "after"]);
      assert.deepStrictEqual(scans, ["as well"]);
      yield* advance(100_000, 5_000);
      assert.strictEqual(gateway.viewers[0]?.state, "active");
      assert.strictEqual(viewer.devicePresence?.state, "active");
      assert.deepStrictEqual(gateway.viewers[0]?.topics.toSorted(), ["/pose", "/scan"]);
    }));

  it.effect("never sleeps while it pings, however little else it says", () =>
    Effect.gen(function* () {
      const { gateway, viewer } = yield* makePair();
      yield* advance(600_000, 5_000);
      assert.strictEqual(gateway.viewers[0]?.state, "active");
      assert.strictEqual(gateway.viewers[0]?.stateSince, gateway.viewers[0]?.since);
      assert.isDefined(viewer.clockOffset);
      assert.isDefined(gateway.viewers[0]?.clockOffset);
    }));
});
