import { assert, describe, it } from "@effect/vitest";
import * as Effect from "effect/Effect";
import { BINARY_OPCODE, TEXT_OPCODE } from "../../../core/protocol/frame.ts";
import { type ClientMessage, decodeClientFrame, DecodeError } from "../../../core/protocol/mod.ts";
import type { DeviceOptions } from "../../support/device.ts";
import { frames } from "../../support/raw_viewer.ts";
import { allTold, goesOn, setScene } from "../../support/requests.ts";
import { bytes } from "../../support/streams.ts";

/** A frame as it stands on a stream. */
function frame(opcode: number, payload: Uint8Array): Uint8Array {
  const all = new Uint8Array(5 + payload.length);
  all[0] = opcode;
  new DataView(all.buffer).setUint32(1, payload.length, true);
  all.set(payload, 5);
  return all;
}

const text = (json: unknown): Uint8Array =>
  frame(TEXT_OPCODE, bytes(typeof json === "string" ? json : JSON.stringify(json)));

function join(all: ReadonlyArray<Uint8Array>): Uint8Array {
  return Uint8Array.from(all.flatMap((one) => [...one]));
}

/** Whether a frame is none that can be read: what reads them is tested with the protocol. */
function isUnreadable(bad: Uint8Array): boolean {
  const opcode = bad[0] === TEXT_OPCODE ? TEXT_OPCODE : BINARY_OPCODE;
  return decodeClientFrame({ opcode, payload: bad.subarray(5) }) instanceof DecodeError;
}

/** A device with every capability, whose application notes all that reaches it. */
const start = Effect.fnUntraced(function* (options: DeviceOptions = {}) {
  const events: Array<string> = [];
  const note = (event: string) => () => {
    events.push(event);
    return undefined;
  };
  const scene = yield* setScene({
    services: [{ name: "/ask", request: { encoding: "json" }, handler: note("call") }],
    assets: note("fetch"),
    parameters: { get: note("get"), set: note("set") },
    playback: {
      startTime: 0n,
      endTime: 1n,
      current: () => ({ status: "paused", currentTime: 0n, playbackSpeed: 1, didSeek: false }),
      control: note("control"),
    },
    onClientAdvertise: note("advertise"),
    onClientUnadvertise: note("unadvertise"),
    onMessageData: note("data"),
    onParametersSubscribe: note("+ parameters"),
    onParametersUnsubscribe: note("- parameters"),
    onConnectionGraphSubscribe: note("+ graph"),
    onConnectionGraphUnsubscribe: note("- graph"),
    ...options,
  });
  return { ...scene, events };
});

/** A text message of each kind, with all of its keys. */
const messages: ReadonlyArray<Readonly<Record<string, unknown>>> = [
  { op: "subscribe", channels: [{ id: 1, requestVideoTrack: false }] },
  { op: "unsubscribe", channelIds: [1] },
  {
    op: "advertise",
    channels: [{ id: 1, topic: "/a", encoding: "json", schemaName: "A", schemaEncoding: "jsonschema", schema: "{}" }],
  },
  { op: "unadvertise", channelIds: [1] },
  { op: "getParameters", parameterNames: ["a"], id: "1" },
  { op: "setParameters", parameters: [{ name: "a", type: "float64", value: 1 }], id: "1" },
  { op: "subscribeParameterUpdates", parameterNames: ["a"] },
  { op: "unsubscribeParameterUpdates", parameterNames: ["a"] },
  { op: "fetchAsset", requestId: 1, uri: "a" },
];

const values: ReadonlyArray<unknown> = [null, true, -1, 1.5, 2 ** 32, 2 ** 60, "x", [], {}, [null], [[]], [{}], ["x"], [
  1.5,
]];

/** The message with each of its keys left out, or with another value, at every depth. */
function* mutants(json: unknown): Generator<unknown> {
  if (Array.isArray(json)) {
    for (const [index, item] of json.entries()) for (const mutant of mutants(item)) yield json.with(index, mutant);
    return;
  }
  if (typeof json !== "object" || json === null) return;
  for (const [key, value] of Object.entries(json)) {
    yield Object.fromEntries(Object.entries(json).filter(([other]) => other !== key));
    for (const other of values) yield { ...json, [key]: other };
    for (const mutant of mutants(value)) yield { ...json, [key]: mutant };
  }
}

/** A binary message of each kind. */
const binaries: ReadonlyArray<readonly [message: ClientMessage, shortest: number]> = [
  [{ op: "messageData", channelId: 1, data: bytes("data") }, 5],
  [{ op: "serviceCallRequest", serviceId: 1, callId: 1, encoding: "json", payload: bytes("{}") }, 17],
  [{ op: "playbackControlRequest", command: "play", playbackSpeed: 1, seekTime: 5n, requestId: "r" }, 20],
  [{ op: "ping", appTimestamp: 1n, payload: new Uint8Array(8) }, 9],
  [{ op: "pingAck", deviceTimestamp: 1n }, 9],
];

describe("a frame that cannot be read", () => {
  for (const message of messages) {
    it.effect(`of ${message["op"]}, for a key that is missing or of another type, is skipped without an answer`, () =>
      Effect.gen(function* () {
        const { device, viewer, other, events } = yield* start();
        const bad = [...mutants(message)].map(text).filter(isUnreadable);
        assert.isAbove(bad.length, 12);
        yield* viewer.write(join(bad));
        assert.deepStrictEqual(events, []);
        yield* goesOn(viewer);
        yield* other.silence;
        assert.strictEqual(device.log.at("error").length, 1);
        assert.strictEqual(viewer.controls.length, 1);
      }));
  }

  it.effect("for each required key that is missing is skipped, also in the middle of good ones", () =>
    Effect.gen(function* () {
      const optional = new Set(["requestVideoTrack", "schemaEncoding", "schema", "id", "type", "value"]);
      const required = messages.flatMap((message) =>
        Object.keys(message).filter((key) => !optional.has(key)).map((key) =>
          text(Object.fromEntries(Object.entries(message).filter(([other]) => other !== key)))
        )
      );
      const { viewer, events } = yield* start();
      assert.strictEqual(required.length, 2 * messages.length + 1);
      for (const bad of required) assert.isTrue(isUnreadable(bad));
      const good = frames({ op: "subscribeConnectionGraph" });
      yield* viewer.write(join([...required, good, ...required]));
      assert.deepStrictEqual(events, ["+ graph"]);
      yield* viewer.next("connectionGraphUpdate");
      yield* goesOn(viewer);
    }));

  for (const [message, shortest] of binaries) {
    it.effect(`of ${message.op}, cut short at every length, is skipped without an answer`, () =>
      Effect.gen(function* () {
        const { viewer, other, events } = yield* start();
        const whole = frames(message).subarray(5);
        const cut = Array.from({ length: shortest }, (_, length) => frame(BINARY_OPCODE, whole.subarray(0, length)));
        yield* viewer.write(join(cut));
        assert.deepStrictEqual(events, []);
        yield* goesOn(viewer);
        yield* other.silence;
        assert.isFalse(isUnreadable(frame(BINARY_OPCODE, whole.subarray(0, shortest))));
      }));
  }

  it.effect("for whatever other reason is skipped without an answer", () =>
    Effect.gen(function* () {
      const { viewer, events } = yield* start();
      const playback = frames({ op: "playbackControlRequest", command: "play", playbackSpeed: 1, requestId: "r" });
      const command = playback.slice();
      command[6] = 2;
      const encoding = frame(BINARY_OPCODE, Uint8Array.of(2, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0xff));
      const bad = [
        frame(TEXT_OPCODE, new Uint8Array(0)),
        frame(BINARY_OPCODE, new Uint8Array(0)),
        frame(BINARY_OPCODE, Uint8Array.of(0)),
        frame(BINARY_OPCODE, Uint8Array.of(0xff, 1, 2, 3)),
        frame(TEXT_OPCODE, Uint8Array.of(0xff, 0xfe)),
        text("{"),
        text("[]"),
        text("null"),
        text('"subscribe"'),
        text({}),
        text({ op: "serverInfo", name: "not from a viewer", capabilities: [] }),
        text({ op: "teleport" }),
        text({ op: 1 }),
        text({ op: "setParameters", parameters: [{ name: "a", value: 1, extra: 1 }] }),
        text({ op: "setParameters", parameters: [{ name: "a", type: "byte_array", value: "!!!!" }] }),
        text({ op: "setParameters", parameters: [{ name: "good", value: 1 }, { name: "a", value: [1, "x"] }] }),
        text("[".repeat(100_000)),
        command,
        encoding,
      ];
      for (const [index, one] of bad.entries()) assert.isTrue(isUnreadable(one), `frame ${index}`);
      yield* viewer.write(join(bad));
      assert.deepStrictEqual(events, []);
      yield* goesOn(viewer);
    }));
});

describe("what is asked for an id or a name that is not there", () => {
  it.effect("is answered as the specification says, and the connection goes on", () =>
    Effect.gen(function* () {
      const { viewer, other, events } = yield* start();
      const asked: ReadonlyArray<readonly [message: ClientMessage, lines: ReadonlyArray<string>]> = [
        [{ op: "subscribe", channels: [{ id: 9e15, requestVideoTrack: false }] }, []],
        [{ op: "subscribe", channels: [{ id: 9e15, requestVideoTrack: true }] }, [
          "error: channel 9000000000000000 does not support video transcoding",
        ]],
        [{ op: "unsubscribe", channelIds: [1, 2] }, []],
        [{ op: "unadvertise", channelIds: [1, 2] }, []],
        [{ op: "messageData", channelId: 7, data: bytes("x") }, [
          "error: a message is refused: this viewer has not advertised channel 7",
        ]],
        [{ op: "serviceCallRequest", serviceId: 2 ** 32 - 1, callId: 3, encoding: "json", payload: bytes("") }, [
          "failure 3: Unknown service",
        ]],
        [{ op: "unsubscribeParameterUpdates", parameterNames: ["a"] }, []],
        [{ op: "unsubscribeConnectionGraph" }, []],
        [{ op: "pingAck", deviceTimestamp: 2n ** 64n - 1n }, []],
        [{ op: "subscribe", channels: [] }, []],
        [{ op: "advertise", channels: [] }, []],
        [{ op: "subscribeParameterUpdates", parameterNames: [] }, []],
      ];
      for (const [message, lines] of asked) {
        yield* viewer.send(message);
        assert.deepStrictEqual(yield* allTold(viewer), lines, message.op);
      }
      assert.deepStrictEqual(events, []);
      yield* goesOn(viewer);
      yield* other.silence;
    }));
});

describe("a flood", () => {
  const count = 1_000;
  const repeat = (bad: Uint8Array, times = count): Uint8Array => join(Array.from({ length: times }, () => bad));

  it.effect("of frames that cannot be read has no answer, one line in the log, and ends nothing", () =>
    Effect.gen(function* () {
      const { device, viewer, other } = yield* start();
      yield* viewer.write(repeat(text({ op: "teleport" })));
      yield* viewer.write(repeat(frame(BINARY_OPCODE, Uint8Array.of(0xff))));
      yield* goesOn(viewer);
      yield* other.silence;
      assert.strictEqual(device.log.at("error").length, 1);
    }));

  it.effect("of requests that are refused has as many answers, and resets nobody who reads them", () =>
    Effect.gen(function* () {
      const { device, viewer, other } = yield* start();
      const refused: ReadonlyArray<readonly [message: ClientMessage, line: string]> = [
        [
          { op: "serviceCallRequest", serviceId: 0, callId: 3, encoding: "json", payload: bytes("") },
          "failure 3: Unknown",
        ],
        [{ op: "messageData", channelId: 7, data: bytes("x") }, "error: a message is refused"],
        [
          { op: "subscribe", channels: [{ id: 5, requestVideoTrack: true }] },
          "error: channel 5 does not support video",
        ],
      ];
      for (const [message, line] of refused) {
        yield* viewer.write(repeat(frames(message)));
        const lines = yield* allTold(viewer);
        assert.strictEqual(lines.length, count);
        assert.isTrue(lines.every((one) => one.startsWith(line)));
      }
      yield* goesOn(viewer);
      yield* other.silence;
      assert.strictEqual(viewer.controls.length, 1);
      assert.deepStrictEqual(device.log.at("error"), []);
    }));

  it.effect("of refusals for a viewer that does not read resets that viewer alone, and records nothing for it", () =>
    Effect.gen(function* () {
      const { viewer, other, events, device } = yield* start({ limits: { queueFrames: 16 } });
      viewer.pause();
      const channels = Array.from({ length: 200 }, (_, n) => ({
        id: n,
        topic: `/${"long".repeat(200)}${n}`,
        encoding: "json",
        schemaName: "A",
        schemaEncoding: "protobuf",
        schema: "!!",
      }));
      yield* viewer.send({ op: "advertise", channels }, { op: "subscribeConnectionGraph" });
      viewer.resume();
      yield* viewer.drain;
      assert.include(device.log.at("warning"), "the viewer's control queue is full; the viewer is reset");
      assert.strictEqual(viewer.controls.length, 2);
      assert.deepStrictEqual(events, []);
      yield* goesOn(other);
      yield* viewer.send({ op: "subscribeConnectionGraph" });
      yield* viewer.next("connectionGraphUpdate");
      assert.deepStrictEqual(events, ["+ graph"]);
    }));

  it.effect("of playback requests where nothing is played has no answer", () =>
    Effect.gen(function* () {
      const { viewer, other } = yield* setScene();
      yield* viewer.write(
        repeat(frames({ op: "playbackControlRequest", command: "play", playbackSpeed: 1, requestId: "r" })),
      );
      yield* goesOn(viewer);
      yield* other.silence;
    }));
});
