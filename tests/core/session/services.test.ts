import { assert, describe, it } from "@effect/vitest";
import * as Effect from "effect/Effect";
import * as Fiber from "effect/Fiber";
import { LoopbackHub } from "../../../adapters/loopback/mod.ts";
import type { ClientMessage } from "../../../core/protocol/mod.ts";
import {
  InvalidArgument,
  type Service,
  ServiceError,
  type ServiceErrorReason,
  ServiceRequest,
  ServiceResponse,
} from "../../../mod.ts";
import { type DeviceOptions, startDevice } from "../../support/device.ts";
import { RawViewer } from "../../support/raw_viewer.ts";
import { allTold, goesOn, serviceIdsOf, setScene } from "../../support/requests.ts";
import { advance, settle } from "../../support/settle.ts";
import { bytes } from "../../support/streams.ts";

const jsonSide = { encoding: "json", schema: { name: "Any", encoding: "jsonschema", data: "{}" } };
const echo: Service = {
  name: "echo",
  type: "EchoService",
  request: jsonSide,
  response: jsonSide,
  handler: (request) => request.payload,
};
const fail: Service = {
  name: "fail",
  type: "FailService",
  request: jsonSide,
  response: jsonSide,
  handler: () => {
    throw new Error("intentional failure");
  },
};

function call(serviceId: number, callId: number, encoding = "json", payload = '{"hello":"world"}'): ClientMessage {
  return { op: "serviceCallRequest", serviceId, callId, encoding, payload: bytes(payload) };
}

/** A device, and a viewer that has read nothing yet. */
const start = Effect.fnUntraced(function* (options: DeviceOptions = {}, version?: string) {
  const hub = yield* LoopbackHub.make();
  const device = yield* startDevice(hub, options);
  const viewer = yield* RawViewer.join(hub, "viewer-1", version === undefined ? {} : { version });
  return { hub, device, viewer };
});

/** The error that adding these services throws. */
function refusal(add: () => void): { readonly reason: ServiceErrorReason; readonly service: string } {
  try {
    add();
  } catch (error) {
    if (error instanceof ServiceError) return { reason: error.reason, service: error.service };
    throw error;
  }
  return assert.fail("the services were added");
}

describe("services given at the start", () => {
  it.effect("bring the capability and are told behind serverInfo, where there are no channels", () =>
    Effect.gen(function* () {
      const { viewer } = yield* start({ services: [echo] });
      assert.deepStrictEqual((yield* viewer.next("serverInfo")).capabilities, ["services"]);
      const { services } = yield* viewer.next("advertiseServices");
      assert.deepStrictEqual(services.map(({ name, type }) => [name, type]), [["echo", "EchoService"]]);
      const side = { encoding: "json", schemaName: "Any", schemaEncoding: "jsonschema", schema: "{}" };
      assert.deepStrictEqual([services[0]?.request, services[0]?.response], [side, side]);
      yield* viewer.silence;
    }));

  it.effect("are told in one message, in the order in which they were given", () =>
    Effect.gen(function* () {
      const { device, viewer } = yield* start({ services: [echo, fail] });
      yield* viewer.next("serverInfo");
      const { services } = yield* viewer.next("advertiseServices");
      assert.deepStrictEqual(services.map(({ name }) => name), ["echo", "fail"]);
      assert.deepStrictEqual(device.gateway.services, ["echo", "fail"]);
      yield* viewer.silence;
    }));

  for (const version of [undefined, "2.2.0", "2.3.0"]) {
    it.effect(`come after the channels, to a viewer of ${version ?? "no version"}`, () =>
      Effect.gen(function* () {
        const hub = yield* LoopbackHub.make();
        const { context } = yield* startDevice(hub, { services: [echo] });
        context.channel({ topic: "/test", encoding: "json" });
        const viewer = yield* RawViewer.join(hub, "viewer-1", version === undefined ? {} : { version });
        const ops = (yield* viewer.drain).map(({ op }) => op);
        assert.deepStrictEqual(ops, ["serverInfo", "advertise", "advertiseServices"]);
      }));
  }

  it.effect("are told in several messages where they do not fit into one", () =>
    Effect.gen(function* () {
      const large = { encoding: "json", schema: { name: "L", encoding: "jsonschema", data: "x".repeat(9_000_000) } };
      const services = ["a", "b"].map((name): Service => ({ ...echo, name, request: large }));
      const { viewer } = yield* start({ services, limits: { queueBytes: 1_000_000 } });
      yield* viewer.next("serverInfo");
      const names = (yield* viewer.drain).map((one) =>
        one.op === "advertiseServices" ? one.services.map(({ name }) => name).join() : one.op
      );
      assert.deepStrictEqual(names, ["a", "b"]);
    }));

  it.effect("that have no schemas are told with empty names", () =>
    Effect.gen(function* () {
      const { viewer } = yield* start({ services: [{ name: "bare", handler: () => "" }] });
      yield* viewer.next("serverInfo");
      const [service] = (yield* viewer.next("advertiseServices")).services;
      assert.deepStrictEqual([service?.type, service?.requestSchema, service?.responseSchema], ["", "", ""]);
    }));
});

describe("a service call", () => {
  it.effect("is answered with its ids, the encoding and what the handler gives", () =>
    Effect.gen(function* () {
      const { viewer, other, serviceId } = yield* setScene({ services: [echo] });
      yield* viewer.send(call(serviceId, 42));
      const { payload, ...rest } = yield* viewer.next("serviceCallResponse");
      assert.deepStrictEqual(rest, { op: "serviceCallResponse", serviceId, callId: 42, encoding: "json" });
      assert.strictEqual(new TextDecoder().decode(payload), '{"hello":"world"}');
      yield* viewer.silence;
      yield* other.silence;
    }));

  it.effect("of an unknown service fails", () =>
    Effect.gen(function* () {
      const { viewer } = yield* setScene({ services: [echo] });
      yield* viewer.send(call(99_999, 1));
      assert.deepStrictEqual(yield* viewer.next("serviceCallFailure"), {
        op: "serviceCallFailure",
        serviceId: 99_999,
        callId: 1,
        message: "Unknown service",
      });
      yield* goesOn(viewer);
    }));

  it.effect("in another encoding than the service's own fails, also in one that the device supports", () =>
    Effect.gen(function* () {
      const { viewer, serviceId } = yield* setScene({ services: [echo], supportedEncodings: ["cdr"] });
      for (const encoding of ["protobuf", "cdr", "", "JSON"]) {
        yield* viewer.send(call(serviceId, 2, encoding));
        const { message, callId } = yield* viewer.next("serviceCallFailure");
        assert.deepStrictEqual([callId, message], [2, "Unsupported encoding"]);
      }
      yield* goesOn(viewer);
    }));

  it.effect("of a service that declares no encoding may be in any that the device supports", () =>
    Effect.gen(function* () {
      const bare: Service = { name: "bare", handler: (request) => request.encoding };
      const { viewer, serviceId } = yield* setScene({ services: [bare, echo], supportedEncodings: ["cdr"] });
      yield* viewer.send(call(serviceId, 1, "cdr"), call(serviceId, 2, "json"), call(serviceId, 3, "ros1"));
      assert.deepStrictEqual(yield* allTold(viewer), [
        "response 1: cdr",
        "response 2: json",
        "failure 3: Unsupported encoding",
      ]);
    }));

  it.effect("is refused for the first of its faults: unknown, then encoding, then too many", () =>
    Effect.gen(function* () {
      const hung: Service = { ...echo, handler: () => new Promise(() => {}) };
      const { viewer, serviceId } = yield* setScene({ services: [hung], limits: { serviceCalls: 1 } });
      yield* viewer.send(
        call(serviceId, 1),
        call(99_999, 2, "protobuf"),
        call(serviceId, 3, "protobuf"),
        call(serviceId, 4),
      );
      assert.deepStrictEqual(yield* allTold(viewer), [
        "failure 2: Unknown service",
        "failure 3: Unsupported encoding",
        "failure 4: Too many requests",
      ]);
    }));

  it.effect("whose handler fails is answered with the handler's message", () =>
    Effect.gen(function* () {
      const { viewer, serviceId } = yield* setScene({ services: [fail] });
      yield* viewer.send(call(serviceId, 3));
      const failure = yield* viewer.next("serviceCallFailure");
      assert.deepStrictEqual([failure.serviceId, failure.callId], [serviceId, 3]);
      assert.include(failure.message, "intentional failure");
    }));

  it.effect("is answered in the declared encoding, else in the request's, unless the handler names one", () =>
    Effect.gen(function* () {
      const declared: Service = { ...echo, name: "declared", response: { encoding: "cdr" } };
      const undeclared: Service = { name: "undeclared", request: { encoding: "json" }, handler: () => "a" };
      const own: Service = { ...declared, name: "own", handler: () => new ServiceResponse(bytes("b"), "text") };
      const { viewer, device } = yield* start({ services: [declared, undeclared, own] });
      const ids = serviceIdsOf(yield* viewer.drain);
      yield* viewer.send(...ids.map((id) => call(id, 1)));
      const encodings = [];
      for (const _ of ids) encodings.push((yield* viewer.next("serviceCallResponse")).encoding);
      assert.deepStrictEqual(encodings, ["cdr", "json", "text"]);
      assert.deepStrictEqual(device.log.at("error"), []);
    }));

  it.effect("is answered in JSON by what is neither bytes nor text, null included, and only where that is the encoding", () =>
    Effect.gen(function* () {
      let answer: unknown = null;
      const json: Service = { ...echo, handler: () => answer };
      const cdr: Service = { ...json, name: "cdr", response: { encoding: "cdr" } };
      const { viewer } = yield* start({ services: [json, cdr] });
      const [jsonId = 0, cdrId = 0] = serviceIdsOf(yield* viewer.drain);
      for (const [given, told] of [[null, "null"], [true, "true"], [[1, "a"], '[1,"a"]'], [{ a: 1 }, '{"a":1}']]) {
        answer = given;
        yield* viewer.send(call(jsonId, 1), call(cdrId, 2));
        assert.deepStrictEqual(yield* allTold(viewer), [
          `response 1: ${told}`,
          'failure 2: Internal error: the service handler gave neither bytes nor text, which the encoding "cdr" needs',
        ]);
      }
    }));

  it.effect("is told to the handler: its name, number, encoding, text and JSON", () =>
    Effect.gen(function* () {
      const seen: Array<unknown> = [];
      const asked: Service = {
        ...echo,
        handler: (request) => {
          seen.push(request.service, request.callId, request.encoding, request.text(), request.json());
          return "";
        },
      };
      const { viewer, serviceId } = yield* setScene({ services: [asked] });
      yield* viewer.send(call(serviceId, 7), call(serviceId, 8, "json", ""), call(serviceId, 9, "json", "{"));
      assert.deepStrictEqual(seen.slice(0, 10), [
        ...["echo", 7, "json", '{"hello":"world"}', { hello: "world" }],
        ...["echo", 8, "json", "", undefined],
      ]);
      const lines = yield* allTold(viewer);
      assert.deepStrictEqual(lines.slice(0, 2), ["response 7: ", "response 8: "]);
      assert.match(lines[2]!, /^failure 9: .*JSON/);
    }));

  it.effect("keeps its payload while the handler works, whatever comes after it on the stream", () =>
    Effect.gen(function* () {
      const slow: Service = {
        ...echo,
        handler: (request) => Effect.as(Effect.sleep(1_000), request.payload),
      };
      const { viewer, serviceId } = yield* setScene({ services: [slow] });
      for (let n = 0; n < 20; n += 1) yield* viewer.send(call(serviceId, n, "json", `"${`${n}`.padEnd(5_000, "x")}"`));
      yield* advance(1_000);
      const lines = yield* allTold(viewer);
      assert.deepStrictEqual(lines, lines.map((_, n) => `response ${n}: "${`${n}`.padEnd(5_000, "x")}"`));
      assert.strictEqual(lines.length, 20);
    }));
});

describe("services at run time", () => {
  const capabilities = ["services"] as const;

  it.effect("added to a device that has none are told to those who are there, alone", () =>
    Effect.gen(function* () {
      const { device, viewer } = yield* start({ capabilities });
      assert.deepStrictEqual((yield* viewer.next("serverInfo")).capabilities, ["services"]);
      yield* viewer.silence;
      device.gateway.addServices([echo]);
      assert.deepStrictEqual((yield* viewer.next("advertiseServices")).services.map(({ name }) => name), ["echo"]);
      device.gateway.addServices([fail]);
      assert.deepStrictEqual((yield* viewer.next("advertiseServices")).services.map(({ name }) => name), ["fail"]);
      yield* viewer.silence;
    }));

  it.effect("added in one call are told in one message, and can be called", () =>
    Effect.gen(function* () {
      const { device, viewer } = yield* start({ capabilities });
      yield* viewer.next("serverInfo");
      device.gateway.addServices([echo, fail]);
      const { services } = yield* viewer.next("advertiseServices");
      assert.deepStrictEqual(services.map(({ name }) => name), ["echo", "fail"]);
      yield* viewer.send(call(services[0]!.id, 100));
      assert.deepStrictEqual(yield* allTold(viewer), ['response 100: {"hello":"world"}']);
    }));

  it.effect("are removed by name: one message with exactly their ids, and calls fail from then on", () =>
    Effect.gen(function* () {
      const { device, viewer, other, serviceId } = yield* setScene({ services: [echo, fail] });
      device.gateway.removeServices(["unknown", "echo", "echo"]);
      for (const one of [viewer, other]) {
        assert.deepStrictEqual((yield* one.next("unadvertiseServices")).serviceIds, [serviceId]);
        yield* one.silence;
      }
      yield* viewer.send(call(serviceId, 1));
      assert.deepStrictEqual(yield* allTold(viewer), ["failure 1: Unknown service"]);
      assert.deepStrictEqual(device.gateway.services, ["fail"]);
    }));

  it.effect("of unknown names are ignored: nothing is sent when none is left", () =>
    Effect.gen(function* () {
      const { device, viewer } = yield* setScene({ services: [echo] });
      device.gateway.removeServices([]);
      device.gateway.removeServices(["unknown"]);
      yield* viewer.silence;
    }));

  it.effect("are given and named in lists: text, whose letters could be names, is refused", () =>
    Effect.gen(function* () {
      const { device, viewer } = yield* setScene({ services: [{ ...echo, name: "e" }] });
      const given: ReadonlyArray<unknown> = ["e", { 0: "e", length: 1 }, undefined];
      for (const [operation, what] of [["removeServices", "names"], ["addServices", "services"]] as const) {
        for (const list of given) {
          const call = () => Reflect.apply(device.gateway[operation], device.gateway, [list]);
          assert.throws(call, InvalidArgument, `${operation} has sent nothing: the ${what} must be a list`);
        }
      }
      assert.deepStrictEqual(device.gateway.services, ["e"]);
      yield* viewer.silence;
    }));

  it.effect("that are removed and added again have another id", () =>
    Effect.gen(function* () {
      const { device, viewer, serviceId } = yield* setScene({ services: [echo] });
      device.gateway.removeServices(["echo"]);
      device.gateway.addServices([echo]);
      yield* viewer.next("unadvertiseServices");
      const [id = 0] = serviceIdsOf(yield* viewer.drain);
      assert.isAbove(id, serviceId);
      yield* viewer.send(call(serviceId, 1), call(id, 2));
      assert.deepStrictEqual(yield* allTold(viewer), ["failure 1: Unknown service", 'response 2: {"hello":"world"}']);
    }));

  it.effect("are added all or not at all", () =>
    Effect.gen(function* () {
      const { device: { gateway }, viewer } = yield* start({ services: [echo], supportedEncodings: [] });
      yield* viewer.drain;
      const named = (name: string): Service => ({ ...echo, name });
      const untyped = (service: unknown): Service => service as Service;
      const refused: ReadonlyArray<readonly [ServiceErrorReason, string, ReadonlyArray<Service>]> = [
        ["duplicate", "a", [named("a"), named("a")]],
        ["duplicate", "echo", [named("b"), echo]],
        ["missing-encoding", "c", [named("b"), { ...echo, name: "c", request: { encoding: "" } }]],
        ["missing-encoding", "c", [named("b"), untyped({ ...echo, name: "c", request: {} })]],
        ["invalid", "", [named("b"), named("")]],
        ["invalid", "undefined", [named("b"), untyped({ handler: () => "" })]],
        ["invalid", "c", [named("b"), untyped({ ...echo, name: "c", handler: "echo" })]],
        ["invalid", "c", [named("b"), untyped({ ...echo, name: "c", type: 42 })]],
        ["invalid", "c", [named("b"), untyped({ ...echo, name: "c", request: null })]],
        ["invalid", "c", [named("b"), untyped({ ...echo, name: "c", response: { encoding: 42 } })]],
        ["invalid", "c", [named("b"), untyped({ ...echo, name: "c", request: { encoding: "json", schema: 42 } })]],
        ["invalid", "null", [named("b"), untyped(null)]],
        ["invalid", "c", [named("b"), {
          ...echo,
          name: "c",
          request: { encoding: "json", schema: { name: "S", encoding: "ros1msg", data: Uint8Array.of(0xff) } },
        }]],
        ["invalid", "c", [named("b"), {
          ...echo,
          name: "c",
          request: { encoding: "json", schema: { name: "S", encoding: "x", data: "x".repeat(17_000_000) } },
        }]],
      ];
      for (const [reason, service, services] of refused) {
        assert.deepStrictEqual(refusal(() => gateway.addServices(services)), { reason, service });
      }
      assert.deepStrictEqual(gateway.services, ["echo"]);
      yield* viewer.silence;
      gateway.addServices([]);
      yield* viewer.silence;
      gateway.addServices([named("b")]);
      yield* viewer.next("advertiseServices");
    }));

  it.effect("without a request encoding need a device that supports some", () =>
    Effect.gen(function* () {
      const bare: Service = { name: "bare", handler: () => "" };
      const without = yield* start({ capabilities, supportedEncodings: [] });
      assert.deepStrictEqual(refusal(() => without.device.gateway.addServices([bare])), {
        reason: "missing-encoding",
        service: "bare",
      });
      const withSome = yield* start({ capabilities, supportedEncodings: ["json"] });
      withSome.device.gateway.addServices([bare]);
      assert.deepStrictEqual(withSome.device.gateway.services, ["bare"]);
    }));

  it.effect("are not added to a device without the capability, unless there are none to add", () =>
    Effect.gen(function* () {
      const { device: { gateway }, viewer } = yield* start();
      yield* viewer.next("serverInfo");
      assert.deepStrictEqual(refusal(() => gateway.addServices([echo])), { reason: "not-supported", service: "echo" });
      gateway.addServices([]);
      gateway.removeServices(["echo"]);
      yield* viewer.silence;
      assert.deepStrictEqual(gateway.services, []);
    }));

  it.effect("are still answered where the call was under way when they were removed", () =>
    Effect.gen(function* () {
      const slow: Service = { ...echo, handler: (request) => Effect.as(Effect.sleep(1_000), request.payload) };
      const { device, viewer, serviceId } = yield* setScene({ services: [slow] });
      yield* viewer.send(call(serviceId, 1));
      device.gateway.removeServices(["echo"]);
      yield* viewer.next("unadvertiseServices");
      yield* advance(1_000);
      assert.deepStrictEqual(yield* allTold(viewer), ['response 1: {"hello":"world"}']);
    }));

  it.effect("may be removed and added by their own handlers", () =>
    Effect.gen(function* () {
      for (const form of ["plain", "Effect"] as const) {
        const scene: { change?: () => void } = {};
        const changing: Service = {
          ...echo,
          handler: () => {
            if (form === "plain") {
              scene.change?.();
              return "done";
            }
            return Effect.sync(() => {
              scene.change?.();
              return "done";
            });
          },
        };
        const { device: { gateway }, viewer, other, serviceId } = yield* setScene({ services: [changing] });
        scene.change = () => {
          gateway.removeServices(["echo"]);
          gateway.addServices([fail]);
        };
        yield* viewer.send(call(serviceId, 1));
        assert.deepStrictEqual(yield* allTold(viewer), [
          "unadvertiseServices",
          "advertiseServices",
          "response 1: done",
        ]);
        assert.deepStrictEqual(yield* allTold(other), ["unadvertiseServices", "advertiseServices"]);
      }
    }));

  it.effect("outlive the session, and those added between two sessions are in the next one", () =>
    Effect.gen(function* () {
      const { hub, device: { gateway }, viewer } = yield* start({ services: [echo] });
      const [id = 0] = serviceIdsOf(yield* viewer.drain);
      hub.participant("rover").kick();
      yield* settle;
      gateway.addServices([fail]);
      yield* advance(2_000);
      assert.strictEqual(viewer.controls.length, 2);
      yield* viewer.next("serverInfo");
      const { services } = yield* viewer.next("advertiseServices");
      assert.deepStrictEqual(services.map(({ name }) => name), ["echo", "fail"]);
      assert.strictEqual(services[0]?.id, id);
      yield* viewer.silence;
    }));

  it.effect("added or removed while a viewer's stream opens are in its start-up or told after it, never neither nor both", () =>
    Effect.gen(function* () {
      for (let turn = 0; turn < 12; turn += 1) {
        const hub = yield* LoopbackHub.make();
        const { gateway } = yield* startDevice(hub, { services: [echo] });
        const joining = yield* Effect.forkChild(RawViewer.join(hub), { startImmediately: true });
        for (let n = 0; n < turn; n += 1) yield* Effect.yieldNow;
        gateway.addServices([fail]);
        gateway.removeServices(["echo"]);
        yield* settle;
        const viewer = yield* Fiber.join(joining);
        const known = new Map<number, string>();
        for (const message of yield* viewer.drain) {
          if (message.op === "advertiseServices") {
            for (const { id, name } of message.services) {
              assert.isFalse(known.has(id), `${name} was told twice at turn ${turn}`);
              known.set(id, name);
            }
          } else if (message.op === "unadvertiseServices") {
            for (const id of message.serviceIds) assert.isTrue(known.delete(id), `unknown ${id} at turn ${turn}`);
          }
        }
        assert.deepStrictEqual([...known.values()], ["fail"], `turn ${turn}`);
      }
    }));
});

describe("ServiceRequest", () => {
  it("reads its payload as text and JSON", () => {
    const request = new ServiceRequest("/a", 1, "json", bytes('{"a":1}'));
    assert.strictEqual(request.text(), '{"a":1}');
    assert.deepStrictEqual(request.json(), { a: 1 });
    assert.isUndefined(new ServiceRequest("/a", 1, "json", bytes("")).json());
    assert.throws(() => new ServiceRequest("/a", 1, "json", bytes("{")).json(), SyntaxError);
    assert.strictEqual(new ServiceRequest("/a", 1, "json", Uint8Array.of(0xff)).text(), "\ufffd");
  });
});
