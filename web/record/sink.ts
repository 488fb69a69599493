/**
 * What recordings are written into.
 */

/** Takes a recording from front to back. */
export interface Sink {
  /** Bytes so far. */
  readonly position: () => bigint;
  /** Writes bytes, which may change once the promise is settled. */
  readonly write: (bytes: Uint8Array) => Promise<void>;
  /** All is written. */
  readonly close: () => Promise<void>;
}

/** Keeps a recording in memory. */
export class MemorySink implements Sink {
  readonly #parts: Array<Uint8Array<ArrayBuffer>> = [];
  #bytes = 0;

  readonly position = (): bigint => BigInt(this.#bytes);

  readonly write = (bytes: Uint8Array): Promise<void> => {
    this.#parts.push(bytes.slice());
    this.#bytes += bytes.byteLength;
    return Promise.resolve();
  };

  readonly close = (): Promise<void> => Promise.resolve();

  /** All of it. */
  blob(): Blob {
    return new Blob(this.#parts, { type: "application/octet-stream" });
  }
}

/** A file that the browser has let somebody choose. */
interface ChosenFile {
  readonly name: string;
  readonly createWritable: () => Promise<FileStream>;
}

interface FileStream {
  readonly write: (bytes: Uint8Array<ArrayBuffer>) => Promise<void>;
  readonly close: () => Promise<void>;
}

/** Writes a recording to a file while it is made. */
export class DiskSink implements Sink {
  /** The file's name. */
  readonly name: string;
  readonly #stream: FileStream;
  #bytes = 0;

  private constructor(name: string, stream: FileStream) {
    this.name = name;
    this.#stream = stream;
  }

  /** Whether the browser can do this. */
  static get isPossible(): boolean {
    return "showSaveFilePicker" in globalThis;
  }

  /** Asks where to write to; `undefined` when somebody has thought better of it. */
  static async choose(suggestedName: string): Promise<DiskSink | undefined> {
    const { showSaveFilePicker } = globalThis as {
      readonly showSaveFilePicker?: (options: { suggestedName: string }) => Promise<ChosenFile>;
    };
    try {
      const file = await showSaveFilePicker?.({ suggestedName });
      return file === undefined ? undefined : new DiskSink(file.name, await file.createWritable());
    } catch (error) {
      if (error instanceof DOMException && error.name === "AbortError") return undefined;
      throw error;
    }
  }

  readonly position = (): bigint => BigInt(this.#bytes);

  readonly write = async (bytes: Uint8Array): Promise<void> => {
    this.#bytes += bytes.byteLength;
    await this.#stream.write(bytes.slice());
  };

  readonly close = (): Promise<void> => this.#stream.close();
}
