/**
 * Pictures in messages.
 */
import { isRecord, type Plain, type PlainRecord } from "../../decode/plain.ts";
import type { Meaning } from "../schema_names.ts";
import { bytesOf } from "./bytes_of.ts";
import type { RawPicture } from "./raw_pixels.ts";

/** A picture in a file format. */
export interface CompressedPicture {
  readonly kind: "compressed";
  /** The format, as the message calls it. */
  readonly format: string;
  /** Its media type, by its first bytes where these tell. */
  readonly mediaType: string;
  readonly bytes: Uint8Array;
}

/** A picture of either kind. */
export type Picture = CompressedPicture | RawPicture;

/** The picture of a message, or in words why there is none. */
export function pictureOf(meaning: Meaning | undefined, value: Plain): Picture | string {
  if (!isRecord(value)) return "the message has no fields";
  const bytes = bytesOf(value["data"]);
  if (bytes === undefined) return "the message has no data, as base64 or as bytes";
  if (meaning === "compressed-image") {
    const format = textOf(value, "format");
    return { kind: "compressed", format, mediaType: mediaType(bytes, format), bytes };
  }
  const encoding = textOf(value, "encoding");
  const [width, height, step] = [sizeOf(value, "width"), sizeOf(value, "height"), sizeOf(value, "step")];
  if (width === undefined || height === undefined) return "the message does not say how large the picture is";
  const isBigEndian = value["is_bigendian"] === 1 || value["is_bigendian"] === true;
  return { kind: "raw", width, height, encoding, step, isBigEndian, bytes };
}

function textOf(record: PlainRecord, name: string): string {
  const value = record[name];
  return typeof value === "string" ? value : "";
}

function sizeOf(record: PlainRecord, name: string): number | undefined {
  const value = record[name];
  return typeof value === "number" && Number.isInteger(value) && value >= 0 ? value : undefined;
}

function mediaType(bytes: Uint8Array, format: string): string {
  const begins = (...signature: ReadonlyArray<number>): boolean => signature.every((byte, at) => bytes[at] === byte);
  if (begins(0xff, 0xd8)) return "image/jpeg";
  if (begins(0x89, 0x50, 0x4e, 0x47)) return "image/png";
  if (begins(0x52, 0x49, 0x46, 0x46)) return "image/webp";
  const named = /jpe?g|png|webp|avif|gif|bmp/i.exec(format)?.[0].toLowerCase();
  return named === undefined ? "application/octet-stream" : `image/${named === "jpg" ? "jpeg" : named}`;
}
