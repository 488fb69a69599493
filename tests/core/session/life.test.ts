import { assert, describe, it } from "@effect/vitest";
import * as Effect from "effect/Effect";
import * as Exit from "effect/Exit";
import * as Fiber from "effect/Fiber";
import * as Scope from "effect/Scope";
import { LoopbackHub } from "../../../adapters/loopback/mod.ts";
import { DrainTimeout } from "../../../mod.ts";
import { JoinError, type Transport } from "../../../transport/mod.ts";
import { type DeviceOptions, startDevice } from "../../support/device.ts";
import { RawViewer } from "../../support/raw_viewer.ts";
import { advance, settle } from "../../support/settle.ts";
import { breakTransport } from "../../transport/broken.ts";

const start = Effect.fnUntraced(function* (options: DeviceOptions = {}) {
  const hub = yield* LoopbackHub.make();
  const device = yield* startDevice(hub, options);
  return { hub, device, rover: hub.participant("rover") };
});

describe("the status of a gateway", () => {
  it.effect("goes from connecting over connected and shutting down to shut down, each told once", () =>
    Effect.gen(function* () {
      const { device } = yield* start();
      assert.deepStrictEqual(device.statuses, ["connecting", "connected"]);
      yield* device.gateway.closeEffect;
      yield* device.gateway.closeEffect;
      assert.deepStrictEqual(device.statuses, ["connecting", "connected", "shutting-down", "shut-down"]);
      assert.strictEqual(yield* device.gateway.endedEffect, "closed");
    }));

  it.effect("begins with connecting, before anything has been joined", () =>
    Effect.gen(function* () {
      const hub = yield* LoopbackHub.make();
      hub.participant("rover").setDelays({ joinMs: 1_000 });
      const { gateway, statuses } = yield* startDevice(hub);
      assert.deepStrictEqual(statuses, ["connecting"]);
      assert.strictEqual(gateway.status, "connecting");
      const connected = yield* Effect.forkChild(gateway.connectedEffect, { startImmediately: true });
      yield* advance(500);
      assert.isUndefined(connected.pollUnsafe());
      yield* advance(500);
      yield* Fiber.join(connected);
      assert.strictEqual(gateway.status, "connected");
    }));

  it.effect("shuts down while it still joins, without ever being connected", () =>
    Effect.gen(function* () {
      const hub = yield* LoopbackHub.make();
      hub.participant("rover").setDelays({ joinMs: 60_000 });
      const { gateway, statuses } = yield* startDevice(hub);
      const connected = yield* Effect.forkChild(gateway.connectedEffect, { startImmediately: true });
      yield* gateway.closeEffect;
      assert.deepStrictEqual(statuses, ["connecting", "shutting-down", "shut-down"]);
      assert.strictEqual((yield* Effect.flip(Fiber.join(connected)))._tag, "Closed");
      assert.deepStrictEqual(hub.identities(), []);
    }));

  it.effect("is followed by no callback of any kind after shut down, and all ends are told before", () =>
    Effect.gen(function* () {
      const order: Array<string> = [];
      const { hub, device } = yield* start({
        onStatus: (status) => order.push(status),
        onUnsubscribe: (client) => order.push(`- ${client.identity}`),
      });
      const channel = device.context.channel({ topic: "/a", encoding: "json" });
      for (const identity of ["viewer-1", "viewer-2"]) {
        yield* (yield* RawViewer.join(hub, identity)).subscribe(channel.id);
      }
      yield* device.gateway.closeEffect;
      yield* advance(60_000);
      assert.deepStrictEqual(order, [
        "connecting",
        "connected",
        "shutting-down",
        "- viewer-1",
        "- viewer-2",
        "shut-down",
      ]);
      assert.isFalse(channel.hasSubscribers);
    }));

  it.effect("ends with the scope that it was made in", () =>
    Effect.gen(function* () {
      const hub = yield* LoopbackHub.make();
      const scope = yield* Scope.make();
      const { statuses } = yield* Scope.provide(startDevice(hub), scope);
      yield* Scope.close(scope, Exit.void);
      assert.deepStrictEqual(statuses, ["connecting", "connected", "shutting-down", "shut-down"]);
      assert.deepStrictEqual(hub.identities(), []);
    }));
});

describe("closing a gateway", () => {
  it.effect("shuts the door: later messages and channels reach nobody, and nobody is served any more", () =>
    Effect.gen(function* () {
      const { hub, device } = yield* start();
      const channel = device.context.channel({ topic: "/a", encoding: "json", qos: "reliable" });
      const viewer = yield* RawViewer.join(hub);
      yield* viewer.subscribe(channel.id);
      yield* viewer.drain;
      yield* device.gateway.closeEffect;
      channel.log("nobody");
      device.context.channel({ topic: "/b", encoding: "json" });
      yield* viewer.silence;
      assert.isDefined(viewer.control.end);
      const late = yield* RawViewer.join(hub, "viewer-2");
      assert.strictEqual(late.controls.length, 0);
      assert.deepStrictEqual(device.events, ["+ viewer-1 /a", "- viewer-1 /a"]);
    }));

  it.effect("waits for the transport for 5 s at most, and then leaves the room to itself with a warning", () =>
    Effect.gen(function* () {
      const hub = yield* LoopbackHub.make();
      const { gateway, log, statuses } = yield* startDevice(hub, { transport: leavingTakes(hub, Effect.never) });
      const closing = yield* Effect.forkChild(gateway.closeEffect, { startImmediately: true });
      yield* advance(4_500);
      assert.isUndefined(closing.pollUnsafe());
      assert.strictEqual(statuses.at(-1), "shutting-down");
      yield* advance(500);
      yield* Fiber.join(closing);
      assert.deepStrictEqual(log.at("warning"), ["leaving the room takes too long; it is left to itself"]);
      assert.strictEqual(statuses.at(-1), "shut-down");
    }));

  it.effect("goes on when leaving the room fails, with an error in the log", () =>
    Effect.gen(function* () {
      const hub = yield* LoopbackHub.make();
      const transport = leavingTakes(hub, Effect.die(new Error("the transport is broken")));
      const { gateway, log, statuses } = yield* startDevice(hub, { transport });
      yield* gateway.closeEffect;
      assert.deepStrictEqual(log.at("error"), ["leaving the room has failed"]);
      assert.strictEqual(statuses.at(-1), "shut-down");
    }));

  it.effect("loses nothing that was drained before", () =>
    Effect.gen(function* () {
      const { hub, device } = yield* start();
      const channel = device.context.channel({ topic: "/a", encoding: "json", qos: "reliable" });
      const viewer = yield* RawViewer.join(hub);
      yield* viewer.drain;
      yield* viewer.subscribe(channel.id);
      hub.participant("viewer-1").setConditions({ down: { latencyMs: 200 } });
      for (let n = 0; n < 100; n += 1) channel.log(`${n}`);
      yield* device.gateway.drainEffect();
      yield* device.gateway.closeEffect;
      yield* advance(1_000, 50);
      assert.strictEqual((yield* viewer.drain).length, 100);
      assert.strictEqual(viewer.control.end, "end");
    }));

  it.effect("is not held up by draining for longer than asked", () =>
    Effect.gen(function* () {
      const { hub, device, rover } = yield* start();
      const channel = device.context.channel({ topic: "/a", encoding: "json", qos: "reliable" });
      const viewer = yield* RawViewer.join(hub);
      yield* viewer.subscribe(channel.id);
      rover.stallWrites();
      channel.log("stuck");
      const drained = yield* Effect.forkChild(Effect.flip(device.gateway.drainEffect(3_000)), {
        startImmediately: true,
      });
      yield* advance(3_000);
      const error = yield* Fiber.join(drained);
      assert.instanceOf(error, DrainTimeout);
      assert.include(error.message, "3000 ms");
    }));
});

describe("a device without viewers", () => {
  it.effect("stays for ever where no wait is set", () =>
    Effect.gen(function* () {
      const { device } = yield* start();
      yield* advance(3_600_000, 60_000);
      assert.strictEqual(device.gateway.status, "connected");
    }));

  it.effect("ends as idle after the wait, counted from joining", () =>
    Effect.gen(function* () {
      const { hub, device } = yield* start({ deviceWaitForViewerMs: 10_000 });
      yield* advance(9_500);
      assert.strictEqual(device.gateway.status, "connected");
      yield* advance(500);
      assert.strictEqual(yield* device.gateway.endedEffect, "idle");
      assert.deepStrictEqual(device.statuses, ["connecting", "connected", "shutting-down", "shut-down"]);
      assert.deepStrictEqual(hub.identities(), []);
    }));

  it.effect("ends as idle after the wait, counted from the last viewer's leaving", () =>
    Effect.gen(function* () {
      const { hub, device } = yield* start({ deviceWaitForViewerMs: 10_000 });
      yield* advance(5_000);
      const first = yield* RawViewer.join(hub, "viewer-1");
      const second = yield* RawViewer.join(hub, "viewer-2");
      yield* advance(30_000);
      yield* first.leave;
      yield* advance(30_000);
      assert.strictEqual(device.gateway.status, "connected");
      yield* second.leave;
      yield* advance(9_500);
      assert.strictEqual(device.gateway.status, "connected");
      yield* advance(500);
      assert.strictEqual(device.gateway.status, "shut-down");
    }));

  it.effect("begins to wait anew when a viewer has been there in between", () =>
    Effect.gen(function* () {
      const { hub, device } = yield* start({ deviceWaitForViewerMs: 10_000 });
      yield* advance(9_000);
      yield* (yield* RawViewer.join(hub)).leave;
      yield* advance(9_000);
      assert.strictEqual(device.gateway.status, "connected");
      yield* advance(1_000);
      assert.strictEqual(device.gateway.status, "shut-down");
    }));

  it.effect("counts a viewer that is reset as being there, until it leaves", () =>
    Effect.gen(function* () {
      const { hub, device, rover } = yield* start({ deviceWaitForViewerMs: 1_000 });
      const channel = device.context.channel({ topic: "/a", encoding: "json", qos: "reliable" });
      const viewer = yield* RawViewer.join(hub);
      yield* viewer.subscribe(channel.id);
      rover.failWrites(5);
      channel.log("lost");
      yield* advance(7_000, 100);
      assert.strictEqual(device.gateway.status, "connected");
      assert.strictEqual(viewer.controls.length, 5);
      yield* viewer.leave;
      yield* advance(900, 100);
      assert.strictEqual(device.gateway.status, "connected");
      yield* advance(100);
      assert.strictEqual(device.gateway.status, "shut-down");
    }));

  it.effect("does not wait for a reset of an instance that a newer one has replaced", () =>
    Effect.gen(function* () {
      const { hub, device, rover } = yield* start({ deviceWaitForViewerMs: 1_000 });
      const channel = device.context.channel({ topic: "/a", encoding: "json", qos: "reliable" });
      yield* (yield* RawViewer.join(hub)).subscribe(channel.id);
      rover.failWrites(4);
      channel.log("lost");
      yield* advance(3_500, 100);
      rover.setEvent("participantDisconnected", { times: 0 });
      const again = yield* RawViewer.join(hub);
      rover.clearEvents();
      yield* again.next("serverInfo");
      yield* again.leave;
      yield* advance(900, 100);
      assert.strictEqual(device.gateway.status, "connected");
      yield* advance(100);
      assert.strictEqual(device.gateway.status, "shut-down");
    }));

  it.effect("does not count a viewer that it refuses", () =>
    Effect.gen(function* () {
      const { hub, device } = yield* start({ deviceWaitForViewerMs: 10_000 });
      yield* advance(5_000);
      yield* RawViewer.join(hub, "viewer-1", { version: "1.0.0" });
      yield* advance(5_000);
      assert.strictEqual(device.gateway.status, "shut-down");
    }));
});

describe("losing the session", () => {
  it.effect("loses the viewers and their state, and nothing of the application's", () =>
    Effect.gen(function* () {
      const { hub, device, rover } = yield* start();
      const channel = device.context.channel({ topic: "/a", encoding: "json", qos: "reliable" });
      const viewer = yield* RawViewer.join(hub);
      const before = yield* viewer.next("serverInfo");
      yield* viewer.next("advertise");
      yield* viewer.subscribe(channel.id);
      rover.kick("connection-lost");
      yield* settle;
      assert.deepStrictEqual(device.events, ["+ viewer-1 /a", "- viewer-1 /a"]);
      yield* advance(1_000);
      assert.deepStrictEqual(device.statuses, ["connecting", "connected", "connecting", "connected"]);
      const after = yield* viewer.next("serverInfo");
      assert.strictEqual(after.sessionId, before.sessionId);
      assert.deepStrictEqual((yield* viewer.next("advertise")).channels.map(({ id }) => id), [channel.id]);
      channel.log("not subscribed any more");
      yield* viewer.silence;
      yield* viewer.leave;
      assert.strictEqual(device.events.length, 2);
    }));

  it.effect("is followed by channels that were made and closed meanwhile being so", () =>
    Effect.gen(function* () {
      const { hub, device, rover } = yield* start();
      const { context } = device;
      const [closed, kept] = ["/closed", "/kept"].map((topic) => context.channel({ topic, encoding: "json" }));
      const viewer = yield* RawViewer.join(hub);
      rover.partition();
      rover.kick("connection-lost");
      yield* settle;
      closed?.close();
      const made = context.channel({ topic: "/made", encoding: "json" });
      rover.heal();
      yield* advance(5_000);
      yield* viewer.next("serverInfo");
      assert.deepStrictEqual((yield* viewer.next("advertise")).channels.map(({ id }) => id), [kept?.id, made.id]);
    }));

  it.effect("is followed by attempts to join that back off from 1 s doubling to 30 s, from 1 s again after a steady minute", () =>
    Effect.gen(function* () {
      const { device, rover } = yield* start();
      const delays = () =>
        device.log.lines.flatMap(({ message, fields }) => message.startsWith("the room ") ? [fields["delayMs"]] : []);
      rover.failJoins("unreachable", 7);
      rover.kick("server-shutdown");
      yield* advance(160_000);
      assert.deepStrictEqual(delays(), [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
      assert.strictEqual(device.gateway.status, "connected");
      rover.kick("server-shutdown");
      yield* advance(31_000);
      assert.strictEqual(delays().at(-1), 30_000);
      assert.strictEqual(device.gateway.status, "connected");
      yield* advance(60_000);
      rover.kick("server-shutdown");
      yield* advance(1_000);
      assert.strictEqual(delays().at(-1), 1_000);
      assert.strictEqual(device.gateway.status, "connected");
    }));

  it.effect("is not fought over without pause by two gateways of one identity", () =>
    Effect.gen(function* () {
      const hub = yield* LoopbackHub.make();
      const one = yield* startDevice(hub);
      const two = yield* startDevice(hub);
      yield* advance(600_000);
      const connected = [one, two].map(({ statuses }) => statuses.filter((status) => status === "connected").length);
      assert.isBelow(Math.max(...connected), 60);
    }));

  it.effect("ends for good where the credentials are refused, at the start as well as on the way back", () =>
    Effect.gen(function* () {
      const hub = yield* LoopbackHub.make();
      hub.participant("rover").failJoins("refused");
      const refused = yield* startDevice(hub);
      assert.deepStrictEqual(refused.statuses, ["connecting", "shutting-down", "shut-down"]);
      assert.instanceOf(yield* Effect.flip(refused.gateway.endedEffect), JoinError);
      assert.instanceOf(yield* Effect.flip(refused.gateway.connectedEffect), JoinError);
      const later = yield* startDevice(hub);
      hub.participant("rover").failJoins("refused");
      hub.participant("rover").kick("expired");
      yield* advance(5_000);
      assert.strictEqual((yield* Effect.flip(later.gateway.endedEffect)).reason, "refused");
      assert.strictEqual(later.statuses.at(-1), "shut-down");
      yield* later.gateway.closeEffect;
    }));

  it.effect("ends for good where this machine or the server cannot do it, which no further attempt would change", () =>
    Effect.gen(function* () {
      const hub = yield* LoopbackHub.make();
      hub.participant("rover").failJoins("unsupported");
      const first = yield* startDevice(hub);
      assert.strictEqual((yield* Effect.flip(first.gateway.endedEffect)).reason, "unsupported");
      const later = yield* startDevice(hub);
      hub.participant("rover").failJoins("unsupported");
      hub.participant("rover").kick("server-shutdown");
      yield* advance(5_000);
      assert.strictEqual((yield* Effect.flip(later.gateway.endedEffect)).reason, "unsupported");
      assert.strictEqual(later.statuses.at(-1), "shut-down");
    }));
});

describe("the session's report", () => {
  it.effect("comes every 30 s, with what there is to tell", () =>
    Effect.gen(function* () {
      const { hub, device, rover } = yield* start();
      const reports = () => device.log.lines.filter(({ message }) => message === "the session goes on");
      const [a, b] = ["/a", "/b"].map((topic) => device.context.channel({ topic, encoding: "json" }).id);
      yield* (yield* RawViewer.join(hub)).subscribe(a ?? 0, b ?? 0);
      yield* (yield* RawViewer.join(hub, "viewer-2")).subscribe(a ?? 0);
      yield* advance(29_500);
      assert.strictEqual(reports().length, 0);
      yield* advance(500);
      assert.deepStrictEqual(reports().map(({ level, fields }) => [level, fields]), [
        ["info", { viewers: 2, subscriptions: 3 }],
      ]);
      rover.setQuality("poor");
      yield* advance(30_000);
      assert.strictEqual(reports().length, 2);
      assert.strictEqual(reports()[1]?.fields["connectionQuality"], "poor");
      yield* device.gateway.closeEffect;
      yield* advance(60_000);
      assert.strictEqual(reports().length, 2);
    }));
});

describe("a gateway whose transport hangs when a stream ends", () => {
  for (const how of ["close", "abort"] as const) {
    for (const qos of ["reliable", "lossy"] as const) {
      it.effect(`by ${how}, ${qos}, is shut down all the same, with a warning, and tells of every end`, () =>
        Effect.gen(function* () {
          const hub = yield* LoopbackHub.make();
          const transport = breakTransport(hub.transport({ identity: "rover", dataTracks: false }), {
            outgoing: (stream) => ({
              topic: stream.topic,
              destinations: stream.destinations,
              write: (bytes) => stream.write(bytes),
              close: how === "close" ? Effect.never : stream.close,
              abort: how === "abort" ? Effect.never : stream.abort,
            }),
          });
          const device = yield* startDevice(hub, { transport });
          const viewer = yield* RawViewer.join(hub);
          const channel = device.context.channel({ topic: "/a", encoding: "json", qos });
          yield* viewer.subscribe(channel.id);
          // A stream that has nothing to write is closed, another one is given up.
          if (how === "abort") hub.participant("rover").stallWrites();
          channel.log("x");
          yield* settle;
          const closing = yield* Effect.forkChild(device.gateway.closeEffect, { startImmediately: true });
          yield* advance(10_000);
          assert.isDefined(closing.pollUnsafe());
          assert.strictEqual(device.gateway.status, "shut-down");
          assert.deepStrictEqual(device.events, ["+ viewer-1 /a", "- viewer-1 /a"]);
          const warning = "ending the session's streams takes too long; they are left to themselves";
          assert.include(device.log.at("warning"), warning);
        }));
    }
  }
});

/** The hub's transport, with something that its room does on being left. */
function leavingTakes(hub: LoopbackHub, leaving: Effect.Effect<void>): Transport {
  const transport = hub.transport({ identity: "rover" });
  return {
    ...transport,
    join: (options) => Effect.tap(transport.join(options), () => Effect.addFinalizer(() => leaving)),
  };
}
