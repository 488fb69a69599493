import { assert, describe, it } from "@effect/vitest";
import * as Effect from "effect/Effect";
import { Access } from "../../../core/participant/access.ts";
import { Participant } from "../../../core/participant/participant.ts";
import { AdvertiseFrames } from "../../../core/session/advertising.ts";
import { ChannelRegistry } from "../../../core/channel/channel_registry.ts";
import { Context, observer, type Policy, policyOf } from "../../../mod.ts";
import { TestStream } from "../../support/streams.ts";

function entries(...topics: ReadonlyArray<string>) {
  const context = new Context();
  const registry = new ChannelRegistry();
  for (const topic of topics) registry.add(context.channel({ topic, encoding: "json" }), "reliable");
  return [...registry.all()];
}

const participant = Effect.fnUntraced(function* (policy?: Policy) {
  const info = { identity: "viewer-1", sid: "s1", joinedAt: 0, advertiseForm: "inline" as const, policy };
  return new Participant(info, new TestStream(), {
    services: yield* Effect.context<never>(),
    log: () => {},
    queue: { maxFrames: 10, maxBytes: 1_000 },
    writeBytes: 100,
    requestReset: () => {},
    isPresent: () => true,
  });
});

describe("Access", () => {
  it("hands the very same list through to those who may see all of it", () => {
    const all = entries("/a", "/b");
    assert.strictEqual(new Access().channels.show(all), all);
    assert.strictEqual(new Access(observer).channels.show(all), all);
    assert.notStrictEqual(new Access(policyOf({ see: ["/a"] })).channels.show(all), all);
  });

  it("knows what has been told, and forgets what is gone", () => {
    const [a, b] = entries("/a", "/b");
    const access = new Access(policyOf({ see: ["/a"] }));
    access.channels.show([a!, b!]);
    assert.deepEqual([a, b].map((entry) => access.channels.has(entry!.channel.id)), [true, false]);
    assert.deepEqual([a, b, a].map((entry) => access.channels.hide(entry!.channel.id)), [true, false, false]);
  });

  it("says what another policy hides and shows, and nothing of what stays as it was", () => {
    const all = entries("/a", "/b", "/c");
    const ids = all.map(({ channel }) => channel.id);
    const access = new Access();
    const first = access.replace(policyOf({ see: ["/a", "/b"], subscribe: true }), all, []);
    assert.deepEqual([first.channels.hidden, first.channels.shown], [[ids[2]], []]);
    const second = access.replace(policyOf({ see: ["/b", "/c"], subscribe: true }), all, []);
    assert.deepEqual([second.channels.hidden, second.channels.shown], [[ids[0]], [all[2]]]);
    const third = access.replace(undefined, all, []);
    assert.deepEqual([third.channels.hidden, third.channels.shown], [[], [all[0]]]);
  });

  it("both hides and shows what is in sight and may be subscribed to only now", () => {
    const all = entries("/a", "/b");
    const access = new Access(policyOf({ see: true, subscribe: ["/a"] }));
    access.channels.show(all);
    const { hidden, shown } = access.replace(observer, all, []).channels;
    assert.deepEqual([hidden, shown], [[all[1]!.channel.id], [all[1]]]);
    assert.isTrue(access.channels.has(all[1]!.channel.id));
  });
});

describe("an advertisement", () => {
  it.effect("is encoded once for all who may see every channel of it, and for each of the others", () =>
    Effect.gen(function* () {
      const frames = new AdvertiseFrames(entries("/a", "/b"));
      const [free, watching, other] = [yield* participant(), yield* participant(observer), yield* participant()];
      const shared = frames.for(free);
      assert.strictEqual(frames.for(watching), shared);
      assert.strictEqual(frames.for(other), shared);
      const limited = yield* participant(policyOf({ see: ["/a"] }));
      assert.notDeepEqual(frames.for(limited), shared);
      assert.deepStrictEqual(frames.for(yield* participant(policyOf({}))), []);
      for (const one of [free, watching, other, limited]) one.cancel();
    }));
});
