import { assert, describe, it } from "@effect/vitest";
import * as Effect from "effect/Effect";
import * as Fiber from "effect/Fiber";
import * as TestClock from "effect/testing/TestClock";
import { LoopbackHub } from "../../../adapters/loopback/mod.ts";
import { Viewer } from "../../../mod.ts";
import { recording } from "../../files/support/recordings.ts";
import { temporaryFolder } from "../../files/support/temporary.ts";
import { advance } from "../../support/settle.ts";
import { texts } from "../../support/pair.ts";
import { startReplay, startView } from "../support/commands.ts";

const file = temporaryFolder();
const NOW = 1_700_000_000_000;
const STEP_MS = 20;

/** A hub at a time at which rovers drive. */
const someHub = Effect.gen(function* () {
  yield* TestClock.setTime(NOW);
  return yield* LoopbackHub.make();
});

describe("the replaying device", () => {
  it.effect("says who comes and goes, and what was sent to them", () =>
    Effect.gen(function* () {
      const hub = yield* someHub;
      const replay = yield* startReplay(hub, { topics: ["*battery"], reliable: ["*"], wait: 2, duration: 5 });
      yield* startView(hub, { duration: 4 });
      yield* advance(1_000, STEP_MS);
      yield* startView(hub, { transport: hub.transport({ identity: "viewer-2" }), device: "device" });
      yield* advance(10_000, STEP_MS);
      assert.isUndefined(yield* Fiber.join(replay.fiber));
      const said = replay.text();
      assert.match(said, /^a simulated rover: 1 channel by loopback$/m);
      assert.match(said, /^connected; waiting for 2 viewers to subscribe$/m);
      assert.match(said, /^viewer-2 is here \(protocol 2\.3\.0\)$/m);
      assert.match(said, /^viewer-1 has left$/m);
      assert.notMatch(said, /^viewer-2 has left$/m);
      // One of the viewers left after three of the five.
      assert.match(said, /^1 channel; 5 messages logged; 8 sent \([^)]*\) in 4\.0 s$/m);
    }));

  it.effect("ends once everything is written out to those who may lose nothing", () =>
    Effect.gen(function* () {
      const hub = yield* someHub;
      const replay = yield* startReplay(hub, { topics: ["*pose"], reliable: ["*"], wait: 1, duration: 2 });
      const viewer = yield* Viewer.make(hub.transport({ identity: "viewer-1" }));
      const seen = texts(viewer.subscribe("/rover/pose"));
      yield* advance(1_000, STEP_MS);
      hub.participant("device").stallWrites();
      yield* advance(10_000, STEP_MS);
      assert.isUndefined(replay.fiber.pollUnsafe());
      hub.participant("device").resumeWrites();
      yield* advance(100, STEP_MS);
      assert.isUndefined(yield* Fiber.join(replay.fiber));
      assert.lengthOf(seen, 100);
    }));

  it.effect("fails when a viewer does not take what it is to have, and does not wait for ever", () =>
    Effect.gen(function* () {
      const hub = yield* someHub;
      const replay = yield* startReplay(hub, { topics: ["*pose"], reliable: ["*"], wait: 1, duration: 2 });
      const viewer = yield* Viewer.make(hub.transport({ identity: "viewer-1" }));
      viewer.subscribe("/rover/pose").onMessage(() => undefined);
      yield* advance(1_000, STEP_MS);
      hub.participant("device").stallWrites();
      yield* advance(30_900, STEP_MS);
      assert.isUndefined(replay.fiber.pollUnsafe());
      yield* advance(2_000, STEP_MS);
      const error = yield* Fiber.join(replay.fiber);
      assert.match(error?.message ?? "", /not everything queued for viewers was written within 30000 ms/);
      assert.match(replay.text(), /^1 channel; 100 messages logged; \d+ sent/m);
    }));

  it.effect("writes out what it has logged when it is interrupted, but does not wait for long", () =>
    Effect.gen(function* () {
      const hub = yield* someHub;
      const replay = yield* startReplay(hub, { topics: ["*pose"], reliable: ["*"], wait: 1 });
      const viewer = yield* Viewer.make(hub.transport({ identity: "viewer-1" }));
      const seen = texts(viewer.subscribe("/rover/pose"));
      yield* advance(1_000, STEP_MS);
      hub.participant("device").stallWrites();
      yield* advance(1_000, STEP_MS);
      const interrupted = yield* Effect.forkScoped(Fiber.interrupt(replay.fiber));
      yield* advance(1_500, STEP_MS);
      assert.isUndefined(interrupted.pollUnsafe());
      hub.participant("device").resumeWrites();
      yield* advance(100, STEP_MS);
      assert.isDefined(interrupted.pollUnsafe());
      const logged = /1 channel; (\d+) messages logged/.exec(replay.text())?.[1];
      assert.strictEqual(`${seen.length}`, logged);
    }));

  it.effect("gives up at once where it is refused, and tries again where the server is not reached", () =>
    Effect.gen(function* () {
      const hub = yield* someHub;
      hub.participant("device").failJoins("unreachable", 2);
      hub.participant("device").failJoins("refused", 1, "the token has expired");
      const replay = yield* startReplay(hub, {});
      yield* advance(500, STEP_MS);
      assert.isUndefined(replay.fiber.pollUnsafe());
      yield* advance(5_000, STEP_MS);
      const error = yield* Fiber.join(replay.fiber);
      assert.strictEqual(error?.message, "cannot join the room (refused): the token has expired");
      assert.match(
        replay.text(),
        /warn: the room cannot be joined; it is tried again error=cannot join the room \(unreach/,
      );
      assert.notInclude(replay.text(), "logged");
    }));

  it.effect("ends when it is refused on the way back into a room that it has lost", () =>
    Effect.gen(function* () {
      const hub = yield* someHub;
      const replay = yield* startReplay(hub, { topics: ["*pose"] });
      yield* advance(1_000, STEP_MS);
      hub.participant("device").failJoins("refused", 1, "the token has expired");
      hub.participant("device").kick("connection-lost");
      yield* advance(3_000, STEP_MS);
      assert.match((yield* Fiber.join(replay.fiber))?.message ?? "", /the token has expired/);
      assert.match(replay.text(), /^1 channel; \d+ messages logged; 0 sent \(0 B\); \d+ before any subscription in /m);
    }));

  it.live("offers a recording that viewers play, for as long as it was told to", () =>
    Effect.gen(function* () {
      const hub = yield* LoopbackHub.make();
      const replay = yield* startReplay(hub, {
        play: recording("logs.mcap"),
        reliable: ["*"],
        topics: ["mouse"],
        duration: 0.5,
      });
      const viewer = yield* Viewer.make(hub.transport({ identity: "viewer-1" }));
      const seen = texts(viewer.subscribe("mouse"));
      yield* viewer.deviceEffect;
      assert.deepStrictEqual([...viewer.channels.values()].map(({ topic }) => topic), ["mouse"]);
      yield* viewer.playback.playEffect({ speed: 50 });
      assert.isUndefined(yield* Fiber.join(replay.fiber));
      assert.isAbove(seen.length, 10);
      assert.match(replay.text(), /^.*logs\.mcap: 1 channel by loopback, as viewers play it$/m);
      assert.match(replay.text(), new RegExp(`^1 channel; ${seen.length} messages sent \\(`, "m"));
    }));

  it.effect("refuses what does not go with a recording that viewers play, before it opens anything", () =>
    Effect.gen(function* () {
      const hub = yield* someHub;
      const play = file("none.mcap");
      const two = yield* startReplay(hub, { play, file: "b.mcap" });
      assert.match(
        (yield* Fiber.join(two.fiber))?.message ?? "",
        /^there are two recordings: FILE "b\.mcap" .*; give one$/,
      );
      for (const wrong of [{ speed: 2 }, { speed: "max" }, { loop: true }] as const) {
        const { fiber, text } = yield* startReplay(hub, { play, ...wrong });
        const error = yield* Fiber.join(fiber);
        assert.strictEqual(error?.message, "viewers decide how --play goes: leave out --speed and --loop");
        assert.strictEqual(error?._tag, "OptionConflict");
        assert.strictEqual(text(), "");
      }
    }));

  it.live("says what is wrong with the file without joining the room", () =>
    Effect.gen(function* () {
      const hub = yield* LoopbackHub.make();
      const missing = yield* startReplay(hub, { file: file("none.mcap") });
      assert.match((yield* Fiber.join(missing.fiber))?.message ?? "", /there is no such file$/);
      const topics = yield* startReplay(hub, { file: recording("logs.mcap"), topics: ["/none"] });
      assert.match((yield* Fiber.join(topics.fiber))?.message ?? "", /is like "\/none"; it has mouse, \/rosout$/);
      assert.deepStrictEqual([missing.text(), topics.text()], ["", ""]);
    }));
});
