/**
 * Reads MCAP recordings, indexed or not.
 */
import { type DecompressHandlers, type IReadable, McapIndexedReader, type TypedMcapRecords } from "@mcap/core";
import { loadDecompressHandlers } from "@mcap/support";
import { sourceError, withSourceErrors } from "./errors.ts";
import { scanMcap } from "./mcap_scan.ts";
import type { MessageSource, SourceChannel, SourceMessage, SourceSchema } from "./message_source.ts";
import type { RandomAccessFile } from "./random_access_file.ts";

/** Channels and messages as a reader of MCAP files finds them. */
export interface McapContents {
  readonly channels: Iterable<TypedMcapRecords["Channel"]>;
  readonly schemas: ReadonlyMap<number, TypedMcapRecords["Schema"]>;
  readonly messages: () => AsyncIterable<SourceMessage>;
}

/**
 * Opens an MCAP recording. One whose index covers all of it is read by the index; any other is read through once for its
 * channels and to see that it is whole, and then again for its messages.
 */
export async function openMcap(file: RandomAccessFile): Promise<MessageSource> {
  const decompressHandlers = await loadDecompressHandlers();
  try {
    const indexed = await openIndexed(file, decompressHandlers);
    const contents = indexed ?? await scanMcap(file, decompressHandlers);
    return {
      name: file.path,
      channels: [...contents.channels].map((channel) => channelOf(channel, contents.schemas)),
      messages: () => withSourceErrors(file.path, contents.messages()),
      close: () => file.close(),
    };
  } catch (error) {
    throw sourceError(file.path, error);
  }
}

async function openIndexed(
  file: RandomAccessFile,
  decompressHandlers: DecompressHandlers,
): Promise<McapContents | undefined> {
  const reader = await indexOf(readableOf(file), decompressHandlers);
  if (reader === undefined) return undefined;
  return {
    channels: reader.channelsById.values(),
    schemas: reader.schemasById,
    messages: () => readIndexed(reader),
  };
}

/** A file as the MCAP reader reads one. */
export function readableOf(file: RandomAccessFile): IReadable {
  return {
    size: () => Promise.resolve(BigInt(file.size)),
    read: (offset, length) => file.read(Number(offset), Number(length)),
  };
}

/** A reader by the index; `undefined` when there is none, or it does not cover the whole file. */
export async function indexOf(
  readable: IReadable,
  decompressHandlers: DecompressHandlers,
): Promise<McapIndexedReader | undefined> {
  let reader: McapIndexedReader;
  try {
    reader = await McapIndexedReader.Initialize({ readable, decompressHandlers });
  } catch {
    // Reading it through says what is wrong with the file, if anything is: not every good file has an index.
    return undefined;
  }
  return isCovered(reader) ? reader : undefined;
}

/** Whether the index speaks of every channel and every message of the file. */
function isCovered(reader: McapIndexedReader): boolean {
  const { statistics } = reader;
  if (statistics === undefined) return false;
  if (statistics.chunkCount !== reader.chunkIndexes.length) return false;
  if (statistics.channelCount !== reader.channelsById.size) return false;
  const schemas = [...reader.channelsById.values()].map((channel) => channel.schemaId);
  if (schemas.some((id) => id !== 0 && !reader.schemasById.has(id))) return false;
  const indexed = reader.chunkIndexes.every((chunk) =>
    chunk.messageIndexOffsets.size > 0 || chunk.uncompressedSize === 0n
  );
  return indexed && bytesOutsideOfIndex(reader) === 0n;
}

/** Bytes between header and end of data that no index refers to; messages outside of chunks are such. */
function bytesOutsideOfIndex(reader: McapIndexedReader): bigint {
  const text = new TextEncoder();
  const { profile, library } = reader.header;
  const magic = 8;
  const lengths = 1 + 8 + 4 + 4;
  let bytes = reader.dataEndOffset -
    BigInt(magic + lengths + text.encode(profile).byteLength + text.encode(library).byteLength);
  for (const chunk of reader.chunkIndexes) bytes -= chunk.chunkLength + chunk.messageIndexLength;
  for (const attachment of reader.attachmentIndexes) bytes -= attachment.length;
  for (const metadata of reader.metadataIndexes) bytes -= metadata.length;
  return bytes;
}

/** Messages by log time, from a time on. */
export async function* readIndexed(
  reader: McapIndexedReader,
  startTime?: bigint,
): AsyncGenerator<SourceMessage, void> {
  for await (const message of reader.readMessages(startTime === undefined ? {} : { startTime })) {
    if (!reader.channelsById.has(message.channelId)) {
      throw new Error(`a message belongs to channel ${message.channelId}, which the index does not have`);
    }
    yield message;
  }
}

/** A channel with its schema; throws when that is missing. */
export function channelOf(
  channel: TypedMcapRecords["Channel"],
  schemas: ReadonlyMap<number, TypedMcapRecords["Schema"]>,
): SourceChannel {
  const { id, topic, messageEncoding: encoding, metadata } = channel;
  if (channel.schemaId === 0) return { id, topic, encoding, metadata };
  const schema = schemas.get(channel.schemaId);
  if (schema === undefined) {
    throw new Error(`channel ${id} (${topic}) has schema ${channel.schemaId}, which is missing`);
  }
  return { id, topic, encoding, metadata, schema: schemaOf(schema) };
}

function schemaOf({ name, encoding, data }: TypedMcapRecords["Schema"]): SourceSchema {
  return { name, encoding, data };
}
