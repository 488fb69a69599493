import { assert, describe, it } from "@effect/vitest";
import * as Effect from "effect/Effect";
import { Participant } from "../../../core/participant/participant.ts";
import { CollectedLog } from "../../support/log.ts";
import { bytes, TestStream } from "../../support/streams.ts";

/** A participant named after its sid, with what it asks for. */
const start = Effect.fnUntraced(function* (sid: string, stream: TestStream, maxFrames = 1024) {
  const log = new CollectedLog();
  const resets: Array<string> = [];
  const participant = new Participant({ identity: sid, sid, joinedAt: 0, advertiseForm: "inline" }, stream, {
    services: yield* Effect.context<never>(),
    log: log.log,
    queue: { maxFrames, maxBytes: 1024 },
    writeBytes: 1,
    requestReset: (reset) => resets.push(reset),
    isPresent: () => true,
  });
  yield* Effect.addFinalizer(() => Effect.sync(() => participant.cancel()));
  return { participant, log, resets };
});

describe("Participant", () => {
  it.effect("writes what is queued, in order, and ends when it is let go", () =>
    Effect.gen(function* () {
      const stream = new TestStream();
      const { participant } = yield* start("s1", stream);
      participant.send(bytes("hello"));
      participant.send(bytes("world"));
      participant.letGo();
      yield* participant.awaitEnd;
      assert.deepStrictEqual(stream.written, ["hello", "world"]);
      assert.isTrue(stream.closed);
    }));

  it.effect("ends when it is let go with nothing queued", () =>
    Effect.gen(function* () {
      const { participant } = yield* start("s1", new TestStream());
      participant.letGo();
      yield* participant.awaitEnd;
    }));

  it.effect("ends when it is cancelled, interrupting a write in flight", () =>
    Effect.gen(function* () {
      const stream = new TestStream("stall");
      const { participant, resets } = yield* start("s1", stream);
      participant.send(bytes("stuck"));
      yield* Effect.yieldNow;
      participant.cancel();
      yield* participant.awaitEnd;
      assert.strictEqual(stream.interrupted, 1);
      assert.isTrue(stream.aborted);
      assert.deepStrictEqual(resets, []);
    }));

  it.effect("ends by itself alone: another one goes on", () =>
    Effect.gen(function* () {
      const [first, second] = [new TestStream(), new TestStream()];
      const a = yield* start("a", first);
      const b = yield* start("b", second);
      a.participant.send(bytes("for a"));
      b.participant.send(bytes("for b"));
      b.participant.letGo();
      yield* b.participant.awaitEnd;
      assert.deepStrictEqual(second.written, ["for b"]);
      a.participant.send(bytes("more"));
      a.participant.letGo();
      yield* a.participant.awaitEnd;
      assert.deepStrictEqual(first.written, ["for a", "more"]);
    }));

  it.effect("asks for a reset after one failed write, and makes no second attempt", () =>
    Effect.gen(function* () {
      const stream = new TestStream("fail");
      const { participant, resets, log } = yield* start("s1", stream);
      participant.send(bytes("one"));
      participant.send(bytes("two"));
      yield* participant.awaitEnd;
      assert.deepStrictEqual(resets, ["s1"]);
      assert.strictEqual(stream.attempts, 1);
      assert.strictEqual(log.at("warning").length, 1);
    }));

  it.effect("asks for nothing when it is cancelled before a failing write is noticed", () =>
    Effect.gen(function* () {
      const { participant, resets } = yield* start("s1", new TestStream("fail"));
      participant.send(bytes("one"));
      participant.cancel();
      yield* participant.awaitEnd;
      assert.deepStrictEqual(resets, []);
    }));

  it.effect("asks for a reset when its queue is full, and does not drain it", () =>
    Effect.gen(function* () {
      const stream = new TestStream("stall");
      const { participant, resets, log } = yield* start("s1", stream, 1);
      participant.send(bytes("in flight"));
      yield* Effect.yieldNow;
      participant.send(bytes("waits"));
      assert.deepStrictEqual(resets, []);
      participant.send(bytes("too much"));
      assert.deepStrictEqual(resets, ["s1"]);
      yield* participant.awaitEnd;
      assert.strictEqual(stream.attempts, 1);
      assert.strictEqual(participant.queued, 0);
      assert.strictEqual(log.at("warning").length, 1);
    }));

  it.effect("drops what comes after its fiber has gone, and asks for no other reset", () =>
    Effect.gen(function* () {
      const { participant, resets } = yield* start("s1", new TestStream("fail"));
      participant.send(bytes("one"));
      yield* participant.awaitEnd;
      participant.send(bytes("late"));
      assert.deepStrictEqual(resets, ["s1"]);
      assert.strictEqual(participant.queued, 0);
    }));

  it.effect("queues nothing more when it is put to sleep, and asks for no reset when its stream fails then", () =>
    Effect.gen(function* () {
      const awake = new TestStream();
      const { participant } = yield* start("s1", awake);
      participant.sleep();
      participant.send(bytes("one"));
      participant.sendBurst([bytes("two"), bytes("three")]);
      yield* Effect.yieldNow;
      assert.strictEqual(participant.queued, 0);
      assert.deepStrictEqual(awake.written, []);
      assert.isFalse(awake.closed || awake.aborted);

      const failing = yield* start("s2", new TestStream("fail"));
      failing.participant.send(bytes("lost"));
      failing.participant.sleep();
      yield* failing.participant.awaitEnd;
      assert.deepStrictEqual(failing.resets, []);
      assert.deepStrictEqual(failing.log.at("warning"), []);
    }));
});
