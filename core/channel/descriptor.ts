/**
 * What a channel is, apart from its messages.
 */
import type { Metadata, Schema } from "../protocol/messages.ts";

/** Whether a channel's messages may be lost (`lossy`: each as fresh as can be) or not (`reliable`: in order, all). */
export type Reliability = "lossy" | "reliable";

/** What a channel is. */
export interface ChannelDescriptor {
  /** Positive, unique in the process. */
  readonly id: number;
  /** What the messages are about, for example `/pose`. Several channels may share a topic. */
  readonly topic: string;
  /** How messages are written, for example `json`, `protobuf`, `cdr`, `ros1`. */
  readonly encoding: string;
  /** The shape of the messages; absent: not declared. */
  readonly schema?: Schema | undefined;
  /** Text by key, for people and tools. */
  readonly metadata: Metadata;
}

/** A schema as it is given: its data as bytes or as text. */
export interface SchemaOptions {
  /** The schema's name, for example `foxglove.PoseInFrame`. */
  readonly name: string;
  /** How the data is written, for example `jsonschema`. Default: empty. */
  readonly encoding?: string;
  /** The schema itself. Default: empty. */
  readonly data?: Uint8Array | string;
}

const encoder = new TextEncoder();

/** The schema that was given, its bytes copied. */
export function schemaOf(options: SchemaOptions): Schema {
  const data = options.data ?? "";
  return {
    name: options.name,
    encoding: options.encoding ?? "",
    data: typeof data === "string" ? encoder.encode(data) : data.slice(),
  };
}

/** Whether two schemas are the same: name, encoding and data. */
export function sameSchema(a: Schema | undefined, b: Schema | undefined): boolean {
  if (a === b) return true;
  if (a === undefined || b === undefined) return false;
  return a.name === b.name && a.encoding === b.encoding && sameBytes(a.data, b.data);
}

/** Whether two metadata maps hold the same keys and values. */
export function sameMetadata(a: Metadata, b: Metadata): boolean {
  if (a.size !== b.size) return false;
  for (const [key, value] of a) if (b.get(key) !== value) return false;
  return true;
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.byteLength !== b.byteLength) return false;
  for (let index = 0; index < a.byteLength; index += 1) if (a[index] !== b[index]) return false;
  return true;
}
