/**
 * Messages as lines of JSON, one object each.
 */
import { Buffer } from "node:buffer";

/** What a line is made of. */
export interface JsonLineMessage {
  readonly topic: string;
  readonly logTime: bigint;
  readonly data: Uint8Array;
  readonly channel: { readonly encoding: string; readonly schema?: { readonly name: string } | undefined };
}

const decoder = new TextDecoder("utf-8", { fatal: true });

/**
 * One line, without its end: topic, log time (text: it is beyond what a JSON number holds exactly), encoding, name of the
 * schema if there is one, size in bytes, and the message: as it is when it is JSON, else as base64 under `data`.
 */
export function jsonLine({ topic, logTime, data, channel }: JsonLineMessage): string {
  const schema = channel.schema === undefined ? {} : { schema: channel.schema.name };
  const about = { topic, logTime: String(logTime), encoding: channel.encoding, ...schema, size: data.byteLength };
  return `${JSON.stringify(about).slice(0, -1)},${jsonBody("message", channel.encoding, data)}}`;
}

/** A member of a JSON object: bytes as they are, under that name, when they are JSON, else as base64 under `data`. */
export function jsonBody(name: string, encoding: string, data: Uint8Array): string {
  const text = encoding === "json" ? jsonText(data) : undefined;
  return text === undefined ? `"data":${JSON.stringify(base64(data))}` : `${JSON.stringify(name)}:${text}`;
}

/**
 * The text itself rather than what parsing and writing it again would make of it, so that every digit stays. Line ends
 * can only stand between tokens, where a space does as well.
 */
function jsonText(data: Uint8Array): string | undefined {
  try {
    const text = decoder.decode(data);
    JSON.parse(text);
    return text.trim().replace(/[\r\n]+/g, " ");
  } catch {
    return undefined;
  }
}

function base64(data: Uint8Array): string {
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString("base64");
}
