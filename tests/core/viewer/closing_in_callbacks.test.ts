import { assert, describe, it } from "@effect/vitest";
import * as Effect from "effect/Effect";
import type { ServerMessage } from "../../../core/protocol/mod.ts";
import type { Viewer, ViewerOptions } from "../../../mod.ts";
import { advertise, capable, data, say, sayAtOnce, services } from "../../support/raw_device.ts";
import { rawPair } from "../../support/raw_pair.ts";
import { settle } from "../../support/settle.ts";

const status = (message: string): ServerMessage => ({ op: "status", level: "info", message });

/** What comes in one chunk. A callback of each kind is called for it, and it begins the session anew. */
const chunk: ReadonlyArray<ServerMessage> = [
  status("one"),
  advertise({ id: 2, topic: "/new" }),
  services("/a", "/b"),
  data(2, "message"),
  { op: "removeStatus", statusIds: ["standing"] },
  capable("services"),
  status("two"),
  advertise({ id: 3, topic: "/new" }),
];

/** Options whose callbacks note that they are called, and close the viewer when it is their turn. */
function noting(called: (name: string) => void): ViewerOptions {
  return {
    onDevice: () => called("onDevice"),
    onDeviceLeft: () => called("onDeviceLeft"),
    onPresence: (device) => called(device === undefined ? "nobody" : "onPresence"),
    onChannels: (advertised) => called(advertised.length > 0 ? "onChannels" : "channels gone"),
    onStatus: () => called("onStatus"),
    onStatusRemoved: () => called("onStatusRemoved"),
    onServices: (advertised) => called(advertised.length > 0 ? "onServices" : "services gone"),
    onConnection: (connection) => called(connection),
  };
}

/** What a viewer tells of its end, and nothing else may come behind it. */
const END = ["services gone", "channels gone", "onDeviceLeft", "nobody", "closed"];
const CLOSERS = [
  "onStatus",
  "onChannels",
  "onServices",
  "onMessage",
  "onStatusRemoved",
  "services gone",
  "channels gone",
  "onDevice",
  "onPresence",
];

describe("Viewer: closing it in a callback", () => {
  for (const closer of CLOSERS) {
    it.effect(`${closer}: nothing is told any more but the end`, () =>
      Effect.gen(function* () {
        const names: Array<string> = [];
        let closing: Promise<void> | undefined;
        // Set when the viewer is there and the callbacks are to be looked at.
        const scene: { viewer?: Viewer } = {};
        const called = (name: string): void => {
          if (scene.viewer === undefined) return;
          if (closing !== undefined) names.push(name);
          else if (name === closer) closing = scene.viewer.close();
        };
        const { viewer, control } = yield* rawPair(["services"], noting(called));
        viewer.subscribe("/new").onMessage(() => called("onMessage"));
        yield* say(
          control,
          advertise({ id: 1, topic: "/old" }),
          services("/old"),
          { op: "status", level: "info", message: "stands", id: "standing" },
        );
        yield* settle;
        scene.viewer = viewer;
        // Another session id: a device that says who it is anew is another presence then.
        yield* sayAtOnce(
          control,
          ...chunk.map((each) => each.op === "serverInfo" ? { ...each, sessionId: "2" } : each),
        );
        yield* settle;
        assert.isDefined(closing);
        yield* Effect.promise(() => closing ?? Promise.reject(new Error("it was not closed")));
        assert.deepStrictEqual(names, END.filter((name) => names.includes(name)));
        assert.strictEqual(names.at(-1), "closed");
        assert.strictEqual(viewer.serverInfo, undefined);
      }));
  }
});
