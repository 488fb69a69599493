import { assert, describe, it } from "@effect/vitest";
import * as Effect from "effect/Effect";
import type * as Scope from "effect/Scope";
import { LoopbackHub } from "../../../adapters/loopback/mod.ts";
import {
  ConfigurationError,
  Context,
  Gateway,
  type GatewayLimits,
  type GatewayOptions,
  type Service,
} from "../../../mod.ts";
import { startDevice } from "../../support/device.ts";
import { RawViewer } from "../../support/raw_viewer.ts";
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

  it.effect("a capability that needs something else is refused without it", () =>
    Effect.gen(function* () {
      assert.include(yield* misconfigured({ capabilities: ["assets"] }), '"assets"');
      assert.include(yield* misconfigured({ capabilities: ["playbackControl"] }), '"playback"');
    }));

  it.effect("a capability that there is not is refused: a strict viewer would take none of them", () =>
    Effect.gen(function* () {
      const message = yield* misconfigured({ capabilities: ["services", "teleport" as "services"] });
      assert.include(message, '"teleport"');
      assert.include(message, "connectionGraph");
    }));

  it.effect("an encoding without a name is refused", () =>
    Effect.gen(function* () {
      assert.include(yield* misconfigured({ supportedEncodings: ["json", ""] }), "supportedEncodings");
      const odd: unknown = 42;
      assert.include(yield* misconfigured({ supportedEncodings: [odd as string] }), "received 42");
    }));

  it.effect("a service that nobody could call is refused", () =>
    Effect.gen(function* () {
      const bare: Service = { name: "bare", handler: () => "" };
      assert.include(yield* misconfigured({ services: [bare] }), '"bare"');
      assert.include(yield* misconfigured({ services: [{ ...bare, request: { encoding: "" } }] }), '"bare"');
      for (const odd of [null, {}, { name: "odd" }, { ...bare, request: null }, { ...bare, request: 42 }]) {
        assert.include(yield* misconfigured({ services: [odd as Service] }), "cannot add the service");
      }
    }));

  it.effect("a playback whose times are none, or that ends before it starts, is refused", () =>
    Effect.gen(function* () {
      const current = () => ({ status: "paused", currentTime: 0n, playbackSpeed: 1, didSeek: false }) as const;
      const playback = { startTime: 0n, endTime: 1n, current, control: current };
      const refused = (fields: object) => misconfigured({ playback: { ...playback, ...fields } });
      assert.include(yield* refused({ startTime: -1n }), '"playback.startTime"');
      assert.include(yield* refused({ endTime: 2n ** 64n }), '"playback.endTime"');
      assert.include(yield* refused({ endTime: 5 }), "received 5");
      assert.include(yield* refused({ startTime: 2n }), "received 2 to 1");
      assert.include(yield* refused({ control: undefined }), '"control"');
    }));

  it.effect("of two services with one name the later one counts, with a warning", () =>
    Effect.gen(function* () {
      const hub = yield* LoopbackHub.make();
      const named = (name: string, type: string): Service => ({ name, type, handler: () => type });
      const services = [named("a", "first"), named("b", "only"), named("a", "second")];
      const { gateway, log } = yield* startDevice(hub, { services });
      assert.deepStrictEqual(gateway.services, ["b", "a"]);
      assert.deepStrictEqual(log.at("warning"), ["two services have one name; the later one counts"]);
      const viewer = yield* RawViewer.join(hub);
      yield* viewer.next("serverInfo");
      const told = (yield* viewer.next("advertiseServices")).services;
      assert.deepStrictEqual(told.map(({ name, type }) => [name, type]), [["b", "only"], ["a", "second"]]);
    }));

  it.effect("handlers and services bring their capabilities, and services their request encodings", () =>
    Effect.gen(function* () {
      const told = Effect.fnUntraced(function* (options: Partial<GatewayOptions>) {
        const hub = yield* LoopbackHub.make();
        yield* startDevice(hub, { supportedEncodings: [], ...options });
        const { capabilities, supportedEncodings } = yield* (yield* RawViewer.join(hub)).next("serverInfo");
        return [[...capabilities].sort(), supportedEncodings];
      });
      const handler = () => "";
      assert.deepStrictEqual(yield* told({}), [[], []]);
      assert.deepStrictEqual(yield* told({ assets: handler }), [["assets"], []]);
      assert.deepStrictEqual(yield* told({ parameters: {} }), [["parameters", "parametersSubscribe"], []]);
      assert.deepStrictEqual(yield* told({ capabilities: ["parameters"] }), [
        ["parameters", "parametersSubscribe"],
        [],
      ]);
      assert.deepStrictEqual(yield* told({ services: [] }), [[], []]);
      assert.deepStrictEqual(yield* told({ onConnectionGraphUnsubscribe: handler }), [["connectionGraph"], []]);
      const services: ReadonlyArray<Service> = [
        { name: "a", request: { encoding: "cdr" }, handler },
        { name: "b", request: { encoding: "json" }, response: { encoding: "ros1" }, handler },
        { name: "c", handler },
      ];
      assert.deepStrictEqual(yield* told({ services, supportedEncodings: ["json"] }), [["services"], ["json", "cdr"]]);
      assert.deepStrictEqual(yield* told({ services, capabilities: ["services", "time"] }), [
        ["services", "time"],
        ["cdr", "json"],
      ]);
    }));
});
