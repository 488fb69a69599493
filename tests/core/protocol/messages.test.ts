import { describe, expect, it } from "vitest";
import {
  advertiseServices,
  type ClientMessage,
  decodeClientFrame,
  decodeClientText,
  DecodeError,
  decodeServerFrame,
  decodeServerText,
  encodeClientFrame,
  encodeMessageDataFrame,
  encodeServerFrame,
  encodeServerText,
  FrameTooLarge,
  MAX_FRAME_PAYLOAD,
  MAX_MESSAGE_DATA,
  messageDataFrameBytes,
  nanosOf,
  readAdvertiseServices,
  secondsNanos,
  type ServerMessage,
} from "../../../core/protocol/mod.ts";
import { bytesOf, hexOf } from "./support/golden.ts";

const NONE: ReadonlyMap<string, string> = new Map();
const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

function payloadOf(frame: Uint8Array | FrameTooLarge): Uint8Array {
  return frame instanceof Uint8Array ? frame.subarray(5) : expect.unreachable(frame.message);
}

function fromServer(hex: string): ServerMessage | DecodeError {
  return decodeServerFrame({ opcode: 2, payload: bytesOf(hex) });
}

function fromClient(hex: string): ClientMessage | DecodeError {
  return decodeClientFrame({ opcode: 2, payload: bytesOf(hex) });
}

describe("serverInfo (J-17)", () => {
  const least: ServerMessage = {
    op: "serverInfo",
    name: "n",
    capabilities: [],
    supportedEncodings: [],
    metadata: NONE,
  };

  it("with a name only has three keys", () => {
    expect(encodeServerText(least)).toBe('{"op":"serverInfo","name":"n","capabilities":[]}');
    expect(decodeServerText(encodeServerText(least))).toEqual(least);
  });

  it("with everything has everything, in order", () => {
    const full: ServerMessage = {
      ...least,
      capabilities: ["time", "services"],
      supportedEncodings: ["json"],
      metadata: new Map([["b", "2"], ["a", "1"]]),
      sessionId: "s",
      dataStartTime: secondsNanos(1_000_000n),
      dataEndTime: secondsNanos(2_000_000_003n),
    };
    expect(encodeServerText(full)).toBe(
      '{"op":"serverInfo","name":"n","capabilities":["time","services"],"supportedEncodings":["json"],' +
        '"metadata":{"a":"1","b":"2"},"sessionId":"s","dataStartTime":{"sec":0,"nsec":1000000},' +
        '"dataEndTime":{"sec":2,"nsec":3}}',
    );
    expect(decodeServerText(encodeServerText(full))).toEqual(full);
  });

  it("has times whose seconds stop at their maximum", () => {
    expect(secondsNanos(2n ** 63n)).toEqual({ sec: 0xffffffff, nsec: Number((2n ** 63n) % 1_000_000_000n) });
    expect(secondsNanos(-1n)).toEqual({ sec: 0, nsec: 0 });
    expect(nanosOf({ sec: 2, nsec: 3 })).toBe(2_000_000_003n);
  });

  it("keeps metadata keys that look like prototypes out of objects", () => {
    const read = decodeServerText(
      '{"op":"serverInfo","name":"n","capabilities":[],"metadata":{"__proto__":"x","constructor":"y"}}',
    );
    expect(read).toMatchObject({ metadata: new Map([["__proto__", "x"], ["constructor", "y"]]) });
  });
});

describe("what is wrong with a text is said by class and place", () => {
  it.each([
    ['{"op":"serverInfo","name":"n","capabilities":["time",5]}', "invalid-type", "capabilities[1]"],
    ['{"op":"serverInfo","name":"n","capabilities":[],"metadata":null}', "invalid-type", "metadata"],
    ['{"op":"serverInfo","name":"n","capabilities":[],"metadata":{"a":1}}', "invalid-type", 'metadata["a"]'],
    ['{"op":"serverInfo","name":"n","capabilities":[],"sessionId":7}', "invalid-type", "sessionId"],
    [
      '{"op":"serverInfo","name":"n","capabilities":[],"dataStartTime":{"sec":1}}',
      "missing-field",
      "dataStartTime.nsec",
    ],
    [
      '{"op":"serverInfo","name":"n","capabilities":[],"dataEndTime":{"sec":-1,"nsec":0}}',
      "invalid-value",
      "dataEndTime.sec",
    ],
    ['{"op":"serverInfo","name":null,"capabilities":[]}', "invalid-type", "name"],
    ['{"op":"status","level":"0","message":""}', "invalid-type", "level"],
    ['{"op":"status","level":1.0,"message":""}', "invalid-type", "level"],
    ['{"op":"removeStatus"}', "missing-field", "statusIds"],
    ['{"op":"removeStatus","statusIds":"a"}', "invalid-type", "statusIds"],
    ['{"op":"unadvertiseServices","serviceIds":[4294967296]}', "invalid-value", "serviceIds[0]"],
    ['{"op":"unadvertise","channelIds":[9007199254740992]}', "invalid-value", "channelIds[0]"],
    ['{"op":"unadvertise","channelIds":[-1]}', "invalid-value", "channelIds[0]"],
    ['{"op":"advertise","channels":[5]}', "invalid-type", "channels[0]"],
    ['{"op":"advertise","channels":[{"id":1,"id":2,"topic":"","encoding":""}]}', "duplicate-field", "channels[0].id"],
    [
      '{"op":"advertiseServices","services":[{"id":1,"name":"","type":"","request":{"encoding":"x"}}]}',
      "missing-field",
      "services[0].request.schemaName",
    ],
    ['{"op":"connectionGraphUpdate","publishedTopics":[]}', "missing-field", "subscribedTopics"],
    ['{"op":5}', "invalid-type", "op"],
    ["5", "invalid-type", "the start"],
    ["null", "invalid-type", "the start"],
    ['{"op":"serverInfo"', "json-eof", "offset 18"],
  ])("%s", (text, reason, where) => {
    const error = decodeServerText(text);
    expect(error).toBeInstanceOf(DecodeError);
    expect(error).toMatchObject({ reason, where });
  });

  it("in one line that does not repeat a whole hostile message", () => {
    const error = decodeServerText(JSON.stringify({ op: "x".repeat(100_000) }));
    expect(error).toMatchObject({ reason: "unknown-variant" });
    expect(error instanceof DecodeError && error.message.length < 200).toBe(true);
  });

  it("text that is no UTF-8 is no message", () => {
    const payload = Uint8Array.of(0x7b, 0xff, 0x7d);
    expect(decodeServerFrame({ opcode: 1, payload })).toMatchObject({ reason: "invalid-utf8" });
    expect(decodeClientFrame({ opcode: 1, payload })).toMatchObject({ reason: "invalid-utf8" });
  });

  it("a byte order mark is no white space", () => {
    const payload = utf8('\ufeff{"op":"subscribeConnectionGraph"}');
    expect(decodeClientFrame({ opcode: 1, payload })).toMatchObject({ reason: "json-syntax", where: "offset 0" });
  });
});

describe("statuses (T-03)", () => {
  it("have a level that is a number, and an id only where there is one", () => {
    expect(encodeServerText({ op: "status", level: "warning", message: "m" })).toBe(
      '{"op":"status","level":1,"message":"m"}',
    );
    expect(encodeServerText({ op: "status", level: "error", message: "m", id: "i" })).toBe(
      '{"op":"status","level":2,"message":"m","id":"i"}',
    );
  });
});

describe("services (V-13)", () => {
  const payload = { encoding: "json", schema: { name: "N", encoding: "jsonschema", data: utf8("{}") } };
  const declared = [
    { id: 1, name: "/both", type: "T", request: payload, response: payload },
    { id: 2, name: "/request", type: "T", request: payload },
    { id: 3, name: "/none", type: "T" },
  ];

  it("are written with a schema or an empty name for each side, and read back equal", () => {
    const { message, refused } = advertiseServices(declared);
    const side = { encoding: "json", schemaName: "N", schemaEncoding: "jsonschema", schema: "{}" };
    const head = (id: number, name: string) => ({ id, name, type: "T" });
    expect(JSON.parse(encodeServerText(message))).toEqual({
      op: "advertiseServices",
      services: [
        { ...head(1, "/both"), request: side, response: side },
        { ...head(2, "/request"), request: side, responseSchema: "" },
        { ...head(3, "/none"), requestSchema: "", responseSchema: "" },
      ],
    });
    expect(refused).toEqual([]);
    const read = decodeServerText(encodeServerText(message));
    if (read instanceof DecodeError || read.op !== "advertiseServices") return expect.unreachable();
    expect(readAdvertiseServices(read)).toEqual({ services: declared, refused: [] });
  });

  it("of older peers have the bare name of a schema", () => {
    const read = decodeServerText(
      '{"op":"advertiseServices","services":[{"id":1,"name":"/a","type":"T","requestSchema":"In","responseSchema":"Out"},' +
        '{"id":2,"name":"/b","type":"T","request":null}]}',
    );
    if (read instanceof DecodeError || read.op !== "advertiseServices") return expect.unreachable();
    expect(readAdvertiseServices(read).services).toEqual([
      { id: 1, name: "/a", type: "T", requestSchema: "In", responseSchema: "Out" },
      { id: 2, name: "/b", type: "T" },
    ]);
  });

  it("whose schemas do not encode or decode are left out", () => {
    const bad = { encoding: "json", schema: { name: "N", encoding: "text", data: Uint8Array.of(0xff) } };
    const made = advertiseServices([{ ...declared[2]!, response: bad }, declared[2]!]);
    expect(made.message.services).toHaveLength(1);
    expect(made.refused).toMatchObject([{ id: 3, name: "/none", error: { _tag: "SchemaNotUtf8" } }]);
    const side = { encoding: "json", schemaName: "N", schemaEncoding: "protobuf", schema: "!" };
    const read = readAdvertiseServices({
      op: "advertiseServices",
      services: [{ id: 1, name: "/a", type: "T", request: side }],
    });
    expect(read).toMatchObject({ services: [], refused: [{ id: 1, error: { _tag: "InvalidSchemaText" } }] });
  });

  it.each([
    ["a call", fromClient, "02010000000200000003000000616263ff"],
    ["a response", fromServer, "03010000000200000003000000616263ff"],
  ])("%s cut short at any length is too short", (_, decode, hex) => {
    for (let length = 1; length < 16; length++) {
      expect(decode(hex.slice(0, length * 2))).toMatchObject({ reason: "buffer-too-short" });
    }
    expect(decode(hex)).toMatchObject({ serviceId: 1, callId: 2, encoding: "abc", payload: Uint8Array.of(0xff) });
  });
});

describe("messages of channels (D-08)", () => {
  it("towards the viewer have an id of 8 bytes and a time", () => {
    const frame = encodeMessageDataFrame(30, 1234n, utf8('{"key": "value"}'));
    expect(hexOf(frame)).toBe(
      `0221000000${"01"}${"1e00000000000000"}${"d204000000000000"}${hexOf(utf8('{"key": "value"}'))}`,
    );
    expect(frame.length).toBe(messageDataFrameBytes(16));
    expect(decodeServerFrame({ opcode: 2, payload: frame.subarray(5) })).toEqual({
      op: "messageData",
      channelId: 30,
      logTime: 1234n,
      data: utf8('{"key": "value"}'),
    });
  });

  it("towards the device have an id of 4 bytes and no time", () => {
    const frame = encodeClientFrame({ op: "messageData", channelId: 30, data: utf8("x") });
    expect(hexOf(payloadOf(frame))).toBe("011e00000078");
  });

  it("shorter than their fields are errors", () => {
    expect(fromServer(`01${"00".repeat(15)}`)).toMatchObject({ reason: "buffer-too-short" });
    expect(fromServer(`01${"00".repeat(16)}`)).toMatchObject({ channelId: 0, data: new Uint8Array(0) });
    expect(fromClient("01000000")).toMatchObject({ reason: "buffer-too-short" });
    expect(fromClient("0100000000")).toMatchObject({ channelId: 0, data: new Uint8Array(0) });
  });

  it("keep ids up to 2^53 - 1 and times up to 64 bits, and refuse ids beyond", () => {
    const frame = encodeMessageDataFrame(Number.MAX_SAFE_INTEGER, 2n ** 64n - 1n, new Uint8Array(0));
    expect(hexOf(frame.subarray(5))).toBe("01ffffffffffff1f00ffffffffffffffff");
    expect(fromServer("01ffffffffffff1f00ffffffffffffffff")).toMatchObject({
      channelId: Number.MAX_SAFE_INTEGER,
      logTime: 2n ** 64n - 1n,
    });
    expect(fromServer("010000000000002000ffffffffffffffff")).toMatchObject({
      reason: "invalid-value",
      where: "offset 1",
    });
  });

  it("are views of the frame, not copies", () => {
    const payload = Uint8Array.from({ length: 40 }, (_, index) => index === 0 ? 1 : 0);
    const read = decodeServerFrame({ opcode: 2, payload });
    expect(read).toMatchObject({ op: "messageData" });
    expect(!(read instanceof DecodeError) && read.op === "messageData" && read.data.buffer).toBe(payload.buffer);
  });

  it("fill a frame of 16 MiB to the last byte, and no more", () => {
    const message: ServerMessage = {
      op: "messageData",
      channelId: 1,
      logTime: 0n,
      data: new Uint8Array(MAX_MESSAGE_DATA),
    };
    expect(payloadOf(encodeServerFrame(message)).length).toBe(MAX_FRAME_PAYLOAD);
    const over = encodeServerFrame({ ...message, data: new Uint8Array(MAX_MESSAGE_DATA + 1) });
    expect(over).toMatchObject({ _tag: "FrameTooLarge", bytes: MAX_FRAME_PAYLOAD + 1, limit: MAX_FRAME_PAYLOAD });
    const data = new Uint8Array(MAX_FRAME_PAYLOAD);
    expect(encodeClientFrame({ op: "messageData", channelId: 1, data })).toBeInstanceOf(FrameTooLarge);
    expect(encodeServerFrame({ op: "fetchAssetResponse", requestId: 1, status: "success", data })).toBeInstanceOf(
      FrameTooLarge,
    );
  });

  it("share no bytes with each other, however small", () => {
    const frames = Array.from({ length: 2000 }, (_, index) => encodeMessageDataFrame(index, 0n, Uint8Array.of(index)));
    expect(frames.every((frame, index) => frame.at(-1) === index % 256 && frame.length === 23)).toBe(true);
  });
});

describe("assets (A-05)", () => {
  it("come as data or as an error", () => {
    const data: ServerMessage = { op: "fetchAssetResponse", requestId: 7, status: "success", data: utf8("abc") };
    const error: ServerMessage = { op: "fetchAssetResponse", requestId: 7, status: "error", message: "no" };
    expect(hexOf(payloadOf(encodeServerFrame(data)))).toBe("04070000000000000000616263");
    expect(hexOf(payloadOf(encodeServerFrame(error)))).toBe("040700000001020000006e6f");
    expect(fromServer("04070000000000000000616263")).toEqual(data);
    expect(fromServer("040700000001020000006e6f")).toEqual(error);
  });
  it("of status 2, of 8 bytes, or with an error longer than the rest are errors", () => {
    expect(fromServer("04070000000200000000")).toMatchObject({ reason: "invalid-fetch-asset-status" });
    expect(fromServer("0407000000000000")).toMatchObject({ reason: "buffer-too-short" });
    expect(fromServer("0407000000010300000061")).toMatchObject({ reason: "buffer-too-short" });
    expect(fromServer("0407000000000300000061")).toMatchObject({ reason: "buffer-too-short" });
    expect(fromServer("04070000000101000000ff")).toMatchObject({ reason: "invalid-utf8" });
  });
});

describe("pings (K-03)", () => {
  it("have opcodes 4, 6 and 5, and keep their bytes", () => {
    expect(fromClient("040102030405060708090a")).toEqual({
      op: "ping",
      appTimestamp: 0x0807060504030201n,
      payload: bytesOf("0102030405060708090a"),
    });
    expect(fromServer("0601000000000000000200000000000000")).toEqual({
      op: "pong",
      appTimestamp: 1n,
      deviceTimestamp: 2n,
    });
    expect(hexOf(payloadOf(encodeClientFrame({ op: "pingAck", deviceTimestamp: 1711500000000n })))).toBe(
      "05007b597d8e010000",
    );
  });
  it("cut short are errors", () => {
    expect(fromClient("0401020304050607")).toMatchObject({ reason: "buffer-too-short" });
    expect(fromServer(`06${"00".repeat(15)}`)).toMatchObject({ reason: "buffer-too-short" });
    expect(fromClient("0501020304050607")).toMatchObject({ reason: "buffer-too-short" });
  });
});

describe("binary messages that are none (J-18)", () => {
  it.each([["towards the viewer", fromServer], ["towards the device", fromClient]])("%s", (_, decode) => {
    expect(decode("")).toMatchObject({ reason: "empty-binary" });
    expect(decode("ff")).toMatchObject({ reason: "unknown-opcode", message: expect.stringContaining("255") });
    expect(decode("00")).toMatchObject({ reason: "unknown-opcode" });
  });
});

describe("subscriptions (S-15)", () => {
  it("are for data unless video is asked for", () => {
    expect(decodeClientText('{"op":"subscribe","channels":[{"id":10},{"id":20,"requestVideoTrack":true}]}')).toEqual({
      op: "subscribe",
      channels: [{ id: 10, requestVideoTrack: false }, { id: 20, requestVideoTrack: true }],
    });
    expect(decodeClientText('{"op":"unsubscribe","channelIds":[1,2,3]}')).toEqual({
      op: "unsubscribe",
      channelIds: [1, 2, 3],
    });
  });
});

describe("connection graphs", () => {
  it("have all five lists, empty ones too (N-01)", () => {
    const empty: ServerMessage = {
      op: "connectionGraphUpdate",
      publishedTopics: [],
      subscribedTopics: [],
      advertisedServices: [],
      removedTopics: [],
      removedServices: [],
    };
    expect(encodeServerText(empty)).toBe(
      '{"op":"connectionGraphUpdate","publishedTopics":[],"subscribedTopics":[],"advertisedServices":[],' +
        '"removedTopics":[],"removedServices":[]}',
    );
    expect(decodeServerText(encodeServerText(empty))).toEqual(empty);
  });
});
