import { assert, describe, it } from "@effect/vitest";
import * as Effect from "effect/Effect";
import * as Random from "effect/Random";
import { outcome, rawPair } from "../../support/raw_pair.ts";
import { say, services } from "../../support/raw_device.ts";
import { settle } from "../../support/settle.ts";

const ALL = ["services", "assets", "parameters", "clientPublish"] as const;

/** The numbers that a viewer gives to its first call, fetch, get and channel. */
const numbers = (seed: string) =>
  Effect.scoped(Effect.gen(function* () {
    const { viewer, device, control } = yield* rawPair(ALL);
    yield* say(control, services("/a"));
    yield* settle;
    outcome(viewer.callService("/a"));
    outcome(viewer.fetchAsset("a.urdf"));
    outcome(viewer.getParameters(["a"]));
    viewer.channel({ topic: "/cmd_vel", encoding: "json" });
    yield* settle;
    return device.received.flatMap((message): ReadonlyArray<number> => {
      switch (message.op) {
        case "serviceCallRequest":
          return [message.callId];
        case "fetchAsset":
          return [message.requestId];
        case "getParameters":
          return [Number(message.id)];
        case "advertise":
          return message.channels.map(({ id }) => id);
        default:
          return [];
      }
    });
  })).pipe(Random.withSeed(seed));

describe("Viewer: the numbers of requests and channels", () => {
  // What an earlier instance of an identity has sent may be taken for what this one has: numbers tell the two apart.
  it.effect("begin elsewhere with each viewer, and are u32", () =>
    Effect.gen(function* () {
      const [one, two] = [yield* numbers("one"), yield* numbers("two")];
      assert.deepStrictEqual([one.length, two.length], [4, 4]);
      for (const number of [...one, ...two]) assert.isTrue(number > 0 && number < 2 ** 32, `${number}`);
      for (const number of one) assert.notInclude(two, number);
    }));
});
