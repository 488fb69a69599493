/**
 * Writes a file from front to back.
 */
import { type FileHandle, open } from "node:fs/promises";
import { recordError } from "./errors.ts";

/** An open file that is written in order. Its failures are `RecordError`s. */
export class FileWriter {
  readonly #path: string;
  readonly #handle: FileHandle;
  #position = 0n;

  private constructor(path: string, handle: FileHandle) {
    this.#path = path;
    this.#handle = handle;
  }

  /** Creates the file, or empties the one that is there. */
  static async create(path: string): Promise<FileWriter> {
    try {
      return new FileWriter(path, await open(path, "w"));
    } catch (error) {
      throw recordError(path, error);
    }
  }

  /** Bytes written so far. */
  position(): bigint {
    return this.#position;
  }

  /** Writes all of the bytes, which may change once the promise is settled. */
  async write(bytes: Uint8Array): Promise<void> {
    try {
      for (let written = 0; written < bytes.byteLength;) {
        const { bytesWritten } = await this.#handle.write(bytes, written, bytes.byteLength - written);
        written += bytesWritten;
        this.#position += BigInt(bytesWritten);
      }
    } catch (error) {
      throw recordError(this.#path, error);
    }
  }

  /** Closes the file. */
  close(): Promise<void> {
    return this.#handle.close();
  }
}
