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
});
