import { assert, describe, it } from "@effect/vitest";
import * as Effect from "effect/Effect";
import * as Exit from "effect/Exit";
import * as Fiber from "effect/Fiber";
import { LoopbackHub } from "../../../adapters/loopback/mod.ts";
import { ConnectionLost, type PendingRequests, RequestTimeout, TooManyPending, Viewer } from "../../../mod.ts";
import { makePair } from "../../support/pair.ts";
import { advertise, capable, RawDevice, say, services } from "../../support/raw_device.ts";
import { outcome, rawPair } from "../../support/raw_pair.ts";
import { advance, eventually, settle } from "../../support/settle.ts";

const ALL = ["services", "assets", "parameters", "playbackControl"] as const;
const NOTHING: PendingRequests = { calls: 0, fetches: 0, parameters: 0, playback: 0 };

/** One request of each kind, sent and not answered, in whatever way each ends. */
const underWay = Effect.fnUntraced(function* () {
  const pair = yield* rawPair(ALL);
  yield* say(pair.control, services("/a"));
  yield* settle;
  const { viewer, device } = pair;
  const ends = [
    outcome(viewer.callService("/a")),
    outcome(viewer.fetchAsset("a.urdf")),
    outcome(viewer.getParameters()),
    outcome(viewer.setParameters({ a: 1 })),
    outcome(viewer.playback.play()),
  ];
  yield* eventually("all are sent", () => device.received.length === ends.length);
  return { ...pair, ends };
});

/** All have failed with the loss of the connection, and nothing is left of them. */
function assertLost(
  viewer: Viewer,
  ends: ReadonlyArray<{ error?: unknown }>,
  expected: { readonly reason: ConnectionLost["reason"]; readonly sent: ConnectionLost["sent"] },
): void {
  for (const { error } of ends) {
    assert.instanceOf(error, ConnectionLost);
    assert.deepStrictEqual({ reason: error.reason, sent: error.sent }, expected);
  }
  assert.deepStrictEqual(viewer.pendingRequests, NOTHING);
}

describe("Viewer: requests under way when the session ends", () => {
  it.effect("fail when the device says anew who it is", () =>
    Effect.gen(function* () {
      const { viewer, control, ends } = yield* underWay();
      yield* say(control, capable(...ALL));
      yield* settle;
      assertLost(viewer, ends, { reason: "reset", sent: "maybe" });
    }));

  it.effect("fail when the device opens another control stream", () =>
    Effect.gen(function* () {
      const { viewer, device, ends } = yield* underWay();
      yield* device.open();
      yield* settle;
      assertLost(viewer, ends, { reason: "reset", sent: "maybe" });
    }));

  it.effect("fail when the device ends its stream, or leaves", () =>
    Effect.gen(function* () {
      const { viewer, control, ends } = yield* underWay();
      yield* control.close;
      yield* settle;
      assertLost(viewer, ends, { reason: "stream-ended", sent: "maybe" });
    }));

  it.effect("fail when the room is lost", () =>
    Effect.gen(function* () {
      const { hub, viewer, ends } = yield* underWay();
      hub.participant("viewer-1").kick("connection-lost");
      yield* settle;
      // The loopback ends the streams of a room before it tells of its end.
      assertLost(viewer, ends, { reason: "stream-ended", sent: "maybe" });
    }));

  it.effect("fail when the viewer is closed, and so do those that come after", () =>
    Effect.gen(function* () {
      const { viewer, ends } = yield* underWay();
      yield* viewer.closeEffect;
      yield* settle;
      assertLost(viewer, ends, { reason: "closed", sent: "maybe" });
      const late = [
        outcome(viewer.callService("/a")),
        outcome(viewer.fetchAsset("a.urdf")),
        outcome(viewer.getParameters()),
        outcome(viewer.setParameters({ a: 1 })),
        outcome(viewer.playback.pause()),
      ];
      yield* settle;
      assertLost(viewer, late, { reason: "closed", sent: "no" });
    }));

  it.effect("fail when the viewer's own stream fails; what comes then goes on the next one", () =>
    Effect.gen(function* () {
      const { hub, viewer, ends, device } = yield* underWay();
      hub.participant("viewer-1").stallWrites();
      const last = outcome(viewer.callService("/a"));
      yield* settle;
      hub.participant("viewer-1").failWrites(1);
      hub.participant("viewer-1").resumeWrites();
      outcome(viewer.callService("/a"));
      yield* settle;
      assertLost(viewer, [...ends, last], { reason: "stream-failed", sent: "maybe" });
      const later = outcome(viewer.callService("/a"));
      yield* advance(1_000);
      yield* eventually("the next stream takes it", () => device.streams === 2);
      yield* settle;
      assert.deepStrictEqual(later, {});
      assert.strictEqual(viewer.pendingRequests.calls, 1);
    }));

  it.effect("tell, when the device does not take what it is sent, which of them never left", () =>
    Effect.gen(function* () {
      const { hub, viewer, device, control } = yield* rawPair(ALL, { limits: { queueFrames: 2 } });
      yield* say(control, services("/a"), advertise({ id: 1, topic: "/t" }));
      yield* settle;
      hub.participant("viewer-1").stallWrites();
      const call = () => outcome(viewer.callService("/a"));
      const inFlight = call();
      yield* settle;
      const queued = [call(), call()];
      yield* settle;
      assert.deepStrictEqual([inFlight, ...queued], [{}, {}, {}]);
      // One more request waits for room; what stands must be told, whatever becomes of the stream.
      const waiting = call();
      yield* settle;
      assert.deepStrictEqual(waiting, {});
      viewer.subscribe("/t");
      yield* settle;
      const lost = [inFlight, ...queued].map(({ error }) =>
        error instanceof ConnectionLost ? `${error.reason} ${error.sent}` : "answered"
      );
      assert.deepStrictEqual(lost, ["stream-failed maybe", "stream-failed no", "stream-failed no"]);
      assert.deepStrictEqual([waiting, viewer.pendingRequests.calls], [{}, 1]);
      hub.participant("viewer-1").resumeWrites();
      yield* advance(1_000);
      assert.strictEqual(device.of("serviceCallRequest").length, 1);
    }));
});

describe("Viewer: more requests than may wait for the device", () => {
  it.effect("wait for room, however large or many, and are all answered", () =>
    Effect.gen(function* () {
      const { viewer } = yield* makePair({
        gateway: {
          supportedEncodings: ["json"],
          services: [{ name: "/a", handler: ({ payload }) => payload.subarray(0, 1) }],
          limits: { serviceCalls: 5_000 },
        },
        // A large one does not fit behind a small one, though less than half of what may wait does.
        viewer: { limits: { pendingRequests: 5_000, queueBytes: 8 * 1024 * 1024 } },
      });
      const large = new Uint8Array(12 * 1024 * 1024);
      const bodies = ["{}", ...Array.from({ length: 5 }, () => large), ...Array.from({ length: 2_000 }, () => "{}")];
      const calls = bodies.map((body) => outcome(viewer.callService("/a", body)));
      yield* eventually("all have ended", () => viewer.pendingRequests.calls === 0);
      assert.deepStrictEqual(calls.filter(({ error }) => error !== undefined), []);
    }));

  it.effect("fail by their timeout, never sent, when there is none; the others are not harmed", () =>
    Effect.gen(function* () {
      const { hub, viewer, device, control } = yield* rawPair(ALL, { limits: { queueFrames: 2 } });
      yield* say(control, services("/a"));
      yield* settle;
      hub.participant("viewer-1").stallWrites();
      const call = (timeoutMs: number) => outcome(viewer.callService("/a", {}, { timeoutMs }));
      const taken = call(5_000);
      yield* settle;
      const others = [taken, call(5_000), call(5_000)];
      yield* settle;
      const late = call(1_000);
      yield* advance(1_000);
      assert.instanceOf(late.error, RequestTimeout);
      assert.strictEqual(late.error.awaited, "room");
      assert.deepStrictEqual(others, [{}, {}, {}]);
      hub.participant("viewer-1").resumeWrites();
      yield* eventually("the others are sent", () => device.of("serviceCallRequest").length === 3);
    }));
});

describe("Viewer: requests while there is no device", () => {
  it.effect("wait through sessions that end, and go to the next device", () =>
    Effect.gen(function* () {
      const hub = yield* LoopbackHub.make();
      const viewer = yield* Viewer.make(hub.transport({ identity: "viewer-1" }), { log: () => {} });
      const fetch = outcome(viewer.fetchAsset("a", { timeoutMs: 60_000 }));
      yield* settle;
      hub.participant("viewer-1").kick("connection-lost");
      yield* advance(2_000);
      const device = yield* RawDevice.join(hub);
      const control = yield* device.open();
      yield* settle;
      yield* say(control, capable("assets"));
      yield* eventually("it is asked for", () => device.of("fetchAsset").length === 1);
      const { requestId } = device.last("fetchAsset");
      const data = Uint8Array.of(1, 2);
      yield* say(control, { op: "fetchAssetResponse", requestId, status: "success", data });
      yield* eventually("it has come", () => fetch.value !== undefined);
      assert.deepStrictEqual([...fetch.value ?? []], [1, 2]);
    }));

  it.effect("fail when the viewer is closed", () =>
    Effect.gen(function* () {
      const hub = yield* LoopbackHub.make();
      const viewer = yield* Viewer.make(hub.transport({ identity: "viewer-1" }), { log: () => {} });
      const call = outcome(viewer.callService("/a"));
      yield* settle;
      yield* viewer.closeEffect;
      yield* settle;
      assertLost(viewer, [call], { reason: "closed", sent: "no" });
      assert.include(String(call.error), "it was not sent, so it can be asked again");
    }));
});

describe("Viewer: giving a request up", () => {
  it.effect("by its signal rejects with the signal's reason and frees its place", () =>
    Effect.gen(function* () {
      const { viewer, device } = yield* rawPair(ALL);
      const controller = new AbortController();
      const fetch = outcome(viewer.fetchAsset("a", { signal: controller.signal }));
      yield* eventually("it is asked for", () => device.of("fetchAsset").length === 1);
      assert.strictEqual(viewer.pendingRequests.fetches, 1);
      const reason = new Error("not needed any more");
      controller.abort(reason);
      yield* settle;
      assert.strictEqual(fetch.error, reason);
      const never = outcome(viewer.fetchAsset("b", { signal: controller.signal }));
      yield* settle;
      assert.strictEqual(never.error, reason);
      assert.strictEqual(device.of("fetchAsset").length, 1);
      assert.deepStrictEqual(viewer.pendingRequests, NOTHING);
    }));

  it.effect("by interruption frees its place, sent or waiting", () =>
    Effect.gen(function* () {
      const { viewer, device, control } = yield* rawPair(ALL);
      const waiting = yield* Effect.forkChild(viewer.callServiceEffect("/a"), { startImmediately: true });
      const sent = yield* Effect.forkChild(viewer.fetchAssetEffect("a"), { startImmediately: true });
      yield* eventually("it is asked for", () => device.of("fetchAsset").length === 1);
      yield* Fiber.interrupt(waiting);
      yield* Fiber.interrupt(sent);
      assert.deepStrictEqual(viewer.pendingRequests, NOTHING);
      yield* say(control, services("/a"));
      yield* settle;
      assert.deepStrictEqual(device.of("serviceCallRequest"), []);
      assert.isTrue(Exit.hasInterrupts(yield* Fiber.await(sent)));
    }));
});

describe("Viewer: the bound of requests", () => {
  it.effect("is for each kind; a further one fails at once, and an end makes room", () =>
    Effect.gen(function* () {
      const { viewer, device, control } = yield* rawPair(ALL, { limits: { pendingRequests: 2 } });
      const [first] = [outcome(viewer.fetchAsset("a")), outcome(viewer.fetchAsset("b"))];
      yield* settle;
      const third = yield* Effect.flip(viewer.fetchAssetEffect("c"));
      assert.instanceOf(third, TooManyPending);
      assert.include(third.message, '"pendingRequests"');
      const get = outcome(viewer.getParameters());
      yield* eventually("the others are sent", () => device.received.length === 3);
      assert.deepStrictEqual(get, {});
      const { requestId } = device.of("fetchAsset")[0] ?? device.last("fetchAsset");
      yield* say(control, { op: "fetchAssetResponse", requestId, status: "error", message: "no such file" });
      yield* eventually("the first has ended", () => first?.error !== undefined);
      outcome(viewer.fetchAsset("c"));
      yield* eventually("there is room again", () => device.of("fetchAsset").length === 3);
    }));
});
