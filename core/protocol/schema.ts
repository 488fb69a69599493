/**
 * Schemas and the text they travel as (wire protocol, section 3.4).
 */
import { decodeBase64, encodeBase64 } from "./base64.ts";
import type { ClientChannel, InlineChannel, Schema, ServiceSide } from "./messages.ts";
import { InvalidSchemaText, SchemaNotUtf8 } from "./schema_errors.ts";
import { encodeText, textOf } from "./text.ts";

/** Whether channels of a message encoding must have a schema; an empty one will do. */
export function needsSchema(messageEncoding: string): boolean {
  switch (messageEncoding) {
    case "protobuf":
    case "flatbuffer":
    case "ros1":
    case "cdr":
      return true;
    default:
      return false;
  }
}

/** Whether schemas of an encoding travel as base64, and not as text. */
export function isBinarySchemaEncoding(schemaEncoding: string): boolean {
  return schemaEncoding === "protobuf" || schemaEncoding === "flatbuffer";
}

/** The text that a schema travels as. */
export function schemaText(schema: Schema): string | SchemaNotUtf8 {
  if (isBinarySchemaEncoding(schema.encoding)) return encodeBase64(schema.data);
  return textOf(schema.data) ??
    new SchemaNotUtf8({ schemaName: schema.name, schemaEncoding: schema.encoding });
}

/** The schema of a name, an encoding, and the text it has travelled as. */
export function readSchema(name: string, encoding: string, text: string): Schema | InvalidSchemaText {
  if (!isBinarySchemaEncoding(encoding)) return { name, encoding, data: encodeText(text) };
  const data = decodeBase64(text);
  if (data !== undefined) return { name, encoding, data };
  const detail = "it must be of the standard alphabet and padded";
  return new InvalidSchemaText({ schemaName: name, schemaEncoding: encoding, detail });
}

/** The schema of a device's channel that was advertised inline; `undefined` where it has none. */
export function resolveInline(
  channel: Pick<InlineChannel, "schemaName" | "schemaEncoding" | "schema">,
): Schema | InvalidSchemaText | undefined {
  const { schemaName, schemaEncoding, schema } = channel;
  if (schemaEncoding === undefined && schemaName === "" && schema === "") return undefined;
  return readSchema(schemaName, schemaEncoding ?? "", schema);
}

/**
 * The schema of a viewer's channel; `undefined` where it has none. It has data only where both the encoding and the text
 * are there; without them, a name alone still makes a schema.
 */
export function resolveClientChannel(
  channel: Pick<ClientChannel, "schemaName" | "schemaEncoding" | "schema">,
): Schema | InvalidSchemaText | undefined {
  const { schemaName, schemaEncoding, schema } = channel;
  if (schemaEncoding !== undefined && schema !== undefined) return readSchema(schemaName, schemaEncoding, schema);
  if (schemaName === "") return undefined;
  return { name: schemaName, encoding: schemaEncoding ?? "", data: new Uint8Array(0) };
}

/** A viewer's channel, its schema not yet text. */
export interface ClientAdvertisedChannel {
  /** The id, a u32 of the viewer's choice. */
  readonly id: number;
  /** What it is about. */
  readonly topic: string;
  /** How its messages are encoded. */
  readonly encoding: string;
  /** What its messages look like. */
  readonly schema?: Schema;
}

/** A viewer's channel as it is advertised. */
export function clientChannel(channel: ClientAdvertisedChannel): ClientChannel | SchemaNotUtf8 {
  const { id, topic, encoding, schema } = channel;
  if (schema === undefined) return { id, topic, encoding, schemaName: "" };
  const text = schemaText(schema);
  if (typeof text !== "string") return text;
  return { id, topic, encoding, schemaName: schema.name, schemaEncoding: schema.encoding, schema: text };
}

/** What a service takes or gives: how it is encoded, and its schema. */
export interface ServicePayload {
  /** How the payload is encoded. */
  readonly encoding: string;
  /** What the payload looks like. */
  readonly schema: Schema;
}

/** One side of a service as it is advertised. */
export function serviceSide(payload: ServicePayload): ServiceSide | SchemaNotUtf8 {
  const { encoding, schema } = payload;
  const text = schemaText(schema);
  if (typeof text !== "string") return text;
  return { encoding, schemaName: schema.name, schemaEncoding: schema.encoding, schema: text };
}

/** One side of a service as it was advertised, its schema read. */
export function readServiceSide(side: ServiceSide): ServicePayload | InvalidSchemaText {
  const schema = readSchema(side.schemaName, side.schemaEncoding, side.schema);
  return schema instanceof InvalidSchemaText ? schema : { encoding: side.encoding, schema };
}
