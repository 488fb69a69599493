/**
 * The golden vectors as they are in the file.
 */
import { readFileSync } from "node:fs";

/** Fields of a message, named as on the wire. */
export type Fields = Record<string, unknown>;

/** One frame of a stream, in a vector. */
export interface GoldenFrame {
  readonly opcode: number;
  readonly payload: string;
  readonly message?: unknown;
  readonly messageDirection?: string;
  readonly readerGoesOn?: boolean;
}

/** One vector. */
export interface Vector {
  readonly name: string;
  readonly direction: "device_to_viewer" | "viewer_to_device" | "frame" | "data_track";
  readonly kind: "json" | "binary";
  readonly text?: string;
  readonly hex?: string;
  readonly encode?: Fields;
  readonly decodes: boolean | null;
  readonly decoded?: Fields;
  readonly error?: string;
  readonly roundTrips: boolean;
  readonly prefixes?: ReadonlyArray<readonly [number, string]>;
  readonly textFixed?: boolean;
}

const file: { readonly vectors: ReadonlyArray<Vector> } = JSON.parse(
  readFileSync(new URL("../golden.json", import.meta.url), "utf8"),
);

/** All vectors. */
export const vectors: ReadonlyArray<Vector> = file.vectors;

/** The frames that a frame vector encodes to, or those read from it. */
export function framesOf(fields: Fields): ReadonlyArray<GoldenFrame> {
  return fields["frames"] as ReadonlyArray<GoldenFrame>;
}

/** Bytes of hexadecimal text. */
export function bytesOf(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

/** Bytes as hexadecimal text. */
export function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Leaves out what is undefined, as golden fields do. */
export function present(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

/** A list of fields. */
export function list(value: unknown): ReadonlyArray<Fields> {
  return value as ReadonlyArray<Fields>;
}
