import { assert, describe, it } from "@effect/vitest";
import * as Effect from "effect/Effect";
import * as Fiber from "effect/Fiber";
import * as TestClock from "effect/testing/TestClock";
import { LoopbackHub } from "../../../adapters/loopback/mod.ts";
import { readParameters } from "../../../cli/view/requests.ts";
import { OptionConflict } from "../../../cli/errors.ts";
import { contents, total } from "../support/contents.ts";
import { startReplay, startView } from "../support/commands.ts";
import { recording } from "../../files/support/recordings.ts";
import { temporaryFolder } from "../../files/support/temporary.ts";
import { advance } from "../../support/settle.ts";

const file = temporaryFolder();
const NOW = 1_700_000_000_000;
const STEP_MS = 20;

/** A hub at a time at which rovers drive. */
const someHub = Effect.gen(function* () {
  yield* TestClock.setTime(NOW);
  return yield* LoopbackHub.make();
});

describe("a device and a viewer, each a command of its own", () => {
  for (const name of ["camera.mcap", "logs.mcap", "turtlesim.bag"] as const) {
    it.live(`record ${name} without losing or changing anything, and both end with it`, () =>
      Effect.gen(function* () {
        const hub = yield* LoopbackHub.make();
        const copy = file(`${name}-copy.mcap`);
        const view = yield* startView(hub, { record: copy });
        const replay = yield* startReplay(hub, { file: recording(name), speed: "max", reliable: ["*"], wait: 1 });
        assert.isUndefined(yield* Fiber.join(replay.fiber));
        assert.isUndefined(yield* Fiber.join(view.fiber));
        const original = yield* Effect.promise(() => contents(recording(name)));
        assert.deepStrictEqual(yield* Effect.promise(() => contents(copy)), original);
        const messages = total(original).toLocaleString("en");
        assert.include(view.text(), `recorded ${messages} messages in ${copy}`);
        assert.match(view.text(), new RegExp(`^\\d+ channels?; ${messages} messages received \\([^)]*\\) in `, "m"));
        const counts = `${messages} messages logged; ${messages} sent`;
        assert.match(replay.text(), new RegExp(`^\\d+ channels?; ${counts} \\([^)]*\\) in `, "m"));
        assert.match(replay.text(), /^viewer-1 is here \(protocol 2\.3\.0\)$/m);
      }));
  }

  it.live("wait for a slow reader of the messages, all of which are printed", () =>
    Effect.gen(function* () {
      const hub = yield* LoopbackHub.make();
      const view = yield* startView(hub, { json: true }, { isSlow: true });
      yield* startReplay(hub, { file: recording("logs.mcap"), speed: "max", reliable: ["*"], wait: 1 });
      assert.isUndefined(yield* Fiber.join(view.fiber));
      const lines = view.text().trimEnd().split("\n");
      assert.lengthOf(lines, 1_111);
      assert.isTrue(lines.every((line) => JSON.parse(line).topic !== undefined));
      assert.match(view.errorText(), /^2 channels; 1,111 messages received \([^)]*\) in .*\n$/);
    }));
});

describe("the viewer", () => {
  it.effect("ends well when the device has left", () =>
    Effect.gen(function* () {
      const hub = yield* someHub;
      const view = yield* startView(hub, { topics: ["*pose", "*battery"] });
      const replay = yield* startReplay(hub, { duration: 2, wait: 1 });
      yield* advance(1_900, STEP_MS);
      assert.isUndefined(view.fiber.pollUnsafe());
      yield* advance(2_000, STEP_MS);
      assert.isUndefined(yield* Fiber.join(replay.fiber));
      assert.isUndefined(yield* Fiber.join(view.fiber));
      assert.match(view.text(), /^2 channels; 102 messages received /m);
      assert.match(view.text(), /^\/rover\/pose +100 .* 0\.\d+ ms ± .* 0$/m);
    }));

  it.effect("starts a replay with its subscriptions, though it does not want all topics", () =>
    Effect.gen(function* () {
      const hub = yield* someHub;
      const replay = yield* startReplay(hub, { wait: 1 });
      yield* advance(2_000, STEP_MS);
      assert.match(replay.text(), /^connected; waiting for 1 viewer to subscribe$/m);
      const view = yield* startView(hub, { topics: ["/rover/pose"], json: true });
      yield* advance(400, STEP_MS);
      assert.strictEqual(view.text(), "");
      yield* advance(200, STEP_MS);
      assert.strictEqual(JSON.parse(view.text().split("\n")[0] ?? "").logTime, `${NOW + 2_500}000000`);
    }));

  it.effect("gives up when no device comes in time, and says which it has looked for", () =>
    Effect.gen(function* () {
      const hub = yield* someHub;
      const view = yield* startView(hub, { wait: 5 });
      const named = yield* startView(hub, {
        transport: hub.transport({ identity: "viewer-2" }),
        device: "other",
        wait: 5,
        json: true,
      });
      yield* advance(4_000);
      assert.isUndefined(view.fiber.pollUnsafe());
      yield* startReplay(hub, { topics: ["*pose"] });
      yield* advance(2_000, STEP_MS);
      assert.isUndefined(view.fiber.pollUnsafe());
      const error = yield* Fiber.join(named.fiber);
      assert.strictEqual(error?.message, 'no device "other" has come within 5 s; --wait says how long to wait');
      assert.deepStrictEqual([named.text(), named.errorText()], ["", ""]);
    }));

  it.effect("stops after its duration, which begins with meeting the device", () =>
    Effect.gen(function* () {
      const hub = yield* someHub;
      const view = yield* startView(hub, { duration: 2.5 });
      yield* advance(10_000);
      yield* startReplay(hub, { topics: ["*battery"], reliable: ["*"], wait: 1 });
      yield* advance(2_400, STEP_MS);
      assert.isUndefined(view.fiber.pollUnsafe());
      yield* advance(200, STEP_MS);
      assert.isUndefined(yield* Fiber.join(view.fiber));
      assert.match(view.text(), /^1 channel; 3 messages received /m);
    }));

  it.effect("only asks where nothing else is wanted: it prints the answers, and ends", () =>
    Effect.gen(function* () {
      const hub = yield* someHub;
      yield* startReplay(hub, { wait: 1 });
      yield* advance(100, STEP_MS);
      const set = readParameters(["/rover/max_speed=0.5"]);
      if (set instanceof OptionConflict) throw set;
      const view = yield* startView(hub, { set, call: { service: "/echo", request: '{"hello": 1.0}' } });
      yield* advance(100, STEP_MS);
      assert.isUndefined(yield* Fiber.join(view.fiber));
      assert.strictEqual(
        view.text(),
        '{"parameters":[{"name":"/rover/max_speed","type":"float64","value":0.5}]}\n' +
          '{"service":"/echo","encoding":"json","size":14,"response":{"hello": 1.0}}\n',
      );
      assert.strictEqual(view.errorText(), "");
    }));

  it.effect("fails with what the device says when a call has failed, also while it watches", () =>
    Effect.gen(function* () {
      const hub = yield* someHub;
      yield* startReplay(hub);
      const call = { service: "/nothing", request: undefined };
      const only = yield* startView(hub, { call });
      const watching = yield* startView(hub, { call, json: true, transport: hub.transport({ identity: "viewer-2" }) });
      yield* advance(3_000, STEP_MS);
      const error = yield* Fiber.join(only.fiber);
      assert.match(error?.message ?? "", /has no service "\/nothing"; it has "\/reset", "\/echo"$/);
      assert.strictEqual((yield* Fiber.join(watching.fiber))?.message, error?.message);
      assert.isAbove(watching.text().split("\n").length, 10);
    }));

  it.effect("prints the answers among the messages, and goes on watching", () =>
    Effect.gen(function* () {
      const hub = yield* someHub;
      yield* startReplay(hub, { duration: 4 });
      const call = { service: "/echo", request: "[1]" };
      const json = yield* startView(hub, { call, json: true, topics: ["*pose"] });
      const lines = yield* startView(hub, {
        call,
        duration: 2,
        topics: ["*pose"],
        transport: hub.transport({ identity: "viewer-2" }),
      });
      yield* advance(6_000, STEP_MS);
      assert.isUndefined(yield* Fiber.join(json.fiber));
      assert.isUndefined(yield* Fiber.join(lines.fiber));
      const answer = '{"service":"/echo","encoding":"json","size":3,"response":[1]}';
      const printed = json.text().trimEnd().split("\n");
      assert.lengthOf(printed.filter((line) => line === answer), 1);
      assert.isAbove(printed.length, 100);
      assert.lengthOf(lines.text().split("\n").filter((line) => line === answer), 1);
      assert.match(lines.text(), /^1 channel; \d+ messages received /m);
    }));

  it.effect("says what the device offers where nothing of that was asked for", () =>
    Effect.gen(function* () {
      const hub = yield* someHub;
      yield* startReplay(hub);
      const view = yield* startView(hub, { topics: ["/none"], duration: 2 });
      yield* advance(3_000, STEP_MS);
      assert.isUndefined(yield* Fiber.join(view.fiber));
      assert.match(
        view.text(),
        /^no topic of the device is like "\/none"; it has \/rover\/pose, .*, \/rover\/description$/m,
      );
    }));

  it.effect("fails at once where it is refused, with nothing to say but that", () =>
    Effect.gen(function* () {
      const hub = yield* someHub;
      hub.participant("viewer-1").failJoins("refused", 1, "the token has expired");
      const view = yield* startView(hub, { record: file("refused.mcap") });
      yield* advance(100);
      const error = yield* Fiber.join(view.fiber);
      assert.strictEqual(error?.message, "cannot join the room (refused): the token has expired");
      assert.deepStrictEqual([view.text(), view.errorText()], ["", ""]);
    }));

  it.effect("goes on where it has lost its own connection, and the device is there when it is back", () =>
    Effect.gen(function* () {
      const hub = yield* someHub;
      yield* startReplay(hub, { duration: 20 });
      const view = yield* startView(hub, { topics: ["*battery"], json: true });
      yield* advance(3_500, STEP_MS);
      hub.participant("viewer-1").kick("connection-lost");
      yield* advance(5_000, STEP_MS);
      assert.isUndefined(view.fiber.pollUnsafe());
      const times = view.text().trimEnd().split("\n").map((line) => Number(JSON.parse(line).logTime) / 1e6 - NOW);
      assert.includeMembers(times, [1_000, 3_000, 6_000, 8_000]);
      yield* advance(20_000, STEP_MS);
      assert.isUndefined(yield* Fiber.join(view.fiber));
      assert.match(view.errorText(), /warn: the room is lost; it is joined again/);
    }));

  it.effect("gives up where it has lost its own connection and finds no device when it is back", () =>
    Effect.gen(function* () {
      const hub = yield* someHub;
      const replay = yield* startReplay(hub, { topics: ["*battery"] });
      const view = yield* startView(hub, { wait: 5 });
      yield* advance(2_000, STEP_MS);
      hub.participant("viewer-1").kick("connection-lost");
      hub.participant("viewer-1").failJoins("unreachable", 1);
      yield* advance(100, STEP_MS);
      yield* Fiber.interrupt(replay.fiber);
      yield* advance(6_000);
      const error = yield* Fiber.join(view.fiber);
      assert.strictEqual(error?.message, "no device has come back within 5 s; --wait says how long to wait");
      assert.match(view.text(), /^1 channel; 2 messages received /m);
    }));

  it.effect("completes its recording and its summary when it is interrupted", () =>
    Effect.gen(function* () {
      const hub = yield* someHub;
      yield* startReplay(hub, { topics: ["*pose"] });
      const view = yield* startView(hub, { topics: ["*pose"], json: true });
      yield* advance(1_000, STEP_MS);
      yield* Fiber.interrupt(view.fiber);
      const lines = view.text().trimEnd().split("\n").length;
      assert.isAbove(lines, 40);
      assert.include(view.errorText(), `1 channel; ${lines} messages received `);
    }));

  it.effect("ends without a word when nobody reads its output any more", () =>
    Effect.gen(function* () {
      const hub = yield* someHub;
      yield* startReplay(hub);
      const view = yield* startView(hub, { json: true }, { writes: 3 });
      yield* advance(1_000, STEP_MS);
      const error = yield* Fiber.join(view.fiber);
      assert.strictEqual(error?._tag, "ClosedPipe");
      assert.deepStrictEqual([view.attempts(), view.errorText()], [4, ""]);
    }));
});
