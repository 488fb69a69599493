import { assert, describe, it } from "@effect/vitest";
import * as Effect from "effect/Effect";
import * as TestClock from "effect/testing/TestClock";
import { losses, meter, offered, presenceLine } from "../../../cli/demo/metering.ts";
import type { ViewerPresence } from "../../../mod.ts";
import { makePair } from "../../support/pair.ts";
import { advance, settle } from "../../support/settle.ts";

const none = { messages: 0, bytes: 0 };

function flow(published: number, dropped: number, trackFull = 0) {
  const drops = trackFull === 0 ? {} : { trackFull: { messages: trackFull, bytes: 0 } };
  const delivered = { messages: published - dropped, bytes: 0 };
  return {
    published: { messages: published, bytes: 0 },
    delivered,
    queued: none,
    dropped: { messages: dropped, bytes: 0 },
    drops,
  };
}

function presence(identity: string, more: Partial<ViewerPresence> = {}): ViewerPresence {
  return {
    client: { id: 1, identity },
    joinedAt: 0,
    since: 0,
    state: "active",
    stateSince: 0,
    protocolVersion: "2.3.0",
    topics: [],
    ownChannels: [],
    ...more,
  };
}

describe("the demo's metering", () => {
  it.effect("tells what has come on each channel, by the library's own counts", () =>
    Effect.gen(function* () {
      const { context, gateway, viewer } = yield* makePair();
      const pose = context.channel({ topic: "/pose", encoding: "json", qos: "reliable" });
      viewer.subscribe("/pose").onMessage(() => undefined);
      yield* settle;
      for (let index = 0; index < 3; index += 1) pose.log("12345");
      yield* settle;
      assert.deepStrictEqual(meter(gateway, viewer, "viewer-1"), [
        { channelId: pose.id, messages: 3, bytes: 15, lost: 0 },
      ]);
      assert.deepStrictEqual(offered(gateway.stats(), "viewer-1"), new Map([[pose.id, 3]]));
    }));

  it("adds up what the device dropped, what has not come and what nobody took, none of it twice", () => {
    const client = { id: 1, identity: "viewer-1" };
    const other = { id: 2, identity: "viewer-2" };
    const about = { reliable: false, gaps: 0, late: 0, duplicates: 0, undecodable: 0, received: none };
    const channels = [
      // Three were too large; two were not taken by the track, which the viewer sees as missing, with one lost on the way.
      { channelId: 1, topic: "/a", carrier: "data-track", total: flow(10, 5, 2), viewers: [] },
      {
        channelId: 2,
        topic: "/b",
        carrier: "control",
        total: flow(20, 9),
        viewers: [{ client, ...flow(10, 1) }, { client: other, ...flow(10, 8) }],
      },
    ] as const;
    const seen = [
      { channelId: 1, topic: "/a", missed: 3, dropped: 0, ...about },
      { channelId: 2, topic: "/b", missed: 0, dropped: 4, ...about },
    ];
    assert.deepStrictEqual(losses({ channels }, { channels: seen }, "viewer-1"), new Map([[1, 6], [2, 5]]));
    assert.deepStrictEqual(offered({ channels }, "viewer-1"), new Map([[1, 10], [2, 10]]));
  });

  it("names who is here, with round trip and clock where they are known, and counts the others", () => {
    assert.strictEqual(presenceLine([]), "nobody is here");
    const timed = presence("anna\x1b", {
      state: "idle",
      roundTripTime: { latestMs: 9, meanMs: 2, varianceMs2: 0 },
      clockOffset: { offsetMs: -3.25, boundMs: 12 },
    });
    assert.strictEqual(
      presenceLine([timed, presence("ben", { roundTripTime: { latestMs: 9, varianceMs2: 0 } })]),
      "here: anna\\u001b, idle, round trip 2.00 ms, clock -3.25 ms ± 12 ms; ben, active, round trip 9.00 ms",
    );
    const many = ["a", "b", "c", "d", "e", "f"].map((identity) => presence(identity));
    assert.strictEqual(presenceLine(many), "here: a, active; b, active; c, active; d, active and 2 more");
  });

  it.effect("has a viewer idle in the line when it is not heard any more", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(1_700_000_000_000);
      const { hub, gateway } = yield* makePair();
      yield* advance(10_000);
      assert.match(presenceLine(gateway.viewers), /^here: viewer-1, active, round trip .*, clock \+0\.00 ms ± /);
      hub.participant("viewer-1").partition();
      yield* advance(40_000);
      assert.match(presenceLine(gateway.viewers), /^here: viewer-1, idle/);
    }));
});
