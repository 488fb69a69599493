import { assert, describe, it } from "@effect/vitest";
import * as Effect from "effect/Effect";
import type { ClientMessage } from "../../../core/protocol/mod.ts";
import { type Channel, type Gateway, operator, policyOf } from "../../../mod.ts";
import type { DeviceOptions } from "../../support/device.ts";
import { allTold, goesOn, ping, serviceCalls, setScene } from "../../support/requests.ts";
import { subscribe } from "../../support/raw_viewer.ts";
import { advance, settle } from "../../support/settle.ts";
import { bytes } from "../../support/streams.ts";
import { assertLaw } from "../metering/support.ts";

/** A device whose application can refuse the viewer `viewer-1` from wherever it is called. */
const start = Effect.fnUntraced(function* (options: (refuse: () => void) => DeviceOptions) {
  const holder: { gateway?: Gateway } = {};
  const scene = yield* setScene(options(() => void holder.gateway?.setPolicy("viewer-1", "refused")));
  holder.gateway = scene.device.gateway;
  return { ...scene, refuse: () => scene.device.gateway.setPolicy("viewer-1", "refused") };
});

const own: ClientMessage = {
  op: "advertise",
  channels: [{ id: 1, topic: "/cmd", encoding: "json", schemaName: "" }],
};
const command: ClientMessage = { op: "messageData", channelId: 1, data: bytes("go") };

describe("a viewer that is let go from inside of the application", () => {
  // An unhandled rejection ends a program, and this run of the tests.
  it.effect("by the handler of its own call, which rejects then, leaves no rejection without an owner", () =>
    Effect.gen(function* () {
      const { device, viewer, other, serviceId } = yield* start((refuse) =>
        serviceCalls.options(() => {
          refuse();
          return Promise.reject(new Error("the arm is folded"));
        })
      );
      yield* viewer.send(serviceCalls.request(1, serviceId));
      assert.deepStrictEqual(device.gateway.viewers.map(({ client }) => client.identity), ["viewer-2"]);
      yield* Effect.promise(() => Promise.resolve());
      yield* goesOn(other);
    }));

  it.effect("by the question what it may do is still accounted for: what it is told then is dropped", () =>
    Effect.gen(function* () {
      const { device, viewer } = yield* start((refuse) => ({
        parameters: { get: () => [] },
        authorize: ({ identity }) =>
          identity === "viewer-2" ? operator : policyOf({
            get: () => {
              refuse();
              return false;
            },
          }, operator),
      }));
      yield* viewer.send({ op: "getParameters", parameterNames: ["speed"] });
      assert.isAbove(assertLaw(device.gateway).goneControl.drops.viewerLeft?.messages ?? 0, 0);
    }));

  it.effect("by a callback about what it has lost is still accounted for, and told nothing of the rest", () =>
    Effect.gen(function* () {
      const { device, viewer } = yield* start((refuse) => ({
        parameters: { get: () => [] },
        capabilities: ["connectionGraph"],
        onParametersUnsubscribe: refuse,
      }));
      yield* viewer.send(
        { op: "subscribeParameterUpdates", parameterNames: ["speed"] },
        { op: "subscribeConnectionGraph" },
      );
      device.gateway.setPolicy("viewer-1", policyOf({}));
      assert.isAbove(assertLaw(device.gateway).goneControl.drops.viewerLeft?.messages ?? 0, 0);
    }));

  it.effect("by the question when a command was sent has not sent that command: nothing is awaited of it any more", () =>
    Effect.gen(function* () {
      const heard: Array<string> = [];
      const { viewer, other } = yield* start((refuse) => ({
        onMessageData: () => heard.push("data"),
        onClientUnadvertise: () => heard.push("- own"),
        commands: [{
          topic: "/cmd",
          maxAgeMs: 1_000,
          sentAt: () => {
            refuse();
            return 0;
          },
          silenceMs: 500,
          onSilence: (_client, _channel, reason) => heard.push(reason),
        }],
      }));
      yield* viewer.send(ping(0));
      const [pong] = yield* viewer.drain;
      const deviceTimestamp = pong?.op === "pong" ? pong.deviceTimestamp : assert.fail("expected a pong");
      yield* viewer.send({ op: "pingAck", deviceTimestamp }, own, command);
      assert.deepStrictEqual(heard, ["- own"]);
      yield* advance(2_000);
      assert.deepStrictEqual(heard, ["- own"]);
      yield* goesOn(other);
    }));
});

describe("a log that is a channel as well", () => {
  it.effect("hears once of a viewer whose queue overflows with it", () =>
    Effect.gen(function* () {
      const lines: Array<string> = [];
      const holder: { rosout?: Channel } = {};
      const { device, viewer } = yield* setScene({
        limits: { queueFrames: 10 },
        log: (_level, message) => {
          lines.push(message);
          holder.rosout?.log(message);
        },
      });
      const rosout = device.context.channel({ topic: "/rosout", encoding: "json", qos: "reliable" });
      yield* viewer.send(subscribe(rosout.id));
      yield* allTold(viewer);
      holder.rosout = rosout;
      lines.length = 0;
      for (let n = 0; n < 11; n += 1) rosout.log(`${n}`);
      assert.deepStrictEqual(lines, ["the viewer's control queue is full; the viewer is reset"]);
      yield* settle;
      assertLaw(device.gateway);
    }));
});
