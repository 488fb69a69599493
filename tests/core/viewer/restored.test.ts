import { assert, describe, it } from "@effect/vitest";
import * as Effect from "effect/Effect";
import type * as Scope from "effect/Scope";
import { type ClientChannel, type ConfigurationError, ConnectionLost, Context, Gateway } from "../../../mod.ts";
import type { LoopbackHub } from "../../../adapters/loopback/mod.ts";
import { CollectedLog } from "../../support/log.ts";
import { makePair } from "../../support/pair.ts";
import { outcome } from "../../support/raw_pair.ts";
import { advance, eventually, settle } from "../../support/settle.ts";

const decoder = new TextDecoder();

/** A device with everything that a viewer can ask for; it notes what it hears of its viewers' channels. */
function offering(heard: Array<string>) {
  const note = (what: string) => (_: unknown, { topic }: ClientChannel) => void heard.push(`${what} ${topic}`);
  return {
    capabilities: ["connectionGraph"],
    supportedEncodings: ["json"],
    services: [
      { name: "/echo", type: "any", handler: ({ payload }: { payload: Uint8Array }) => payload },
      { name: "/never", type: "any", handler: () => Effect.never },
    ],
    parameters: {
      get: (names: ReadonlyArray<string>) => names.map((name) => ({ name, value: heard.length })),
    },
    onClientAdvertise: note("+"),
    onClientUnadvertise: note("-"),
    onMessageData: (_: unknown, { topic }: ClientChannel, data: Uint8Array) =>
      void heard.push(`${topic} ${decoder.decode(data)}`),
  } as const;
}

const another: (
  hub: LoopbackHub,
  heard: Array<string>,
) => Effect.Effect<Gateway, ConfigurationError, Scope.Scope> = Effect.fnUntraced(function* (
  hub: LoopbackHub,
  heard: Array<string>,
) {
  const context = yield* Context.make;
  const transport = hub.transport({ identity: "device" });
  return yield* Gateway.make({ name: "rover", context, transport, log: () => {}, ...offering(heard) });
});

describe("Viewer: what stands", () => {
  it.effect("is there again after the device was restarted; what was under way has failed", () =>
    Effect.gen(function* () {
      const [before, after]: [Array<string>, Array<string>] = [[], []];
      const log = new CollectedLog();
      const { hub, gateway, viewer } = yield* makePair({ gateway: offering(before), viewer: { log: log.log } });
      gateway.publishConnectionGraph({ publishedTopics: { "/old": ["n"] } });
      const channel = viewer.channel({ topic: "/cmd", encoding: "json" });
      const parameters = viewer.watchParameters(["p"]);
      const graph = viewer.watchConnectionGraph();
      yield* channel.readyEffect;
      channel.publish("1");
      yield* eventually("all is there", () => parameters.isCurrent && graph.isCurrent && before.length === 2);
      const pending = outcome(viewer.callService("/never"));
      yield* settle;
      yield* gateway.closeEffect;
      yield* settle;
      assert.instanceOf(pending.error, ConnectionLost);
      assert.deepStrictEqual(before, ["+ /cmd", "/cmd 1", "- /cmd"]);
      assert.isFalse(channel.publish("lost"));
      assert.deepStrictEqual([parameters.isCurrent, graph.isCurrent], [false, false]);
      const meanwhile = outcome(viewer.callService("/echo", [1]));
      const next = yield* another(hub, after);
      next.publishConnectionGraph({ publishedTopics: { "/new": ["n"] } });
      yield* eventually("it is answered", () => meanwhile.value !== undefined);
      yield* eventually("all is there again", () => parameters.isCurrent && graph.isCurrent && channel.isAdvertised);
      assert.deepStrictEqual([...graph.graph.publishedTopics.keys()], ["/new"]);
      channel.publish("2");
      yield* settle;
      assert.deepStrictEqual(after, ["+ /cmd", "/cmd 2"]);
      next.publishParameterValues([{ name: "p", value: 77 }]);
      yield* settle;
      assert.strictEqual(parameters.values.get("p")?.value, 77);
      assert.strictEqual(meanwhile.value?.text(), "[1]");
    }));

  it.effect("is there again after the viewer has lost its room", () =>
    Effect.gen(function* () {
      const heard: Array<string> = [];
      const { hub, viewer, gateway } = yield* makePair({
        gateway: offering(heard),
        viewer: { log: () => {} },
      });
      const channel = viewer.channel({ topic: "/cmd", encoding: "json" });
      const parameters = viewer.watchParameters(["p"]);
      const graph = viewer.watchConnectionGraph();
      yield* eventually("all is there", () => parameters.isCurrent && graph.isCurrent && channel.isAdvertised);
      hub.participant("viewer-1").kick("connection-lost");
      yield* settle;
      assert.deepStrictEqual([parameters.isCurrent, graph.isCurrent, channel.isAdvertised], [false, false, false]);
      assert.strictEqual(viewer.services.size, 0);
      yield* advance(1_000);
      yield* eventually("all is there again", () => parameters.isCurrent && graph.isCurrent && channel.isAdvertised);
      assert.deepStrictEqual(heard, ["+ /cmd", "- /cmd", "+ /cmd"]);
      gateway.publishParameterValues([{ name: "p", value: 5 }]);
      yield* eventually("changes come", () => parameters.values.get("p")?.value === 5);
      assert.strictEqual(viewer.services.size, 2);
    }));

  it.effect("is there again after a reset, which the device makes when it cannot write to the viewer", () =>
    Effect.gen(function* () {
      const heard: Array<string> = [];
      const { hub, viewer, gateway } = yield* makePair({
        gateway: { ...offering(heard), log: () => {} },
        viewer: { log: () => {} },
      });
      const channel = viewer.channel({ topic: "/cmd", encoding: "json" });
      const parameters = viewer.watchParameters(["p"]);
      yield* eventually("all is there", () => parameters.isCurrent && channel.isAdvertised);
      yield* settle;
      const pending = outcome(viewer.callService("/never"));
      yield* settle;
      hub.participant("device").failWrites(1);
      gateway.publishParameterValues([{ name: "p", value: 5 }]);
      yield* settle;
      assert.instanceOf(pending.error, ConnectionLost);
      yield* eventually("all is there again", () => parameters.isCurrent && channel.isAdvertised);
      yield* settle;
      assert.deepStrictEqual(heard, ["+ /cmd", "- /cmd", "+ /cmd"]);
      assert.strictEqual((yield* viewer.callServiceEffect("/echo", "{}")).text(), "{}");
    }));
});
