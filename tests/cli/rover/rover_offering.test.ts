import { assert, describe, it } from "@effect/vitest";
import * as Effect from "effect/Effect";
import * as TestClock from "effect/testing/TestClock";
import { LoopbackHub } from "../../../adapters/loopback/mod.ts";
import { Rover, TICKS_PER_SECOND } from "../../../cli/rover/rover.ts";
import { roverOffering } from "../../../cli/rover/rover_offering.ts";
import { twistStamped } from "../../../cli/rover/twist.ts";
import type { ClientMessage } from "../../../core/protocol/mod.ts";
import { startDevice } from "../../support/device.ts";
import { RawViewer } from "../../support/raw_viewer.ts";
import { advance, settle } from "../../support/settle.ts";

/** A plausible present: clocks that show 1970 are none to compare with. */
const NOW = 1_700_000_000_000;
const channel: ClientMessage = {
  op: "advertise",
  channels: [{ id: 1, topic: "/cmd_vel", encoding: "json", schemaName: "" }],
};

function text(value: string): Uint8Array {
  return new TextEncoder().encode(value);
}

function published(value: unknown, channelId = 1): ClientMessage {
  const data = text(typeof value === "string" ? value : JSON.stringify(value));
  return { op: "messageData", channelId, data };
}

const ahead = { linear: { x: 0.5 }, angular: { z: 0 } };

/** A rover on a hub, and a viewer that may drive it. */
const start = Effect.gen(function* () {
  yield* TestClock.setTime(NOW);
  const hub = yield* LoopbackHub.make();
  const rover = new Rover();
  const offering = roverOffering(rover);
  const { gateway, log } = yield* startDevice(hub, offering.options);
  offering.attach(gateway);
  const viewer = yield* RawViewer.join(hub);
  yield* viewer.drain;
  yield* viewer.send(channel);
  return { hub, rover, viewer, gateway, log };
});

/** The rover's ticks go on while time does. */
const live = Effect.fnUntraced(function* (rover: Rover, ms: number) {
  const tick = 1000 / TICKS_PER_SECOND;
  for (let left = ms; left > 0; left -= tick) {
    yield* advance(tick, tick);
    rover.step();
  }
});

describe("the rover's offering", () => {
  it.effect("lets a viewer drive, and stops the rover when commands stop", () =>
    Effect.gen(function* () {
      const { rover, viewer } = yield* start;
      assert.strictEqual(rover.mode, "autopilot");
      for (let sent = 0; sent < 20; sent += 1) {
        yield* viewer.send(published(ahead));
        yield* live(rover, 100);
      }
      assert.strictEqual(rover.mode, "driven");
      assert.closeTo(rover.motion.speed, 0.5, 1e-9);
      yield* live(rover, 380);
      assert.strictEqual(rover.mode, "driven");
      yield* live(rover, 400);
      assert.deepStrictEqual([rover.mode, rover.motion.speed], ["stopped", 0]);
      yield* viewer.send(published({ twist: { linear: { x: -0.2 } } }));
      assert.strictEqual(rover.mode, "driven");
    }));

  it.effect("stops the rover when the driver's link is cut, and at once when the driver leaves", () =>
    Effect.gen(function* () {
      const cut = yield* start;
      yield* cut.viewer.send(published(ahead));
      cut.hub.participant("viewer-1").partition();
      yield* advance(499);
      assert.strictEqual(cut.rover.mode, "driven");
      yield* advance(1);
      assert.strictEqual(cut.rover.mode, "stopping");
      const left = yield* start;
      yield* left.viewer.send(published(ahead));
      yield* left.viewer.leave;
      assert.strictEqual(left.rover.mode, "stopping");
    }));

  it.effect("does not stop for one viewer what another one drives", () =>
    Effect.gen(function* () {
      const { hub, rover, viewer } = yield* start;
      const other = yield* RawViewer.join(hub, "viewer-2");
      yield* other.send(channel);
      yield* viewer.send(published(ahead));
      yield* advance(300);
      yield* other.send(published(ahead));
      yield* advance(300);
      assert.match(rover.driver ?? "", /^viewer-2 /);
      yield* viewer.leave;
      assert.strictEqual(rover.mode, "driven");
      yield* advance(200);
      assert.strictEqual(rover.mode, "stopping");
    }));

  it.effect("does not follow a command that comes too late by the viewer's own clock", () =>
    Effect.gen(function* () {
      const { rover, viewer } = yield* start;
      yield* viewer.drain;
      // The viewer's clock is 10 s ahead, which its pings tell.
      for (let pings = 0; pings < 2; pings += 1) {
        const appTimestamp = BigInt(NOW + 10_000);
        const payload = new Uint8Array(8);
        new DataView(payload.buffer).setBigUint64(0, appTimestamp, true);
        yield* viewer.send({ op: "ping", appTimestamp, payload });
        const { deviceTimestamp } = yield* viewer.next("pong");
        yield* viewer.send({ op: "pingAck", deviceTimestamp });
      }
      yield* viewer.send(published(twistStamped({ linear: 0.5, angular: 0 }, NOW + 10_000 - 600)));
      assert.strictEqual(rover.mode, "autopilot");
      yield* viewer.send(published(twistStamped({ linear: 0.5, angular: 0 }, NOW + 10_000 - 400)));
      assert.strictEqual(rover.mode, "driven");
    }));

  it.effect("complains of commands that it does not understand, and goes on as before", () =>
    Effect.gen(function* () {
      const { rover, viewer } = yield* start;
      const cbor = { id: 2, topic: "/cmd_vel", encoding: "cbor", schemaName: "" };
      yield* viewer.send({ op: "advertise", channels: [cbor, { ...cbor, id: 3, topic: "/other" }] });
      yield* viewer.send(published("faster!"));
      for (let tick = 0; tick < TICKS_PER_SECOND; tick += 1) rover.step();
      yield* viewer.send(published(ahead, 2), published("anything", 3));
      assert.strictEqual(rover.mode, "autopilot");
      assert.deepStrictEqual(rover.takeLines().slice(1).map(({ message }) => message), [
        "a command is not understood: it is no JSON object",
        "a command is not understood: it is in cbor, not in json",
      ]);
    }));

  it.effect("goes back to the start on /reset, and answers on /echo what it gets", () =>
    Effect.gen(function* () {
      const { hub, rover } = yield* start;
      const viewer = yield* RawViewer.join(hub, "viewer-2");
      const ids = new Map<string, number>();
      for (const message of yield* viewer.drain) {
        if (message.op !== "advertiseServices") continue;
        for (const { name, id } of message.services) ids.set(name, id);
      }
      rover.command("anna", { linear: 1, angular: 0 });
      const call = { op: "serviceCallRequest", encoding: "json" } as const;
      yield* viewer.send(
        { ...call, serviceId: ids.get("/reset")!, callId: 1, payload: text("") },
        { ...call, serviceId: ids.get("/echo")!, callId: 2, payload: text('{"hello":"rover"}') },
      );
      const reset = yield* viewer.next("serviceCallResponse");
      assert.deepInclude(JSON.parse(new TextDecoder().decode(reset.payload)), { success: true });
      assert.strictEqual(rover.mode, "autopilot");
      const echo = yield* viewer.next("serviceCallResponse");
      assert.deepStrictEqual([echo.callId, new TextDecoder().decode(echo.payload)], [2, '{"hello":"rover"}']);
    }));

  it.effect("gives its description as an asset, and names it when asked for another", () =>
    Effect.gen(function* () {
      const { rover, viewer } = yield* start;
      yield* viewer.drain;
      rover.settings.name = "Wall-E";
      yield* viewer.send({ op: "fetchAsset", requestId: 1, uri: "package://rover/rover.urdf" });
      const found = yield* viewer.next("fetchAssetResponse");
      assert.include(found.status === "success" ? new TextDecoder().decode(found.data) : "", '<robot name="Wall-E">');
      yield* viewer.send({ op: "fetchAsset", requestId: 2, uri: "package://rover/other.urdf" });
      const refused = yield* viewer.next("fetchAssetResponse");
      assert.include(refused.status === "error" ? refused.message : "", "package://rover/rover.urdf");
    }));

  it.effect("has its parts and services in the graph, and whoever may drive it for as long as they may", () =>
    Effect.gen(function* () {
      const { viewer, gateway, log } = yield* start;
      yield* viewer.drain;
      yield* viewer.send({ op: "subscribeConnectionGraph" });
      const whole = yield* viewer.next("connectionGraphUpdate");
      assert.deepInclude(whole.publishedTopics, { name: "/cmd_vel", publisherIds: ["teleop (viewer-1)"] });
      assert.deepInclude(whole.subscribedTopics, { name: "/cmd_vel", subscriberIds: ["drive"] });
      assert.deepStrictEqual(whole.advertisedServices.map(({ name }) => name).toSorted(), [...gateway.services].sort());
      yield* viewer.send({ op: "unadvertise", channelIds: [1] });
      const update = yield* viewer.next("connectionGraphUpdate");
      assert.deepStrictEqual(update.publishedTopics, [{ name: "/cmd_vel", publisherIds: [] }]);
      yield* settle;
      assert.deepStrictEqual([...log.at("error"), ...log.at("warning")], []);
    }));
});
