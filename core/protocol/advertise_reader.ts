/**
 * Reads a device's `advertise`, whose two shapes are told apart by its channels (wire protocol, section 3.5).
 */
import type { JsonValue } from "./json.ts";
import type {
  AdvertiseInline,
  AdvertiseTable,
  InlineChannel,
  MangledChannel,
  TableChannel,
  TableSchema,
} from "./messages.ts";
import { ObjectShape, type Shape } from "./shape.ts";

/** What both shapes of a channel have. */
type Head = Pick<InlineChannel, "id" | "topic" | "encoding" | "metadata">;

/** A channel before it is clear which shape the message has. */
interface OpenChannel {
  readonly head: Head;
  readonly schemaName: string | undefined;
  readonly schemaEncoding: string | undefined;
  readonly schema: string | undefined;
  readonly schemaId: number | undefined;
}

/** Reads the message. Channels that do not fit the shape of the message are told apart, for the others to be kept. */
export function readAdvertiseMessage(shape: Shape, keys: ObjectShape): AdvertiseInline | AdvertiseTable {
  const channels = keys.list("channels", (value, path) => readChannel(shape, value, path));
  return isTable(channels) ? tableMessage(shape, keys, channels) : inlineMessage(channels);
}

function readChannel(shape: Shape, value: JsonValue, path: string): OpenChannel {
  const keys = new ObjectShape(shape, value, path);
  const id = keys.u64("id");
  const topic = keys.string("topic");
  const encoding = keys.string("encoding");
  return {
    head: { id, topic, encoding, metadata: keys.optionalMetadata("metadata") },
    schemaName: keys.optionalString("schemaName"),
    schemaEncoding: keys.optionalString("schemaEncoding"),
    schema: keys.optionalString("schema"),
    schemaId: keys.optionalU64("schemaId"),
  };
}

function isInline(channel: OpenChannel): boolean {
  return channel.schemaName !== undefined && channel.schema !== undefined;
}

/**
 * A message all of whose channels are inline ones is an inline message, one without channels too. Of mangled messages
 * those are table ones that refer to the table, and those without any inline channel.
 */
function isTable(channels: ReadonlyArray<OpenChannel>): boolean {
  if (channels.every(isInline)) return false;
  return channels.some((channel) => channel.schemaId !== undefined) || !channels.some(isInline);
}

function inlineMessage(open: ReadonlyArray<OpenChannel>): AdvertiseInline {
  const channels: Array<InlineChannel> = [];
  const mangled: Array<MangledChannel> = [];
  for (const { head, schemaName, schemaEncoding, schema } of open) {
    if (schemaName === undefined || schema === undefined) {
      mangled.push({ id: head.id, topic: head.topic, detail: "it lacks its schema in a message of inline schemas" });
    } else {
      channels.push({ ...head, schemaName, schema, ...(schemaEncoding !== undefined && { schemaEncoding }) });
    }
  }
  return { op: "advertise", form: "inline", channels, ...(mangled.length > 0 && { mangled }) };
}

function tableMessage(shape: Shape, keys: ObjectShape, open: ReadonlyArray<OpenChannel>): AdvertiseTable {
  const schemas = keys.optionalList("schemas", (value, path) => readRow(shape, value, path));
  const channels: Array<TableChannel> = [];
  const mangled: Array<MangledChannel> = [];
  for (const channel of open) {
    const { head, schemaId } = channel;
    if (schemaId !== undefined) channels.push({ ...head, schemaId });
    else if (!losesSchema(channel)) channels.push(head);
    else mangled.push({ id: head.id, topic: head.topic, detail: "it has an inline schema in a schema-table message" });
  }
  return { op: "advertise", form: "table", schemas, channels, ...(mangled.length > 0 && { mangled }) };
}

/** Whether there is something inline that would get lost if the channel were taken as one without a schema. */
function losesSchema(channel: OpenChannel): boolean {
  return Boolean(channel.schemaName) || Boolean(channel.schema) || channel.schemaEncoding !== undefined;
}

function readRow(shape: Shape, value: JsonValue, path: string): TableSchema {
  const keys = new ObjectShape(shape, value, path);
  return {
    id: keys.u64("id"),
    name: keys.string("name"),
    encoding: keys.string("encoding"),
    data: keys.string("data"),
  };
}
