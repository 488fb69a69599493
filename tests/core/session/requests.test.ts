import { assert, describe, it } from "@effect/vitest";
import * as Deferred from "effect/Deferred";
import * as Effect from "effect/Effect";
import type { Gateway, RequestContext } from "../../../mod.ts";
import { RawViewer } from "../../support/raw_viewer.ts";
import {
  allTold,
  goesOn,
  parameterGets,
  parameterSets,
  ping,
  type RequestKind,
  requestKinds,
  serviceCalls,
  setScene,
} from "../../support/requests.ts";
import { advance, settle } from "../../support/settle.ts";

/** How many requests of a kind one viewer may have under way. */
const SLOTS = 32;

/** A handler that a test answers by hand, as a promise or as an Effect. */
class Desk {
  /** The requests that wait, the oldest first. */
  readonly waiting: Array<{ readonly context: RequestContext; readonly answer: (value: unknown) => void }> = [];
  /** What has become of the requests: `aborted viewer-1`, `interrupted viewer-1`. */
  readonly events: Array<string> = [];
  readonly #form: "promise" | "Effect";

  constructor(form: "promise" | "Effect" = "promise") {
    this.#form = form;
  }

  readonly handler = (_: unknown, context: RequestContext): unknown => {
    const { identity } = context.client;
    context.signal.addEventListener("abort", () => this.events.push(`aborted ${identity}`));
    if (this.#form === "promise") {
      return new Promise((answer) => this.waiting.push({ context, answer }));
    }
    const answered = Deferred.makeUnsafe<unknown>();
    this.waiting.push({ context, answer: (value) => Deferred.doneUnsafe(answered, Effect.succeed(value)) });
    return Effect.onInterrupt(
      Deferred.await(answered),
      () => Effect.sync(() => void this.events.push(`interrupted ${identity}`)),
    );
  };

  /** Answers the oldest request. */
  next(value: unknown): Effect.Effect<void> {
    return Effect.suspend(() => {
      this.waiting.shift()!.answer(value);
      return settle;
    });
  }
}

/** Makes as many requests as there are slots, and gives what the viewer is told: nothing yet. */
const fill = Effect.fnUntraced(function* (kind: RequestKind, viewer: RawViewer, serviceId: number, count = SLOTS) {
  yield* viewer.send(...Array.from({ length: count }, (_, n) => kind.request(n + 1, serviceId)));
  return yield* allTold(viewer);
});

describe("requests under way", () => {
  for (const kind of requestKinds) {
    it.effect(`32 of ${kind.name} are taken, and the 33rd is refused at once`, () =>
      Effect.gen(function* () {
        const desk = new Desk();
        const { viewer, serviceId } = yield* setScene(kind.options(desk.handler));
        assert.deepStrictEqual(yield* fill(kind, viewer, serviceId), []);
        yield* viewer.send(kind.request(33, serviceId), kind.request(34, serviceId));
        assert.deepStrictEqual(yield* allTold(viewer), [kind.refused(33), kind.refused(34)]);
        assert.strictEqual(desk.waiting.length, SLOTS);
        yield* goesOn(viewer);
      }));

    it.effect(`a slot of ${kind.name} comes back with an answer, a failure, and an end without an answer`, () =>
      Effect.gen(function* () {
        const desk = new Desk();
        const { viewer, serviceId } = yield* setScene(kind.options(desk.handler));
        yield* fill(kind, viewer, serviceId);
        for (const give of [() => kind.answer, () => Promise.reject(new Error("no")), () => undefined]) {
          yield* desk.next(give());
          assert.strictEqual((yield* allTold(viewer)).length, 1);
          yield* viewer.send(kind.request(40, serviceId), kind.request(41, serviceId));
          assert.deepStrictEqual(yield* allTold(viewer), [kind.refused(41)]);
          assert.strictEqual(desk.waiting.length, SLOTS);
        }
      }));

    it.effect(`the slots of ${kind.name} are each viewer's own`, () =>
      Effect.gen(function* () {
        const desk = new Desk();
        const { viewer, other, serviceId } = yield* setScene(kind.options(desk.handler));
        yield* fill(kind, viewer, serviceId);
        assert.deepStrictEqual(yield* fill(kind, other, serviceId), []);
        yield* other.send(kind.request(33, serviceId));
        assert.deepStrictEqual(yield* allTold(other), [kind.refused(33)]);
        assert.strictEqual(desk.waiting.length, 2 * SLOTS);
      }));

    it.effect(`one viewer that leaves all of ${kind.name} open holds up no other`, () =>
      Effect.gen(function* () {
        const answers: Array<unknown> = Array.from({ length: SLOTS }, () => new Promise(() => {}));
        const { viewer, other, serviceId } = yield* setScene(kind.options(() => answers.pop() ?? kind.answer));
        yield* fill(kind, viewer, serviceId);
        yield* other.send(kind.request(1, serviceId));
        assert.deepStrictEqual(yield* allTold(other), [kind.answered(1)]);
      }));
  }

  it.effect("the slots are each kind's own", () =>
    Effect.gen(function* () {
      const desk = new Desk();
      const options = Object.assign({}, ...requestKinds.map((kind) => kind.options(desk.handler)), {
        parameters: { get: desk.handler, set: desk.handler },
      });
      const { viewer, serviceId } = yield* setScene(options);
      for (const kind of requestKinds.filter((one) => one !== parameterSets)) {
        assert.deepStrictEqual(yield* fill(kind, viewer, serviceId), [], kind.name);
      }
      assert.strictEqual(desk.waiting.length, 4 * SLOTS);
    }));

  it.effect("gets and sets of parameters share their slots; subscribing takes none", () =>
    Effect.gen(function* () {
      const desk = new Desk();
      const { device, viewer } = yield* setScene({
        parameters: { get: desk.handler as never, set: desk.handler as never },
      });
      yield* fill(parameterGets, viewer, 0, 16);
      yield* fill(parameterSets, viewer, 0, 16);
      yield* viewer.send(parameterGets.request(33, 0), parameterSets.request(34, 0), {
        op: "subscribeParameterUpdates",
        parameterNames: ["gain"],
      });
      assert.deepStrictEqual(yield* allTold(viewer), [parameterGets.refused(33), parameterSets.refused(34)]);
      device.gateway.publishParameterValues([{ name: "gain", value: 1 }]);
      assert.deepStrictEqual(yield* allTold(viewer), ["values undefined: gain"]);
      yield* desk.next(parameterGets.answer);
      yield* viewer.drain;
      yield* viewer.send(parameterSets.request(35, 0), parameterGets.request(36, 0));
      assert.deepStrictEqual(yield* allTold(viewer), [parameterGets.refused(36)]);
    }));

  it.effect("a bound of the application's own counts", () =>
    Effect.gen(function* () {
      for (const kind of requestKinds) {
        const desk = new Desk();
        const { viewer, serviceId } = yield* setScene({ ...kind.options(desk.handler), limits: { [kind.limit]: 2 } });
        assert.deepStrictEqual(yield* fill(kind, viewer, serviceId, 3), [kind.refused(3)]);
      }
    }));

  it.effect("answers come in the order in which they are given, whatever the order of the requests", () =>
    Effect.gen(function* () {
      const desk = new Desk();
      const { viewer, serviceId } = yield* setScene(serviceCalls.options(desk.handler));
      yield* fill(serviceCalls, viewer, serviceId, 3);
      desk.waiting.reverse();
      for (let n = 0; n < 3; n += 1) yield* desk.next({ done: true });
      assert.deepStrictEqual(yield* allTold(viewer), [3, 2, 1].map(serviceCalls.answered));
    }));

  it.effect("two calls of one number are two calls", () =>
    Effect.gen(function* () {
      const desk = new Desk();
      const { viewer, serviceId } = yield* setScene(serviceCalls.options(desk.handler));
      yield* viewer.send(serviceCalls.request(1, serviceId), serviceCalls.request(1, serviceId));
      for (let n = 0; n < 2; n += 1) yield* desk.next({ done: true });
      assert.deepStrictEqual(yield* allTold(viewer), [serviceCalls.answered(1), serviceCalls.answered(1)]);
    }));
});

describe("requests whose viewer has gone", () => {
  for (const kind of requestKinds) {
    for (const form of ["promise", "Effect"] as const) {
      const aborted = (identity: string): ReadonlyArray<string> =>
        form === "promise" ? [`aborted ${identity}`] : [`aborted ${identity}`, `interrupted ${identity}`];

      it.effect(`${kind.name}, as ${form}, hears of a viewer that leaves, and its answer goes nowhere`, () =>
        Effect.gen(function* () {
          const desk = new Desk(form);
          const { device, viewer, other, serviceId } = yield* setScene(kind.options(desk.handler));
          yield* viewer.send(kind.request(1, serviceId));
          yield* other.send(kind.request(2, serviceId));
          const signal = desk.waiting[0]!.context.signal;
          assert.isFalse(signal.aborted);
          yield* viewer.leave;
          assert.isTrue(signal.aborted);
          assert.deepStrictEqual(desk.events, aborted("viewer-1"));
          yield* desk.next(kind.answer);
          yield* other.silence;
          yield* desk.next(kind.answer);
          assert.deepStrictEqual(yield* allTold(other), [kind.answered(2)]);
          assert.deepStrictEqual(desk.events, aborted("viewer-1"));
          assert.deepStrictEqual(device.log.at("error"), []);
        }));

      it.effect(`${kind.name}, as ${form}, hears of a reset; the fresh start gets no answer and has all its slots`, () =>
        Effect.gen(function* () {
          const desk = new Desk(form);
          const { hub, device, viewer, serviceId } = yield* setScene(kind.options(desk.handler));
          yield* fill(kind, viewer, serviceId);
          hub.participant("rover").failWrites(1);
          device.gateway.publishStatus({ level: "info", message: "lost" });
          yield* settle;
          assert.strictEqual(viewer.controls.length, 2);
          yield* viewer.drain;
          assert.strictEqual(desk.events.filter((event) => event === "aborted viewer-1").length, SLOTS);
          for (let n = 0; n < SLOTS; n += 1) yield* desk.next(kind.answer);
          yield* viewer.silence;
          assert.deepStrictEqual(yield* fill(kind, viewer, serviceId), []);
          assert.strictEqual(desk.waiting.length, SLOTS);
          yield* desk.next(kind.answer);
          assert.deepStrictEqual(yield* allTold(viewer), [kind.answered(1)]);
        }));

      for (const order of ["old-first", "new-first"] as const) {
        it.effect(`${kind.name}, as ${form}, hears of an instance that takes over, told ${order}, which gets no answer`, () =>
          Effect.gen(function* () {
            const desk = new Desk(form);
            const { hub, viewer, serviceId } = yield* setScene(kind.options(desk.handler));
            yield* viewer.send(kind.request(1, serviceId));
            hub.setReplacementOrder(order);
            const successor = yield* RawViewer.join(hub, "viewer-1");
            yield* successor.drain;
            assert.deepStrictEqual(desk.events, aborted("viewer-1"));
            yield* desk.next(kind.answer);
            yield* successor.silence;
            yield* successor.send(kind.request(1, serviceId));
            yield* desk.next(kind.answer);
            assert.deepStrictEqual(yield* allTold(successor), [kind.answered(1)]);
          }));
      }

      it.effect(`${kind.name}, as ${form}, hears of a session that is lost, and the next one knows nothing of it`, () =>
        Effect.gen(function* () {
          const desk = new Desk(form);
          const { hub, viewer, serviceId } = yield* setScene(kind.options(desk.handler));
          yield* viewer.send(kind.request(1, serviceId));
          hub.participant("rover").kick();
          yield* advance(2_000);
          assert.deepStrictEqual(desk.events, aborted("viewer-1"));
          assert.strictEqual(viewer.controls.length, 2);
          yield* viewer.drain;
          yield* desk.next(kind.answer);
          yield* viewer.silence;
        }));

      it.effect(`${kind.name}, as ${form}, hears of a gateway that closes, which does not wait for it`, () =>
        Effect.gen(function* () {
          const desk = new Desk(form);
          const { device, viewer, serviceId } = yield* setScene(kind.options(desk.handler));
          yield* viewer.send(kind.request(1, serviceId));
          yield* device.gateway.closeEffect;
          assert.strictEqual(device.gateway.status, "shut-down");
          assert.deepStrictEqual(desk.events, aborted("viewer-1"));
          yield* desk.next(kind.answer);
          assert.deepStrictEqual(device.log.at("error"), []);
        }));
    }

    it.effect(`${kind.name} that cannot be interrupted holds up neither close nor its viewer's clean-up`, () =>
      Effect.gen(function* () {
        const stuck = () => Effect.uninterruptible(Effect.never);
        const { device, viewer, other, serviceId } = yield* setScene(kind.options(stuck));
        yield* viewer.send(kind.request(1, serviceId));
        yield* other.send(kind.request(1, serviceId));
        yield* viewer.leave;
        yield* goesOn(other);
        yield* device.gateway.closeEffect;
        assert.strictEqual(device.gateway.status, "shut-down");
      }));
  }

  for (const kind of requestKinds) {
    it.effect(`${kind.name} whose handler lets its own viewer go is answered to nobody`, () =>
      Effect.gen(function* () {
        for (const form of ["plain", "Effect"] as const) {
          const scene: { gateway?: Gateway } = {};
          const letGo = () => {
            scene.gateway?.setPolicy("viewer-1", { refused: "enough" });
            return kind.answer;
          };
          const { device, viewer, other, serviceId } = yield* setScene(
            kind.options(() => form === "plain" ? letGo() : Effect.sync(letGo)),
          );
          scene.gateway = device.gateway;
          yield* viewer.send(kind.request(1, serviceId));
          assert.notInclude(yield* allTold(viewer), kind.answered(1));
          yield* goesOn(other);
          assert.deepStrictEqual(device.log.at("error").filter((line) => line.includes("answer")), []);
        }
      }));
  }

  it.effect("a signal that is asked for too late has aborted", () =>
    Effect.gen(function* () {
      const contexts: Array<RequestContext> = [];
      const { viewer, serviceId } = yield* setScene(serviceCalls.options((_, context) => {
        contexts.push(context);
        return new Promise(() => {});
      }));
      yield* viewer.send(serviceCalls.request(1, serviceId));
      yield* viewer.leave;
      assert.isTrue(contexts[0]?.signal.aborted);
    }));

  it.effect("a signal does not abort once its request has been answered", () =>
    Effect.gen(function* () {
      const desk = new Desk();
      const { viewer, serviceId } = yield* setScene(serviceCalls.options(desk.handler));
      yield* viewer.send(serviceCalls.request(1, serviceId));
      yield* desk.next({ done: true });
      yield* viewer.leave;
      assert.deepStrictEqual(desk.events, []);
    }));

  it.effect("when their handlers hear of it nothing of the viewer is left", () =>
    Effect.gen(function* () {
      const lines: Array<string> = [];
      const publishing: { heard?: () => void } = {};
      const scene = yield* setScene({
        ...serviceCalls.options((_, { signal }) => {
          signal.addEventListener("abort", () => publishing.heard?.());
          return new Promise(() => {});
        }),
        capabilities: ["parameters", "connectionGraph"],
      });
      const { device, viewer, other, serviceId } = scene;
      yield* viewer.send(
        { op: "subscribeParameterUpdates", parameterNames: ["gain"] },
        { op: "subscribeConnectionGraph" },
        serviceCalls.request(1, serviceId),
      );
      yield* viewer.drain;
      publishing.heard = () => {
        device.gateway.publishParameterValues([{ name: "gain", value: 1 }]);
        device.gateway.publishConnectionGraph({ publishedTopics: { "/a": ["n"] } });
        lines.push("heard");
      };
      yield* viewer.leave;
      assert.deepStrictEqual(lines, ["heard"]);
      yield* other.silence;
      yield* goesOn(other);
    }));

  it.effect("a viewer that calls and leaves in one go is answered nothing, and its handler's fiber ends", () =>
    Effect.gen(function* () {
      const desk = new Desk("Effect");
      const { device, viewer, serviceId } = yield* setScene(serviceCalls.options(desk.handler));
      yield* viewer.send(ping(1), serviceCalls.request(1, serviceId));
      yield* viewer.leave;
      assert.deepStrictEqual(desk.events, ["aborted viewer-1", "interrupted viewer-1"]);
      assert.deepStrictEqual(device.log.at("error"), []);
    }));
});
