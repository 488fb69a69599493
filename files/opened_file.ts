/**
 * Where an open file really is.
 */
import { type FileHandle, readlink, realpath, stat } from "node:fs/promises";
import { sep } from "node:path";

/** Where the system shows the open files of a process as links to their paths, where it does. */
const OPEN_FILES = "/proc/self/fd";

/** Whether a path without links or dots lies below a folder. */
export function isWithin(folder: string, path: string): boolean {
  return path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}

/**
 * Whether what was opened lies in the folder, whatever has become of the names that led to it meanwhile. Where the system
 * does not show where an open file is, the file at the real path must be the same one.
 */
export async function wasOpenedWithin(
  folder: string,
  handle: FileHandle,
  path: string,
  openFiles: string = OPEN_FILES,
): Promise<boolean> {
  const opened = await handle.stat({ bigint: true });
  const link = `${openFiles}/${handle.fd}`;
  const [at, behind] = await Promise.all([
    readlink(link).catch(() => undefined),
    stat(link, { bigint: true }).catch(() => undefined),
  ]);
  // A run-time that numbers its files otherwise would show another file there.
  if (at !== undefined && behind?.ino === opened.ino && behind.dev === opened.dev) return isWithin(folder, at);
  const now = await realpath(path).catch(() => undefined);
  if (now === undefined || !isWithin(folder, now)) return false;
  const status = await stat(now, { bigint: true }).catch(() => undefined);
  return status?.ino === opened.ino && status.dev === opened.dev;
}
