/**
 * What turns a channel's messages into values that can be shown.
 */
import type { ChannelInfo } from "../../mod.ts";
import { messageOf } from "../message_of.ts";
import { UndecodableChannel, UndecodableMessage } from "./errors.ts";
import { readJson } from "./json_decoder.ts";
import { MAX_SCHEMA_BYTES } from "./limits.ts";
import type { Plain } from "./plain.ts";
import { protobufReader } from "./protobuf_decoder.ts";
import { cdrIdlReader, cdrReader, type ReadMessage, ros1Reader } from "./ros_decoder.ts";

/** What of a channel says how its messages are decoded. */
export type DecodableChannel = Pick<ChannelInfo, "topic" | "encoding" | "schema">;

/** Decodes a channel's messages. */
export interface Decoder {
  /** The message as a value. What is wrong with its bytes is an error that is returned; nothing is thrown. */
  readonly decode: (data: Uint8Array) => Plain | UndecodableMessage;
}

const decoders = new WeakMap<DecodableChannel, Decoder | UndecodableChannel>();

/** The decoder of a channel's messages, or why there is none. A channel is always given the same one. */
export function decoderFor(channel: DecodableChannel): Decoder | UndecodableChannel {
  let decoder = decoders.get(channel);
  if (decoder === undefined) decoders.set(channel, decoder = makeDecoder(channel));
  return decoder;
}

function makeDecoder(channel: DecodableChannel): Decoder | UndecodableChannel {
  const { topic, encoding } = channel;
  const read = readerFor(channel);
  if (read instanceof UndecodableChannel) return read;
  return {
    decode: (data) => {
      try {
        return read(data);
      } catch (cause) {
        return new UndecodableMessage({ topic, encoding, bytes: data.byteLength, detail: said(cause), cause });
      }
    },
  };
}

function readerFor(channel: DecodableChannel): ReadMessage | UndecodableChannel {
  switch (channel.encoding) {
    case "json":
      return readJson;
    case "protobuf":
      return withSchema(channel, "protobuf", protobufReader);
    case "ros1":
      return withSchema(channel, "ros1msg", (_name, schema) => ros1Reader(schema));
    case "cdr":
      return channel.schema?.encoding === "ros2idl"
        ? withSchema(channel, "ros2idl", cdrIdlReader)
        : withSchema(channel, "ros2msg", (_name, schema) => cdrReader(schema));
    case "":
      return undecodable(channel, "it does not say how they are encoded");
    default:
      return undecodable(channel, `the encoding ${channel.encoding} is not known here`);
  }
}

function withSchema(
  channel: DecodableChannel,
  schemaEncoding: string,
  make: (name: string, schema: Uint8Array) => ReadMessage,
): ReadMessage | UndecodableChannel {
  const { schema } = channel;
  if (schema === undefined || schema.data.byteLength === 0) return undecodable(channel, "it has no schema");
  if (schema.encoding !== schemaEncoding) {
    return undecodable(
      channel,
      `its schema is in ${schema.encoding || "an unnamed encoding"}, not in ${schemaEncoding}`,
    );
  }
  if (schema.data.byteLength > MAX_SCHEMA_BYTES) {
    return undecodable(channel, `its schema has ${schema.data.byteLength} bytes, more than ${MAX_SCHEMA_BYTES}`);
  }
  try {
    return make(schema.name, schema.data);
  } catch (cause) {
    return undecodable(channel, `there is something wrong with its schema ${schema.name}: ${said(cause)}`, cause);
  }
}

function undecodable({ topic, encoding }: DecodableChannel, detail: string, cause?: unknown): UndecodableChannel {
  return new UndecodableChannel({ topic, encoding, detail, cause });
}

/** One line, and not endless: a parser may quote what it was given. */
function said(cause: unknown): string {
  const text = messageOf(cause).replace(/\s+/g, " ").trim();
  return text.length > 300 ? `${text.slice(0, 300)}…` : text;
}
