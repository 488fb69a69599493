import { assert, describe, it } from "@effect/vitest";
import * as Effect from "effect/Effect";
import type * as Scope from "effect/Scope";
import { LoopbackHub } from "../../../adapters/loopback/mod.ts";
import { ConfigurationError, Context, Gateway, type GatewayLimits, type GatewayOptions } from "../../../mod.ts";
import { startDevice } from "../../support/device.ts";
import { settle } from "../../support/settle.ts";

const started = (limits: Partial<GatewayLimits>) =>
  Effect.flatMap(LoopbackHub.make(), (hub) => startDevice(hub, { limits }));

const misconfigured = (options: Partial<GatewayOptions>): Effect.Effect<string, never, Scope.Scope> =>
  Effect.gen(function* () {
    const hub = yield* LoopbackHub.make();
    const make = Gateway.make({
      name: "rover",
      context: new Context(),
      transport: hub.transport({ identity: "rover" }),
      ...options,
    });
    const error = yield* Effect.flip(make);
    assert.instanceOf(error, ConfigurationError);
    yield* settle;
    assert.deepStrictEqual(hub.identities(), []);
    return error.message;
  }).pipe(Effect.orDie);

describe("the options of a gateway", () => {
  it.effect("a data-track limit below 1200 bytes is refused; 1200 and more are taken", () =>
    Effect.gen(function* () {
      assert.include(yield* misconfigured({ limits: { dataTrackBytes: 1199 } }), "received 1199");
      yield* started({ dataTrackBytes: 1200 });
      yield* started({ dataTrackBytes: 64 * 1024 });
      yield* started({});
    }));

  it.effect("a bound that is no positive whole number is refused, with its name and what was received", () =>
    Effect.gen(function* () {
      const names: ReadonlyArray<keyof GatewayLimits> = ["queueFrames", "queueBytes", "closeTimeoutMs"];
      for (const name of names) {
        for (const value of [0, -1, 1.5, Number.NaN, Infinity]) {
          const message = yield* misconfigured({ limits: { [name]: value } });
          assert.include(message, `"${name}"`);
          assert.include(message, `received ${value}`);
        }
      }
    }));

  it.effect("a wait for viewers that is not positive is refused", () =>
    Effect.gen(function* () {
      for (const wait of [0, -1, Number.NaN]) {
        assert.include(yield* misconfigured({ deviceWaitForViewerMs: wait }), "deviceWaitForViewerMs");
      }
    }));
});
