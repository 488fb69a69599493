import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { SourceError } from "../../../files/source/errors.ts";
import type { MessageSource, SourceMessage } from "../../../files/source/message_source.ts";
import { openSource } from "../../../files/source/open_source.ts";
import { collect } from "../support/collect.ts";
import { bagFile } from "../support/bag_builder.ts";
import { lz4Frame } from "../support/lz4_frame.ts";
import { type Entry, mcapFile } from "../support/mcap_builder.ts";
import { recording } from "../support/recordings.ts";
import { temporaryFolder } from "../support/temporary.ts";

const file = temporaryFolder();

async function read(path: string): Promise<{ source: MessageSource; messages: Array<SourceMessage> }> {
  const source = await openSource(path);
  try {
    return { source, messages: await collect(source.messages()) };
  } finally {
    await source.close();
  }
}

async function texts(path: string): Promise<Array<string>> {
  const { messages } = await read(path);
  return messages.map(({ data }) => new TextDecoder().decode(data));
}

async function failure(path: string): Promise<SourceError> {
  const error = await read(path).then(() => undefined, (thrown: unknown) => thrown);
  if (error instanceof SourceError) return error;
  throw new Error(`expected a SourceError, got ${error}`);
}

function counts(messages: ReadonlyArray<SourceMessage>): Record<number, number> {
  const byChannel: Record<number, number> = {};
  for (const { channelId } of messages) byChannel[channelId] = (byChannel[channelId] ?? 0) + 1;
  return byChannel;
}

function isOrdered(messages: ReadonlyArray<SourceMessage>): boolean {
  return messages.every((message, index) => index === 0 || messages[index - 1]!.logTime <= message.logTime);
}

describe("an MCAP recording", () => {
  it("gives its channels with schemas and metadata, and its messages by log time", async () => {
    const { source, messages } = await read(recording("camera.mcap"));
    expect(source.channels.map(({ id, topic, encoding, schema }) => [id, topic, encoding, schema?.name])).toEqual([
      [0, "/image/compressed", "json", "foxglove.CompressedImage"],
      [1, "/camera_calibration", "json", "foxglove.CameraCalibration"],
      [2, "/camera_calibration/custom", "json", "foxglove.CameraCalibration"],
    ]);
    expect(source.channels[0]?.schema?.data.byteLength).toBe(792);
    expect(counts(messages)).toEqual({ 0: 10, 1: 10, 2: 10 });
    expect(isOrdered(messages)).toBe(true);
    expect(messages[0]).toMatchObject({ channelId: 0, logTime: 1747930377103n });
    expect(messages[0]?.data.byteLength).toBe(75059);
  });

  it("is read with compressed chunks", async () => {
    const { source, messages } = await read(recording("logs.mcap"));
    expect(source.channels.map(({ topic }) => topic)).toEqual(["mouse", "/rosout"]);
    expect(counts(messages)).toEqual({ 1: 111, 2: 1000 });
    expect(isOrdered(messages)).toBe(true);
    const compressChunk = (data: Uint8Array) => ({ compression: "lz4", compressedData: lz4Frame(data) });
    expect(await texts(file("lz4.mcap", await mcapFile([[1, 1n, "a"], [2, 2n, "b"]], { compressChunk })))).toEqual([
      "a",
      "b",
    ]);
  });

  it("is refused with chunks compressed in a way that is not known", async () => {
    const compressChunk = (compressedData: Uint8Array) => ({ compression: "zip", compressedData });
    const error = await failure(file("zip.mcap", await mcapFile([[1, 1n, "a"]], { compressChunk })));
    expect([error.reason, error.message]).toEqual([
      "unsupported",
      expect.stringContaining("Unsupported compression zip"),
    ]);
  });

  const entries: ReadonlyArray<Entry> = [
    [1, 30n, "c"],
    [2, 10n, "a"],
    [1, 20n, "b1"],
    [2, 20n, "b2"],
    [2, 10n, "a2"],
    [1, 40n, "d"],
  ];
  const shapes = {
    "with an index": {},
    "with an index and a chunk for each message": { chunkSize: 1 },
    "without any index": {
      useChunkIndex: false,
      useMessageIndex: false,
      useStatistics: false,
      useSummaryOffsets: false,
    },
    "without a message index": { useMessageIndex: false },
    "without a summary": {
      useChunkIndex: false,
      useStatistics: false,
      useSummaryOffsets: false,
      repeatChannels: false,
      repeatSchemas: false,
      useAttachmentIndex: false,
      useMetadataIndex: false,
    },
    "with a summary that leaves channels and schemas out": { repeatChannels: false, repeatSchemas: false },
    "without chunks": { useChunks: false },
  };
  for (const [shape, options] of Object.entries(shapes)) {
    it(`is put in the order of log times, ties as in the file: ${shape}`, async () => {
      const path = file("order.mcap", await mcapFile(entries, options));
      expect(await texts(path)).toEqual(["a", "a2", "b1", "b2", "c", "d"]);
      const { source } = await read(path);
      expect(source.channels.map(({ id, topic, encoding, metadata, schema }) => ({
        id,
        topic,
        encoding,
        metadata: Object.fromEntries(metadata),
        schema: schema?.name,
      }))).toEqual([
        { id: 1, topic: "/one", encoding: "json", metadata: { made: "for tests" }, schema: "Text" },
        { id: 2, topic: "/two", encoding: "text", metadata: {}, schema: undefined },
      ]);
    });
  }

  it("is put in order over many stretches without an index", async () => {
    const scattered = Array.from({ length: 5000 }, (_, index): Entry => {
      return [index % 2 === 0 ? 1 : 2, BigInt((index * 7919) % 5000), String((index * 7919) % 5000)];
    });
    const path = file("scattered.mcap", await mcapFile(scattered, { useChunkIndex: false, useChunks: false }));
    expect(await texts(path)).toEqual(Array.from({ length: 5000 }, (_, index) => String(index)));
  });

  it("can be read again from the start", async () => {
    const source = await openSource(recording("logs.mcap"));
    const first = await collect(source.messages());
    const second = await collect(source.messages());
    await source.close();
    expect(second).toEqual(first);
  });

  it("without messages has its channels or none", async () => {
    const { source, messages } = await read(file("empty.mcap", await mcapFile([])));
    expect([source.channels.length, messages.length]).toEqual([2, 0]);
  });
});

describe("a ROS 1 bag", () => {
  it("gives each connection as a channel of its own, topics shared or not, with what is known of it", async () => {
    const { source, messages } = await read(recording("turtlesim.bag"));
    expect(source.channels.map(({ topic }) => topic)).toEqual([
      "/rosout",
      "/turtle1/color_sensor",
      "/rosout",
      "/rosout",
      "/tf_static",
      "/turtle2/color_sensor",
      "/turtle1/pose",
      "/turtle2/pose",
      "/tf",
      "/tf",
      "/turtle2/cmd_vel",
      "/turtle1/cmd_vel",
    ]);
    const rosout = source.channels[0];
    expect(rosout).toMatchObject({
      id: 0,
      encoding: "ros1",
      schema: { name: "rosgraph_msgs/Log", encoding: "ros1msg" },
    });
    expect(Object.fromEntries(rosout?.metadata ?? [])).toEqual({
      callerid: "/record_1396293886837508126",
      latching: "1",
      md5sum: "acffd30cd6b6de30f120938c17c593fb",
    });
    expect(new TextDecoder().decode(rosout?.schema?.data)).toContain("string msg");
    expect(counts(messages)).toEqual({
      0: 8,
      1: 1351,
      2: 1,
      3: 1,
      4: 1,
      5: 1344,
      6: 1344,
      7: 1344,
      8: 1344,
      9: 1344,
      10: 208,
      11: 357,
    });
    expect(isOrdered(messages)).toBe(true);
    expect(messages[0]?.logTime).toBe(1396293887844783943n);
  });

  it("is put in the order of log times over chunks that overlap, ties as in the file", async () => {
    const path = file(
      "overlap.bag",
      bagFile([
        [[0, 5, "e"], [1, 2, "b1"], [0, 2, "b2"]],
        [[1, 9, "g"], [0, 2, "b3"]],
        [[0, 7, "f"], [1, 1, "a"], [1, 4, "d"], [0, 2.5, "c"]],
      ], 2),
    );
    expect(await texts(path)).toEqual(["a", "b1", "b2", "b3", "c", "d", "e", "f", "g"]);
    const { source } = await read(path);
    expect(source.channels.map(({ topic, metadata }) => [topic, metadata.get("latching")])).toEqual([
      ["/shared", "0"],
      ["/shared", "1"],
    ]);
  });

  it("is read with compressed chunks", async () => {
    expect(await texts(file("lz4.bag", bagFile([[[0, 1, "a"], [0, 2, "b"]]], 1, "lz4")))).toEqual(["a", "b"]);
  });

  it("without messages has no channels", async () => {
    const { source, messages } = await read(file("empty.bag", bagFile([], 0)));
    expect([source.channels.length, messages.length]).toEqual([0, 0]);
  });
});

describe("a file that cannot be replayed", () => {
  it("is named when it is missing, a folder, a device, empty or foreign", async () => {
    expect(await failure(file("none.mcap"))).toMatchObject({ reason: "missing" });
    expect((await failure(file("none.mcap"))).message).toMatch(/^cannot replay ".*none\.mcap": there is no such file$/);
    expect((await failure(file("."))).message).toMatch(/": it is a folder$/);
    expect((await failure("/dev/null")).message).toMatch(/": it is a pipe or device: copy it to a file first$/);
    expect((await failure(file("empty.mcap", ""))).message).toMatch(/": the file is empty$/);
    expect((await failure(file("notes.mcap", "just some notes\n"))).message).toMatch(
      /": it is neither an MCAP recording nor a ROS 1 bag$/,
    );
    expect((await failure(file("old.bag", "#ROSBAG V1.2\n...."))).reason).toBe("unsupported");
    expect((await failure(file("short.bag", "#ROSBAG V"))).reason).toBe("truncated");
  });

  for (const name of ["camera.mcap", "logs.mcap", "turtlesim.bag"] as const) {
    it(`is said to be truncated wherever ${name} is cut`, async () => {
      const whole = readFileSync(recording(name));
      for (
        const part of [
          12,
          13,
          40,
          4000,
          5000,
          whole.length >> 1,
          whole.length - 4000,
          whole.length - 40,
          whole.length - 1,
        ]
      ) {
        const error = await failure(file(`cut-${name}`, whole.subarray(0, part)));
        expect([part, error.reason, error.message.includes("\n")]).toEqual([part, "truncated", false]);
        expect(error.message).toMatch(/^cannot replay ".*": .*truncated/);
      }
    });
  }

  it("is said to be damaged when its checksums do not agree", async () => {
    const bytes = readFileSync(recording("camera.mcap"));
    bytes[1000] = bytes[1000]! ^ 255;
    const error = await failure(file("damaged.mcap", bytes));
    expect(error.reason).toBe("damaged");
    expect(error.message).toMatch(/^cannot replay ".*": the file is damaged: Incorrect chunk CRC .*$/);
  });

  it("is said to be truncated when a bag has not been closed by its recorder", async () => {
    const bytes = bagFile([[[0, 1, "a"]]], 1);
    const index = Buffer.from(bytes.buffer).indexOf("index_pos=");
    bytes.fill(0, index + 10, index + 18);
    expect((await failure(file("open.bag", bytes))).message).toContain("the recorder has not closed it");
  });
});
