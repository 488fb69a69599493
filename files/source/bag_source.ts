/**
 * Reads ROS 1 bags, format 2.0.
 */
import { Bag } from "@foxglove/rosbag";
import { loadDecompressHandlers } from "@mcap/support";
import { SourceError, sourceError, withSourceErrors } from "./errors.ts";
import { inLogTimeOrder, type Run } from "./log_time_order.ts";
import type { MessageSource, SourceChannel, SourceMessage } from "./message_source.ts";
import type { RandomAccessFile } from "./random_access_file.ts";

type Chunk = Bag["chunkInfos"][number];
type Decompress = NonNullable<NonNullable<ConstructorParameters<typeof Bag>[1]>["decompress"]>;
type RecordFields = Readonly<Record<string, Uint8Array>>;

/** Where the first chunk may start at the earliest: the header record is padded to this. */
const HEADER_END = 4117;
const encoder = new TextEncoder();

/** A message record of a bag, in the form in which the bag's reader builds records. */
class MessageRecord {
  static readonly opcode: number = 2;
  readonly channelId: number;
  readonly logTime: bigint;
  data: Uint8Array = new Uint8Array();

  constructor(fields: RecordFields) {
    this.channelId = field(fields, "conn", 4).getUint32(0, true);
    const time = field(fields, "time", 8);
    this.logTime = nanoseconds(time.getUint32(0, true), time.getUint32(4, true));
  }

  parseData(data: Uint8Array): void {
    this.data = data;
  }
}

/**
 * Opens a bag. Each connection becomes a channel: several may share a topic. Its callerid, md5sum and latching become the
 * channel's metadata.
 */
export async function openBag(file: RandomAccessFile): Promise<MessageSource> {
  const decompress = await decompressors();
  const bag = new Bag({ read: (offset, length) => file.read(offset, length), size: () => file.size }, {
    decompress,
    parse: false,
  });
  try {
    await openIndex(bag, file);
  } catch (error) {
    throw sourceError(file.path, error);
  }
  const chunks = bag.chunkInfos.toSorted(byStart);
  return {
    name: file.path,
    channels: channelsOf(bag),
    messages: () => withSourceErrors(file.path, inLogTimeOrder(readChunks(bag, chunks, decompress))),
    close: () => file.close(),
  };
}

async function openIndex(bag: Bag, file: RandomAccessFile): Promise<void> {
  if (file.size < HEADER_END) throw truncated(file, "the header is not whole");
  const { indexPosition } = await bag.reader.readHeader();
  if (indexPosition === 0) throw truncated(file, 'the recorder has not closed it; "rosbag reindex" repairs it');
  if (indexPosition > file.size) throw truncated(file, `its index should start at byte ${indexPosition}`);
  try {
    await bag.open();
  } catch (error) {
    if (error instanceof SourceError) throw error;
    throw truncated(file, "its index is not whole", error);
  }
}

function truncated(file: RandomAccessFile, detail: string, cause?: unknown): SourceError {
  return new SourceError({
    file: file.path,
    reason: "truncated",
    detail: `the bag is truncated at ${file.size} bytes: ${detail}`,
    cause,
  });
}

async function decompressors(): Promise<Decompress> {
  const { bz2, lz4 } = await loadDecompressHandlers();
  return {
    ...(bz2 === undefined ? {} : { bz2: (data: Uint8Array, size: number) => bz2(data, BigInt(size)) }),
    ...(lz4 === undefined ? {} : { lz4: (data: Uint8Array, size: number) => lz4(data, BigInt(size)) }),
  };
}

function channelsOf(bag: Bag): ReadonlyArray<SourceChannel> {
  return [...bag.connections.values()].map((connection) => {
    const metadata = new Map<string, string>();
    if (connection.callerid !== undefined) metadata.set("callerid", connection.callerid);
    if (connection.latching !== undefined) metadata.set("latching", connection.latching ? "1" : "0");
    if (connection.md5sum !== undefined) metadata.set("md5sum", connection.md5sum);
    const data = encoder.encode(connection.messageDefinition);
    const schema = { name: connection.type ?? "", encoding: "ros1msg", data };
    return { id: connection.conn, topic: connection.topic, encoding: "ros1", schema, metadata };
  });
}

/** Reads chunk by chunk, those that start first first, so that only those that overlap are held together. */
async function* readChunks(
  bag: Bag,
  chunks: ReadonlyArray<Chunk>,
  decompress: Decompress,
): AsyncGenerator<Run<SourceMessage>, void> {
  for (const [index, chunk] of chunks.entries()) {
    const following = chunks[index + 1];
    const run = { position: chunk.chunkPosition, messages: await readChunk(bag, chunk, decompress) };
    if (following === undefined) yield run;
    else yield { ...run, next: { logTime: startOf(following), position: following.chunkPosition } };
  }
}

async function readChunk(bag: Bag, chunk: Chunk, decompress: Decompress): Promise<ReadonlyArray<SourceMessage>> {
  const { chunk: { data = new Uint8Array() }, indices } = await bag.reader.readChunk(chunk, decompress);
  const offsets = indices.flatMap((index) => (index.indices ?? []).map((entry) => entry.offset));
  return offsets.sort((a, b) => a - b).map((offset) => {
    const record = bag.reader.readRecordFromBuffer(data.subarray(offset), offset, MessageRecord);
    if (!bag.connections.has(record.channelId)) {
      throw new Error(`a message belongs to connection ${record.channelId}, which the index does not have`);
    }
    return record;
  });
}

function byStart(a: Chunk, b: Chunk): number {
  const difference = startOf(a) - startOf(b);
  return difference === 0n ? a.chunkPosition - b.chunkPosition : difference < 0n ? -1 : 1;
}

function startOf(chunk: Chunk): bigint {
  return nanoseconds(chunk.startTime.sec, chunk.startTime.nsec);
}

function nanoseconds(seconds: number, nanos: number): bigint {
  return BigInt(seconds) * 1_000_000_000n + BigInt(nanos);
}

function field(fields: RecordFields, name: string, length: number): DataView {
  const bytes = fields[name];
  if (bytes === undefined || bytes.byteLength < length) throw new Error(`a message record has no "${name}"`);
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
