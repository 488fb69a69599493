/**
 * Programs that have failed once, as they were printed.
 */
import { describe, it } from "vitest";
import { replay } from "./support/replay.ts";

describe("a program that has failed once", () => {
  // The openings of the old stream and of the new one are both told late: the viewer is to end up with the new one.
  it("a viewer is told of its device's stream late, and the device starts anew meanwhile", () =>
    replay({
      setup: { seed: 0, dataTracks: true, queueFrames: 1024, windowBytes: 262144, replacement: "old-first" },
      steps: [
        { do: "events", who: 0, event: "byteStreamOpened", delayMs: 1, times: 1 },
        { do: "join", who: 0, kind: "viewer" },
        { do: "turns", turns: 1 },
        { do: "restart" },
      ],
    }));

  it("a frame of an instance that has gone counts for the next one, and the device takes that for a follower", () =>
    replay({
      setup: { seed: 0, dataTracks: true, queueFrames: 1024, windowBytes: 262144, replacement: "old-first" },
      steps: [
        { do: "join", who: 0, kind: "viewer" },
        { do: "network", who: 0, latencyMs: 5, jitterMs: 0, loss: 0, reorder: 0 },
        { do: "wait", ms: 100 },
        { do: "follow", who: 0 },
        { do: "turns", turns: 1 },
        { do: "join", who: 0, kind: "viewer" },
      ],
    }));

  it("a call of an instance that has gone is answered to the next one, which has made one as well", () =>
    replay({
      setup: { seed: 0, dataTracks: true, queueFrames: 1024, windowBytes: 262144, replacement: "old-first" },
      steps: [
        { do: "join", who: 0, kind: "viewer" },
        { do: "network", who: 0, latencyMs: 5, jitterMs: 0, loss: 0, reorder: 0 },
        { do: "wait", ms: 100 },
        { do: "ask", who: 0, asked: "slow" },
        { do: "turns", turns: 1 },
        { do: "join", who: 0, kind: "viewer" },
        { do: "turns", turns: 5 },
        { do: "ask", who: 0, asked: "slow" },
        { do: "wait", ms: 1000 },
      ],
    }));

  it("a track is told of twice", () =>
    replay({
      setup: { seed: 0, dataTracks: true, queueFrames: 1024, windowBytes: 262144, replacement: "old-first" },
      steps: [
        { do: "join", who: 2, kind: "viewer" },
        { do: "events", who: 2, event: "dataTrackPublished", delayMs: 1, times: 2 },
        { do: "subscribe", who: 2, slots: [0], taking: "callback" },
        { do: "open", slot: 0, reliable: false, latch: 0 },
      ],
    }));
});
