import { readFileSync } from "node:fs";
import { McapIndexedReader, TempBuffer } from "@mcap/core";
import { describe, expect, it } from "vitest";
import { RecordError } from "../../../cli/record/errors.ts";
import { type RecordedChannel, Recorder } from "../../../cli/record/recorder.ts";
import { openSource } from "../../../files/source/open_source.ts";
import { collect } from "../../files/support/collect.ts";
import { recording } from "../../files/support/recordings.ts";
import { temporaryFolder } from "../../files/support/temporary.ts";

const file = temporaryFolder();
const data = new TextEncoder().encode("{}");
const plain: RecordedChannel = { id: 7, topic: "/a", encoding: "json", metadata: new Map() };

async function channelsIn(path: string): Promise<Array<string>> {
  const source = await openSource(path);
  await source.close();
  return source.channels.map(({ topic, metadata }) => `${topic} ${JSON.stringify([...metadata])}`);
}

describe("Recorder", () => {
  for (const name of ["camera.mcap", "logs.mcap", "turtlesim.bag"] as const) {
    it(`gives ${name} back: channels, schemas, metadata, times and bytes in the same order`, async () => {
      const source = await openSource(recording(name));
      const messages = await collect(source.messages());
      await source.close();
      const channels = new Map(source.channels.map((channel) => [channel.id, channel]));
      const path = file("copy.mcap");
      const recorder = await Recorder.create(path, "tests");
      await Promise.all(messages.map(({ channelId, ...rest }) => {
        return recorder.add({ channel: channels.get(channelId)!, ...rest });
      }));
      await recorder.close();
      expect(recorder.messages).toBe(messages.length);

      const copy = await openSource(path);
      const copied = await collect(copy.messages());
      await copy.close();
      const own = new Map(copy.channels.map((channel) => [channel.id, channel]));
      const describeMessage = (of: typeof channels) => ({ channelId, logTime, data }: (typeof messages)[number]) => {
        const { id: _, ...channel } = of.get(channelId)!;
        return { channel, logTime, data: data.slice() };
      };
      expect(copied.length).toBe(messages.length);
      expect(copied.map(describeMessage(own))).toEqual(messages.map(describeMessage(channels)));
      expect(own.size).toBe(channels.size);
    });
  }

  it("numbers the messages of each channel, and writes an index that readers can use", async () => {
    const path = file("numbers.mcap");
    const recorder = await Recorder.create(path, "tests");
    for (let index = 0; index < 3; index += 1) {
      await recorder.add({ channel: plain, logTime: BigInt(10 - index), data });
      await recorder.add({ channel: { ...plain, id: 8 }, logTime: BigInt(10 - index), data });
    }
    await recorder.close();
    const reader = await McapIndexedReader.Initialize({ readable: new TempBuffer(readFileSync(path)) });
    const messages = await collect(reader.readMessages());
    expect(messages.map(({ channelId, sequence, logTime }) => [channelId, sequence, Number(logTime)])).toEqual([
      [1, 3, 8],
      [2, 3, 8],
      [1, 2, 9],
      [2, 2, 9],
      [1, 1, 10],
      [2, 1, 10],
    ]);
    expect(reader.statistics).toMatchObject({ messageCount: 6n, channelCount: 2, chunkCount: 1 });
  });

  it("leaves out what an advertisement says only of the session", async () => {
    const path = file("metadata.mcap");
    const recorder = await Recorder.create(path, "tests");
    const metadata = new Map([["foxglove.reliable", "true"], ["callerid", "/sim"], ["foxglove.hasVideoTrack", "true"]]);
    await recorder.add({ channel: { ...plain, metadata }, logTime: 1n, data });
    await recorder.close();
    expect(await channelsIn(path)).toEqual(['/a [["callerid","/sim"]]']);
  });

  it("keeps channels apart that differ in nothing but their ids, and goes on with one that is advertised again", async () => {
    const path = file("alike.mcap");
    const recorder = await Recorder.create(path, "tests");
    await recorder.add({ channel: plain, logTime: 1n, data });
    await recorder.add({ channel: { ...plain, id: 8 }, logTime: 2n, data });
    await recorder.add({ channel: { ...plain }, logTime: 3n, data });
    await recorder.add({ channel: { ...plain, metadata: new Map([["changed", "yes"]]) }, logTime: 4n, data });
    await recorder.close();
    expect(await channelsIn(path)).toEqual(["/a []", "/a []", '/a [["changed","yes"]]']);
  });

  it("says why a file cannot be written", async () => {
    const error = await Recorder.create(file("missing/folder.mcap"), "tests").catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(RecordError);
    expect(String(error)).toMatch(/cannot record to ".*folder\.mcap": there is no such folder$/);
    await expect(Recorder.create(file("."), "tests")).rejects.toThrow("it is a folder");
  });
});
