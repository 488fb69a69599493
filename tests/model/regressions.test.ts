/**
 * Programs that have failed once, as they were printed.
 */
import { describe, it } from "vitest";
import { replay } from "./support/replay.ts";

describe("a program that has failed once", () => {
  // Both ends of a stream change while its opening is told late: the viewer must not be left with the old one.
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
