import { assert, describe, it } from "@effect/vitest";
import * as Effect from "effect/Effect";
import { type ChannelEntry, ChannelRegistry } from "../../../core/channel/channel_registry.ts";
import type { Reliability } from "../../../core/channel/descriptor.ts";
import { ParticipantRegistry } from "../../../core/participant/participant_registry.ts";
import { Context } from "../../../mod.ts";
import { CollectedLog } from "../../support/log.ts";
import { TestStream } from "../../support/streams.ts";

const start = Effect.fnUntraced(function* () {
  const { log } = new CollectedLog();
  const participants = new ParticipantRegistry({
    services: yield* Effect.context<never>(),
    log,
    queue: { maxFrames: 16, maxBytes: 1024 },
    writeBytes: 1,
    isPresent: () => true,
  });
  yield* Effect.addFinalizer(() => participants.shutdown);
  const [alice, bob] = ["alice", "bob"].map((identity) =>
    participants.register(
      { identity, sid: `${identity}-1`, joinedAt: 0, advertiseForm: "inline" },
      new TestStream(),
      () => [],
    ).participant
  );
  const registry = new ChannelRegistry();
  const context = new Context({ log });
  const add = (topic: string, reliability: Reliability = "lossy"): ChannelEntry =>
    registry.add(context.channel({ topic, encoding: "json" }), reliability);
  return { registry, add, alice: alice!, bob: bob! };
});

const topics = (entries: Iterable<ChannelEntry>): ReadonlyArray<string> =>
  [...entries].map(({ channel }) => channel.topic);
const sids = (entry: ChannelEntry | undefined): ReadonlyArray<string> =>
  entry?.subscribers.map(({ participant }) => participant.sid) ?? [];

describe("ChannelRegistry", () => {
  it.effect("reports the first subscriber of a channel", () =>
    Effect.gen(function* () {
      const { registry, add, alice } = yield* start();
      const result = registry.subscribe(alice, [add("/a").channel.id]);
      assert.deepStrictEqual(topics(result.firstSubscribed), ["/a"]);
      assert.deepStrictEqual(topics(result.added), ["/a"]);
    }));

  it.effect("reports a second one as added, not as the first", () =>
    Effect.gen(function* () {
      const { registry, add, alice, bob } = yield* start();
      const { id } = add("/a").channel;
      registry.subscribe(alice, [id]);
      const result = registry.subscribe(bob, [id]);
      assert.deepStrictEqual([topics(result.firstSubscribed), topics(result.added)], [[], ["/a"]]);
    }));

  it.effect("reports a repeat as nothing, within one message as well", () =>
    Effect.gen(function* () {
      const { registry, add, alice } = yield* start();
      const entry = add("/a");
      assert.strictEqual(registry.subscribe(alice, [entry.channel.id, entry.channel.id]).added.length, 1);
      const { version } = entry;
      const again = registry.subscribe(alice, [entry.channel.id]);
      assert.deepStrictEqual([again.firstSubscribed, again.added], [[], []]);
      assert.deepStrictEqual(sids(entry), ["alice-1"]);
      assert.strictEqual(entry.version, version);
    }));

  it.effect("takes several channels in one message, and skips unknown ones", () =>
    Effect.gen(function* () {
      const { registry, add, alice } = yield* start();
      const result = registry.subscribe(alice, [add("/a").channel.id, 999_999, add("/b").channel.id]);
      assert.deepStrictEqual(topics(result.firstSubscribed), ["/a", "/b"]);
      assert.deepStrictEqual(topics(result.added), ["/a", "/b"]);
      assert.strictEqual(registry.subscriptionCount, 2);
    }));

  it.effect("reports the last subscriber that leaves a channel", () =>
    Effect.gen(function* () {
      const { registry, add, alice } = yield* start();
      const { id } = add("/a").channel;
      registry.subscribe(alice, [id]);
      const result = registry.unsubscribe(alice.sid, [id]);
      assert.deepStrictEqual([topics(result.lastUnsubscribed), topics(result.removed)], [["/a"], ["/a"]]);
    }));

  it.effect("reports no last one while somebody stays", () =>
    Effect.gen(function* () {
      const { registry, add, alice, bob } = yield* start();
      const entry = add("/a");
      for (const one of [alice, bob]) registry.subscribe(one, [entry.channel.id]);
      const result = registry.unsubscribe(alice.sid, [entry.channel.id]);
      assert.deepStrictEqual([topics(result.lastUnsubscribed), topics(result.removed)], [[], ["/a"]]);
      assert.deepStrictEqual(sids(entry), ["bob-1"]);
    }));

  it.effect("reports nothing for a subscription that never was", () =>
    Effect.gen(function* () {
      const { registry, add, alice, bob } = yield* start();
      const entry = add("/a");
      registry.subscribe(bob, [entry.channel.id]);
      const { version } = entry;
      const result = registry.unsubscribe(alice.sid, [entry.channel.id, 999_999]);
      assert.deepStrictEqual([result.lastUnsubscribed, result.removed], [[], []]);
      assert.strictEqual(entry.version, version);
    }));

  it.effect("knows who is subscribed, until the channel is removed", () =>
    Effect.gen(function* () {
      const { registry, add, alice, bob } = yield* start();
      assert.deepStrictEqual(sids(registry.get(999_999)), []);
      const entry = add("/a");
      for (const one of [alice, bob]) registry.subscribe(one, [entry.channel.id]);
      assert.deepStrictEqual(sids(registry.get(entry.channel.id)), ["alice-1", "bob-1"]);
      assert.isTrue(registry.isSubscribed("alice-1", entry.channel.id));
      const removed = registry.remove(entry.channel.id);
      assert.deepStrictEqual(removed?.subscribers.map(({ participant }) => participant.sid), ["alice-1", "bob-1"]);
      assert.deepStrictEqual(sids(entry), []);
      assert.isFalse(registry.isSubscribed("alice-1", entry.channel.id));
      assert.strictEqual(registry.subscriptionCount, 0);
      assert.deepStrictEqual(registry.removeSubscriber("alice-1").removed, []);
    }));

  it.effect("cleans up after a stranger by reporting nothing", () =>
    Effect.gen(function* () {
      const { registry, add } = yield* start();
      add("/a");
      const result = registry.removeSubscriber("nobody");
      assert.deepStrictEqual([result.lastUnsubscribed, result.removed], [[], []]);
    }));

  it.effect("names all channels of the instance it cleans up after, and the ones nobody is left on", () =>
    Effect.gen(function* () {
      const { registry, add, alice, bob } = yield* start();
      const [a, b] = [add("/a"), add("/b")];
      registry.subscribe(alice, [a.channel.id, b.channel.id]);
      registry.subscribe(bob, [b.channel.id]);
      const result = registry.removeSubscriber(alice.sid);
      assert.deepStrictEqual([topics(result.lastUnsubscribed), topics(result.removed)], [["/a"], ["/a", "/b"]]);
      assert.strictEqual(registry.subscriptionCount, 1);
    }));

  it.effect("keeps the class of each channel, lossy for one that is not there", () =>
    Effect.gen(function* () {
      const { registry, add } = yield* start();
      assert.strictEqual(registry.reliability(999_999), "lossy");
      const { id } = add("/a", "reliable").channel;
      assert.strictEqual(registry.reliability(id), "reliable");
      registry.remove(id);
      assert.strictEqual(registry.reliability(id), "lossy");
    }));

  it.effect("says no to removing what is not there, and yes once to what is", () =>
    Effect.gen(function* () {
      const { registry, add } = yield* start();
      assert.isUndefined(registry.remove(999_999));
      const { id } = add("/a").channel;
      assert.isDefined(registry.remove(id));
      assert.isUndefined(registry.remove(id));
    }));

  it.effect("raises a channel's version with every change of its subscribers, and never sets it back", () =>
    Effect.gen(function* () {
      const { registry, add, alice, bob } = yield* start();
      const entry = add("/a");
      const versions = [entry.version];
      const changes = [
        () => registry.subscribe(alice, [entry.channel.id]),
        () => registry.subscribe(bob, [entry.channel.id]),
        () => registry.unsubscribe(bob.sid, [entry.channel.id]),
        () => registry.removeSubscriber(alice.sid),
        () => registry.subscribe(alice, [entry.channel.id]),
        () => registry.remove(entry.channel.id),
      ];
      for (const change of changes) {
        change();
        versions.push(entry.version);
      }
      assert.deepStrictEqual(versions, [...new Set(versions)].sort((a, b) => a - b));
    }));

  it.effect("hands out arrays of subscribers that do not change", () =>
    Effect.gen(function* () {
      const { registry, add, alice, bob } = yield* start();
      const entry = add("/a");
      registry.subscribe(alice, [entry.channel.id]);
      const { subscribers } = entry;
      registry.subscribe(bob, [entry.channel.id]);
      registry.unsubscribe(alice.sid, [entry.channel.id]);
      assert.deepStrictEqual(subscribers.map(({ participant }) => participant.sid), ["alice-1"]);
    }));

  it.effect("lists its channels in the order in which they were added", () =>
    Effect.gen(function* () {
      const { registry, add } = yield* start();
      const entries = ["/c", "/a", "/b"].map((topic) => add(topic));
      registry.remove(entries[1]?.channel.id ?? 0);
      assert.deepStrictEqual(topics(registry.all()), ["/c", "/b"]);
    }));
});
