import { assert, describe, it } from "@effect/vitest";
import * as Data from "effect/Data";
import * as Effect from "effect/Effect";
import type { Gateway } from "../../../mod.ts";
import {
  allTold,
  type AnyHandler,
  goesOn,
  parameterGets,
  requestKinds,
  serviceCalls,
  setScene,
} from "../../support/requests.ts";

/** A failure of an application's own making. */
class Broken extends Data.TaggedError("Broken")<{ readonly part: string }> {}

/** What it throws cannot even be told. */
const unspeakable = {
  get message(): string {
    throw new Error("no message either");
  },
  toString(): string {
    throw new Error("no text either");
  },
  get _tag(): string {
    throw new Error("no tag either");
  },
};

const noMessage = "the handler has failed";

/** What can be thrown, rejected or failed with, and what a viewer is told of it. */
const errors: ReadonlyArray<readonly [what: string, error: unknown, told: string]> = [
  ["an error", new Error("the arm is folded"), "the arm is folded"],
  ["an error without a message", new Error(""), noMessage],
  ["an error whose message is no text", Object.assign(new Error(), { message: 42 }), noMessage],
  ["a tagged error", new Broken({ part: "arm" }), "Broken"],
  ["text", "not now", "not now"],
  ["empty text", "", noMessage],
  ["a number", 42, noMessage],
  ["nothing", undefined, noMessage],
  ["null", null, noMessage],
  ["an object without a prototype", Object.create(null), noMessage],
  ["an object that cannot be told", unspeakable, noMessage],
  [
    "an error that cannot be told",
    Object.defineProperties(new Error(), Object.getOwnPropertyDescriptors(unspeakable)),
    noMessage,
  ],
  ["half a surrogate pair", "\ud83d", "\ufffd"],
  ["a long text", "x".repeat(10_000), "x".repeat(8_192)],
];

/** The ways in which a handler fails. */
const ways: ReadonlyArray<readonly [what: string, failing: (error: unknown) => AnyHandler]> = [
  ["throws", (error) => () => {
    throw error;
  }],
  ["rejects with", (error) => () => Promise.reject(error)],
  ["rejects later with", (error) => async () => {
    await Promise.resolve();
    throw error;
  }],
  ["fails with", (error) => () => Effect.fail(error)],
  ["fails later with", (error) => () => Effect.andThen(Effect.yieldNow, Effect.fail(error))],
  ["dies with", (error) => () => Effect.die(error)],
];

/** The ways in which a handler gives something. */
const givers: ReadonlyArray<readonly [what: string, giving: (value: unknown) => AnyHandler]> = [
  ["at once", (value) => () => value],
  ["as a promise", (value) => () => Promise.resolve(value)],
  ["as a promise, later", (value) => async () => {
    await Promise.resolve();
    return value;
  }],
  ["as something that is like a promise", (value) => () => ({
    then: (resolve: (value: unknown) => void) => resolve(value),
  })],
  ["as an Effect", (value) => () => Effect.succeed(value)],
  ["as an Effect, later", (value) => () => Effect.as(Effect.yieldNow, value)],
];

describe("a handler", () => {
  for (const kind of requestKinds) {
    describe(`of ${kind.name}`, () => {
      for (const [what, giving] of givers) {
        it.effect(`answers ${what}`, () =>
          Effect.gen(function* () {
            const { viewer, serviceId } = yield* setScene(kind.options(giving(kind.answer)));
            yield* viewer.send(kind.request(7, serviceId));
            assert.deepStrictEqual(yield* allTold(viewer), [kind.answered(7)]);
            yield* goesOn(viewer);
          }));

        it.effect(`that gives nothing, ${what}, has failed`, () =>
          Effect.gen(function* () {
            const { viewer, other, serviceId } = yield* setScene(kind.options(giving(undefined)));
            yield* viewer.send(kind.request(7, serviceId));
            assert.deepStrictEqual(yield* allTold(viewer), [kind.unanswered(7)]);
            yield* goesOn(viewer);
            yield* other.silence;
          }));
      }

      for (const [way, failing] of ways) {
        it.effect(`that ${way} whatever it may be is told by its message, and ends nothing`, () =>
          Effect.gen(function* () {
            let error: unknown;
            const { viewer, other, serviceId } = yield* setScene(kind.options((...given) => failing(error)(...given)));
            for (const [what, thrown, told] of errors) {
              error = thrown;
              yield* viewer.send(kind.request(7, serviceId));
              assert.deepStrictEqual(yield* allTold(viewer), [kind.failed(7, told)], what);
            }
            yield* goesOn(viewer);
            yield* other.silence;
          }));
      }

      it.effect("that interrupts itself has failed", () =>
        Effect.gen(function* () {
          const { viewer, serviceId } = yield* setScene(kind.options(() => Effect.interrupt));
          yield* viewer.send(kind.request(7, serviceId));
          assert.strictEqual((yield* allTold(viewer)).length, 1);
          yield* goesOn(viewer);
        }));

      it.effect("that never ends holds up nobody: others, and the same viewer, are answered meanwhile", () =>
        Effect.gen(function* () {
          for (const never of [() => new Promise(() => {}), () => Effect.never]) {
            let calls = 0;
            const handler = (): unknown => (calls++ === 0 ? never() : kind.answer);
            const { viewer, other, serviceId } = yield* setScene(kind.options(handler));
            yield* viewer.send(kind.request(1, serviceId));
            yield* viewer.silence;
            yield* viewer.send(kind.request(2, serviceId));
            assert.deepStrictEqual(yield* allTold(viewer), [kind.answered(2)]);
            yield* other.drain;
            yield* other.send(kind.request(3, serviceId));
            assert.deepStrictEqual(yield* allTold(other), [kind.answered(3)]);
          }
        }));

      it.effect("is told who asks, and is given a signal that has not aborted", () =>
        Effect.gen(function* () {
          const seen: Array<unknown> = [];
          const { viewer, serviceId } = yield* setScene(kind.options((_, { client, signal }) => {
            seen.push(client.identity, typeof client.id, signal.aborted);
            return kind.answer;
          }));
          yield* viewer.send(kind.request(7, serviceId));
          assert.deepStrictEqual(seen, ["viewer-1", "number", false]);
        }));

      it.effect("may close the gateway that it belongs to, and wait for that", () =>
        Effect.gen(function* () {
          for (const form of ["close", "closeEffect"] as const) {
            const scene: { gateway?: Gateway } = {};
            const { device, viewer, serviceId } = yield* setScene(
              kind.options(() => form === "close" ? scene.gateway?.close() : scene.gateway?.closeEffect),
            );
            scene.gateway = device.gateway;
            yield* viewer.send(kind.request(7, serviceId));
            assert.strictEqual(device.gateway.status, "shut-down");
            assert.deepStrictEqual(device.log.at("error"), []);
          }
        }));
    });
  }
});

/** Answers that are nothing which can be sent, by the kind of request. */
const unsendable = {
  [serviceCalls.name]: (() => {
    const cyclic: Record<string, unknown> = {};
    cyclic["self"] = cyclic;
    return [cyclic, 1n, () => {}, Symbol("x"), {
      toJSON(): never {
        throw unspeakable;
      },
    }];
  })(),
  [parameterGets.name]: [
    null,
    "gain",
    42,
    [null],
    [42],
    [{}],
    [{ name: 42, value: 1 }],
    [{ name: "gain", value: null }],
    [{ name: "gain", value: Number.NaN }],
    [{ name: "gain", value: { a: 1 } }],
    [{ name: "gain", value: [null] }],
    [{ name: "gain", value: Symbol("x") }],
    [{ name: "gain", value: () => {} }],
    [{ name: "gain", type: "int", value: 1 }],
    [{ name: "gain", type: "float64", value: "text" }],
    [{ name: "\ud83d", value: 1 }],
    [{ name: "gain", value: new Map([[1, 1]]) }],
    (() => {
      const cyclic: Array<unknown> = [];
      cyclic.push(cyclic);
      return [{ name: "gain", value: cyclic }];
    })(),
    {
      get length(): never {
        throw unspeakable;
      },
    },
    [{
      get name(): never {
        throw unspeakable;
      },
    }],
  ],
  "an asset fetch": [null, 42, {}, [1, 2], new ArrayBuffer(4)],
  "a playback request": [
    null,
    42,
    "paused",
    {},
    { status: "reversing", currentTime: 1n, playbackSpeed: 1, didSeek: false },
    { status: "paused", currentTime: 1, playbackSpeed: 1, didSeek: false },
    { status: "paused", currentTime: -1n, playbackSpeed: 1, didSeek: false },
    { status: "paused", currentTime: 2n ** 64n, playbackSpeed: 1, didSeek: false },
    { status: "paused", currentTime: 1n, playbackSpeed: "1", didSeek: false },
    { status: "paused", currentTime: 1n, playbackSpeed: Number.NaN, didSeek: false },
    {
      get status(): never {
        throw unspeakable;
      },
    },
  ],
};
const answersOf: Readonly<Record<string, ReadonlyArray<unknown>>> = {
  ...unsendable,
  "a set of parameters": unsendable[parameterGets.name]!,
};

describe("an answer that cannot be sent", () => {
  for (const kind of requestKinds) {
    for (const [how, giving] of givers) {
      it.effect(`to ${kind.name}, given ${how}, fails that request and harms nobody else`, () =>
        Effect.gen(function* () {
          let answer: unknown;
          const { device, viewer, other, serviceId } = yield* setScene(
            kind.options((...given) => giving(answer)(...given)),
          );
          for (const [index, one] of answersOf[kind.name]!.entries()) {
            answer = one;
            yield* viewer.send(kind.request(7, serviceId));
            const lines = yield* allTold(viewer);
            assert.strictEqual(lines.length, 1, `answer ${index} was told by ${lines.join()}`);
            assert.match(lines[0]!, /failed to send a response|Internal error/, `answer ${index}`);
          }
          yield* goesOn(viewer);
          yield* other.silence;
          assert.strictEqual(viewer.controls.length, 1);
          assert.notInclude(device.log.at("error").join(), "reading a viewer's stream");
        }));
    }
  }

  for (const kind of requestKinds.filter(({ limit }) => limit !== "playbackRequests")) {
    it.effect(`to ${kind.name} because it is larger than a frame fails that request alone`, () =>
      Effect.gen(function* () {
        const text = "x".repeat(16 * 1024 * 1024);
        const large: unknown = kind.limit === "parameterRequests" ? [{ name: "gain", value: text }] : text;
        let answer: unknown = large;
        const { viewer, serviceId } = yield* setScene(kind.options(() => answer));
        yield* viewer.send(kind.request(7, serviceId));
        const lines = yield* allTold(viewer);
        assert.strictEqual(lines.length, 1);
        assert.include(lines[0], "16777216: send less at once");
        answer = kind.answer;
        yield* viewer.send(kind.request(8, serviceId));
        assert.deepStrictEqual(yield* allTold(viewer), [kind.answered(8)]);
      }));
  }
});
