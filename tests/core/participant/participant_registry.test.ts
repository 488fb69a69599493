import { assert, describe, it } from "@effect/vitest";
import * as Effect from "effect/Effect";
import * as Fiber from "effect/Fiber";
import { ParticipantRegistry } from "../../../core/participant/participant_registry.ts";
import { CollectedLog } from "../../support/log.ts";
import { bytes, TestStream } from "../../support/streams.ts";

const make = Effect.fnUntraced(function* () {
  const log = new CollectedLog();
  const registry = new ParticipantRegistry({
    services: yield* Effect.context<never>(),
    log: log.log,
    queue: { maxFrames: 16, maxBytes: 1024 },
    writeBytes: 1,
    isPresent: () => true,
  });
  yield* Effect.addFinalizer(() => registry.shutdown);
  const register = (identity: string, sid: string, joinedAt: number, stream = new TestStream()) =>
    registry.register({ identity, sid, joinedAt, advertiseForm: "inline" }, stream, () => []);
  return { registry, register, log };
});

describe("ParticipantRegistry", () => {
  it.effect("registers an instance and removes it by its sid", () =>
    Effect.gen(function* () {
      const { registry, register } = yield* make();
      assert.isUndefined(register("alice", "s1", 1000).prior);
      assert.strictEqual(registry.get("alice")?.sid, "s1");
      assert.strictEqual(registry.remove("s1")?.identity, "alice");
      assert.isUndefined(registry.get("alice"));
    }));

  it.effect("replaces an earlier instance of the identity and returns it", () =>
    Effect.gen(function* () {
      const { registry, register } = yield* make();
      const first = register("alice", "s1", 1000).participant;
      const { prior } = register("alice", "s2", 2000);
      assert.strictEqual(prior, first);
      yield* first.awaitEnd;
      assert.strictEqual(registry.get("alice")?.sid, "s2");
      assert.notStrictEqual(registry.get("alice")?.clientId, first.clientId);
    }));

  it.effect("keeps an instance that is registered again, and cancels the second one", () =>
    Effect.gen(function* () {
      const { registry, register } = yield* make();
      const first = register("alice", "s1", 1000).participant;
      const stream = new TestStream();
      const again = register("alice", "s1", 1000, stream);
      assert.strictEqual(again.outcome, "duplicate");
      assert.isUndefined(again.prior);
      yield* again.participant.awaitEnd;
      assert.isTrue(stream.closed);
      assert.strictEqual(registry.get("alice"), first);
      assert.strictEqual(registry.count, 1);
    }));

  it.effect("keeps the newer instance when an older one comes late, and cancels that one with a line in the log", () =>
    Effect.gen(function* () {
      const { registry, register, log } = yield* make();
      const newer = register("viewer-1", "s2", 2000).participant;
      const late = register("viewer-1", "s1", 1000);
      assert.strictEqual(late.outcome, "stale");
      assert.isUndefined(late.prior);
      yield* late.participant.awaitEnd;
      assert.strictEqual(registry.get("viewer-1"), newer);
      assert.strictEqual(log.at("info").length, 1);
    }));

  it.effect("replaces at an equal joinedAt as well as at a later one", () =>
    Effect.gen(function* () {
      const { register } = yield* make();
      register("v", "s1", 1000);
      assert.strictEqual(register("v", "s2", 1000).prior?.sid, "s1");
      assert.strictEqual(register("v", "s3", 2000).prior?.sid, "s2");
    }));

  it.effect("is not disturbed by the late end of an instance that was replaced", () =>
    Effect.gen(function* () {
      const { registry, register } = yield* make();
      register("viewer-1", "s1", 1000);
      register("viewer-1", "s2", 2000);
      assert.isUndefined(registry.remove("s1"));
      assert.strictEqual(registry.get("viewer-1")?.sid, "s2");
    }));

  it.effect("is not disturbed by the late end of an instance that was reset", () =>
    Effect.gen(function* () {
      const { registry, register } = yield* make();
      register("viewer-1", "s1", 1000);
      registry.requestReset("s1");
      assert.deepStrictEqual([...registry.drainPendingResets()], ["s1"]);
      registry.remove("s1");
      register("viewer-1", "s2", 2000);
      assert.isUndefined(registry.remove("s1"));
      assert.strictEqual(registry.get("viewer-1")?.sid, "s2");
      assert.strictEqual(registry.remove("s2")?.sid, "s2");
      assert.isUndefined(registry.get("viewer-1"));
    }));

  it.effect("finds by identity and by sid, and neither afterwards", () =>
    Effect.gen(function* () {
      const { registry, register } = yield* make();
      const { participant } = register("alice", "s1", 1000);
      assert.strictEqual(registry.get("alice"), participant);
      assert.strictEqual(registry.bySid("s1"), participant);
      registry.remove("s1");
      assert.isFalse(registry.has("s1"));
      assert.strictEqual(registry.count, 0);
      assert.isUndefined(registry.remove("unknown"));
    }));

  it.effect("resolves the registered ones among some sids, and leaves no trace of refused ones", () =>
    Effect.gen(function* () {
      const { registry, register } = yield* make();
      register("alice", "s2", 2000);
      register("alice", "s1", 1000);
      assert.deepStrictEqual(registry.resolve(["s1", "s2"]).map((participant) => participant.sid), ["s2"]);
      assert.strictEqual(registry.count, 1);
    }));

  it.effect("queues the first frames before anything that is broadcast", () =>
    Effect.gen(function* () {
      const { registry } = yield* make();
      const stream = new TestStream();
      registry.register({ identity: "v", sid: "s", joinedAt: 0, advertiseForm: "inline" }, stream, () => {
        for (const other of registry.all()) other.send(bytes("broadcast"));
        return [bytes("first"), bytes("second")];
      });
      for (const participant of registry.all()) participant.send(bytes("later"));
      registry.bySid("s")?.letGo();
      yield* registry.bySid("s")!.awaitEnd;
      assert.deepStrictEqual(stream.written, ["first", "second", "later"]);
    }));

  it.effect("shuts down by cancelling every fiber and waiting for all of them", () =>
    Effect.gen(function* () {
      const { registry, register } = yield* make();
      const streams = [new TestStream("stall"), new TestStream("stall")];
      register("a", "s1", 1, streams[0]);
      register("b", "s2", 2, streams[1]);
      for (const participant of registry.all()) participant.send(bytes("stuck"));
      assert.strictEqual(registry.all().length, 2);
      yield* registry.shutdown;
      assert.deepStrictEqual(streams.map((stream) => stream.aborted), [true, true]);
      assert.strictEqual(registry.count, 0);
      assert.deepStrictEqual(registry.resolve(["s1", "s2"]), []);
    }));

  it.effect("loses no reset that is asked for before anybody waits", () =>
    Effect.gen(function* () {
      const { registry } = yield* make();
      registry.requestReset("s1");
      yield* registry.awaitReset;
      assert.deepStrictEqual([...registry.drainPendingResets()], ["s1"]);
      const waiting = yield* Effect.forkChild(registry.awaitReset, { startImmediately: true });
      registry.requestReset("s2");
      yield* Fiber.join(waiting);
    }));
});
