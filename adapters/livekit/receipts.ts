/**
 * Receipts: how far the reader of a byte stream has come, sent back to its sender. LiveKit's streams have no feedback
 * of their own: a server keeps little for a receiver that is slow and then drops what was promised. A sender of ours
 * says in the stream's header how much may be under way; a reader of ours then answers, from the start on. With others
 * at the other end neither happens.
 */

/** The attribute of a stream's header that offers receipts: the bytes that may be under way. */
export const WINDOW_ATTRIBUTE: string = "fieldlink.window";

/** The topic of the packets that carry receipts. */
export const RECEIPT_TOPIC: string = "fieldlink.receipt";

/** Smaller windows would mean a receipt for every few bytes; what offers one gets none. */
export const MIN_WINDOW: number = 16 * 1024;

/** How far a reader has come. */
export interface Receipt {
  /** The stream. */
  readonly stream: string;
  /**
   * Bytes read so far; `all` when the reader wants no more and nothing is to wait for it; `gone` when nothing reaches
   * it any more: it is leaving, which the server tells up to three seconds later, or a part of the stream was lost.
   */
  readonly read: number | "all" | "gone";
}

/** Writes a receipt. */
export function encodeReceipt(receipt: Receipt): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(`${receipt.read} ${receipt.stream}`);
}

/** Reads a receipt; `undefined` when it is none. */
export function decodeReceipt(payload: Uint8Array): Receipt | undefined {
  if (payload.length > 256) return undefined;
  const match = /^(all|gone|\d{1,15}) (.+)$/.exec(new TextDecoder().decode(payload));
  const [, read, stream] = match ?? [];
  if (read === undefined || stream === undefined) return undefined;
  return { stream, read: read === "all" || read === "gone" ? read : Number(read) };
}

/** The window that a header offers; `undefined` when it offers none, or nonsense. */
export function offeredWindow(attributes: Readonly<Record<string, string>>): number | undefined {
  const text = attributes[WINDOW_ATTRIBUTE];
  const window = text === undefined || !/^\d{1,15}$/.test(text) ? 0 : Number(text);
  return window >= MIN_WINDOW ? window : undefined;
}
