/**
 * A folder of files that viewers fetch as assets.
 */
import { constants, statSync } from "node:fs";
import { type FileHandle, open, realpath, stat } from "node:fs/promises";
import { join } from "node:path";
import { ConfigurationError } from "../mod.ts";
import { AssetError } from "./asset_error.ts";
import { assetError, assetPath } from "./asset_uri.ts";
import { isWithin, wasOpenedWithin } from "./opened_file.ts";

/** How a folder is served. */
export interface AssetFolderOptions {
  /**
   * The largest file that is served, in bytes; a larger one is refused. Default, and the most there can be: 16,777,206,
   * which is a frame's 16 MiB without the head of the answer.
   */
  readonly maxBytes?: number;
  /**
   * What a URI must begin with, for example `package://rover/`; what follows is the way from the folder to the file.
   * Default: none, and `package://` is taken off.
   */
  readonly prefix?: string;
}

/** What {@linkcode assetFolder} needs to know of a request. */
export interface AssetRequest {
  /** Aborts when the viewer has left: reading stops. */
  readonly signal: AbortSignal;
}

/** Gives the bytes of an asset; rejects with an `AssetError`. */
export type AssetFolderHandler = (uri: string, request: AssetRequest) => Promise<Uint8Array>;

/** Opcode, request id, status and the length of an error are the head of an answer, and count to its frame. */
const RESPONSE_HEAD_BYTES = 10;
const MAX_BYTES = 16 * 1024 * 1024 - RESPONSE_HEAD_BYTES;
/** Bytes read before it is looked again whether anybody still wants them. */
const PIECE_BYTES = 1024 * 1024;
/** Opening a pipe must not wait for a writer, nor a terminal become ours. Some systems have neither. */
const OPEN_FLAGS = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOCTTY ?? 0);
const MISSING = "there is no such file in the folder";

/**
 * Serves the files of a folder, and of the folders in it, as assets: give it to a gateway as `assets`.
 *
 * `package://rover/meshes/arm.stl` and the relative `rover/meshes/arm.stl` both mean `<root>/rover/meshes/arm.stl`;
 * with the prefix `package://rover/` the former means `<root>/meshes/arm.stl`, and nothing else is served. Percent-encoding
 * is taken off once (`%20` is a space); `?` and `#` have no meaning of their own.
 *
 * Nothing outside of the folder can be had. Refused are: other schemes, absolute paths and drives, names that are empty,
 * begin with a dot (hidden files too) or end with a dot or space, backslashes, colons, control characters, and what is
 * encoded twice. Symbolic links are followed as long as they stay in the folder: it is the file that was opened that is
 * asked for its real path, so that no exchange of a link meanwhile helps. (A hard link is a file of the folder like any
 * other.) Pipes, devices and folders are refused, and so are files larger than `maxBytes`. Each refusal is an
 * `AssetError`, whose message tells the viewer nothing about what is outside.
 *
 * Where the system cannot tell the path of an open file (it can on Linux), the file at the real path must be the very one
 * that was opened; there, do not serve a folder in which somebody you do not trust can make links.
 *
 * @throws {ConfigurationError} when `root` is no folder, or `maxBytes` is not from 1 to 16,777,206.
 *
 * @example
 * ```ts
 * import { assetFolder } from "@fieldlink/fieldlink/files";
 *
 * const assets = assetFolder(".", { prefix: "package://rover/" });
 * const { signal } = new AbortController();
 * console.log(await assets("package://rover/robot.urdf", { signal }).catch((error) => error.message));
 * ```
 */
export function assetFolder(root: string, options: AssetFolderOptions = {}): AssetFolderHandler {
  const { maxBytes = MAX_BYTES, prefix } = options;
  if (!(Number.isSafeInteger(maxBytes) && maxBytes >= 1 && maxBytes <= MAX_BYTES)) {
    const detail = `"maxBytes" must be a whole number from 1 to ${MAX_BYTES}: received ${String(maxBytes)}`;
    throw new ConfigurationError({ detail });
  }
  if (!isFolder(root)) throw new ConfigurationError({ detail: `the folder of assets "${root}" is no folder` });
  return (uri, { signal }) => serve({ root, prefix, maxBytes }, uri, signal);
}

interface Folder {
  readonly root: string;
  readonly prefix: string | undefined;
  readonly maxBytes: number;
}

async function serve({ root, prefix, maxBytes }: Folder, uri: string, signal: AbortSignal): Promise<Uint8Array> {
  const names = assetPath(uri, prefix);
  // Each time: the root may be a link that is led elsewhere when new assets are installed.
  const home = await realpath(root).catch((error) => missing(uri, error));
  const path = await realpath(join(home, ...names)).catch((error) => missing(uri, error));
  if (!isWithin(home, path)) return missing(uri);
  // Nothing is said of what is there before it is known to be inside, and nothing but a file is opened knowingly.
  const before = await stat(path).catch((error) => missing(uri, error));
  if (!before.isFile()) throw assetError(uri, "not-a-file", "it is no file");
  const handle = await open(path, OPEN_FLAGS).catch((error) => {
    throw assetError(uri, "unreadable", "the file cannot be read", error);
  });
  try {
    if (!await wasOpenedWithin(home, handle, path)) return missing(uri);
    const status = await handle.stat();
    if (!status.isFile()) throw assetError(uri, "not-a-file", "it is no file");
    if (status.size > maxBytes) {
      throw assetError(uri, "too-large", `it has ${status.size} bytes, and ${maxBytes} may be served`);
    }
    return await readAll(handle, status.size, signal);
  } catch (error) {
    throw error instanceof AssetError ? error : assetError(uri, "unreadable", "the file cannot be read", error);
  } finally {
    await handle.close();
  }
}

/** A file that is growing is given as it was when it was opened. */
async function readAll(handle: FileHandle, size: number, signal: AbortSignal): Promise<Uint8Array> {
  const bytes = new Uint8Array(size);
  let filled = 0;
  while (filled < size) {
    signal.throwIfAborted();
    const { bytesRead } = await handle.read(bytes, filled, Math.min(PIECE_BYTES, size - filled), filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return filled === size ? bytes : bytes.subarray(0, filled);
}

function isFolder(root: string): boolean {
  return statSync(root, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

function missing(uri: string, cause?: unknown): never {
  throw assetError(uri, "missing", MISSING, cause);
}
