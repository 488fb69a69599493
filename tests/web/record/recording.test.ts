import { McapIndexedReader, TempBuffer } from "@mcap/core";
import { describe, expect, it } from "vitest";
import { openSource } from "../../../files/source/open_source.ts";
import { type RecordedChannel, Recording, type RecordingOptions } from "../../../web/record/recording.ts";
import { MemorySink, type Sink } from "../../../web/record/sink.ts";
import { collect } from "../../files/support/collect.ts";
import { recording as recordingFile } from "../../files/support/recordings.ts";

const data = new TextEncoder().encode("{}");
const plain: RecordedChannel = { id: 7, topic: "/a", encoding: "json", metadata: new Map() };
const MIB = 1024 * 1024;

function record(options: Partial<RecordingOptions> = {}): { recording: Recording; sink: MemorySink } {
  const sink = new MemorySink();
  const recording = new Recording({
    sink,
    library: "tests",
    maxBytes: 256 * MIB,
    maxWaitingBytes: 64 * MIB,
    ...options,
  });
  return { recording, sink };
}

async function readBack(sink: MemorySink): Promise<McapIndexedReader> {
  return await McapIndexedReader.Initialize({ readable: new TempBuffer(await sink.blob().arrayBuffer()) });
}

describe("a recording", () => {
  for (const name of ["camera.mcap", "logs.mcap", "turtlesim.bag"] as const) {
    it(`of all that is in ${name} gives it back: channels, schemas, metadata, times and bytes, in order`, async () => {
      const source = await openSource(recordingFile(name));
      const messages = await collect(source.messages());
      await source.close();
      const channels = new Map(source.channels.map((channel) => [channel.id, channel]));
      const { recording, sink } = record();
      for (const { channelId, ...rest } of messages) expect(recording.add(channels.get(channelId)!, rest)).toBe(true);
      await recording.stop();

      const reader = await readBack(sink);
      const copied = await collect(reader.readMessages());
      const counts = new Map<number, number>();
      const described = copied.map(({ channelId, sequence, logTime, publishTime, data }) => {
        const channel = reader.channelsById.get(channelId)!;
        const schema = reader.schemasById.get(channel.schemaId);
        counts.set(channelId, (counts.get(channelId) ?? 0) + 1);
        expect(sequence).toBe(counts.get(channelId));
        expect(publishTime).toBe(logTime);
        return [
          channel.topic,
          channel.messageEncoding,
          [...channel.metadata],
          schema?.name,
          schema?.encoding,
          schema?.data,
          logTime,
          data,
        ];
      });
      const expected = messages.map(({ channelId, logTime, data }) => {
        const { topic, encoding, metadata, schema } = channels.get(channelId)!;
        return [topic, encoding, [...metadata], schema?.name, schema?.encoding, schema?.data, logTime, data];
      });
      expect(described.length).toBe(messages.length);
      expect(described).toEqual(expected);
      expect(recording.messages).toBe(messages.length);
      expect(recording.ended).toBe("stopped");
    });
  }

  it("goes on with a channel that is advertised again, and leaves out what is only of the session", async () => {
    const { recording, sink } = record();
    const metadata = new Map([["foxglove.reliable", "true"], ["callerid", "/sim"]]);
    recording.add({ ...plain, metadata }, { logTime: 1n, data });
    recording.add({ ...plain, metadata: new Map([["callerid", "/sim"]]) }, { logTime: 2n, data });
    await recording.stop();
    const reader = await readBack(sink);
    expect([...reader.channelsById.values()].map(({ topic, metadata }) => [topic, [...metadata]])).toEqual([
      ["/a", [["callerid", "/sim"]]],
    ]);
    expect(reader.statistics).toMatchObject({ messageCount: 2n, channelCount: 1 });
  });

  it("ends where it is as large as it may be, and is whole", async () => {
    const { recording, sink } = record({ maxBytes: 10_000 });
    const message = { logTime: 1n, data: new Uint8Array(1_000) };
    let taken = 0;
    while (recording.add(plain, message)) taken += 1;
    expect(taken).toBe(9);
    expect(recording.ended).toBe("full");
    expect(recording.add(plain, { logTime: 2n, data })).toBe(false);
    await recording.stop();
    expect(recording.ended).toBe("full");
    expect((await readBack(sink)).statistics).toMatchObject({ messageCount: 9n });
  });

  it("ends where what it writes to is slower than what comes, and keeps what it has taken", async () => {
    const memory = new MemorySink();
    let go = (): void => {};
    const gate = new Promise<void>((resolve) => {
      go = resolve;
    });
    const sink: Sink = { ...memory, write: (bytes) => gate.then(() => memory.write(bytes)) };
    const { recording } = record({ sink, maxWaitingBytes: 5_000 });
    const message = { logTime: 1n, data: new Uint8Array(1_000) };
    let taken = 0;
    while (recording.add(plain, message)) taken += 1;
    expect([taken, recording.ended]).toEqual([4, "slow"]);
    go();
    await recording.stop();
    expect((await readBack(memory)).statistics).toMatchObject({ messageCount: 4n });
  });

  it("says when it cannot be written, and lets go of what it writes to", async () => {
    let isClosed = false;
    const sink: Sink = {
      position: () => 0n,
      write: () => Promise.reject(new Error("the disk is full")),
      close: () => {
        isClosed = true;
        return Promise.resolve();
      },
    };
    const { recording } = record({ sink });
    recording.add(plain, { logTime: 1n, data });
    await expect(recording.stop()).rejects.toThrow("the disk is full");
    expect([recording.ended, isClosed]).toEqual(["failed", true]);
    expect(recording.add(plain, { logTime: 2n, data })).toBe(false);
  });
});
