import { assert, describe, it } from "@effect/vitest";
import * as Effect from "effect/Effect";
import { LoopbackHub } from "../../../adapters/loopback/mod.ts";
import type { ClientMessage } from "../../../core/protocol/mod.ts";
import { startDevice } from "../../support/device.ts";
import { RawViewer } from "../../support/raw_viewer.ts";
import { bytes } from "../../support/streams.ts";

const start = Effect.fnUntraced(function* () {
  const hub = yield* LoopbackHub.make();
  const device = yield* startDevice(hub);
  const viewer = yield* RawViewer.join(hub);
  yield* viewer.next("serverInfo");
  return { device, viewer };
});

/** What a device without capabilities refuses, and the words that its refusal must have in it. */
const refused: ReadonlyArray<{ readonly message: ClientMessage; readonly words: string }> = [
  {
    message: { op: "advertise", channels: [{ id: 1, topic: "/cmd", encoding: "json", schemaName: "" }] },
    words: "clientPublish",
  },
  { message: { op: "messageData", channelId: 1, data: bytes("{}") }, words: "clientPublish" },
  { message: { op: "fetchAsset", requestId: 42, uri: "package://robot.urdf" }, words: "assets" },
  { message: { op: "getParameters", parameterNames: [] }, words: "parameters" },
  { message: { op: "setParameters", parameters: [], id: "set-1" }, words: "parameters" },
  { message: { op: "subscribeParameterUpdates", parameterNames: ["a"] }, words: "parametersSubscribe" },
  { message: { op: "unsubscribeParameterUpdates", parameterNames: ["a"] }, words: "parametersSubscribe" },
  { message: { op: "subscribeConnectionGraph" }, words: "connection graph" },
  { message: { op: "unsubscribeConnectionGraph" }, words: "connection graph" },
];

describe("a device without the capability", () => {
  for (const { message, words } of refused) {
    it.effect(`answers ${message.op} with one error status that names ${words}`, () =>
      Effect.gen(function* () {
        const { viewer } = yield* start();
        yield* viewer.send(message);
        const status = yield* viewer.next("status");
        assert.strictEqual(status.level, "error");
        assert.include(status.message, words);
        assert.isUndefined(status.id);
        yield* viewer.silence;
      }));
  }

  it.effect("answers an advertise of several channels with one error status", () =>
    Effect.gen(function* () {
      const { viewer } = yield* start();
      const channels = [1, 2, 3].map((id) => ({ id, topic: `/${id}`, encoding: "json", schemaName: "" }));
      yield* viewer.send({ op: "advertise", channels });
      yield* viewer.next("status");
      yield* viewer.silence;
    }));

  it.effect("answers a service call with a failure that bears its ids and the reason", () =>
    Effect.gen(function* () {
      const { viewer } = yield* start();
      const payload = bytes("{}");
      yield* viewer.send({ op: "serviceCallRequest", serviceId: 99_999, callId: 7, encoding: "json", payload });
      assert.deepStrictEqual(yield* viewer.next("serviceCallFailure"), {
        op: "serviceCallFailure",
        serviceId: 99_999,
        callId: 7,
        message: "Server does not support services",
      });
      yield* viewer.silence;
    }));

  it.effect("answers an unadvertise by nothing, whatever the ids", () =>
    Effect.gen(function* () {
      const { device, viewer } = yield* start();
      yield* viewer.send({ op: "unadvertise", channelIds: [1, 2, 3] });
      yield* viewer.silence;
      assert.deepStrictEqual(device.log.at("error"), []);
    }));

  it.effect("ignores a playback request with a warning, and reads on", () =>
    Effect.gen(function* () {
      const { device, viewer } = yield* start();
      yield* viewer.send(
        { op: "playbackControlRequest", command: "play", playbackSpeed: 1, requestId: "r" },
        { op: "subscribeConnectionGraph" },
      );
      yield* viewer.next("status");
      yield* viewer.silence;
      assert.deepStrictEqual(device.log.at("warning"), [
        "a playback request is ignored: this device plays nothing back",
      ]);
    }));

  it.effect("tells only the one who asked", () =>
    Effect.gen(function* () {
      const hub = yield* LoopbackHub.make();
      yield* startDevice(hub);
      const viewers = [yield* RawViewer.join(hub, "viewer-1"), yield* RawViewer.join(hub, "viewer-2")];
      for (const viewer of viewers) yield* viewer.next("serverInfo");
      yield* viewers[0]!.send({ op: "subscribeConnectionGraph" });
      yield* viewers[0]!.next("status");
      yield* viewers[1]!.silence;
    }));
});
