/**
 * Reads MCAP recordings without an index from end to end: once to learn what is in them, once more for the messages.
 */
import { type DecompressHandlers, McapStreamReader, type TypedMcapRecord, type TypedMcapRecords } from "@mcap/core";
import { SourceError } from "./errors.ts";
import { inLogTimeOrder, type Place, type Run } from "./log_time_order.ts";
import type { McapContents } from "./mcap_source.ts";
import type { SourceMessage } from "./message_source.ts";
import type { RandomAccessFile } from "./random_access_file.ts";

const READ_BYTES = 256 * 1024;
const STRETCH_BYTES = 1024 * 1024;
const STRETCH_MESSAGES = 1024;

type Message = TypedMcapRecords["Message"];

/**
 * Reads the whole file once, keeping its channels and one log time a stretch of messages. Fails when the file has no end.
 */
export async function scanMcap(file: RandomAccessFile, decompressHandlers: DecompressHandlers): Promise<McapContents> {
  const channels = new Map<number, TypedMcapRecords["Channel"]>();
  const schemas = new Map<number, TypedMcapRecords["Schema"]>();
  const earliest: Array<bigint> = [];
  const records = readRecords(file, decompressHandlers, (record) => {
    if (record.type === "Channel") channels.set(record.id, record);
    else if (record.type === "Schema") schemas.set(record.id, record);
  });
  for await (const stretch of stretches(records)) {
    earliest.push(stretch.reduce((least, { logTime }) => (logTime < least ? logTime : least), stretch[0]!.logTime));
  }
  const bounds = earliestFromHere(earliest);
  return {
    channels: channels.values(),
    schemas,
    messages: () => inLogTimeOrder(runs(stretches(readRecords(file, decompressHandlers)), bounds)),
  };
}

async function* runs(
  parts: AsyncIterable<ReadonlyArray<Message>>,
  bounds: ReadonlyArray<Place>,
): AsyncGenerator<Run<SourceMessage>, void> {
  let position = 0;
  for await (const messages of parts) {
    const next = bounds[position + 1];
    yield next === undefined ? { position, messages } : { position, messages, next };
    position += 1;
  }
}

/** For each stretch, the earliest log time in it and all later ones. */
function earliestFromHere(earliest: ReadonlyArray<bigint>): ReadonlyArray<Place> {
  const bounds: Array<Place> = [];
  let least: bigint | undefined;
  for (let position = earliest.length - 1; position >= 0; position -= 1) {
    const own = earliest[position]!;
    least = least === undefined || own < least ? own : least;
    bounds[position] = { logTime: least, position };
  }
  return bounds;
}

/** The messages in stretches that fit in memory. The same file always gives the same stretches. */
async function* stretches(messages: AsyncIterable<Message>): AsyncGenerator<ReadonlyArray<Message>, void> {
  let stretch: Array<Message> = [];
  let bytes = 0;
  for await (const message of messages) {
    stretch.push(message);
    bytes += message.data.byteLength;
    if (bytes < STRETCH_BYTES && stretch.length < STRETCH_MESSAGES) continue;
    yield stretch;
    stretch = [];
    bytes = 0;
  }
  if (stretch.length > 0) yield stretch;
}

async function* readRecords(
  file: RandomAccessFile,
  decompressHandlers: DecompressHandlers,
  other: (record: TypedMcapRecord) => void = () => undefined,
): AsyncGenerator<Message, void> {
  const reader = new McapStreamReader({ decompressHandlers });
  for (let offset = 0; offset < file.size;) {
    const bytes = await file.read(offset, Math.min(READ_BYTES, file.size - offset));
    offset += bytes.byteLength;
    reader.append(bytes);
    for (let record = reader.nextRecord(); record !== undefined; record = reader.nextRecord()) {
      if (record.type === "Message") yield record;
      else other(record);
    }
    if (reader.done() && offset < file.size) throw new Error(`${file.size - offset} bytes follow the end of the data`);
  }
  if (!reader.done()) throw truncated(file);
}

function truncated(file: RandomAccessFile): SourceError {
  return new SourceError({
    file: file.path,
    reason: "truncated",
    detail: `the recording is truncated: it stops at ${file.size} bytes, before its closing record`,
  });
}
