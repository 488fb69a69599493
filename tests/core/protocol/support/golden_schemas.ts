/**
 * Channels and schemas as golden fields, and back.
 */
import {
  type AdvertiseInline,
  type AdvertiseTable,
  type ClientChannel,
  type InlineChannel,
  InvalidSchemaText,
  type Metadata,
  readSchema,
  resolveClientChannel,
  resolveInline,
  type Schema,
  schemaText,
  type ServiceSide,
  type TableChannel,
  type TableSchema,
} from "../../../../core/protocol/mod.ts";
import { bytesOf, type Fields, hexOf, present } from "./golden.ts";

/** The golden fields of metadata; absent where there is none. */
export function metadataFields(metadata: Metadata): Fields | undefined {
  return metadata.size === 0 ? undefined : Object.fromEntries(metadata);
}

/** The metadata of golden fields. */
export function metadataOf(fields: unknown): Metadata {
  return new Map(Object.entries((fields ?? {}) as Record<string, string>));
}

function schemaFields(schema: Schema | InvalidSchemaText | undefined, text: string): Fields {
  if (schema === undefined) return {};
  if (schema instanceof InvalidSchemaText) return { schemaError: "invalid-base64", schemaText: text };
  return { schema: hexOf(schema.data) };
}

function inlineChannelFields(channel: InlineChannel): Fields {
  const { id, topic, encoding, schemaName, schemaEncoding, metadata } = channel;
  const schema = schemaFields(resolveInline(channel), channel.schema);
  return present({
    id: String(id),
    topic,
    encoding,
    schemaName,
    schemaEncoding,
    metadata: metadataFields(metadata),
    ...schema,
  });
}

function tableChannelFields(channel: TableChannel): Fields {
  const { id, topic, encoding, schemaId, metadata } = channel;
  const reference = schemaId === undefined ? undefined : String(schemaId);
  return present({ id: String(id), topic, encoding, schemaId: reference, metadata: metadataFields(metadata) });
}

function rowFields(row: TableSchema): Fields {
  const schema = readSchema(row.name, row.encoding, row.data);
  if (schema instanceof InvalidSchemaText) throw schema;
  return { id: String(row.id), name: row.name, encoding: row.encoding, data: hexOf(schema.data) };
}

/** The golden fields of a device's `advertise`. */
export function advertiseFields(message: AdvertiseInline | AdvertiseTable): Fields {
  if (message.form === "inline") {
    return { op: "advertise", form: "inline", channels: message.channels.map(inlineChannelFields) };
  }
  const schemas = message.schemas.length === 0 ? undefined : message.schemas.map(rowFields);
  return present({ op: "advertise", form: "schemaTable", schemas, channels: message.channels.map(tableChannelFields) });
}

/** The golden fields of a viewer's channel. */
export function clientChannelFields(channel: ClientChannel): Fields {
  const { id, topic, encoding, schemaName, schemaEncoding } = channel;
  const schema = schemaFields(resolveClientChannel(channel), channel.schema ?? "");
  return present({ id, topic, encoding, schemaName, schemaEncoding, ...(schemaEncoding === undefined ? {} : schema) });
}

/** The golden fields of one side of a service. */
export function sideFields(side: ServiceSide | undefined): Fields | undefined {
  if (side === undefined) return undefined;
  const schema = readSchema(side.schemaName, side.schemaEncoding, side.schema);
  return { ...side, ...schemaFields(schema, side.schema) };
}

function textOfSchema(name: string, encoding: string, hex: string): string {
  const text = schemaText({ name, encoding, data: bytesOf(hex) });
  if (typeof text !== "string") throw text;
  return text;
}

/** The inline channel of golden fields. */
export function inlineChannelOf(fields: Fields): InlineChannel {
  const { id, topic, encoding, schemaName, schemaEncoding, schema } = fields as Record<string, string>;
  return {
    id: Number(id),
    topic: topic!,
    encoding: encoding!,
    schemaName: schemaName!,
    ...(schemaEncoding !== undefined && { schemaEncoding }),
    schema: schema === undefined ? "" : textOfSchema(schemaName!, schemaEncoding!, schema),
    metadata: metadataOf(fields["metadata"]),
  };
}

/** The table channel of golden fields. */
export function tableChannelOf(fields: Fields): TableChannel {
  const { id, topic, encoding, schemaId } = fields as Record<string, string>;
  return {
    id: Number(id),
    topic: topic!,
    encoding: encoding!,
    ...(schemaId !== undefined && { schemaId: Number(schemaId) }),
    metadata: metadataOf(fields["metadata"]),
  };
}

/** The row of the schema table of golden fields. */
export function rowOf(fields: Fields): TableSchema {
  const { id, name, encoding, data } = fields as Record<string, string>;
  return { id: Number(id), name: name!, encoding: encoding!, data: textOfSchema(name!, encoding!, data!) };
}

/** The viewer's channel of golden fields. */
export function clientChannelOf(fields: Fields): ClientChannel {
  const { id, topic, encoding, schemaName, schemaEncoding, schema } = fields as Record<string, string>;
  return {
    id: Number(id),
    topic: topic!,
    encoding: encoding!,
    schemaName: schemaName!,
    ...(schemaEncoding !== undefined && { schemaEncoding }),
    ...(schema !== undefined && { schema: textOfSchema(schemaName!, schemaEncoding!, schema) }),
  };
}

/** One side of a service of golden fields. */
export function sideOf(fields: Fields | undefined): ServiceSide | undefined {
  if (fields === undefined) return undefined;
  const { encoding, schemaName, schemaEncoding, schema } = fields as Record<string, string>;
  return {
    encoding: encoding!,
    schemaName: schemaName!,
    schemaEncoding: schemaEncoding!,
    schema: textOfSchema(schemaName!, schemaEncoding!, schema!),
  };
}
