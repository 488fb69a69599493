import { assert, describe, it } from "@effect/vitest";
import * as Effect from "effect/Effect";
import type { ServerMessage } from "../../../core/protocol/mod.ts";
import { MAX_SERVICES } from "../../../core/viewer/service_calls.ts";
import { say, services } from "../../support/raw_device.ts";
import { outcome, rawPair } from "../../support/raw_pair.ts";
import { advance, eventually, settle } from "../../support/settle.ts";
import { bytes } from "../../support/streams.ts";

const ALL = [
  "services",
  "assets",
  "parameters",
  "parametersSubscribe",
  "playbackControl",
  "connectionGraph",
  "clientPublish",
] as const;
const NOTHING = { calls: 0, fetches: 0, parameters: 0, playback: 0 };
const payload = bytes("{}");

/** An answer of every kind, to a request with that id. */
function answers(id: number): ReadonlyArray<ServerMessage> {
  return [
    { op: "serviceCallResponse", serviceId: 1, callId: id, encoding: "json", payload },
    { op: "serviceCallFailure", serviceId: 1, callId: id, message: "no" },
    { op: "fetchAssetResponse", requestId: id, status: "success", data: payload },
    { op: "fetchAssetResponse", requestId: id, status: "error", message: "no" },
    { op: "parameterValues", parameters: [], id: `${id}` },
    { op: "parameterValues", parameters: [], id: ` ${id}` },
    { op: "parameterValues", parameters: [], id: `0${id}` },
    { op: "playbackState", status: "playing", currentTime: 1n, playbackSpeed: 1, didSeek: false, requestId: `${id}` },
  ];
}

describe("Viewer: a device that answers what nobody has asked", () => {
  it.effect("changes nothing, and is heard of in the log once per 30 s and kind", () =>
    Effect.gen(function* () {
      const { viewer, control, log } = yield* rawPair(ALL);
      yield* say(control, services("/a"));
      for (let id = 0; id < 200; id += 1) yield* say(control, ...answers(id));
      yield* settle;
      const told = () => log.lines.filter(({ message }) => message.endsWith("is dropped"));
      assert.strictEqual(told().length, 3);
      yield* advance(30_000);
      yield* say(control, ...answers(7), ...answers(8));
      yield* settle;
      assert.strictEqual(told().length, 6);
      assert.deepStrictEqual(told().slice(-3).map(({ fields }) => fields["times"]), [400, 400, 600]);
      assert.deepStrictEqual(viewer.pendingRequests, NOTHING);
      assert.deepStrictEqual([viewer.services.size, viewer.statuses.length], [1, 0]);
    }));

  it.effect("does not answer what is not sent yet, or was answered", () =>
    Effect.gen(function* () {
      const { viewer, control, device } = yield* rawPair(ALL);
      const waiting = outcome(viewer.callService("/later"));
      yield* settle;
      for (let id = 0; id < 10; id += 1) yield* say(control, ...answers(id));
      yield* settle;
      assert.deepStrictEqual(waiting, {});
      yield* say(control, services("/later"));
      yield* eventually("it is sent", () => device.of("serviceCallRequest").length === 1);
      const { callId } = device.last("serviceCallRequest");
      yield* say(control, ...answers(callId), ...answers(callId));
      yield* eventually("it is answered", () => waiting.value !== undefined);
      assert.strictEqual(waiting.value?.text(), "{}");
    }));
});

describe("Viewer: a device that offers more than anybody wants", () => {
  it.effect("has services to a bound, and no more; what goes makes room", () =>
    Effect.gen(function* () {
      const { viewer, control, log } = yield* rawPair(ALL);
      const names = Array.from({ length: MAX_SERVICES + 2 }, (_, n) => `/s${n}`);
      yield* say(control, services(...names));
      yield* settle;
      assert.strictEqual(viewer.services.size, MAX_SERVICES);
      assert.strictEqual(log.at("error").length, 1);
      yield* say(control, { op: "unadvertiseServices", serviceIds: [1] });
      const one = { id: MAX_SERVICES + 1, name: "/new", type: "any" };
      const known = { id: 2, name: "/renamed", type: "any" };
      const more = { id: MAX_SERVICES + 2, name: "/more", type: "any" };
      yield* say(control, { op: "advertiseServices", services: [one, more, known] });
      yield* settle;
      assert.strictEqual(viewer.services.size, MAX_SERVICES);
      assert.deepStrictEqual(["/new", "/more", "/renamed"].map((name) => viewer.services.has(name)), [
        true,
        false,
        true,
      ]);
      assert.strictEqual(log.at("error").length, 1);
    }));

  it.effect("is kept of what is watched alone, and the latest of it", () =>
    Effect.gen(function* () {
      const { viewer, control } = yield* rawPair(ALL);
      const watch = viewer.watchParameters(["a"], { get: false });
      yield* settle;
      for (let n = 0; n < 100; n += 1) {
        yield* say(control, {
          op: "parameterValues",
          parameters: [{ name: "a", value: n }, { name: `unknown ${n}`, value: n }],
        });
      }
      yield* settle;
      assert.deepStrictEqual([...watch.values.keys()], ["a"]);
      assert.strictEqual(watch.replaced, 99);
      const { value } = yield* Effect.promise(() => watch[Symbol.asyncIterator]().next());
      assert.deepStrictEqual(value, { name: "a", value: 99 });
    }));

  it.effect("tells graphs that nobody watches in vain", () =>
    Effect.gen(function* () {
      const { viewer, control } = yield* rawPair(ALL);
      const publishedTopics = [{ name: "/a", publisherIds: ["n"] }];
      yield* say(control, {
        op: "connectionGraphUpdate",
        publishedTopics,
        subscribedTopics: [],
        advertisedServices: [],
        removedTopics: [],
        removedServices: [],
      });
      yield* settle;
      const watch = viewer.watchConnectionGraph();
      assert.deepStrictEqual([watch.graph.publishedTopics.size, watch.isCurrent], [0, false]);
    }));
});
