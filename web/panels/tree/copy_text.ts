/**
 * Values as text for the clipboard.
 */
import type { Plain } from "../../decode/plain.ts";

/** Characters that are copied at most. */
export const MAX_COPIED = 5_000_000;

/** A value as JSON, indented; a text as itself, bytes as base64. */
export function copyText(value: Plain): string {
  if (typeof value === "string") return value;
  const text = JSON.stringify(value, forJson, 2);
  return text.length > MAX_COPIED ? text.slice(0, MAX_COPIED) : text;
}

function forJson(_name: string, value: Plain): unknown {
  if (typeof value === "bigint") return rawNumber(value);
  if (value instanceof Uint8Array) return base64(value);
  if (ArrayBuffer.isView(value)) return [...value];
  return typeof value === "number" && !Number.isFinite(value) ? String(value) : value;
}

/** All its digits, where the browser can; else a text. */
function rawNumber(value: bigint): unknown {
  const { rawJSON } = JSON as { readonly rawJSON?: (text: string) => unknown };
  return rawJSON === undefined ? String(value) : rawJSON(String(value));
}

function base64(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += 8_192) text += String.fromCharCode(...bytes.subarray(at, at + 8_192));
  return btoa(text);
}

/** Puts a text into the clipboard. `false`: the browser does not allow it. */
export async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyOldWay(text);
  }
}

/** Pages that come over plain HTTP from another machine have no clipboard but this. */
function copyOldWay(text: string): boolean {
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "view-hidden";
  const focused = document.activeElement;
  document.body.append(area);
  area.select();
  try {
    return document.execCommand("copy");
  } finally {
    area.remove();
    if (focused instanceof HTMLElement) focused.focus();
  }
}
