import { describe, expect, it } from "vitest";
import {
  type AdvertisedChannel,
  advertiseInline,
  type AdvertisementFrames,
  advertiseServices,
  advertiseTable,
  type ClientMessage,
  decodeClientFrame,
  DecodeError,
  decodeServerFrame,
  encodeAdvertiseFrames,
  encodeServerText,
  FrameDecoder,
  FrameError,
  MAX_FRAME_PAYLOAD,
  readAdvertise,
  type Schema,
  SchemaTableReader,
  SchemaTableWriter,
  type ServerMessage,
} from "../../../core/protocol/mod.ts";

const MIB = 1 << 20;
const NONE: ReadonlyMap<string, string> = new Map();

function schema(name: string, bytes: number): Schema {
  return { name, encoding: "ros2msg", data: new Uint8Array(bytes).fill(0x61) };
}

function channel(id: number, schema?: Schema): AdvertisedChannel {
  return { id, topic: `/${id}`, encoding: "json", metadata: NONE, ...(schema !== undefined && { schema }) };
}

/** The messages in the frames, each of which must be one that a reader takes. */
function messages<M extends ServerMessage | ClientMessage>(
  { frames }: AdvertisementFrames,
  decode: (frame: { opcode: 1 | 2; payload: Uint8Array }) => M | DecodeError,
): ReadonlyArray<M> {
  const decoder = new FrameDecoder();
  return frames.map((bytes) => {
    decoder.feed(bytes);
    const frame = decoder.next();
    if (frame === undefined || frame instanceof FrameError) return expect.unreachable("no frame");
    const message = decode(frame);
    return message instanceof DecodeError ? expect.unreachable(message.message) : message;
  });
}

/** The ids and schema sizes of the channels, frame by frame, as a viewer reads them. */
function read(frames: AdvertisementFrames): ReadonlyArray<ReadonlyArray<readonly [number, number | undefined]>> {
  const table = new SchemaTableReader();
  return messages(frames, decodeServerFrame).map((message) => {
    if (message.op !== "advertise") return expect.unreachable(message.op);
    const { channels, refused } = readAdvertise(message, table);
    expect(refused).toEqual([]);
    return channels.map(({ id, schema }) => [id, schema?.data.length] as const);
  });
}

describe("advertisements over 16 MiB", () => {
  const [a, b] = [schema("a", 10 * MIB), schema("b", 6 * MIB)];

  it("are one frame where they fit", () => {
    expect(read(encodeAdvertiseFrames(advertiseInline([channel(1), channel(2)]).message))).toEqual([
      [[1, undefined], [2, undefined]],
    ]);
    expect(encodeAdvertiseFrames(advertiseInline([]).message).frames).toHaveLength(1);
  });

  it("are split between channels when inline", () => {
    const { message } = advertiseInline([channel(1, a), channel(2, b), channel(3), channel(4, b), channel(5, b)]);
    expect(read(encodeAdvertiseFrames(message))).toEqual([
      [[1, a.data.length]],
      [[2, b.data.length], [3, undefined], [4, b.data.length]],
      [[5, b.data.length]],
    ]);
  });

  it("are split so that a schema is never behind its first channel when with a table", () => {
    const channels = [channel(1, a), channel(2, b), channel(3), channel(4, a), channel(5, b)];
    const { message } = advertiseTable(channels, new SchemaTableWriter());
    expect(read(encodeAdvertiseFrames(message))).toEqual([
      [[1, a.data.length]],
      [[2, b.data.length], [3, undefined], [4, a.data.length], [5, b.data.length]],
    ]);
  });

  it("take a channel that all but fills a frame", () => {
    const { message, refused } = advertiseInline([channel(1, schema("a", MAX_FRAME_PAYLOAD - 160)), channel(2)]);
    expect(refused).toEqual([]);
    expect(read(encodeAdvertiseFrames(message))).toEqual([[[1, MAX_FRAME_PAYLOAD - 160]], [[2, undefined]]]);
  });

  it("count what stands around the channels, too", () => {
    const around = '{"op":"advertise","channels":[]}'.length;
    const bare = encodeServerText(advertiseInline([channel(1, schema("a", 0))]).message).length - around;
    // Two of them, and the commas, are eight bytes short of a frame by themselves.
    const half = schema("a", MAX_FRAME_PAYLOAD / 2 - 5 - bare);
    const { message } = advertiseInline([channel(1, half), channel(2, half)]);
    expect(read(encodeAdvertiseFrames(message))).toEqual([[[1, half.data.length]], [[2, half.data.length]]]);
  });

  it("count the bytes of the JSON text, which can be six times the schema's", () => {
    const control: Schema = { name: "c", encoding: "text", data: new Uint8Array(3 * MIB).fill(1) };
    expect(advertiseInline([channel(1, control)]).refused).toMatchObject([{ id: 1, error: { _tag: "FrameTooLarge" } }]);
    const half: Schema = { name: "c", encoding: "text", data: new Uint8Array(2 * MIB).fill(1) };
    expect(read(encodeAdvertiseFrames(advertiseInline([channel(1, half), channel(2, half)]).message))).toEqual([
      [[1, 2 * MIB]],
      [[2, 2 * MIB]],
    ]);
  });

  it("name what not even a frame of its own would hold, and send the rest", () => {
    const large = { id: 1, topic: "t", encoding: "json", schemaName: "", schema: "a".repeat(17 * MIB), metadata: NONE };
    const small = { ...large, id: 2, schema: "" };
    const frames = encodeAdvertiseFrames({ op: "advertise", form: "inline", channels: [large, small] });
    expect(read(frames)).toEqual([[[2, undefined]]]);
    expect(frames.tooLarge).toMatchObject([{ id: 1, error: { _tag: "FrameTooLarge", limit: MAX_FRAME_PAYLOAD } }]);
  });

  it("are split between services, too", () => {
    const payload = { encoding: "json", schema: a };
    const services = [1, 2].map((id) => ({ id, name: `/${id}`, type: "T", request: payload }));
    const { message, refused } = advertiseServices(services);
    expect(refused).toEqual([]);
    const read = messages(encodeAdvertiseFrames(message), decodeServerFrame);
    expect(read.map((one) => one.op === "advertiseServices" ? one.services.map(({ id }) => id) : one.op)).toEqual([
      [1],
      [2],
    ]);
  });

  it("are split between a viewer's own channels", () => {
    const text = "a".repeat(10 * MIB);
    const channels = [1, 2].map((id) => ({ id, topic: "t", encoding: "json", schemaName: "N", schema: text }));
    const read = messages(encodeAdvertiseFrames({ op: "advertise", channels }), decodeClientFrame);
    expect(read.map((one) => one.op === "advertise" ? one.channels.map(({ id }) => id) : one.op)).toEqual([[1], [2]]);
  });
});
