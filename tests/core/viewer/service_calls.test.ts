import { assert, describe, it } from "@effect/vitest";
import * as Effect from "effect/Effect";
import * as Fiber from "effect/Fiber";
import { LoopbackHub } from "../../../adapters/loopback/mod.ts";
import {
  InvalidRequest,
  NotSupported,
  RequestTimeout,
  RequestTooLarge,
  ServiceCallFailed,
  UnknownService,
  Viewer,
} from "../../../mod.ts";
import { CollectedLog } from "../../support/log.ts";
import { makePair } from "../../support/pair.ts";
import { capable, RawDevice, say, services } from "../../support/raw_device.ts";
import { outcome, rawPair } from "../../support/raw_pair.ts";
import { advance, eventually, settle } from "../../support/settle.ts";
import { bytes } from "../../support/streams.ts";

const decoder = new TextDecoder();

describe("Viewer: the services of a device", () => {
  it.effect("are known by name, as they are advertised, taken back, and gone with the session", () =>
    Effect.gen(function* () {
      const changes: Array<string> = [];
      const names = (list: ReadonlyArray<{ name: string }>) => list.map(({ name }) => name).join();
      const { viewer, control } = yield* rawPair(["services"], {
        onServices: (added, removed) => changes.push(`+${names(added)} -${names(removed)}`),
      });
      yield* say(control, services("/a", "/b"));
      yield* eventually("both are known", () => viewer.services.size === 2);
      assert.strictEqual(viewer.services.get("/b")?.id, 2);
      yield* say(control, { op: "unadvertiseServices", serviceIds: [1, 99] });
      yield* eventually("one is gone", () => viewer.services.size === 1);
      yield* say(control, capable("services"));
      yield* eventually("all are gone", () => viewer.services.size === 0);
      assert.deepStrictEqual(changes, ["+/a,/b -", "+ -/a", "+ -/b"]);
    }));

  it.effect("with the id or the name of another take its place", () =>
    Effect.gen(function* () {
      const { viewer, control } = yield* rawPair(["services"]);
      const one = { type: "t", requestSchema: "", responseSchema: "" };
      const tell = (id: number, name: string) =>
        say(control, { op: "advertiseServices", services: [{ id, name, ...one }] });
      yield* tell(1, "/a");
      yield* tell(2, "/a");
      yield* say(control, { op: "unadvertiseServices", serviceIds: [1] });
      yield* settle;
      assert.strictEqual(viewer.services.get("/a")?.id, 2);
      yield* tell(2, "/b");
      yield* settle;
      assert.deepStrictEqual([...viewer.services].map(([name, { id }]) => [name, id]), [["/b", 2]]);
    }));

  it.effect("whose schemas do not decode are left out, with an error in the log", () =>
    Effect.gen(function* () {
      const { viewer, control, log } = yield* rawPair(["services"]);
      const request = { encoding: "protobuf", schemaName: "A", schemaEncoding: "protobuf", schema: "!!" };
      yield* say(control, {
        op: "advertiseServices",
        services: [{ id: 1, name: "/bad", type: "t", request }, { id: 2, name: "/good", type: "t" }],
      });
      yield* eventually("one is known", () => viewer.services.size === 1);
      assert.isTrue(viewer.services.has("/good"));
      assert.deepStrictEqual(log.at("error"), ["an advertised service cannot be taken"]);
    }));
});

describe("Viewer: calling a service", () => {
  it.effect("sends the request and gives the answer, to promise and Effect users alike", () =>
    Effect.gen(function* () {
      const { viewer } = yield* makePair({
        gateway: {
          supportedEncodings: ["json"],
          services: [{ name: "/echo", type: "Echo", handler: (request) => request.payload }],
        },
      });
      const reply = yield* Effect.promise(() => viewer.callService("/echo", { hello: "world" }));
      assert.deepStrictEqual([reply.encoding, reply.json()], ["json", { hello: "world" }]);
      const again = yield* viewer.callServiceEffect("/echo", "[1]");
      assert.strictEqual(again.text(), "[1]");
      assert.strictEqual(viewer.pendingRequests.calls, 0);
    }));

  it.effect("writes bytes and text as they are, nothing as nothing, and everything else as JSON", () =>
    Effect.gen(function* () {
      const { viewer, device, control } = yield* rawPair(["services"]);
      const request = { encoding: "cdr", schemaName: "", schemaEncoding: "", schema: "" };
      yield* say(control, {
        op: "advertiseServices",
        services: [{ id: 7, name: "/cdr", type: "t", request }, { id: 8, name: "/none", type: "t" }],
      });
      yield* settle;
      const calls: ReadonlyArray<readonly [string, unknown, string | undefined]> = [
        ["/cdr", bytes("raw"), undefined],
        ["/cdr", "text", undefined],
        ["/cdr", { a: 1 }, undefined],
        ["/cdr", undefined, undefined],
        ["/cdr", "text", "protobuf"],
        ["/none", "text", undefined],
        ["/none", [null], "cbor"],
      ];
      for (const [name, body, encoding] of calls) {
        outcome(viewer.callService(name, body, encoding === undefined ? {} : { encoding }));
      }
      yield* settle;
      assert.deepStrictEqual(
        device.of("serviceCallRequest").map(({ serviceId, encoding, payload }) => [
          serviceId,
          encoding,
          decoder.decode(payload),
        ]),
        [
          [7, "cdr", "raw"],
          [7, "cdr", "text"],
          [7, "json", '{"a":1}'],
          [7, "cdr", ""],
          [7, "protobuf", "text"],
          [8, "json", "text"],
          [8, "cbor", "[null]"],
        ],
      );
      const ids = device.of("serviceCallRequest").map(({ callId }) => callId);
      assert.strictEqual(new Set(ids).size, ids.length);
    }));

  it.effect("gives each of several calls its own answer, in whatever order they come", () =>
    Effect.gen(function* () {
      const { viewer, device, control } = yield* rawPair(["services"]);
      yield* say(control, services("/a"));
      yield* settle;
      const replies = [1, 2, 3].map((n) => outcome(viewer.callService("/a", n)));
      yield* settle;
      for (const { serviceId, callId, payload } of [...device.of("serviceCallRequest")].reverse()) {
        yield* say(control, { op: "serviceCallResponse", serviceId, callId, encoding: "json", payload });
      }
      yield* eventually("all are answered", () => replies.every(({ value }) => value !== undefined));
      assert.deepStrictEqual(replies.map(({ value }) => value?.json()), [1, 2, 3]);
    }));

  it.effect("fails with the device's words when the device refuses or the service fails", () =>
    Effect.gen(function* () {
      const { viewer, device, control } = yield* rawPair(["services"]);
      yield* say(control, services("/a"));
      const call = outcome(viewer.callService("/a"));
      yield* eventually("it is called", () => device.of("serviceCallRequest").length === 1);
      const { callId } = device.last("serviceCallRequest");
      yield* say(control, { op: "unadvertiseServices", serviceIds: [1] });
      yield* say(control, { op: "serviceCallFailure", serviceId: 1, callId, message: "the rover is moving" });
      yield* eventually("it has failed", () => call.error !== undefined);
      assert.instanceOf(call.error, ServiceCallFailed);
      assert.strictEqual(call.error.message, 'the service "/a" has failed: the rover is moving');
    }));

  it.effect("waits for a device, and for the service to be advertised", () =>
    Effect.gen(function* () {
      const hub = yield* LoopbackHub.make();
      const viewer = yield* Viewer.make(hub.transport({ identity: "viewer-1" }));
      const call = outcome(viewer.callService("/late"));
      yield* advance(5_000);
      const device = yield* RawDevice.join(hub);
      const control = yield* device.open();
      yield* say(control, capable("services"), services("/other"));
      yield* advance(900, 100);
      assert.deepStrictEqual([call, device.of("serviceCallRequest").length], [{}, 0]);
      yield* say(control, services("/late"));
      yield* eventually("it is called", () => device.of("serviceCallRequest").length === 1);
    }));

  it.effect("fails at once when a device has been met for a second and does not have the service", () =>
    Effect.gen(function* () {
      const { viewer, control } = yield* rawPair(["services"]);
      yield* say(control, services(...Array.from({ length: 12 }, (_, n) => `/s${n}`)));
      const early = outcome(viewer.callService("/rebot"));
      yield* settle;
      assert.deepStrictEqual(early, {});
      yield* advance(1_000, 500);
      assert.instanceOf(early.error, UnknownService);
      const late = outcome(viewer.callService("/rebot"));
      yield* settle;
      assert.instanceOf(late.error, UnknownService);
      assert.include(late.error.message, 'has no service "/rebot"; it has "/s0", "/s1"');
      assert.include(late.error.message, '"/s9" and 2 more');
    }));

  it.effect("fails at once when the device does not have services at all", () =>
    Effect.gen(function* () {
      const { viewer } = yield* rawPair([]);
      const error = yield* Effect.flip(viewer.callServiceEffect("/a"));
      assert.instanceOf(error, NotSupported);
      assert.include(error.message, '"services"');
    }));

  it.effect("ends by its timeout, which tells what was waited for; the late answer is dropped", () =>
    Effect.gen(function* () {
      const hub = yield* LoopbackHub.make();
      const log = new CollectedLog();
      const viewer = yield* Viewer.make(hub.transport({ identity: "viewer-1" }), { log: log.log });
      const alone = outcome(viewer.callService("/a", undefined, { timeoutMs: 300 }));
      yield* advance(299, 299);
      assert.deepStrictEqual(alone, {});
      yield* advance(1, 1);
      assert.instanceOf(alone.error, RequestTimeout);
      assert.strictEqual(alone.error.awaited, "device");
      const device = yield* RawDevice.join(hub);
      const control = yield* device.open();
      yield* say(control, capable("services"));
      yield* settle;
      const unserved = outcome(viewer.callService("/a", undefined, { timeoutMs: 300 }));
      yield* advance(300, 300);
      assert.instanceOf(unserved.error, RequestTimeout);
      assert.strictEqual(unserved.error.awaited, "service");
      yield* say(control, services("/a"));
      const unanswered = outcome(viewer.callService("/a"));
      yield* advance(10_000);
      assert.instanceOf(unanswered.error, RequestTimeout);
      assert.strictEqual(unanswered.error.awaited, "answer");
      assert.include(unanswered.error.message, "after 10000 ms");
      const { callId } = device.last("serviceCallRequest");
      const next = outcome(viewer.callService("/a"));
      const late = { op: "serviceCallResponse", serviceId: 1, encoding: "json", payload: bytes("1") } as const;
      yield* say(control, { ...late, callId });
      yield* settle;
      assert.deepStrictEqual(next, {});
      assert.strictEqual(log.at("debug").filter((line) => line.includes("is dropped")).length, 1);
    }));

  it.effect("refuses what cannot be sent, at once and with words", () =>
    Effect.gen(function* () {
      const { viewer, control, device } = yield* rawPair(["services"]);
      yield* say(control, services("/a"));
      yield* settle;
      const cyclic: { self?: unknown } = {};
      cyclic.self = cyclic;
      for (const request of [1n, cyclic, () => {}, Symbol("s")]) {
        assert.instanceOf(yield* Effect.flip(viewer.callServiceEffect("/a", request)), InvalidRequest);
      }
      const text: unknown = "5";
      for (const timeoutMs of [0, -1, NaN, Infinity, text as number]) {
        const error = yield* Effect.flip(viewer.callServiceEffect("/a", {}, { timeoutMs }));
        assert.instanceOf(error, InvalidRequest);
        assert.include(error.message, "timeoutMs");
      }
      const large = yield* Effect.flip(viewer.callServiceEffect("/a", new Uint8Array(16 * 1024 * 1024)));
      assert.instanceOf(large, RequestTooLarge);
      assert.include(large.message, "a frame holds 16777216");
      assert.deepStrictEqual(device.of("serviceCallRequest"), []);
      assert.strictEqual(viewer.pendingRequests.calls, 0);
    }));

  it.effect("takes no answer for another service, and none twice", () =>
    Effect.gen(function* () {
      const { viewer, device, control, log } = yield* rawPair(["services"]);
      yield* say(control, services("/a", "/b"));
      yield* settle;
      const call = yield* Effect.forkChild(viewer.callServiceEffect("/a"), { startImmediately: true });
      yield* settle;
      const { callId } = device.last("serviceCallRequest");
      const answer = { op: "serviceCallResponse", callId, encoding: "json" } as const;
      yield* say(control, { ...answer, serviceId: 2, payload: bytes("wrong") });
      yield* say(control, { ...answer, serviceId: 1, payload: bytes("right") });
      yield* say(control, { ...answer, serviceId: 1, payload: bytes("again") });
      assert.strictEqual((yield* Fiber.join(call)).text(), "right");
      yield* settle;
      const dropped = log.lines.filter(({ message }) => message.includes("is dropped"));
      assert.strictEqual(dropped.length, 1);
    }));
});
