import * as Effect from "effect/Effect";
import { describe, expect, it } from "@effect/vitest";
import type { ChannelInfo, Message } from "../../mod.ts";
import { Feeds } from "../../web/feed.ts";
import { makePair } from "../support/pair.ts";
import { eventually, settle } from "../support/settle.ts";

const setUp = Effect.gen(function* () {
  const subscribers: Array<string> = [];
  const { context, viewer } = yield* makePair({
    gateway: {
      onSubscribe: (_client, { topic }) => void subscribers.push(`+${topic}`),
      onUnsubscribe: (_client, { topic }) => void subscribers.push(`-${topic}`),
    },
  });
  const pose = context.channel({ topic: "/pose", encoding: "json", qos: "reliable" });
  yield* eventually("the channel is known", () => viewer.channels.size === 1);
  const channel: ChannelInfo = [...viewer.channels.values()][0]!;
  return { feeds: new Feeds(viewer), channel, pose, subscribers };
});

describe("Feeds", () => {
  it.effect("share one subscription among all listeners of a channel, and let it go with the last", () =>
    Effect.gen(function* () {
      const { feeds, channel, pose, subscribers } = yield* setUp;
      const seen: Array<string> = [];
      const note = (who: string) => (message: Message) => void seen.push(`${who} ${message.text()}`);
      const stopA = feeds.of(channel).listen(note("a"));
      const stopB = feeds.of(channel).listen(note("b"));
      yield* eventually("somebody is subscribed", () => subscribers.length > 0);
      pose.log("1");
      yield* settle;
      stopA();
      stopA();
      pose.log("2");
      yield* settle;
      expect([...feeds.listenedTo]).toEqual([channel.id]);
      stopB();
      yield* settle;
      pose.log("3");
      yield* settle;
      expect(seen).toEqual(["a 1", "b 1", "b 2"]);
      expect(subscribers).toEqual(["+/pose", "-/pose"]);
      expect([...feeds.listenedTo]).toEqual([]);
    }));

  it.effect("subscribe again for a listener that comes after the last has left", () =>
    Effect.gen(function* () {
      const { feeds, channel, pose, subscribers } = yield* setUp;
      const feed = feeds.of(channel);
      feed.listen(() => {})();
      const seen: Array<string> = [];
      feed.listen((message) => void seen.push(message.text()));
      yield* eventually("somebody is subscribed again", () => subscribers.at(-1) === "+/pose");
      pose.log("1");
      yield* settle;
      expect(seen).toEqual(["1"]);
    }));

  it.effect("keep a listener that throws from the others, and report what it has thrown", () =>
    Effect.gen(function* () {
      const { feeds, channel, pose, subscribers } = yield* setUp;
      const reported: Array<unknown> = [];
      const before = globalThis.reportError;
      globalThis.reportError = (error) => void reported.push(error);
      yield* Effect.addFinalizer(() => Effect.sync(() => void (globalThis.reportError = before)));
      const seen: Array<string> = [];
      feeds.of(channel).listen(() => {
        throw new Error("no");
      });
      feeds.of(channel).listen((message) => void seen.push(message.text()));
      yield* eventually("somebody is subscribed", () => subscribers.length > 0);
      pose.log("1");
      yield* settle;
      expect(seen).toEqual(["1"]);
      expect(reported).toEqual([new Error("no")]);
    }));
});
