import { assert, describe, it } from "@effect/vitest";
import * as Effect from "effect/Effect";
import { losses, meter, offered } from "../../../cli/demo/metering.ts";
import { makePair } from "../../support/pair.ts";
import { settle } from "../../support/settle.ts";

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
});
