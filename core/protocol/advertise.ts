/**
 * From a device's channels to `advertise` messages and back (wire protocol, sections 3.1, 3.4 and 3.5).
 */
import { inlineOversize, tableOversize } from "./advertise_json.ts";
import type { FrameTooLarge } from "./errors.ts";
import type {
  AdvertiseInline,
  AdvertiseTable,
  InlineChannel,
  MangledChannel,
  Metadata,
  Schema,
  TableChannel,
  TableSchema,
} from "./messages.ts";
import { needsSchema, resolveInline, schemaText } from "./schema.ts";
import {
  type InvalidSchemaText,
  MangledAdvertisement,
  MissingSchema,
  SchemaNotUtf8,
  type UnknownSchemaId,
} from "./schema_errors.ts";
import type { SchemaTableReader, SchemaTableWriter } from "./schema_table.ts";

/** A device's channel as viewers are to see it. */
export interface AdvertisedChannel {
  /** The id; from a device of this library positive. */
  readonly id: number;
  /** What it is about. */
  readonly topic: string;
  /** How its messages are encoded. */
  readonly encoding: string;
  /** What its messages look like; absent: it was declared without a schema. */
  readonly schema?: Schema;
  /** Text by key. */
  readonly metadata: Metadata;
}

/** Why a channel cannot be advertised. */
export type AdvertiseError = MissingSchema | SchemaNotUtf8 | FrameTooLarge;

/** Why an advertised channel cannot be taken. */
export type ReadAdvertiseError = InvalidSchemaText | UnknownSchemaId | MangledAdvertisement;

/** A channel that was left out, and why. */
export interface RefusedChannel<E> {
  /** The channel's id. */
  readonly id: number;
  /** The channel's topic. */
  readonly topic: string;
  /** Why it was left out. */
  readonly error: E;
}

/** A message, and the channels that could not be put into it. */
export interface Advertisement<M> {
  /** The message; it may have no channels. */
  readonly message: M;
  /** The channels left out. */
  readonly refused: ReadonlyArray<RefusedChannel<AdvertiseError>>;
}

/** What was read from an `advertise`. */
export interface ReadAdvertisement {
  /** The channels that can be taken. */
  readonly channels: ReadonlyArray<AdvertisedChannel>;
  /** The channels that cannot. */
  readonly refused: ReadonlyArray<RefusedChannel<ReadAdvertiseError>>;
}

/** The `advertise` for viewers below 2.3.0: one and the same for all of them. */
export function advertiseInline(channels: Iterable<AdvertisedChannel>): Advertisement<AdvertiseInline> {
  const taken: Array<InlineChannel> = [];
  const refused: Array<RefusedChannel<AdvertiseError>> = [];
  for (const channel of channels) {
    const made = inlineChannel(channel);
    if ("error" in made) refused.push(made);
    else taken.push(made);
  }
  return { message: { op: "advertise", form: "inline", channels: taken }, refused };
}

/**
 * The `advertise` for one viewer of 2.3.0 or later. It defines the schemas that are new to the viewer, so it must be queued
 * for the viewer in the same step.
 */
export function advertiseTable(
  channels: Iterable<AdvertisedChannel>,
  table: SchemaTableWriter,
): Advertisement<AdvertiseTable> {
  const schemas: Array<TableSchema> = [];
  const taken: Array<TableChannel> = [];
  const refused: Array<RefusedChannel<AdvertiseError>> = [];
  for (const channel of channels) {
    const made = tableChannel(channel, table, schemas);
    if ("error" in made) refused.push(made);
    else taken.push(made);
  }
  return { message: { op: "advertise", form: "table", schemas, channels: taken }, refused };
}

/** Reads an `advertise` of either form; the rows of a table message are taken into the table first. */
export function readAdvertise(message: AdvertiseInline | AdvertiseTable, table: SchemaTableReader): ReadAdvertisement {
  const channels: Array<AdvertisedChannel> = [];
  const refused: Array<RefusedChannel<ReadAdvertiseError>> = (message.mangled ?? []).map(mangled);
  if (message.form === "table") table.define(message.schemas);
  for (const channel of message.channels) {
    const { id, topic, encoding, metadata } = channel;
    const schema = schemaOf(channel, table);
    if (schema === undefined) channels.push({ id, topic, encoding, metadata });
    else if ("_tag" in schema) refused.push({ id, topic, error: schema });
    else channels.push({ id, topic, encoding, schema, metadata });
  }
  return { channels, refused };
}

function schemaOf(
  channel: InlineChannel | TableChannel,
  table: SchemaTableReader,
): Schema | InvalidSchemaText | UnknownSchemaId | undefined {
  if ("schema" in channel) return resolveInline(channel);
  return channel.schemaId === undefined ? undefined : table.resolve(channel.schemaId);
}

function mangled(channel: MangledChannel): RefusedChannel<ReadAdvertiseError> {
  const { id, topic, detail } = channel;
  return { id, topic, error: new MangledAdvertisement({ topic, detail }) };
}

function refusal<E>(channel: AdvertisedChannel, error: E): RefusedChannel<E> {
  return { id: channel.id, topic: channel.topic, error };
}

function inlineChannel(channel: AdvertisedChannel): InlineChannel | RefusedChannel<AdvertiseError> {
  const { id, topic, encoding, schema, metadata } = channel;
  if (schema === undefined) {
    if (needsSchema(encoding)) return refusal(channel, new MissingSchema({ topic, encoding }));
    return fitting(channel, { id, topic, encoding, schemaName: "", schema: "", metadata });
  }
  const text = schemaText(schema);
  if (typeof text !== "string") return refusal(channel, text);
  const { name: schemaName, encoding: schemaEncoding } = schema;
  return fitting(channel, { id, topic, encoding, schemaName, schemaEncoding, schema: text, metadata });
}

function fitting(channel: AdvertisedChannel, made: InlineChannel): InlineChannel | RefusedChannel<AdvertiseError> {
  const oversize = inlineOversize(made);
  return oversize === undefined ? made : refusal(channel, oversize);
}

/** Adds the channel's schema to `schemas` where it is new. A channel that is refused leaves the table as it was. */
function tableChannel(
  channel: AdvertisedChannel,
  table: SchemaTableWriter,
  schemas: Array<TableSchema>,
): TableChannel | RefusedChannel<AdvertiseError> {
  const { id, topic, encoding, schema, metadata } = channel;
  if (schema === undefined) {
    if (needsSchema(encoding)) return refusal(channel, new MissingSchema({ topic, encoding }));
    const made = { id, topic, encoding, metadata };
    const oversize = tableOversize(made);
    return oversize === undefined ? made : refusal(channel, oversize);
  }
  const row = newRow(schema, table);
  if (row instanceof SchemaNotUtf8) return refusal(channel, row);
  const made = { id, topic, encoding, schemaId: row?.id ?? table.allocate(schema), metadata };
  const oversize = tableOversize(made, row);
  if (oversize !== undefined) return refusal(channel, oversize);
  if (row !== undefined) {
    table.allocate(schema);
    schemas.push(row);
  }
  return made;
}

/** The row that a schema needs, under the id that it will get; `undefined` where it has been told. */
function newRow(schema: Schema, table: SchemaTableWriter): TableSchema | SchemaNotUtf8 | undefined {
  if (table.idOf(schema) !== undefined) return undefined;
  const text = schemaText(schema);
  if (typeof text !== "string") return text;
  return { id: table.size + 1, name: schema.name, encoding: schema.encoding, data: text };
}
