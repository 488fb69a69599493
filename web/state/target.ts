/**
 * What the page connects to: the device that serves it, or a LiveKit server. It stands in the address; secrets stand in
 * its fragment, which no server sees, and leave the address as soon as they have been read.
 */
import type { Keep } from "./storage.ts";

/** What to connect to. */
export type Target =
  | { readonly via: "device"; readonly token: string | undefined }
  | { readonly via: "livekit"; readonly url: string; readonly token: string };

/** The parts of an address that matter here. */
export interface Address {
  readonly pathname: string;
  readonly search: string;
  readonly hash: string;
}

/** A target as it was read. */
export interface ReadTarget {
  readonly target: Target;
  /** The address without what is secret, when there was something secret in it. */
  readonly cleaned: string | undefined;
}

const LIVEKIT = "livekit";
const TOKEN = "token";

/** Reads what to connect to. A token that came with the address is kept for when the page is loaded again. */
export function readTarget(address: Address, keep: Keep): ReadTarget {
  const url = new URLSearchParams(address.search).get(LIVEKIT) ?? undefined;
  const hash = new URLSearchParams(address.hash.replace(/^#/, ""));
  const given = hash.get(TOKEN) ?? undefined;
  const key = url === undefined ? TOKEN : `${TOKEN}.${url}`;
  if (given !== undefined) keep.set(key, given);
  const token = given ?? keep.get(key);
  hash.delete(TOKEN);
  const rest = hash.size === 0 ? "" : `#${hash}`;
  return {
    target: url === undefined ? { via: "device", token } : { via: "livekit", url, token: token ?? "" },
    cleaned: given === undefined ? undefined : address.pathname + address.search + rest,
  };
}

/** The address of a target, without what is secret; its token is kept. */
export function addressOf(target: Target, address: Address, keep: Keep): string {
  const search = new URLSearchParams(address.search);
  if (target.via === "livekit") search.set(LIVEKIT, target.url);
  else search.delete(LIVEKIT);
  keep.set(target.via === "livekit" ? `${TOKEN}.${target.url}` : TOKEN, target.token);
  return address.pathname + (search.size === 0 ? "" : `?${search}`);
}

/** What is wrong with the address of a LiveKit server; `undefined`: nothing. */
export function urlProblem(url: string): string | undefined {
  const isUsual = URL.canParse(url) && /^(wss?|https?):$/.test(new URL(url).protocol);
  return isUsual ? undefined : "An address begins with wss://, ws://, https:// or http://";
}
