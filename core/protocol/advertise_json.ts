/**
 * The JSON text of advertised channels, piece by piece, and how long the pieces are.
 */
import { FrameTooLarge } from "./errors.ts";
import { MAX_FRAME_PAYLOAD } from "./frame.ts";
import { jsonMap, jsonString, optionalString } from "./json_writer.ts";
import type { InlineChannel, Metadata, TableChannel, TableSchema } from "./messages.ts";
import { encodeText } from "./text.ts";

/** A channel as it stands in an inline `advertise`. */
export function inlineChannelJson(channel: InlineChannel): string {
  return channelHead(channel) + `,"schemaName":${jsonString(channel.schemaName)}` +
    optionalString("schemaEncoding", channel.schemaEncoding) +
    `,"schema":${jsonString(channel.schema)}${metadataJson(channel.metadata)}}`;
}

/** A channel as it stands in an `advertise` with a schema table. */
export function tableChannelJson(channel: TableChannel): string {
  const schemaId = channel.schemaId === undefined ? "" : `,"schemaId":${channel.schemaId}`;
  return `${channelHead(channel)}${schemaId}${metadataJson(channel.metadata)}}`;
}

/** A row of the schema table. */
export function tableSchemaJson(row: TableSchema): string {
  return `{"id":${row.id},"name":${jsonString(row.name)},"encoding":${jsonString(row.encoding)},` +
    `"data":${jsonString(row.data)}}`;
}

function channelHead(channel: InlineChannel | TableChannel): string {
  return `{"id":${channel.id},"topic":${jsonString(channel.topic)},"encoding":${jsonString(channel.encoding)}`;
}

/** `,"metadata":{}` with its entries, or nothing where there are none. */
export function metadataJson(metadata: Metadata): string {
  return metadata.size === 0 ? "" : `,"metadata":${jsonMap(metadata, jsonString)}`;
}

/** The most bytes of an `advertise` that are neither a channel nor a row of the table. */
const ENVELOPE_BYTES = 64;

/** Why the channel does not even fit into a message of its own; `undefined` where it does. */
export function inlineOversize(channel: InlineChannel): FrameTooLarge | undefined {
  const { schemaName, schemaEncoding, schema } = channel;
  const units = channelUnits(channel) + schemaName.length + (schemaEncoding?.length ?? 0) + schema.length;
  return surelyFits(units) ? undefined : oversize(inlineChannelJson(channel));
}

/** The same for a channel and the row that has to be in its message. */
export function tableOversize(channel: TableChannel, row?: TableSchema): FrameTooLarge | undefined {
  const units = channelUnits(channel) +
    (row === undefined ? 0 : row.name.length + row.encoding.length + row.data.length);
  if (surelyFits(units)) return undefined;
  return oversize(tableChannelJson(channel) + (row === undefined ? "" : tableSchemaJson(row)));
}

function channelUnits(channel: InlineChannel | TableChannel): number {
  let units = channel.topic.length + channel.encoding.length;
  // An entry of a map adds four quotes, a colon and a comma: one unit more than that is counted for it.
  for (const [key, value] of channel.metadata) units += key.length + value.length + 1;
  return units;
}

/** A unit takes six bytes of JSON at most, the keys and numbers of a channel and a row some 200. No need to write them. */
function surelyFits(units: number): boolean {
  return units * 6 + 512 <= MAX_FRAME_PAYLOAD;
}

function oversize(json: string): FrameTooLarge | undefined {
  const bytes = encodeText(json).length + ENVELOPE_BYTES;
  return bytes <= MAX_FRAME_PAYLOAD ? undefined : new FrameTooLarge({ bytes, limit: MAX_FRAME_PAYLOAD });
}
