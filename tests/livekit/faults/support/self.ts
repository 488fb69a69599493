/**
 * What a program that is started by a test says of itself, and is told.
 */
import { readdirSync } from "node:fs";
import { accessToken, livekit } from "../../../../adapters/livekit/mod.ts";
import type { Transport } from "../../../../transport/mod.ts";

/** What every program is told. */
export interface Settings {
  readonly url: string;
  readonly apiKey: string;
  readonly apiSecret: string;
  readonly room: string;
  readonly identity: string;
}

/** What a process holds. */
export interface Holdings {
  readonly rssMiB: number;
  readonly threads: number;
  readonly descriptors: number;
}

/** What this program was told. It ends with whoever has told it. */
export function settings<S extends Settings>(defaults: Omit<S, keyof Settings>): S {
  process.stdin.resume().once("end", () => process.exit());
  return { ...defaults, ...JSON.parse(process.argv[2] ?? "{}") };
}

/** The way into the room that this program was told of. */
export function wayIn({ url, apiKey, apiSecret, room, identity }: Settings): Transport {
  const token = () => accessToken({ apiKey, apiSecret, room, identity });
  return livekit({ url, token, iceServers: [], logLevel: "silent", connectTimeoutMs: 30_000 });
}

/** Says something: one line. */
export function say(word: object): void {
  console.log(JSON.stringify(word));
}

/** What this process holds now. */
export function holdings(): Holdings {
  return {
    rssMiB: Math.round(process.memoryUsage.rss() / 1024 / 102.4) / 10,
    threads: readdirSync("/proc/self/task").length,
    descriptors: readdirSync("/proc/self/fd").length,
  };
}
