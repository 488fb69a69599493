import { assert, describe, it } from "@effect/vitest";
import * as Effect from "effect/Effect";
import { LoopbackHub } from "../../../adapters/loopback/mod.ts";
import { type Admission, observer, operator, policyOf } from "../../../mod.ts";
import { type DeviceOptions, startDevice } from "../../support/device.ts";
import { makePair, texts } from "../../support/pair.ts";
import { RawViewer } from "../../support/raw_viewer.ts";
import { advance, settle } from "../../support/settle.ts";
import { textsOf } from "../../support/stream_reader.ts";

const start = Effect.fnUntraced(function* (options: DeviceOptions = {}) {
  const hub = yield* LoopbackHub.make();
  const device = yield* startDevice(hub, options);
  const make = (topic: string) => device.context.channel({ topic, encoding: "json", qos: "reliable" });
  const channels = { pose: make("/pose"), secret: make("/secret") };
  const viewer = yield* RawViewer.join(hub);
  const other = yield* RawViewer.join(hub, "viewer-2");
  yield* viewer.drain;
  yield* other.drain;
  return { hub, device, make, viewer, other, ...channels };
});

const guest = policyOf({ see: (topic) => topic !== "/secret", subscribe: true });

describe("setPolicy", () => {
  it.effect("takes channels from the viewer that it may not see any more: its subscription ends, at once", () =>
    Effect.gen(function* () {
      const { device, viewer, other, pose, secret } = yield* start();
      for (const one of [viewer, other]) yield* one.subscribe(pose.id, secret.id);
      assert.isTrue(device.gateway.setPolicy("viewer-1", guest));
      assert.deepStrictEqual(device.events.slice(4), ["- viewer-1 /secret"]);
      secret.log("secret");
      pose.log("pose");
      assert.deepStrictEqual((yield* viewer.next("unadvertise")).channelIds, [secret.id]);
      assert.deepStrictEqual(textsOf(yield* viewer.drain), ["pose"]);
      assert.deepStrictEqual(textsOf(yield* other.drain), ["secret", "pose"]);
      yield* viewer.subscribe(secret.id);
      yield* viewer.silence;
      assert.strictEqual(device.events.length, 5);
    }));

  it.effect("gives the viewer channels that it may see now, which it may subscribe to", () =>
    Effect.gen(function* () {
      const { device, viewer, pose, secret } = yield* start();
      device.gateway.setPolicy("viewer-1", policyOf({}));
      assert.deepStrictEqual((yield* viewer.next("unadvertise")).channelIds, [pose.id, secret.id]);
      device.gateway.setPolicy("viewer-1", guest);
      assert.deepStrictEqual((yield* viewer.next("advertise")).channels.map(({ id }) => id), [pose.id]);
      device.gateway.setPolicy("viewer-1", operator);
      assert.deepStrictEqual((yield* viewer.next("advertise")).channels.map(({ id }) => id), [secret.id]);
      yield* viewer.silence;
      yield* viewer.subscribe(secret.id);
      assert.deepStrictEqual(device.events, ["+ viewer-1 /secret"]);
    }));

  it.effect("ends subscriptions that are not allowed any more to channels that stay in sight, and says so", () =>
    Effect.gen(function* () {
      const { device, viewer, pose, secret } = yield* start();
      yield* viewer.subscribe(pose.id, secret.id);
      device.gateway.setPolicy("viewer-1", policyOf({ subscribe: ["/pose"] }, observer));
      assert.deepStrictEqual(device.events.slice(2), ["- viewer-1 /secret"]);
      assert.isFalse(secret.hasSubscribers);
      assert.include((yield* viewer.next("status")).message, "subscribe /secret");
      yield* viewer.silence;
    }));

  it.effect("advertises anew what may be subscribed to only now, so that a viewer which was refused asks again", () =>
    Effect.gen(function* () {
      const { context, gateway, viewer } = yield* makePair();
      const pose = context.channel({ topic: "/pose", encoding: "json", latch: 1 });
      pose.log("1");
      const seen = texts(viewer.subscribe("/pose"));
      yield* settle;
      gateway.setPolicy("viewer-1", policyOf({ see: true }));
      pose.log("2");
      yield* settle;
      assert.deepStrictEqual(seen, ["1"]);
      gateway.setPolicy("viewer-1", observer);
      yield* settle;
      assert.deepStrictEqual(seen, ["1", "2"]);
      gateway.setPolicy("viewer-1", operator);
      pose.log("3");
      yield* settle;
      assert.deepStrictEqual(seen, ["1", "2", "3"]);
    }));

  it.effect("finds the viewer by its client id as well, and no instance of another", () =>
    Effect.gen(function* () {
      const { device, viewer, other, pose } = yield* start();
      yield* viewer.subscribe(pose.id);
      assert.isTrue(device.gateway.setPolicy(device.clients[0] ?? 0, policyOf({})));
      assert.deepStrictEqual(device.events, ["+ viewer-1 /pose", "- viewer-1 /pose"]);
      yield* other.silence;
      yield* viewer.leave;
      assert.isFalse(device.gateway.setPolicy(device.clients[0] ?? 0, operator));
      assert.isFalse(device.gateway.setPolicy("nobody", operator));
    }));

  it.effect("does nothing on a device without a session", () =>
    Effect.gen(function* () {
      const { device } = yield* start();
      yield* device.gateway.closeEffect;
      assert.isFalse(device.gateway.setPolicy("viewer-1", operator));
    }));

  it.effect("changes nothing for a viewer whose policy comes to the same", () =>
    Effect.gen(function* () {
      const { device, viewer, pose } = yield* start();
      yield* viewer.subscribe(pose.id);
      for (const policy of [observer, operator, observer, observer]) device.gateway.setPolicy("viewer-1", policy);
      yield* viewer.silence;
      assert.deepStrictEqual(device.events, ["+ viewer-1 /pose"]);
    }));

  it.effect("covers channels that were made in the same go, told or not", () =>
    Effect.gen(function* () {
      const { device, make, viewer } = yield* start();
      device.gateway.setPolicy("viewer-1", guest);
      yield* viewer.drain;
      const again = make("/secret");
      make("/late");
      device.gateway.setPolicy("viewer-1", operator);
      const told = yield* viewer.drain;
      const topics = told.flatMap((message) =>
        message.op === "advertise" ? message.channels.map(({ topic }) => topic) : []
      );
      assert.sameMembers(topics, ["/secret", "/late"]);
      assert.strictEqual(again.topic, "/secret");
    }));

  it.effect("takes back the standing warning of a subscription that ends with its channel's being hidden", () =>
    Effect.gen(function* () {
      const { hub, device } = yield* start({ limits: { dataTrackBytes: 1_200 } });
      const lossy = device.context.channel({ topic: "/lossy", encoding: "json" });
      const viewer = yield* RawViewer.join(hub, "viewer-3");
      yield* viewer.subscribe(lossy.id);
      lossy.log(new Uint8Array(2_000));
      yield* viewer.drain;
      device.gateway.setPolicy("viewer-3", policyOf({}));
      yield* viewer.next("unadvertise");
      assert.deepStrictEqual((yield* viewer.next("removeStatus")).statusIds, [`channel-drops-${lossy.id}`]);
      yield* viewer.silence;
    }));

  it.effect("may be called from any callback, and the callbacks come in the order of what happened", () =>
    Effect.gen(function* () {
      const { device, viewer, pose, secret } = yield* start({
        onSubscribe: (client, channel) => {
          if (channel.topic === "/pose") device.gateway.setPolicy(client.id, policyOf({}));
        },
      });
      yield* viewer.subscribe(pose.id, secret.id);
      assert.deepStrictEqual(device.events, [
        "+ viewer-1 /pose",
        "+ viewer-1 /secret",
        "- viewer-1 /pose",
        "- viewer-1 /secret",
      ]);
      assert.isFalse(pose.hasSubscribers);
    }));

  it.effect("holds over a reset, and not over a new connection", () =>
    Effect.gen(function* () {
      const { hub, device, make, viewer, pose, secret } = yield* start();
      device.gateway.setPolicy("viewer-1", guest);
      yield* viewer.drain;
      hub.participant("rover").failWrites(2);
      make("/late").close();
      yield* settle;
      yield* viewer.next("serverInfo");
      assert.deepStrictEqual((yield* viewer.next("advertise")).channels.map(({ id }) => id), [pose.id]);
      yield* viewer.leave;
      const again = yield* RawViewer.join(hub);
      yield* again.next("serverInfo");
      assert.deepStrictEqual((yield* again.next("advertise")).channels.map(({ id }) => id), [pose.id, secret.id]);
    }));

  it.effect("counts for a viewer that waits to be added again after a reset", () =>
    Effect.gen(function* () {
      const { hub, device, make, viewer, pose } = yield* start();
      const reset = Effect.fnUntraced(function* () {
        hub.participant("rover").failWrites(2);
        make("/late").close();
        yield* settle;
      });
      yield* reset();
      yield* viewer.drain;
      yield* reset();
      assert.strictEqual(viewer.controls.length, 2);
      assert.isTrue(device.gateway.setPolicy("viewer-1", guest));
      yield* advance(1_000);
      assert.strictEqual(viewer.controls.length, 3);
      yield* viewer.next("serverInfo");
      assert.deepStrictEqual((yield* viewer.next("advertise")).channels.map(({ id }) => id), [pose.id]);
    }));
});

describe("setPolicy with a refusal", () => {
  for (const refusal of ["refused", { refused: "your shift is over" }] as ReadonlyArray<Admission>) {
    it.effect(`lets the viewer go as if it had left, and tells it so: ${JSON.stringify(refusal)}`, () =>
      Effect.gen(function* () {
        const { device, make, viewer, other, pose, secret } = yield* start();
        yield* viewer.subscribe(pose.id, secret.id);
        assert.isTrue(device.gateway.setPolicy("viewer-1", refusal));
        assert.deepStrictEqual(device.events.slice(2), ["- viewer-1 /pose", "- viewer-1 /secret"]);
        assert.isFalse(pose.hasSubscribers);
        const status = yield* viewer.next("status");
        assert.include(status.message, refusal === "refused" ? "not let in" : "your shift is over");
        assert.strictEqual(viewer.control.end, "end");
        make("/late");
        pose.log("not for it");
        yield* viewer.silence;
        yield* viewer.subscribe(pose.id);
        assert.isFalse(pose.hasSubscribers);
        assert.strictEqual(viewer.controls.length, 2);
        yield* other.next("advertise");
        assert.isFalse(device.gateway.setPolicy("viewer-1", "refused"));
      }));
  }

  it.effect("is taken back by a policy: the viewer comes back through a whole start-up", () =>
    Effect.gen(function* () {
      const { device, viewer, pose } = yield* start();
      device.gateway.setPolicy("viewer-1", "refused");
      yield* viewer.drain;
      assert.isTrue(device.gateway.setPolicy("viewer-1", guest));
      yield* viewer.next("serverInfo").pipe(Effect.flip, Effect.option);
      const { op } = viewer.control.received[0] ?? {};
      assert.strictEqual(op, "serverInfo");
      const { channels } = yield* viewer.next("advertise");
      assert.deepStrictEqual(channels.map(({ id }) => id), [pose.id]);
    }));

  it.effect("ends with the connection: whoever joins anew is asked about anew", () =>
    Effect.gen(function* () {
      const { hub, device, viewer } = yield* start();
      device.gateway.setPolicy("viewer-1", "refused");
      yield* settle;
      yield* viewer.leave;
      assert.isFalse(device.gateway.setPolicy("viewer-1", operator));
      yield* (yield* RawViewer.join(hub)).next("serverInfo");
    }));

  it.effect("that comes as the viewer leaves is no fault", () =>
    Effect.gen(function* () {
      const { device, viewer } = yield* start();
      const leaving = yield* Effect.forkChild(viewer.leave, { startImmediately: true });
      device.gateway.setPolicy("viewer-1", "refused");
      yield* settle;
      yield* Effect.yieldNow;
      assert.strictEqual(leaving.pollUnsafe()?._tag, "Success");
      assert.notInclude(device.log.at("error"), "a refused viewer could not be told why");
    }));

  it.effect("overrules what is still being decided: authorize is told to stop", () =>
    Effect.gen(function* () {
      const signals: Array<AbortSignal> = [];
      const { hub, device } = yield* start({
        authorize: ({ identity }, { signal }) => {
          if (identity !== "viewer-3") return operator;
          signals.push(signal);
          return Effect.never;
        },
      });
      const viewer = yield* RawViewer.join(hub, "viewer-3");
      assert.isTrue(device.gateway.setPolicy("viewer-3", "refused"));
      yield* viewer.next("status");
      assert.isTrue(signals[0]?.aborted);
      yield* viewer.leave;
      const again = yield* RawViewer.join(hub, "viewer-3");
      assert.isTrue(device.gateway.setPolicy("viewer-3", guest));
      yield* again.next("serverInfo");
    }));

  it.effect("counts while the viewer's stream is being opened", () =>
    Effect.gen(function* () {
      const { hub, device } = yield* start();
      hub.participant("rover").setDelays({ openMs: 1_000 });
      const viewer = yield* RawViewer.join(hub, "viewer-3");
      yield* advance(500);
      assert.isTrue(device.gateway.setPolicy("viewer-3", "refused"));
      yield* advance(2_000);
      assert.isFalse(device.gateway.setPolicy("viewer-3", "refused"));
      assert.deepStrictEqual(viewer.controls.flatMap(({ received }) => received.map(({ op }) => op)), ["status"]);
    }));
});
