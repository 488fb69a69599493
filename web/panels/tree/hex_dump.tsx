/**
 * Bytes that nobody can read otherwise.
 */
import type { VNode } from "preact";

/** Bytes that are shown. */
const SHOWN = 256;
const LINE = 16;

/** The first bytes of a message. */
export function HexDump({ bytes }: { bytes: Uint8Array }): VNode {
  const lines: Array<string> = [];
  for (let at = 0; at < Math.min(bytes.length, SHOWN); at += LINE) lines.push(hexLine(bytes, at));
  if (bytes.length > SHOWN) lines.push(`… ${bytes.length - SHOWN} more bytes`);
  return <pre class="view-hex" tabIndex={0} aria-label="The message's first bytes">{lines.join("\n")}</pre>;
}

function hexLine(bytes: Uint8Array, at: number): string {
  const part = Array.from(bytes.subarray(at, Math.min(at + LINE, SHOWN)));
  const hex = part.map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
  const text = part.map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : "·")).join("");
  return `${at.toString(16).padStart(4, "0")}  ${hex.padEnd(LINE * 3 - 1)}  ${text}`;
}
