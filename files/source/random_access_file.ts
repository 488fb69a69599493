/**
 * A file that is read at any place.
 */
import { type FileHandle, open, stat } from "node:fs/promises";
import { codeOf } from "../error_code.ts";
import { SourceError, type SourceErrorReason } from "./errors.ts";

const CODES: ReadonlyMap<string, readonly [SourceErrorReason, string]> = new Map([
  ["ENOENT", ["missing", "there is no such file"]],
  ["ENOTDIR", ["missing", "there is no such file"]],
  ["EISDIR", ["unreadable", "it is a folder"]],
  ["EACCES", ["unreadable", "it may not be read (permission denied)"]],
  ["EPERM", ["unreadable", "it may not be read (permission denied)"]],
]);
const NOT_SEEKABLE = "it is a pipe or device: copy it to a file first";

/** An open file. Each read gives a buffer of its own. */
export class RandomAccessFile {
  /** The path as it was given. */
  readonly path: string;
  /** Bytes in the file when it was opened. */
  readonly size: number;
  readonly #handle: FileHandle;

  private constructor(path: string, size: number, handle: FileHandle) {
    this.path = path;
    this.size = size;
    this.#handle = handle;
  }

  /** Opens a file for reading; fails with a {@linkcode SourceError}. */
  static async open(path: string): Promise<RandomAccessFile> {
    let handle: FileHandle | undefined;
    try {
      // Before it is opened: opening a pipe waits for a writer, and cannot be interrupted.
      const status = await stat(path);
      if (status.isDirectory()) throw new SourceError({ file: path, reason: "unreadable", detail: "it is a folder" });
      if (!status.isFile()) throw new SourceError({ file: path, reason: "unreadable", detail: NOT_SEEKABLE });
      handle = await open(path, "r");
      return new RandomAccessFile(path, (await handle.stat()).size, handle);
    } catch (error) {
      await handle?.close();
      throw fileError(path, error);
    }
  }

  /** Reads as many bytes as are there, up to `length`. */
  async readUpTo(offset: number, length: number): Promise<Uint8Array> {
    const buffer = new Uint8Array(Math.max(0, Math.min(length, this.size - offset)));
    let filled = 0;
    while (filled < buffer.byteLength) {
      const { bytesRead } = await this.#read(buffer, filled, offset + filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    return filled === buffer.byteLength ? buffer : buffer.subarray(0, filled);
  }

  /** Reads exactly `length` bytes; fails with a {@linkcode SourceError} when the file does not have them. */
  async read(offset: number, length: number): Promise<Uint8Array> {
    const buffer = offset < 0 || length < 0 ? new Uint8Array() : await this.readUpTo(offset, length);
    if (buffer.byteLength === length) return buffer;
    throw new SourceError({
      file: this.path,
      reason: "truncated",
      detail: `the file is truncated or damaged: it has ${this.size} bytes, and something in it refers to ${length} ` +
        `bytes at ${offset}`,
    });
  }

  /** Closes the file. */
  close(): Promise<void> {
    return this.#handle.close();
  }

  async #read(buffer: Uint8Array, filled: number, position: number): Promise<{ readonly bytesRead: number }> {
    try {
      return await this.#handle.read(buffer, filled, buffer.byteLength - filled, position);
    } catch (error) {
      throw fileError(this.path, error);
    }
  }
}

function fileError(file: string, cause: unknown): SourceError {
  if (cause instanceof SourceError) return cause;
  const code = codeOf(cause);
  const known = CODES.get(code);
  if (known !== undefined) return new SourceError({ file, reason: known[0], detail: known[1], cause });
  const detail = cause instanceof Error ? cause.message : String(cause);
  return new SourceError({ file, reason: "unreadable", detail, cause });
}
