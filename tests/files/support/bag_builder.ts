/**
 * ROS 1 bags in memory, with as many chunks as one likes.
 */
import { lz4Frame } from "./lz4_frame.ts";

/** A message: its connection, its time in seconds and its text. */
export type BagEntry = readonly [connection: number, seconds: number, text: string];

const encoder = new TextEncoder();
const HEADER_RECORD_BYTES = 4104;

/** Writes a bag with one chunk for each list of entries, in that order; all connections share the topic `/shared`. */
export function bagFile(
  chunks: ReadonlyArray<ReadonlyArray<BagEntry>>,
  connections: number,
  compression: "none" | "lz4" = "none",
): Uint8Array {
  const parts: Array<Uint8Array> = [encoder.encode("#ROSBAG V2.0\n"), new Uint8Array(HEADER_RECORD_BYTES)];
  const infos: Array<Uint8Array> = [];
  let position = parts[0]!.byteLength + HEADER_RECORD_BYTES;
  for (const entries of chunks) {
    const bytes = chunkWithIndex(entries, compression);
    infos.push(chunkInfo(entries, position));
    parts.push(bytes);
    position += bytes.byteLength;
  }
  for (let id = 0; id < connections; id += 1) parts.push(connection(id));
  parts.push(...infos);
  parts[1]!.set(header(position, connections, chunks.length));
  return concat(parts);
}

function header(index: number, connections: number, chunks: number): Uint8Array {
  const fields = { op: u8(3), index_pos: u64(index), conn_count: u32(connections), chunk_count: u32(chunks) };
  const head = concat(Object.entries(fields).map(([name, value]) => field(name, value)));
  const padding = HEADER_RECORD_BYTES - 8 - head.byteLength;
  return concat([u32(head.byteLength), head, u32(padding), new Uint8Array(padding).fill(32)]);
}

function chunkWithIndex(entries: ReadonlyArray<BagEntry>, compression: "none" | "lz4"): Uint8Array {
  const offsets = new Map<number, Array<Uint8Array>>();
  const messages: Array<Uint8Array> = [];
  let offset = 0;
  for (const [id, seconds, text] of entries) {
    const message = record({ op: u8(2), conn: u32(id), time: time(seconds) }, encoder.encode(text));
    const index = offsets.get(id) ?? [];
    index.push(concat([time(seconds), u32(offset)]));
    offsets.set(id, index);
    messages.push(message);
    offset += message.byteLength;
  }
  const data = compression === "lz4" ? lz4Frame(concat(messages)) : concat(messages);
  const chunk = record({ op: u8(5), compression: encoder.encode(compression), size: u32(offset) }, data);
  const indices = [...offsets].map(([id, index]) =>
    record({ op: u8(4), ver: u32(1), conn: u32(id), count: u32(index.length) }, concat(index))
  );
  return concat([chunk, ...indices]);
}

function chunkInfo(entries: ReadonlyArray<BagEntry>, position: number): Uint8Array {
  const seconds = entries.map((entry) => entry[1]);
  const counts = new Map<number, number>();
  for (const [id] of entries) counts.set(id, (counts.get(id) ?? 0) + 1);
  return record({
    op: u8(6),
    ver: u32(1),
    chunk_pos: u64(position),
    start_time: time(Math.min(...seconds)),
    end_time: time(Math.max(...seconds)),
    count: u32(counts.size),
  }, concat([...counts].map(([id, count]) => concat([u32(id), u32(count)]))));
}

function connection(id: number): Uint8Array {
  const topic = encoder.encode("/shared");
  const data = concat([
    field("topic", topic),
    field("type", encoder.encode("std_msgs/String")),
    field("md5sum", encoder.encode("992ce8a1687cec8c8bd883ec73ca41d1")),
    field("message_definition", encoder.encode("string data")),
    field("latching", encoder.encode(String(id % 2))),
  ]);
  return record({ op: u8(7), conn: u32(id), topic }, data);
}

function record(fields: Record<string, Uint8Array>, data: Uint8Array): Uint8Array {
  const head = concat(Object.entries(fields).map(([name, value]) => field(name, value)));
  return concat([u32(head.byteLength), head, u32(data.byteLength), data]);
}

function field(name: string, value: Uint8Array): Uint8Array {
  const key = encoder.encode(`${name}=`);
  return concat([u32(key.byteLength + value.byteLength), key, value]);
}

function time(seconds: number): Uint8Array {
  return concat([u32(Math.floor(seconds)), u32(Math.round((seconds % 1) * 1e9))]);
}

function u8(value: number): Uint8Array {
  return Uint8Array.of(value);
}

function u32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return bytes;
}

function u64(value: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(value), true);
  return bytes;
}

function concat(parts: ReadonlyArray<Uint8Array>): Uint8Array {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.byteLength, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.byteLength;
  }
  return whole;
}
