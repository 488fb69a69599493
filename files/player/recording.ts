/**
 * A recording that is read from any time on.
 */
import type { IReadable, McapIndexedReader } from "@mcap/core";
import { loadDecompressHandlers } from "@mcap/support";
import { SourceError, sourceError } from "../source/errors.ts";
import { channelOf, indexOf, readableOf, readIndexed } from "../source/mcap_source.ts";
import type { SourceChannel, SourceMessage } from "../source/message_source.ts";
import { RandomAccessFile } from "../source/random_access_file.ts";

/** What a player plays. */
export interface Recording {
  /** For people: the file's path. */
  readonly name: string;
  readonly channels: ReadonlyArray<SourceChannel>;
  /** The log time of the first message, in ns. */
  readonly startTime: bigint;
  /** The log time of the last one. */
  readonly endTime: bigint;
  /** The messages from a log time on, by log time. */
  readonly messages: (from: bigint) => AsyncIterable<SourceMessage>;
  /** Of each of these channels the latest message at or before a time, the oldest first. */
  readonly latest: (at: bigint, channelIds: ReadonlySet<number>) => Promise<ReadonlyArray<SourceMessage>>;
  readonly close: () => Promise<void>;
}

/** Opens an MCAP file; fails with a `SourceError`. */
export async function openRecording(path: string, maxBytes: number): Promise<Recording> {
  const file = await RandomAccessFile.open(path);
  try {
    return await recordingOf(path, readableOf(file), maxBytes, () => file.close());
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** A recording of what is an MCAP file. */
export async function recordingOf(
  name: string,
  readable: IReadable,
  maxBytes: number,
  close: () => Promise<void>,
): Promise<Recording> {
  try {
    const reader = await indexOf(readable, await loadDecompressHandlers());
    if (reader === undefined) {
      throw unsupported(name, 'it is no MCAP file with an index of all of it, which seeking needs; see "mcap recover"');
    }
    const chunks = reader.chunkIndexes.filter((chunk) => chunk.messageIndexOffsets.size > 0);
    const startTime = least(chunks.map((chunk) => chunk.messageStartTime));
    const endTime = -(least(chunks.map((chunk) => -chunk.messageEndTime)) ?? 0n);
    if (startTime === undefined) throw unsupported(name, "it has no messages");
    const bytes = bytesAtOnce(chunks);
    if (bytes > BigInt(maxBytes)) {
      throw unsupported(name, `its chunks take ${bytes} bytes of memory at a time, and ${maxBytes} may be taken`);
    }
    return {
      name,
      channels: [...reader.channelsById.values()].map((channel) => channelOf(channel, reader.schemasById)),
      startTime,
      endTime,
      messages: (from) => readIndexed(reader, from),
      latest: (at, channelIds) => readLatest(reader, at, channelIds, maxBytes),
      close,
    };
  } catch (error) {
    throw sourceError(name, error);
  }
}

type Chunk = McapIndexedReader["chunkIndexes"][number];

function least(times: ReadonlyArray<bigint>): bigint | undefined {
  return times.reduce<bigint | undefined>((a, b) => a === undefined || b < a ? b : a, undefined);
}

/** Bytes of the chunks that lie over one another in time, where these are most: so much is held while reading. */
function bytesAtOnce(chunks: ReadonlyArray<Chunk>): bigint {
  const compare = (a: bigint, b: bigint): number => a < b ? -1 : a > b ? 1 : 0;
  const starts = chunks.toSorted((a, b) => compare(a.messageStartTime, b.messageStartTime));
  const ends = chunks.toSorted((a, b) => compare(a.messageEndTime, b.messageEndTime));
  let most = 0n;
  let now = 0n;
  let ended = 0;
  for (const chunk of starts) {
    while (ends[ended]!.messageEndTime < chunk.messageStartTime) {
      now -= ends[ended]!.uncompressedSize;
      ended += 1;
    }
    now += chunk.uncompressedSize;
    if (now > most) most = now;
  }
  return most;
}

/**
 * Backwards from the time: first through the chunks that are nearest, which have most of what is sought; what is left is
 * sought topic by topic, so that chunks without it are passed over by their indexes.
 */
async function readLatest(
  reader: McapIndexedReader,
  at: bigint,
  channelIds: ReadonlySet<number>,
  maxBytes: number,
): Promise<ReadonlyArray<SourceMessage>> {
  const found = new Map<number, SourceMessage>();
  let bytes = 0;
  const search = async (wanted: ReadonlySet<number>, startTime?: bigint): Promise<void> => {
    let left = wanted.size;
    if (left === 0) return;
    const topics = [...new Set([...wanted].map((id) => reader.channelsById.get(id)!.topic))];
    const range = startTime === undefined ? { endTime: at } : { startTime, endTime: at };
    for await (const message of reader.readMessages({ ...range, topics, reverse: true })) {
      if (!wanted.has(message.channelId) || found.has(message.channelId)) continue;
      bytes += message.data.byteLength;
      if (bytes > maxBytes) {
        throw new Error(`the latest messages take more than the ${maxBytes} bytes that may be taken`);
      }
      // A copy: the message's bytes would keep its whole chunk in memory.
      found.set(message.channelId, { ...message, data: message.data.slice() });
      left -= 1;
      if (left === 0) return;
    }
  };
  const before = reader.chunkIndexes.filter((chunk) => chunk.messageStartTime <= at);
  const seen = before.flatMap((chunk) => [...chunk.messageIndexOffsets.keys()]);
  const present = new Set(seen.filter((id) => channelIds.has(id) && reader.channelsById.has(id)));
  const nearest = -(least(before.map((chunk) => -chunk.messageStartTime)) ?? 0n);
  await search(present, nearest);
  for (const id of present) if (!found.has(id)) await search(new Set([id]));
  // Found backwards, and sorting keeps the order of those with one time.
  return [...found.values()].reverse().sort((a, b) => a.logTime < b.logTime ? -1 : a.logTime > b.logTime ? 1 : 0);
}

function unsupported(file: string, detail: string): SourceError {
  return new SourceError({ file, reason: "unsupported", detail });
}
