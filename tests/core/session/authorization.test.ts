import { assert, describe, it } from "@effect/vitest";
import * as Effect from "effect/Effect";
import { LoopbackHub } from "../../../adapters/loopback/mod.ts";
import { type Admission, type Applicant, type Authorize, observer, operator, policyOf } from "../../../mod.ts";
import { type Device, type DeviceOptions, startDevice } from "../../support/device.ts";
import { FakeRoom } from "../../support/fake_room.ts";
import { RawViewer } from "../../support/raw_viewer.ts";
import { advance, settle } from "../../support/settle.ts";

/** A device with the channels `/pose` and `/secret`, both reliable. */
const start = Effect.fnUntraced(function* (authorize: Authorize, options: DeviceOptions = {}) {
  const hub = yield* LoopbackHub.make();
  const device = yield* startDevice(hub, { authorize, ...options });
  const make = (topic: string) => device.context.channel({ topic, encoding: "json", qos: "reliable" });
  const channels = { pose: make("/pose"), secret: make("/secret") };
  yield* settle;
  return { hub, device, make, ...channels };
});

/** Decides when the test says so. */
class Decision {
  readonly applicants: Array<Applicant> = [];
  readonly signals: Array<AbortSignal> = [];
  readonly #answers: Array<(admission: Admission) => void> = [];

  readonly authorize: Authorize = (applicant, { signal }) => {
    this.applicants.push(applicant);
    this.signals.push(signal);
    return new Promise<Admission>((resolve) => this.#answers.push(resolve));
  };

  answer(index: number, admission: Admission): Effect.Effect<void> {
    return Effect.andThen(Effect.sync(() => this.#answers[index]?.(admission)), settle);
  }
}

const admitted = Effect.fnUntraced(function* (viewer: RawViewer) {
  yield* viewer.next("serverInfo");
  return (yield* viewer.next("advertise")).channels.map(({ topic }) => topic);
});

/** The viewer has been told on a stream of its own that it is refused, and nothing else. */
const refused = Effect.fnUntraced(function* (viewer: RawViewer) {
  const status = yield* viewer.next("status");
  assert.strictEqual(status.level, "error");
  assert.isUndefined(status.id);
  assert.include(status.message, `refuses viewer "${viewer.identity}"`);
  assert.strictEqual(viewer.control.end, "end");
  yield* viewer.silence;
  return status.message;
});

function registered({ log }: Device): number {
  return log.lines.filter(({ message }) => message === "a viewer is active").length;
}

describe("authorize", () => {
  it.effect("is told who applies, with what it has announced and when it joined", () =>
    Effect.gen(function* () {
      const decision = new Decision();
      const { hub } = yield* start(decision.authorize);
      const viewer = yield* RawViewer.join(hub, "viewer-1", { version: "2.3.0" });
      assert.strictEqual(decision.applicants[0]?.identity, "viewer-1");
      assert.strictEqual(decision.applicants[0]?.attributes.get("protocolVersion"), "2.3.0");
      assert.isNumber(decision.applicants[0]?.joinedAt);
      yield* viewer.leave;
    }));

  const answers: ReadonlyArray<readonly [string, () => Admission | Promise<Admission> | Effect.Effect<Admission>]> = [
    ["at once", () => operator],
    ["as a promise", () => Promise.resolve(operator)],
    ["as an Effect", () => Effect.delay(Effect.succeed(operator), 10)],
  ];
  for (const [how, answer] of answers) {
    it.effect(`may answer ${how}`, () =>
      Effect.gen(function* () {
        const { hub } = yield* start(answer);
        const viewer = yield* RawViewer.join(hub);
        yield* advance(10);
        assert.deepStrictEqual(yield* admitted(viewer), ["/pose", "/secret"]);
      }));
  }

  it.effect("is asked before anything is sent, and holds up nobody else", () =>
    Effect.gen(function* () {
      const decision = new Decision();
      const { hub } = yield* start((applicant, context) =>
        applicant.identity === "slow" ? decision.authorize(applicant, context) : operator
      );
      const slow = yield* RawViewer.join(hub, "slow");
      yield* admitted(yield* RawViewer.join(hub, "viewer-1"));
      assert.strictEqual(slow.controls.length, 0);
      yield* decision.answer(0, observer);
      yield* admitted(slow);
    }));

  it.effect("is not asked about a viewer whose version will not do", () =>
    Effect.gen(function* () {
      const decision = new Decision();
      const { hub } = yield* start(decision.authorize);
      const viewer = yield* RawViewer.join(hub, "viewer-1", { version: "9.0.0" });
      yield* viewer.next("status");
      assert.deepStrictEqual(decision.applicants, []);
    }));

  it.effect("that refuses leaves the viewer out and tells it so, in the application's words where there are some", () =>
    Effect.gen(function* () {
      const { hub, device, make } = yield* start(({ identity }) =>
        identity === "viewer-1" ? "refused" : { refused: "your shift has not begun" }
      );
      const [one, two] = [yield* RawViewer.join(hub, "viewer-1"), yield* RawViewer.join(hub, "viewer-2")];
      yield* refused(one);
      assert.include(yield* refused(two), "your shift has not begun");
      make("/late");
      yield* one.silence;
      assert.strictEqual(registered(device), 0);
    }));

  const failures: ReadonlyArray<readonly [string, Authorize]> = [
    ["throws", () => {
      throw new Error("secret detail");
    }],
    ["rejects", () => Promise.reject(new Error("secret detail"))],
    ["fails", () => Effect.fail("secret detail")],
    ["dies", () => Effect.die("secret detail")],
    ["interrupts itself", () => Effect.interrupt],
  ];
  for (const [what, authorize] of failures) {
    it.effect(`that ${what} refuses the viewer; the reason stays in the log`, () =>
      Effect.gen(function* () {
        const { hub, device } = yield* start(authorize);
        const viewer = yield* RawViewer.join(hub);
        assert.notInclude(yield* refused(viewer), "secret detail");
        assert.include(device.log.at("error"), "authorize has failed; the viewer is refused");
        yield* viewer.leave;
        yield* refused(yield* RawViewer.join(hub));
      }));
  }

  const unreadable = {
    get allows(): never {
      throw new Error("told to");
    },
  };
  for (
    const [what, answer] of [
      ["nothing", undefined],
      ["a word", "yes"],
      ["an empty object", {}],
      ["null", null],
      ["something that cannot be looked at", unreadable],
    ]
  ) {
    it.effect(`that answers with ${what} refuses the viewer, each time that it joins`, () =>
      Effect.gen(function* () {
        const authorize = (() => answer) as () => Admission;
        const { hub, device } = yield* start(authorize);
        for (const times of [1, 2]) {
          const viewer = yield* RawViewer.join(hub);
          yield* refused(viewer);
          yield* viewer.leave;
          assert.lengthOf(device.log.at("error").filter((line) => line.includes("neither a policy")), times);
        }
      }));
  }

  it.effect("that does not answer within its time refuses the viewer and is told to stop", () =>
    Effect.gen(function* () {
      const decision = new Decision();
      const { hub, device } = yield* start(decision.authorize, { limits: { authorizeTimeoutMs: 2_000 } });
      const viewer = yield* RawViewer.join(hub);
      yield* advance(1_900);
      assert.isFalse(decision.signals[0]?.aborted);
      assert.strictEqual(viewer.controls.length, 0);
      yield* advance(100);
      yield* refused(viewer);
      assert.isTrue(decision.signals[0]?.aborted);
      yield* decision.answer(0, operator);
      yield* viewer.silence;
      assert.strictEqual(registered(device), 0);
    }));

  it.effect("that cannot be interrupted is left to itself when its time is over", () =>
    Effect.gen(function* () {
      const { hub } = yield* start(() => Effect.uninterruptible(Effect.never));
      const viewer = yield* RawViewer.join(hub);
      yield* advance(10_000);
      yield* refused(viewer);
      yield* viewer.leave;
    }));

  it.effect("is told to stop when the viewer leaves, which leaves no trace", () =>
    Effect.gen(function* () {
      const decision = new Decision();
      const { hub, device } = yield* start(decision.authorize);
      const viewer = yield* RawViewer.join(hub);
      yield* viewer.leave;
      assert.isTrue(decision.signals[0]?.aborted);
      yield* decision.answer(0, operator);
      assert.strictEqual(viewer.controls.length, 0);
      assert.strictEqual(registered(device), 0);
      assert.deepStrictEqual(device.log.at("error"), []);
      assert.isFalse(device.gateway.setPolicy("viewer-1", operator));
      const again = yield* RawViewer.join(hub);
      yield* decision.answer(1, operator);
      yield* admitted(again);
    }));

  it.effect("is told to stop when the session ends", () =>
    Effect.gen(function* () {
      const decision = new Decision();
      const { hub, device } = yield* start(decision.authorize);
      yield* RawViewer.join(hub);
      yield* device.gateway.closeEffect;
      assert.isTrue(decision.signals[0]?.aborted);
    }));

  it.effect("is asked again whenever the viewer joins, and not when it is reset", () =>
    Effect.gen(function* () {
      let asked = 0;
      const { hub, make, secret } = yield* start(() => {
        asked += 1;
        return policyOf({ see: (topic) => topic !== "/secret", subscribe: true });
      });
      const viewer = yield* RawViewer.join(hub);
      assert.deepStrictEqual(yield* admitted(viewer), ["/pose"]);
      hub.participant("rover").failWrites(1);
      make("/pose/2").close();
      yield* settle;
      assert.strictEqual(viewer.controls.length, 2);
      assert.deepStrictEqual(yield* admitted(viewer), ["/pose"]);
      yield* viewer.subscribe(secret.id);
      assert.isFalse(secret.hasSubscribers);
      assert.strictEqual(asked, 1);
      yield* viewer.leave;
      assert.deepStrictEqual(yield* admitted(yield* RawViewer.join(hub)), ["/pose"]);
      assert.strictEqual(asked, 2);
    }));

  it.effect("that has refused an instance is not asked again when the transport tells of it twice", () =>
    Effect.gen(function* () {
      const room = new FakeRoom();
      let asked = 0;
      yield* startDevice(yield* LoopbackHub.make(), {
        transport: room.transport,
        authorize: () => {
          asked += 1;
          return asked === 1 ? "refused" : operator;
        },
      });
      room.active("viewer-1", "s1", 1_000);
      yield* settle;
      room.active("viewer-1", "s1", 1_000);
      yield* settle;
      assert.strictEqual(asked, 1);
      room.active("viewer-1", "s2", 2_000);
      yield* settle;
      assert.strictEqual(asked, 2);
      assert.deepStrictEqual(room.opened.map(({ stream }) => stream.closed), [true, false]);
    }));

  it.effect("keeps a device alone that refuses everybody: it goes when nobody has been let in for long enough", () =>
    Effect.gen(function* () {
      const { hub, device } = yield* start(() => "refused", { deviceWaitForViewerMs: 5_000 });
      yield* RawViewer.join(hub);
      yield* advance(5_000);
      assert.strictEqual(device.gateway.status, "shut-down");
    }));
});

describe("a policy", () => {
  const guest = policyOf({ see: (topic) => topic !== "/secret", subscribe: true }, observer);

  it.effect("hides channels: they are neither advertised at the start, nor later, nor is their end", () =>
    Effect.gen(function* () {
      const { hub, make, pose, secret } = yield* start(({ identity }) => identity === "guest" ? guest : operator);
      const viewer = yield* RawViewer.join(hub, "guest");
      const other = yield* RawViewer.join(hub, "other");
      assert.deepStrictEqual(yield* admitted(viewer), ["/pose"]);
      assert.deepStrictEqual(yield* admitted(other), ["/pose", "/secret"]);
      secret.close();
      yield* viewer.silence;
      assert.deepStrictEqual((yield* other.next("unadvertise")).channelIds, [secret.id]);
      const again = make("/secret");
      yield* viewer.silence;
      make("/late");
      assert.deepStrictEqual((yield* viewer.next("advertise")).channels.map(({ topic }) => topic), ["/late"]);
      again.close();
      yield* viewer.silence;
      pose.close();
      assert.deepStrictEqual((yield* viewer.next("unadvertise")).channelIds, [pose.id]);
    }));

  it.effect("hides channels in every shape of advertisement, with their schemas", () =>
    Effect.gen(function* () {
      const { hub, device } = yield* start(() => guest);
      const schema = { name: "Secret", encoding: "jsonschema", data: "{}" };
      device.context.channel({ topic: "/secret", encoding: "json", schema });
      const viewer = yield* RawViewer.join(hub, "guest", { version: "2.3.0" });
      yield* viewer.next("serverInfo");
      const first = yield* viewer.next("advertise");
      assert.deepStrictEqual(first.channels.map(({ topic }) => topic), ["/pose"]);
      assert.deepStrictEqual(first.form === "table" && first.schemas, []);
    }));

  it.effect("makes subscribing to a hidden channel like subscribing to none: in silence", () =>
    Effect.gen(function* () {
      const { hub, device, pose, secret } = yield* start(() => guest);
      const viewer = yield* RawViewer.join(hub, "guest");
      yield* viewer.drain;
      yield* viewer.subscribe(secret.id, pose.id, 999_999);
      secret.log("secret");
      pose.log("pose");
      assert.strictEqual((yield* viewer.next("messageData")).channelId, pose.id);
      yield* viewer.silence;
      assert.deepStrictEqual(device.events, ["+ guest /pose"]);
      assert.isFalse(secret.hasSubscribers);
    }));

  it.effect("refuses to subscribe with a Status that names the channel; the others go ahead", () =>
    Effect.gen(function* () {
      const { hub, device, pose, secret } = yield* start(() => policyOf({ subscribe: ["/pose"] }, observer));
      const viewer = yield* RawViewer.join(hub);
      yield* viewer.drain;
      yield* viewer.subscribe(secret.id, pose.id);
      const status = yield* viewer.next("status");
      assert.strictEqual(status.level, "error");
      assert.isUndefined(status.id);
      assert.include(status.message, "subscribe /secret");
      yield* viewer.silence;
      assert.deepStrictEqual(device.events, ["+ viewer-1 /pose"]);
    }));

  it.effect("that throws denies, with a line in the log now and then", () =>
    Effect.gen(function* () {
      const { hub, device, pose } = yield* start(() => ({
        allows: (operation) => {
          if (operation === "see") return true;
          throw new Error("told to");
        },
      }));
      const viewer = yield* RawViewer.join(hub);
      yield* viewer.drain;
      for (let n = 0; n < 5; n += 1) yield* viewer.subscribe(pose.id);
      assert.isFalse(pose.hasSubscribers);
      const lines = () => device.log.lines.filter(({ message }) => message.startsWith("a policy has thrown"));
      assert.strictEqual(lines().length, 1);
      yield* advance(10_000);
      yield* viewer.subscribe(pose.id);
      assert.deepStrictEqual(lines().map(({ fields }) => fields["times"]), [1, 5]);
    }));

  it.effect("is asked nothing about a message: what was allowed when it began goes on", () =>
    Effect.gen(function* () {
      let asked = 0;
      const { hub, pose } = yield* start(() => ({
        allows: () => {
          asked += 1;
          return true;
        },
      }));
      const viewer = yield* RawViewer.join(hub);
      yield* viewer.drain;
      yield* viewer.subscribe(pose.id);
      const before = asked;
      for (let n = 0; n < 10; n += 1) pose.log(`${n}`);
      assert.strictEqual((yield* viewer.drain).length, 10);
      assert.strictEqual(asked, before);
    }));

  it.effect("that allows to see everything costs no encoding of its own: viewers get the same bytes", () =>
    Effect.gen(function* () {
      const { hub, make } = yield* start(({ identity }) => identity === "observer" ? observer : operator);
      const viewers = [yield* RawViewer.join(hub, "observer"), yield* RawViewer.join(hub, "operator")];
      make("/late");
      yield* settle;
      assert.deepStrictEqual(viewers[0]?.control.bytes, viewers[1]?.control.bytes);
    }));
});
