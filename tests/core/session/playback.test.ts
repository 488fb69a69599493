import { assert, describe, it } from "@effect/vitest";
import * as Effect from "effect/Effect";
import { LoopbackHub } from "../../../adapters/loopback/mod.ts";
import type { ClientMessage } from "../../../core/protocol/mod.ts";
import {
  InvalidArgument,
  type PlaybackOutput,
  type PlaybackPosition,
  type PlaybackRequest,
  type PlaybackSource,
} from "../../../mod.ts";
import { type DeviceOptions, startDevice } from "../../support/device.ts";
import { RawViewer } from "../../support/raw_viewer.ts";
import { goesOn, playbackRequests, setScene } from "../../support/requests.ts";

const at = (currentTime: bigint, fields: Partial<PlaybackPosition> = {}): PlaybackPosition => ({
  status: "paused",
  currentTime,
  playbackSpeed: 1,
  didSeek: false,
  ...fields,
});

const source: PlaybackSource = {
  startTime: 1_000_000_005n,
  endTime: 3_000_000_000n,
  current: () => at(2_000_000_000n, { didSeek: true }),
  control: ({ command }) => at(7n, { status: command === "play" ? "playing" : "paused" }),
};

const control = (fields: Partial<Omit<PlaybackRequest, "op">> = {}): ClientMessage => ({
  op: "playbackControlRequest",
  command: "play",
  playbackSpeed: 1,
  requestId: "r-1",
  ...fields,
});

const start = Effect.fnUntraced(function* (options: DeviceOptions, version?: string) {
  const hub = yield* LoopbackHub.make();
  const device = yield* startDevice(hub, options);
  const viewer = yield* RawViewer.join(hub, "viewer-1", version === undefined ? {} : { version });
  return { hub, device, viewer };
});

describe("a playback", () => {
  for (const version of ["2.2.0", "2.3.0"]) {
    it.effect(`is told to a viewer of ${version} that comes: its ends in serverInfo, where it stands behind all else`, () =>
      Effect.gen(function* () {
        const hub = yield* LoopbackHub.make();
        const service = { name: "a", handler: () => "" };
        const { context } = yield* startDevice(hub, { playback: source, services: [service] });
        context.channel({ topic: "/a", encoding: "json" });
        const viewer = yield* RawViewer.join(hub, "viewer-1", { version });
        const info = yield* viewer.next("serverInfo");
        assert.deepStrictEqual([...info.capabilities].sort(), ["playbackControl", "services", "time"]);
        assert.deepStrictEqual(info.dataStartTime, { sec: 1, nsec: 5 });
        assert.deepStrictEqual(info.dataEndTime, { sec: 3, nsec: 0 });
        yield* viewer.next("advertise");
        yield* viewer.next("advertiseServices");
        assert.deepStrictEqual(yield* viewer.next("playbackState"), { op: "playbackState", ...at(2_000_000_000n) });
        yield* viewer.silence;
      }));
  }

  it.effect("is asked for what a viewer wants, and answers all viewers under the request's id", () =>
    Effect.gen(function* () {
      const asked: Array<PlaybackRequest> = [];
      const { viewer, other } = yield* setScene({
        playback: {
          ...source,
          control: (request) => {
            asked.push(request);
            return at(request.seekTime ?? 7n, { status: "playing", didSeek: request.seekTime !== undefined });
          },
        },
      });
      yield* viewer.send(control({ playbackSpeed: 0.5 }));
      yield* other.send(control({ command: "pause", seekTime: 9n, requestId: "r-2" }));
      assert.deepStrictEqual(asked, [
        { command: "play", playbackSpeed: 0.5, requestId: "r-1" },
        { command: "pause", playbackSpeed: 1, seekTime: 9n, requestId: "r-2" },
      ]);
      for (const one of [viewer, other]) {
        const first = { op: "playbackState", ...at(7n, { status: "playing" }), requestId: "r-1" } as const;
        const second = {
          op: "playbackState",
          ...at(9n, { status: "playing", didSeek: true }),
          requestId: "r-2",
        } as const;
        assert.deepStrictEqual(yield* one.next("playbackState"), first);
        assert.deepStrictEqual(yield* one.next("playbackState"), second);
        yield* one.silence;
      }
    }));

  it.effect("tells viewers where it stands and what time it is, until the gateway has ended", () =>
    Effect.gen(function* () {
      const outputs: Array<PlaybackOutput> = [];
      const events: Array<string> = [];
      const { device, viewer, other } = yield* setScene({
        playback: {
          ...source,
          attach: (output) => {
            outputs.push(output);
            return () => events.push("detached");
          },
        },
      });
      const [output] = outputs;
      output?.state(at(8n, { status: "ended" }));
      output?.time(2n ** 64n - 1n);
      for (const one of [viewer, other]) {
        assert.deepStrictEqual(yield* one.next("playbackState"), {
          op: "playbackState",
          ...at(8n, { status: "ended" }),
        });
        assert.strictEqual((yield* one.next("time")).timestamp, 2n ** 64n - 1n);
        yield* one.silence;
      }
      const states = [null, {}, at(-1n), at(2n ** 64n), at(1n, { status: "back" as "ended" })];
      for (const state of states) assert.throws(() => output?.state(state as PlaybackPosition), InvalidArgument);
      for (const time of [-1n, 2n ** 64n, 5]) assert.throws(() => output?.time(time as bigint), InvalidArgument);
      yield* viewer.silence;
      yield* device.gateway.closeEffect;
      assert.deepStrictEqual(events, ["detached"]);
      output?.state(at(9n));
      output?.time(9n);
    }));

  it.effect("that cannot tell where it stands is an error in the log, and the viewer starts without it", () =>
    Effect.gen(function* () {
      const broken: ReadonlyArray<() => unknown> = [
        () => {
          throw new Error("no file");
        },
        () => undefined,
        () => at(-1n),
        () => at(1n, { status: "back" as "ended" }),
        () => at(1n, { playbackSpeed: Infinity }),
        () => Promise.resolve(at(1n)),
      ];
      for (const current of broken) {
        const { device, viewer } = yield* start({
          playback: { ...source, current: current as () => PlaybackPosition },
        });
        yield* viewer.next("serverInfo");
        yield* goesOn(viewer);
        assert.deepStrictEqual(device.log.at("error"), ["a playback cannot tell where it stands"]);
      }
    }));

  it.effect("may change the device's channels and services while it is asked: they are told once", () =>
    Effect.gen(function* () {
      for (const version of ["2.2.0", "2.3.0"]) {
        const scene: { change?: () => void } = {};
        const current = (): PlaybackPosition => {
          scene.change?.();
          return at(1n);
        };
        const hub = yield* LoopbackHub.make();
        const { gateway, context } = yield* startDevice(hub, {
          playback: { ...source, current },
          services: [{ name: "old", handler: () => "" }],
        });
        const old = context.channel({ topic: "/old", encoding: "json" });
        scene.change = () => {
          gateway.addServices([{ name: "new", handler: () => "" }]);
          gateway.removeServices(["old"]);
          old.close();
          context.channel({ topic: "/new", encoding: "json" });
        };
        const viewer = yield* RawViewer.join(hub, "viewer-1", { version });
        yield* viewer.next("serverInfo");
        assert.deepStrictEqual((yield* viewer.next("advertise")).channels.map(({ topic }) => topic), ["/new"]);
        assert.deepStrictEqual((yield* viewer.next("advertiseServices")).services.map(({ name }) => name), ["new"]);
        yield* viewer.next("playbackState");
        yield* viewer.silence;
      }
    }));

  it.effect("with an id that is too long is refused, and the other viewers are not told of it", () =>
    Effect.gen(function* () {
      const { viewer, other } = yield* setScene(playbackRequests.options(() => playbackRequests.answer));
      const request = { op: "playbackControlRequest", command: "pause", playbackSpeed: 1 } as const;
      yield* viewer.send({ ...request, requestId: "x".repeat(1_025) });
      assert.match((yield* viewer.next("status")).message, /1024 characters/);
      yield* other.silence;
      yield* viewer.send({ ...request, requestId: "x".repeat(1_024) });
      yield* other.next("playbackState");
    }));
});
