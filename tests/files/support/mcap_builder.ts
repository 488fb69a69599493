/**
 * MCAP files in memory, in all the shapes that writers give them.
 */
import { McapWriter, type McapWriterOptions, TempBuffer } from "@mcap/core";

/** A message to be written: its channel (1 or 2), its log time and its text. */
export type Entry = readonly [channel: 1 | 2, logTime: bigint, text: string];

/** Writes an MCAP file: channel 1 is `/one` with a schema, channel 2 is `/two` without. */
export async function mcapFile(
  entries: ReadonlyArray<Entry>,
  options: Omit<McapWriterOptions, "writable"> = {},
): Promise<Uint8Array> {
  const buffer = new TempBuffer();
  const writer = new McapWriter({ ...options, writable: buffer, startChannelId: 1 });
  const encoder = new TextEncoder();
  await writer.start({ profile: "", library: "tests" });
  const schemaId = await writer.registerSchema({
    name: "Text",
    encoding: "jsonschema",
    data: encoder.encode('{"type":"string"}'),
  });
  const metadata = new Map([["made", "for tests"]]);
  await writer.registerChannel({ topic: "/one", messageEncoding: "json", schemaId, metadata });
  await writer.registerChannel({ topic: "/two", messageEncoding: "text", schemaId: 0, metadata: new Map() });
  let sequence = 0;
  for (const [channelId, logTime, text] of entries) {
    sequence += 1;
    await writer.addMessage({ channelId, sequence, logTime, publishTime: logTime, data: encoder.encode(text) });
  }
  await writer.end();
  return buffer.get().slice();
}
