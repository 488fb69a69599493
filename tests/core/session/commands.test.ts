import { assert, describe, it } from "@effect/vitest";
import * as Effect from "effect/Effect";
import { LoopbackHub } from "../../../adapters/loopback/mod.ts";
import type { ClientMessage } from "../../../core/protocol/mod.ts";
import { type CommandRule, ConfigurationError, Context, Gateway } from "../../../mod.ts";
import { type DeviceOptions, startDevice } from "../../support/device.ts";
import { RawViewer } from "../../support/raw_viewer.ts";
import { advance, settle } from "../../support/settle.ts";
import { bytes } from "../../support/streams.ts";

const cmd: ClientMessage = {
  op: "advertise",
  channels: [{ id: 1, topic: "/cmd_vel", encoding: "json", schemaName: "" }],
};

function command(value: object = {}): ClientMessage {
  return { op: "messageData", channelId: 1, data: bytes(JSON.stringify(value)) };
}

/** A device with one rule, a viewer with a channel under it, and what the device's application hears. */
const start = Effect.fnUntraced(function* (rule: Partial<CommandRule>, options: DeviceOptions = {}) {
  const hub = yield* LoopbackHub.make();
  const heard: Array<string> = [];
  const device = yield* startDevice(hub, {
    onMessageData: (_client, _channel, data) => heard.push(new TextDecoder().decode(data)),
    onClientUnadvertise: (client, channel) => heard.push(`- ${client.identity} ${channel.topic}`),
    commands: [{ topic: "/cmd_vel", ...rule }],
    ...options,
  });
  const viewer = yield* RawViewer.join(hub);
  yield* viewer.next("serverInfo");
  yield* viewer.send(cmd);
  return { hub, device, viewer, heard };
});

/** The start of a device with silence told in `heard`. */
const startSilence = Effect.fnUntraced(function* (silenceMs = 500) {
  const silences: Array<string> = [];
  const started = yield* start({
    silenceMs,
    onSilence: (client, channel, reason) => {
      silences.push(`${client.identity} ${channel.topic}: ${reason}`);
    },
  });
  return { ...started, silences };
});

describe("a silence rule", () => {
  it.effect("tells once when no command has come for that long, and again after the next run", () =>
    Effect.gen(function* () {
      const { viewer, silences } = yield* startSilence();
      yield* viewer.send(command());
      yield* advance(499);
      assert.deepStrictEqual(silences, []);
      yield* advance(1);
      assert.deepStrictEqual(silences, ["viewer-1 /cmd_vel: silence"]);
      yield* advance(10_000);
      assert.lengthOf(silences, 1);
      yield* viewer.send(command());
      yield* advance(500);
      assert.lengthOf(silences, 2);
    }));

  it.effect("says nothing before the first command, nor while commands go on", () =>
    Effect.gen(function* () {
      const { viewer, silences } = yield* startSilence();
      yield* advance(5_000);
      for (let sent = 0; sent < 20; sent += 1) {
        yield* viewer.send(command());
        yield* advance(400);
      }
      assert.deepStrictEqual(silences, []);
      yield* advance(100);
      assert.lengthOf(silences, 1);
    }));

  it.effect("tells at once when the viewer leaves in the middle of a run, before the end of its channel", () =>
    Effect.gen(function* () {
      const { viewer, silences, heard } = yield* startSilence();
      yield* viewer.send(command({ x: 1 }));
      yield* viewer.leave;
      assert.deepStrictEqual(silences, ["viewer-1 /cmd_vel: gone"]);
      assert.deepStrictEqual(heard, ['{"x":1}', "- viewer-1 /cmd_vel"]);
      yield* advance(5_000);
      assert.lengthOf(silences, 1);
    }));

  it.effect("tells when the viewer takes the channel back, and not when it was silent already", () =>
    Effect.gen(function* () {
      const { viewer, silences } = yield* startSilence();
      yield* viewer.send(command(), { op: "unadvertise", channelIds: [1] });
      assert.deepStrictEqual(silences, ["viewer-1 /cmd_vel: gone"]);
      yield* viewer.send(cmd, command());
      yield* advance(500);
      yield* viewer.send({ op: "unadvertise", channelIds: [1] });
      assert.deepStrictEqual(silences.slice(1), ["viewer-1 /cmd_vel: silence"]);
    }));

  it.effect("tells by the device's clock when the link is cut and nothing is heard of it", () =>
    Effect.gen(function* () {
      const { hub, viewer, silences } = yield* startSilence();
      yield* viewer.send(command());
      hub.participant("viewer-1").partition();
      yield* advance(500);
      assert.deepStrictEqual(silences, ["viewer-1 /cmd_vel: silence"]);
    }));

  it.effect("tells when the session ends", () =>
    Effect.gen(function* () {
      const { device, viewer, silences } = yield* startSilence();
      yield* viewer.send(command());
      yield* device.gateway.closeEffect;
      assert.deepStrictEqual(silences, ["viewer-1 /cmd_vel: gone"]);
    }));

  it.effect("is each viewer's own", () =>
    Effect.gen(function* () {
      const { hub, viewer, silences } = yield* startSilence();
      const other = yield* RawViewer.join(hub, "viewer-2");
      yield* other.send(cmd, command());
      yield* advance(300);
      yield* viewer.send(command());
      yield* advance(200);
      assert.deepStrictEqual(silences, ["viewer-2 /cmd_vel: silence"]);
    }));

  it.effect("goes on when its callback throws", () =>
    Effect.gen(function* () {
      const { viewer, device } = yield* start({
        silenceMs: 500,
        onSilence: () => {
          throw new Error("no brakes");
        },
      });
      yield* viewer.send(command());
      yield* advance(500);
      assert.deepStrictEqual(device.log.at("error"), ["the callback onSilence has failed; the session goes on"]);
      yield* viewer.send({ op: "ping", appTimestamp: 1n, payload: new Uint8Array(8) });
      yield* viewer.next("pong");
    }));
});

/** When a command was made, as the tests write it into it. */
function sentAt(data: Uint8Array): number | undefined {
  const value: { readonly at?: number } = JSON.parse(new TextDecoder().decode(data));
  return value.at;
}

/** The viewer's clock is known after a ping and its ack. */
const agreeOnTime = Effect.fnUntraced(function* (viewer: RawViewer, viewerNow: () => number) {
  for (let pings = 0; pings < 2; pings += 1) {
    const appTimestamp = BigInt(viewerNow());
    const payload = new Uint8Array(8);
    new DataView(payload.buffer).setBigUint64(0, appTimestamp, true);
    yield* viewer.send({ op: "ping", appTimestamp, payload });
    const { deviceTimestamp } = yield* viewer.next("pong");
    yield* viewer.send({ op: "pingAck", deviceTimestamp });
  }
});

describe("a maximum age", () => {
  it.effect("delivers what it cannot judge, unless the rule says otherwise", () =>
    Effect.gen(function* () {
      for (const unknownAge of ["deliver", "drop"] as const) {
        const { viewer, heard } = yield* start({ maxAgeMs: 200, sentAt, unknownAge });
        yield* viewer.send(command({ at: 0 }));
        assert.lengthOf(heard, unknownAge === "deliver" ? 1 : 0);
      }
    }));

  it.effect("takes a reader of times that throws for one that does not know", () =>
    Effect.gen(function* () {
      const { viewer, heard } = yield* start({
        maxAgeMs: 200,
        sentAt: () => {
          throw new Error("no header");
        },
      });
      yield* agreeOnTime(viewer, () => 0);
      yield* viewer.send(command({ x: 1 }));
      assert.deepStrictEqual(heard, ['{"x":1}']);
    }));
});

describe("command rules", () => {
  const cases: ReadonlyArray<readonly [string, ReadonlyArray<CommandRule>]> = [
    ["maxAgeMs", [{ topic: "/a", maxAgeMs: -1, sentAt }]],
    ["sentAt", [{ topic: "/a", maxAgeMs: 1 }]],
    ["silenceMs", [{ topic: "/a", silenceMs: 0, onSilence: () => {} }]],
    ["silenceMs", [{ topic: "/a", silenceMs: Infinity, onSilence: () => {} }]],
    ["onSilence", [{ topic: "/a", silenceMs: 10 }]],
    ["two command rules", [{ topic: "/a" }, { topic: "/a" }]],
  ];
  for (const [words, commands] of cases) {
    it.effect(`that make no sense are refused: ${words}`, () =>
      Effect.gen(function* () {
        const hub = yield* LoopbackHub.make();
        const transport = hub.transport({ identity: "rover" });
        const error = yield* Effect.flip(Gateway.make({ name: "r", context: new Context(), transport, commands }));
        assert.instanceOf(error, ConfigurationError);
        assert.include(error.message, words);
      }));
  }

  it.effect("leave other topics alone", () =>
    Effect.gen(function* () {
      const { viewer, heard } = yield* start({ topic: "/other", maxAgeMs: 0, sentAt: () => 0, unknownAge: "drop" });
      yield* viewer.send(command({ x: 1 }));
      yield* settle;
      assert.deepStrictEqual(heard, ['{"x":1}']);
    }));
});
