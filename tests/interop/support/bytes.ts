/**
 * Bytes as the peers' lines have them.
 */
import { createHash } from "node:crypto";
import type { PeerEvent } from "./peer_process.ts";

/** Bytes or text in base64, for a command. */
export function base64(data: Uint8Array | string): string {
  return Buffer.from(data).toString("base64");
}

/** What an event tells of these bytes, however many they are. */
export function digest(data: Uint8Array): { readonly size: number; readonly sha256: string } {
  return { size: data.byteLength, sha256: createHash("sha256").update(data).digest("hex") };
}

/** The payload of an event, as text. */
export function textOf(event: PeerEvent): string {
  if (typeof event["data"] !== "string") throw new Error(`the event has no data: ${JSON.stringify(event)}`);
  return Buffer.from(event["data"], "base64").toString();
}

/** So many bytes, as the peers make them: 0, 1, 2 up to 250, then 0 again. */
export function counting(size: number): Uint8Array {
  return Uint8Array.from({ length: size }, (_, index) => index % 251);
}
