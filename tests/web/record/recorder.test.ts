import * as Effect from "effect/Effect";
import { describe, expect, it } from "@effect/vitest";
import { McapIndexedReader, TempBuffer } from "@mcap/core";
import { Feeds } from "../../../web/feed.ts";
import { fileName, Recorder } from "../../../web/record/recorder.ts";
import { collect } from "../../files/support/collect.ts";
import { makePair } from "../../support/pair.ts";
import { eventually, settle } from "../../support/settle.ts";

const setUp = Effect.gen(function* () {
  const subscribed: Array<string> = [];
  const { context, viewer } = yield* makePair({
    gateway: {
      onSubscribe: (_client, { topic }) => void subscribed.push(`+${topic}`),
      onUnsubscribe: (_client, { topic }) => void subscribed.push(`-${topic}`),
    },
  });
  const open = (topic: string) => context.channel({ topic, encoding: "json", qos: "reliable" });
  return { viewer, feeds: new Feeds(viewer), recorder: new Recorder(), subscribed, open };
});

/** The texts in a recording that has been made, each with its topic. */
async function textsIn(recorder: Recorder): Promise<Array<string>> {
  const { value } = recorder.state;
  if (value.kind !== "saved" || value.file === undefined) throw new Error(`it is ${value.kind}`);
  const reader = await McapIndexedReader.Initialize({ readable: new TempBuffer(await value.file.arrayBuffer()) });
  const messages = await collect(reader.readMessages());
  return messages.map(({ channelId, data }) =>
    `${reader.channelsById.get(channelId)!.topic} ${new TextDecoder().decode(data)}`
  );
}

describe("Recorder", () => {
  it.effect("records the channels that there are and those that come later, and nothing once it is stopped", () =>
    Effect.gen(function* () {
      const { viewer, feeds, recorder, subscribed, open } = yield* setUp;
      const a = open("/a");
      yield* eventually("the channel is known", () => viewer.channels.size === 1);
      yield* Effect.promise(() => recorder.start({ choice: "all", name: "x.mcap" }));
      recorder.follow(viewer.channels.values(), feeds);
      yield* eventually("somebody is subscribed", () => subscribed.includes("+/a"));
      a.log("1", { logTime: 1n });
      const b = open("/b");
      yield* eventually("the channel is known", () => viewer.channels.size === 2);
      // The same channels as other objects are no reason to begin anew.
      recorder.follow([...viewer.channels.values()].map((channel) => ({ ...channel })), feeds);
      yield* eventually("somebody is subscribed", () => subscribed.includes("+/b"));
      a.log("2", { logTime: 2n });
      b.log("3", { logTime: 3n });
      yield* settle;
      yield* Effect.promise(() => recorder.stop());
      yield* settle;
      b.log("4", { logTime: 4n });
      yield* settle;
      expect(yield* Effect.promise(() => textsIn(recorder))).toEqual(["/a 1", "/a 2", "/b 3"]);
      expect(subscribed).toEqual(["+/a", "+/b", "-/a", "-/b"]);
      expect(recorder.counts.value.messages).toBe(3);
      recorder.dismiss();
      expect(recorder.state.value).toEqual({ kind: "idle" });
    }));

  it.effect("records only the topics that were chosen", () =>
    Effect.gen(function* () {
      const { viewer, feeds, recorder, subscribed, open } = yield* setUp;
      const [a, b] = [open("/a"), open("/b")];
      yield* eventually("the channels are known", () => viewer.channels.size === 2);
      yield* Effect.promise(() => recorder.start({ choice: new Set(["/b"]), name: "x.mcap" }));
      recorder.follow(viewer.channels.values(), feeds);
      yield* eventually("somebody is subscribed", () => subscribed.length > 0);
      a.log("1");
      b.log("2");
      yield* settle;
      yield* Effect.promise(() => recorder.stop());
      expect(yield* Effect.promise(() => textsIn(recorder))).toEqual(["/b 2"]);
      expect(subscribed.filter((one) => one.startsWith("+"))).toEqual(["+/b"]);
    }));

  it.effect("makes one recording at a time", () =>
    Effect.gen(function* () {
      const { recorder } = yield* setUp;
      expect(yield* Effect.promise(() => recorder.start({ choice: "all", name: "x.mcap" }))).toBe(true);
      expect(yield* Effect.promise(() => recorder.start({ choice: "all", name: "y.mcap" }))).toBe(false);
      yield* Effect.promise(() => Promise.all([recorder.stop(), recorder.stop()]));
      expect(recorder.state.value).toMatchObject({ kind: "saved", how: "stopped", name: "x.mcap" });
    }));
});

describe("the name of a recording's file", () => {
  it("is the device's with the time, and has nothing in it that a file's name may not have", () => {
    const at = new Date("2026-11-21T22:04:05.678Z");
    expect(fileName("rover 7/../x", at)).toBe("rover-7-..-x_2026-11-21T22-04-05Z.mcap");
    expect(fileName("../..", at)).toBe("recording_2026-11-21T22-04-05Z.mcap");
    expect(fileName(undefined, at)).toBe("recording_2026-11-21T22-04-05Z.mcap");
  });
});
