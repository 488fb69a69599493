/**
 * Things that take long to make and are made once: each is a folder in the project's cache, which git ignores.
 *
 * @module
 */
import { closeSync, existsSync, mkdirSync, openSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { utimesSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { root } from "./house.ts";

/** What a set-up could not do, in one line that says what to do about it. */
export class SetupError extends Error {
  override readonly name: string = "SetupError";
}

/** Where the cache is, and how it is waited for. */
export interface CacheOptions {
  /** The cache's folder; the project's when absent. */
  readonly cache?: string;
  /** Ms between two looks at a lock that another process holds. Default 250. */
  readonly pollMs?: number;
}

/** Ms between two signs of life that the holder of a lock gives. */
const HEARTBEAT_MS = 2_000;
/** A lock without a sign of life for so long has been left behind. */
const ABANDONED_MS = 30_000;

/** The project's cache. */
export const cacheFolder: string = join(root, ".cache");

/**
 * The folder of that name in the cache. When it is not there, `make` fills a folder, which gets the name in one step
 * when it is complete. Other processes wait meanwhile, and take what has been made.
 */
export async function cached(
  name: string,
  make: (folder: string) => Promise<void>,
  options: CacheOptions = {},
): Promise<string> {
  const cache = options.cache ?? cacheFolder;
  const target = join(cache, name);
  if (existsSync(target)) return target;
  mkdirSync(cache, { recursive: true });
  const lock = join(cache, `${name}.lock`);
  while (!take(lock)) {
    await sleep(options.pollMs ?? 250);
    if (existsSync(target)) return target;
  }
  const heartbeat = setInterval(() => touch(lock), HEARTBEAT_MS);
  try {
    if (existsSync(target)) return target;
    const unfinished = `${name}.part-`;
    // Left behind by a process that was killed while it was at it.
    for (const left of readdirSync(cache)) {
      if (left.startsWith(unfinished)) rmSync(join(cache, left), { recursive: true, force: true });
    }
    const folder = join(cache, `${unfinished}${process.pid}`);
    mkdirSync(folder);
    try {
      await make(folder);
      renameSync(folder, target);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
    return target;
  } finally {
    clearInterval(heartbeat);
    rmSync(lock, { force: true });
  }
}

/** Takes a lock, if nobody holds it; one whose holder has gone is taken away. */
function take(lock: string): boolean {
  try {
    closeSync(openSync(lock, "wx"));
    return true;
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
    const made = statSync(lock, { throwIfNoEntry: false })?.mtimeMs;
    if (made !== undefined && Date.now() - made > ABANDONED_MS) rmSync(lock, { force: true });
    return false;
  }
}

function touch(lock: string): void {
  const now = new Date();
  // It may have been taken away, while this machine slept.
  if (existsSync(lock)) utimesSync(lock, now, now);
}
